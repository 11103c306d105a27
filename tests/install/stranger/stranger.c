/* SPDX-License-Identifier: MIT */
/*
 * The smallest program with Undertone in it: 16-bit samples of the caller, 8 kHz, from standard
 * input; events as JSON Lines to standard output.
 *
 *     cc stranger.c $(pkg-config --cflags --libs undertone)
 */

#include <stdint.h>
#include <stdio.h>

#include <undertone/undertone.h>

enum { RATE_HZ = 8000, PACKET = RATE_HZ / 50 };

static void print_events(struct ut_call *call)
{
    struct ut_event ev;
    char json[UT_JSON_MAX];
    while (ut_call_read(call, &ev))
        if (ut_event_to_json(json, sizeof json, "my-call", &ev) > 0)
            puts(json);
}

int main(void)
{
    struct ut_model *model;
    int err = ut_model_create_default(&model);
    if (err) {
        fprintf(stderr, "model: %s\n", ut_strerror(err));
        return 1;
    }
    struct ut_call_config cfg = ut_call_config_default();
    cfg.caller_rate_hz = RATE_HZ;
    struct ut_call *call;
    err = ut_call_create(&call, model, &cfg);
    if (err) {
        fprintf(stderr, "call: %s\n", ut_strerror(err));
        ut_model_destroy(model);
        return 1;
    }

    int16_t packet[PACKET];
    float pcm[PACKET];
    size_t n;
    while ((n = fread(packet, sizeof packet[0], PACKET, stdin)) > 0) {
        for (size_t i = 0; i < n; i++)
            pcm[i] = (float)packet[i] / 32768.0f;
        ut_call_push(call, UT_ROLE_CALLER, pcm, n);
        print_events(call);
    }
    ut_call_end(call);
    print_events(call);
    ut_call_destroy(call);
    ut_model_destroy(model);
    return 0;
}
