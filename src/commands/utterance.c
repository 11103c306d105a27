/* SPDX-License-Identifier: MIT */
/* Utterances through a scorer: source -> one channel -> ut_scorer_push. */

#include "commands/utterance.h"

#include "terminal/message.h"

enum { GAP_SAMPLES_MAX = UT_SOURCE_BLOCK_MS * UT_RATE_MAX_HZ / 1000 };

static int create(struct ut__voice *s, uint32_t rate_hz, const char *path)
{
    int err = ut_scorer_create(&s->scorer, s->model, rate_hz);
    s->rate_hz = rate_hz;
    if (err)
        ut__message(path, "no scorer could be set up: %s", ut_strerror(err));
    return err;
}

/* Finds the channel and makes the scorer fit. */
static int prepare(struct ut__voice *s, const struct ut__source *src, uint32_t channel,
                   const char *path)
{
    if (channel > src->info.channels) {
        ut__message(path, "has %u channel(s), and --caller-channel %u asks for another",
                    (unsigned)src->info.channels, (unsigned)channel);
        return UT_EINVAL;
    }
    uint32_t rate_hz = src->info.rate_hz[channel - 1];
    if (!s->scorer)
        return create(s, rate_hz, path);
    if (rate_hz == s->rate_hz)
        return 0;
    ut__message(
        path,
        "has %u Hz, and this speaker's files before it %u Hz; bring them to one rate: sox IN -r "
        "8000 OUT.wav",
        (unsigned)rate_hz, (unsigned)s->rate_hz);
    return UT_EINVAL;
}

static void push(struct ut__voice *s, const struct ut__source_block *block)
{
    static const float silence[GAP_SAMPLES_MAX];
    if (block->pcm)
        ut_scorer_push(s->scorer, block->pcm, block->n);
    for (size_t n = block->pcm ? 0 : block->n; n > 0;) {
        size_t part = n < GAP_SAMPLES_MAX ? n : GAP_SAMPLES_MAX;
        ut_scorer_push(s->scorer, silence, part);
        n -= part;
    }
}

/* Pushes what the source holds. A half utterance is dropped when it cannot be read to its end. */
static int push_all(struct ut__voice *s, const struct ut__source *src, uint32_t channel,
                    struct ut__source_message *msg)
{
    struct ut__source_block block;
    int got;
    while ((got = src->read(src->state, &block, msg)) == 1)
        if (block.channel + 1 == channel) {
            push(s, &block);
            s->media_s += (double)block.n / s->rate_hz;
        }
    if (got < 0) {
        struct ut_utterance half;
        ut_scorer_score(s->scorer, &half);
    }
    return got;
}

/* Pushes a whole file. */
static int hear(struct ut__voice *s, const char *path)
{
    struct ut__source src;
    struct ut__source_message msg;
    int err = ut__source_open(&src, path, &s->opt->source, &msg);
    if (err) {
        ut__message(path, "%s", msg.text);
        return err;
    }
    uint32_t channel = s->opt->caller_channel ? s->opt->caller_channel : 1;
    err = prepare(s, &src, channel, path);
    if (!err) {
        err = push_all(s, &src, channel, &msg);
        if (msg.text[0])
            ut__message(path, "%s", msg.text);
    }
    ut__source_close(&src);
    return err;
}

int ut__voice_enrol(struct ut__voice *speaker, const char *path)
{
    int err = hear(speaker, path);
    if (!err && !ut_scorer_enrol(speaker->scorer))
        ut__message(path, "holds too little speech for a baseline; it was left out");
    return err;
}

int ut__voice_score(struct ut__voice *speaker, const char *path, struct ut_utterance *out)
{
    int err = hear(speaker, path);
    if (!err)
        ut_scorer_score(speaker->scorer, out);
    return err;
}

void ut__voice_end(struct ut__voice *speaker)
{
    ut_scorer_destroy(speaker->scorer);
    speaker->scorer = NULL;
}
