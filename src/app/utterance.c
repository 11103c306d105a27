/* SPDX-License-Identifier: MIT */
/*
 * Utterances through a call each: the same pipeline as a live call.
 *
 * The score of an utterance is the mean over its scored seconds.
 */

#define _POSIX_C_SOURCE 200809L /* pthread. */

#include "app/utterance.h"

#include <pthread.h>
#include <string.h>

#include "app/message.h"

enum { GAP_MS = 300 /* Silence between utterances, as a speaker pauses. */ };

/* Utterances of one speaker in a row; the rate is the first one's. */
struct listener {
    struct ut_call *call;
    const struct ut_options *opt;
    uint32_t rate_hz;
    double stress, arousal, valence;
    unsigned scored;
    float speech_s;
};

static void read_events(struct listener *l)
{
    struct ut_event ev;
    while (ut_call_read(l->call, &ev)) {
        if (ev.type == UT_EVENT_SUMMARY)
            l->speech_s = ev.u.summary.caller_speech_s;
        if (ev.type != UT_EVENT_SCORE || ev.u.score.state == UT_STATE_ABSTAIN)
            continue;
        l->stress += (double)ev.u.score.stress;
        l->arousal += (double)ev.u.score.arousal;
        l->valence += (double)ev.u.score.valence;
        l->scored++;
    }
}

/* Calls are created one at a time: liquid-dsp may plan FFTs. */
static int create(struct listener *l, const struct ut_model *model, uint32_t rate_hz,
                  const struct ut_baseline *baseline)
{
    static pthread_mutex_t planning = PTHREAD_MUTEX_INITIALIZER;
    struct ut_call_config cfg = ut_call_config_default();
    cfg.caller_rate_hz = rate_hz;
    pthread_mutex_lock(&planning);
    int err = ut_call_create(&l->call, model, &cfg);
    pthread_mutex_unlock(&planning);
    l->rate_hz = rate_hz;
    if (!err && baseline && baseline->len)
        err = ut_call_set_baseline(l->call, baseline->bytes, baseline->len);
    return err;
}

/* Pushes a whole file. The call is created with the first one. */
static int listen_to(struct listener *l, const struct ut_model *model,
                     const struct ut_baseline *baseline, const char *path)
{
    struct ut_source src;
    struct ut_source_block block;
    struct ut_source_message msg;
    int err = ut_source_open(&src, path, &l->opt->source, &msg);
    if (err) {
        ut_message(path, "%s", msg.text);
        return err;
    }
    uint32_t channel = l->opt->caller_channel ? l->opt->caller_channel : 1;
    if (channel > src.info.channels) {
        err = UT_EINVAL;
        ut_message(path, "has %u channel(s), and --caller-channel %u asks for another",
                   (unsigned)src.info.channels, (unsigned)channel);
    } else if (!l->call) {
        err = create(l, model, src.info.rate_hz[channel - 1], baseline);
        if (err)
            ut_message(path, "no call could be set up: %s", ut_strerror(err));
    } else if (src.info.rate_hz[channel - 1] != l->rate_hz) {
        err = UT_EINVAL;
        ut_message(path, "has another sampling rate than the speaker's other baseline files; bring "
                         "them to one rate: sox IN -r 8000 OUT.wav");
    }
    while (!err && src.read(src.state, &block, &msg) == 1) {
        if (block.channel + 1 != channel)
            continue;
        if (block.pcm)
            ut_call_push(l->call, UT_ROLE_CALLER, block.pcm, block.n);
        else
            ut_call_push_gap(l->call, UT_ROLE_CALLER, block.n);
        read_events(l);
    }
    if (!err && msg.text[0])
        ut_message(path, "%s", msg.text);
    ut_source_close(&src);
    return err;
}

static void push_pause(struct listener *l)
{
    static const float silence[UT_RATE_MAX_HZ * GAP_MS / 1000];
    ut_call_push(l->call, UT_ROLE_CALLER, silence, (size_t)l->rate_hz * GAP_MS / 1000);
    read_events(l);
}

int ut_utterance_enrol(struct ut_baseline *baseline, const struct ut_model *model,
                       const struct ut_options *opt, const char *const *paths, size_t n)
{
    struct listener l = {.opt = opt};
    int err = 0;
    baseline->len = 0;
    for (size_t i = 0; i < n; i++) {
        int one = listen_to(&l, model, NULL, paths[i]);
        if (one)
            err = one;
        else
            push_pause(&l);
    }
    if (l.call) {
        ut_call_end(l.call);
        read_events(&l);
        int len = ut_call_get_baseline(l.call, baseline->bytes, sizeof baseline->bytes);
        if (len > 0)
            baseline->len = (size_t)len;
        ut_call_destroy(l.call);
    }
    return err;
}

int ut_utterance_score(struct ut_utterance_score *score, const struct ut_model *model,
                       const struct ut_options *opt, const struct ut_baseline *baseline,
                       const char *path)
{
    struct listener l = {.opt = opt};
    memset(score, 0, sizeof *score);
    score->abstain = 1;
    int err = listen_to(&l, model, baseline, path);
    if (l.call) {
        ut_call_end(l.call);
        read_events(&l);
        ut_call_destroy(l.call);
    }
    if (err)
        return err;
    score->speech_s = l.speech_s;
    if (l.scored) {
        score->abstain = 0;
        score->stress = (float)(l.stress / l.scored);
        score->arousal = (float)(l.arousal / l.scored);
        score->valence = (float)(l.valence / l.scored);
    }
    return 0;
}
