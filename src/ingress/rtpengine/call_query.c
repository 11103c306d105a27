/* SPDX-License-Identifier: MIT */
/* The answer to `query`. */

#include "ingress/rtpengine/call_query.h"

static int64_t number_of(const struct ut__bencode *dict, const char *key)
{
    struct ut__bencode n;
    return ut__bencode_get(dict, key, &n) && n.type == UT__BENCODE_INT ? n.number : 0;
}

static int has_flag(const struct ut__bencode *dict, const char *flag)
{
    struct ut__bencode flags, one;
    size_t at = 0;
    if (!ut__bencode_get(dict, "flags", &flags) || flags.type != UT__BENCODE_LIST)
        return 0;
    while (ut__bencode_next(&flags, &at, &one)) {
        if (ut__bencode_is(&one, flag))
            return 1;
    }
    return 0;
}

/* Packets of RTP; has_peer: set when it is known where the party is. */
static uint64_t read_streams(const struct ut__bencode *media, int *has_peer)
{
    struct ut__bencode streams, stream, stats, endpoint;
    uint64_t packets = 0;
    size_t at = 0;
    if (!ut__bencode_get(media, "streams", &streams) || streams.type != UT__BENCODE_LIST)
        return 0;
    while (ut__bencode_next(&streams, &at, &stream)) {
        if (stream.type != UT__BENCODE_DICT || !has_flag(&stream, "RTP"))
            continue;
        if (ut__bencode_get(&stream, "stats", &stats) && stats.type == UT__BENCODE_DICT)
            packets += (uint64_t)number_of(&stats, "packets");
        if (ut__bencode_get(&stream, "endpoint", &endpoint) && endpoint.type == UT__BENCODE_DICT &&
            number_of(&endpoint, "port") > 0)
            *has_peer = 1;
    }
    return packets;
}

static void read_party(struct ut__rtpengine_query *out, const struct ut__bencode *party,
                       const char *skip)
{
    struct ut__bencode tag, medias, media;
    size_t at = 0;
    int has_peer = 0, flows = 0;
    if (party->type != UT__BENCODE_DICT || !ut__bencode_get(party, "tag", &tag) ||
        tag.type != UT__BENCODE_TEXT || tag.len == 0 || ut__bencode_is(&tag, skip))
        return;
    if (!ut__bencode_get(party, "medias", &medias) || medias.type != UT__BENCODE_LIST)
        return;
    while (ut__bencode_next(&medias, &at, &media)) {
        if (media.type != UT__BENCODE_DICT)
            continue;
        out->packets += read_streams(&media, &has_peer);
        flows |= has_flag(&media, "send") || has_flag(&media, "recv");
    }
    out->parties += (uint32_t)has_peer;
    out->held += has_peer && !flows;
}

void ut__rtpengine_query_read(struct ut__rtpengine_query *out, const struct ut__bencode *dict,
                              const char *skip)
{
    struct ut__bencode tags, item;
    size_t at = 0;
    *out = (struct ut__rtpengine_query){.last_signal = number_of(dict, "last signal")};
    if (!ut__bencode_get(dict, "tags", &tags) || tags.type != UT__BENCODE_DICT)
        return;
    while (ut__bencode_next(&tags, &at, &item))
        read_party(out, &item, skip); /* Keys are texts, and no parties. */
}
