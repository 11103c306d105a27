/* SPDX-License-Identifier: MIT */
/* A recording, decoded into memory for the demo. */

#include "ingress/demo/clip.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Samples of one role as they grow. */
struct growth {
    size_t cap, most;
};

static int grow(struct ut__demo_clip *clip, struct growth *g, int role, size_t more)
{
    size_t want = clip->n[role] + more;
    if (want <= g->cap)
        return 0;
    size_t cap = g->cap ? g->cap * 2 : 1 << 16;
    while (cap < want)
        cap *= 2;
    int16_t *pcm = realloc(clip->pcm[role], cap * sizeof pcm[0]);
    if (!pcm)
        return UT_ENOMEM;
    clip->pcm[role] = pcm;
    g->cap = cap;
    return 0;
}

static int add(struct ut__demo_clip *clip, struct growth *g, int role,
               const struct ut__source_block *block)
{
    size_t room = g->most > clip->n[role] ? g->most - clip->n[role] : 0;
    size_t n = block->n < room ? block->n : room;
    int err = grow(clip, g, role, n);
    if (err)
        return err;
    int16_t *to = clip->pcm[role] + clip->n[role];
    for (size_t i = 0; i < n; i++) {
        float x = block->pcm && isfinite(block->pcm[i]) ? block->pcm[i] : 0.0F;
        x = x < -1.0F ? -1.0F : x > 1.0F ? 1.0F : x;
        to[i] = (int16_t)lrintf(x * 32767.0F);
    }
    clip->n[role] += n;
    return 0;
}

/* Which channel, from 0, holds each role; -1: none. */
static int choose(int channel[UT_ROLE_COUNT], const struct ut__source_info *info,
                  const struct ut__demo_config *cfg, struct ut__source_message *msg)
{
    uint32_t caller = cfg->caller_channel ? cfg->caller_channel : info->caller ? info->caller : 1;
    uint32_t agent = cfg->agent_channel ? cfg->agent_channel : info->agent ? info->agent : 2;
    if (info->channels == 1 && !cfg->mono_is_caller)
        return ut__source_say(
            msg, UT_EINVAL,
            "one channel, and nobody said who is on it; say --mono-is caller when "
            "it holds the caller alone");
    if (caller > info->channels)
        return ut__source_say(msg, UT_EINVAL,
                              "no channel %u for the caller: there are %u; give --caller-channel",
                              caller, info->channels);
    channel[UT_ROLE_CALLER] = (int)caller - 1;
    channel[UT_ROLE_AGENT] = agent <= info->channels && agent != caller ? (int)agent - 1 : -1;
    return 0;
}

static int read_all(struct ut__demo_clip *clip, struct ut__source *src,
                    const int channel[UT_ROLE_COUNT], struct ut__source_message *msg)
{
    struct growth growth[UT_ROLE_COUNT] = {{0}};
    struct ut__source_block block;
    for (int role = 0; role < UT_ROLE_COUNT; role++) {
        if (channel[role] < 0)
            continue;
        clip->rate_hz[role] = src->info.rate_hz[channel[role]];
        growth[role].most = (size_t)clip->rate_hz[role] * UT__DEMO_FILE_MAX_S;
    }
    int got;
    while ((got = src->read(src->state, &block, msg)) == 1) {
        int full = 1;
        for (int role = 0; role < UT_ROLE_COUNT; role++) {
            int err =
                channel[role] == (int)block.channel ? add(clip, &growth[role], role, &block) : 0;
            if (err)
                return ut__source_say(msg, err, "there is no memory left for it");
            full &= channel[role] < 0 || clip->n[role] == growth[role].most;
        }
        if (full)
            return 0;
    }
    return got;
}

int ut__demo_clip_read(struct ut__demo_clip *clip, const char *path,
                       const struct ut__demo_config *cfg, struct ut__source_message *msg)
{
    struct ut__source_config sc = {0};
    struct ut__source src = {0};
    int channel[UT_ROLE_COUNT] = {-1, -1};
    *clip = (struct ut__demo_clip){0};
    int err = ut__source_open(&src, path, &sc, msg);
    if (err)
        return err;
    err = choose(channel, &src.info, cfg, msg);
    if (!err)
        err = read_all(clip, &src, channel, msg);
    ut__source_close(&src);
    if (!err && clip->n[UT_ROLE_CALLER] < clip->rate_hz[UT_ROLE_CALLER])
        err = ut__source_say(msg, UT_EINVAL, "shorter than a second; give a recorded call");
    if (err) {
        ut__demo_clip_clear(clip);
        return err;
    }
    clip->duration_s = (double)clip->n[UT_ROLE_CALLER] / clip->rate_hz[UT_ROLE_CALLER];
    return 0;
}

void ut__demo_clip_clear(struct ut__demo_clip *clip)
{
    for (int role = 0; role < UT_ROLE_COUNT; role++)
        free(clip->pcm[role]);
    *clip = (struct ut__demo_clip){0};
}
