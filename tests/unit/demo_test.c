/* SPDX-License-Identifier: MIT */
/* Recordings as live calls: what reaches the port, when, and what is refused. */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "ingress/demo/clip.h"
#include "ingress/demo/demo.h"
#include "net/re.h"

enum { RATE = 8000, CLIP = RATE + RATE / 2 }; /* A second and a half. */

struct ut__port_call {
    int used;
};

/* A port that keeps what the demo gives it. */
static struct {
    struct ut__port_call call[64];
    int opened, closed;
    struct ut__call_info info;
    size_t samples[UT_ROLE_COUNT];
    int16_t first[UT_ROLE_COUNT];
    int64_t opened_us, closed_us;
    char reason[UT__CALL_LABEL_MAX];
    void (*ended)(void *arg, const char *reason);
    void *arg;
} seen;

static int fake_open(void *state, struct ut__port_call **out, const struct ut__port_open *open)
{
    (void)state;
    assert_int_equal(open->caller_rate_hz, RATE);
    if (seen.opened == 0) {
        seen.info = open->info;
        seen.ended = open->ended;
        seen.arg = open->arg;
        seen.opened_us = ut__clock_mono_us();
    }
    *out = &seen.call[seen.opened++];
    return 0;
}

static int fake_push(struct ut__port_call *call, enum ut_role role, enum ut__port_codec codec,
                     const void *bytes, size_t len_bytes)
{
    assert_int_equal(codec, UT__PORT_S16);
    if (call != &seen.call[0])
        return 1;
    if (seen.samples[role] == 0)
        memcpy(&seen.first[role], bytes, sizeof seen.first[role]);
    seen.samples[role] += len_bytes / 2;
    return 1;
}

static void fake_close(struct ut__port_call *call, const char *reason)
{
    if (call == &seen.call[0]) {
        seen.closed_us = ut__clock_mono_us();
        snprintf(seen.reason, sizeof seen.reason, "%s", reason);
    }
    seen.closed++;
}

static const struct ut__port port = {.open = fake_open, .push = fake_push, .close = fake_close};

/* A headerless recording: the ending tells 8 kHz mu-law; 0x80 is loudest, 0xff is silence. */
static void write_raw(const char *path, unsigned char byte, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(fputc(byte, f), byte);
    assert_int_equal(fclose(f), 0);
}

static void put_le(FILE *f, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        fputc((int)(value >> (8 * i) & 255u), f);
}

/* Two channels of 16 bits: 1000 for the caller, -500 for the agent. */
static void write_wav(const char *path)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fputs("RIFF", f);
    put_le(f, 36 + CLIP * 4, 4);
    fputs("WAVEfmt ", f);
    put_le(f, 16, 4);
    put_le(f, 1, 2);
    put_le(f, 2, 2);
    put_le(f, RATE, 4);
    put_le(f, RATE * 4, 4);
    put_le(f, 4, 2);
    put_le(f, 16, 2);
    fputs("data", f);
    put_le(f, CLIP * 4, 4);
    for (int i = 0; i < CLIP; i++) {
        put_le(f, 1000, 2);
        put_le(f, (uint16_t)-500, 2);
    }
    assert_int_equal(fclose(f), 0);
}

static void leave(void *arg)
{
    (void)arg;
    re_cancel();
}

static void plays_at_the_speed_of_life(void **state)
{
    (void)state;
    char path[] = "demo_test.wav", why[400] = "";
    const char *files[] = {path};
    write_wav(path);
    assert_int_equal(libre_init(), 0);
    struct ut__demo_config cfg = {.files = files, .file_count = 1, .calls = 2};
    struct ut__demo *demo;
    assert_int_equal(ut__demo_start(&demo, &cfg, &port, why, sizeof why), 0);
    struct tmr timer;
    tmr_init(&timer);
    tmr_start(&timer, 2500, leave, NULL);
    re_main(NULL);
    ut__demo_stop(demo);
    tmr_cancel(&timer);
    libre_close();
    remove(path);
    assert_true(seen.opened >= 1);
    assert_string_equal(seen.info.source, "demo");
    assert_true(seen.info.queue[0] && seen.info.agent[0]);
    assert_string_equal(seen.info.caller, "");
    assert_int_equal(seen.samples[UT_ROLE_CALLER], CLIP);
    assert_int_equal(seen.samples[UT_ROLE_AGENT], CLIP);
    assert_in_range(seen.first[UT_ROLE_CALLER], 998, 1002);
    assert_true(seen.first[UT_ROLE_AGENT] < -498 && seen.first[UT_ROLE_AGENT] > -502);
    assert_string_equal(seen.reason, "hangup");
    /* A second and a half of sound takes as long, within a tick or two on a busy machine. */
    int64_t took_ms = (seen.closed_us - seen.opened_us) / 1000;
    assert_true(took_ms >= 1450 && took_ms < 2200);
}

static void refuses_what_it_cannot_play(void **state)
{
    (void)state;
    static const struct {
        unsigned char byte;
        size_t n;
        int mono_is_caller, err;
        const char *says;
    } cases[] = {
        {0xff, RATE * 2, 0, UT_EINVAL, "--mono-is caller"},
        {0xff, RATE * 2, 1, 0, ""},
        {0xff, RATE / 2, 1, UT_EINVAL, "shorter than a second"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ut__demo_config cfg = {.mono_is_caller = cases[i].mono_is_caller};
        struct ut__source_message msg = {""};
        struct ut__demo_clip clip;
        write_raw("demo_test.ulaw", cases[i].byte, cases[i].n);
        int err = ut__demo_clip_read(&clip, "demo_test.ulaw", &cfg, &msg);
        assert_int_equal(err, cases[i].err);
        assert_non_null(strstr(msg.text, cases[i].says));
        if (!err) {
            assert_int_equal(clip.n[UT_ROLE_CALLER], cases[i].n);
            assert_null(clip.pcm[UT_ROLE_AGENT]);
        }
        ut__demo_clip_clear(&clip);
    }
    remove("demo_test.ulaw");
}

static void says_when_nothing_is_left(void **state)
{
    (void)state;
    const char *files[] = {"no-such-call.wav"};
    struct ut__demo_config cfg = {.files = files, .file_count = 1};
    struct ut__demo *demo = NULL;
    char why[400] = "";
    assert_int_equal(ut__demo_start(&demo, &cfg, &port, why, sizeof why), UT_EINVAL);
    assert_null(demo);
    assert_non_null(strstr(why, "no-such-call.wav"));
    cfg.file_count = 0;
    assert_int_equal(ut__demo_start(&demo, &cfg, &port, why, sizeof why), UT_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plays_at_the_speed_of_life),
        cmocka_unit_test(refuses_what_it_cannot_play),
        cmocka_unit_test(says_when_nothing_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
