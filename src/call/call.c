/* SPDX-License-Identifier: MIT */
/* One call. */

#include <undertone/call.h>

#include <stdlib.h>

struct ut_call {
    uint64_t samples;
    uint32_t rate_hz;
    int ended;
};

struct ut_call_config ut_call_config_default(void)
{
    return (struct ut_call_config){.caller_rate_hz = UT_RATE_HZ};
}

int ut_call_create(struct ut_call **out, const struct ut_model *model,
                   const struct ut_call_config *cfg)
{
    (void)model;
    struct ut_call *call = calloc(1, sizeof *call);
    if (!call)
        return UT_ENOMEM;
    call->rate_hz = cfg ? cfg->caller_rate_hz : UT_RATE_HZ;
    *out = call;
    return 0;
}

void ut_call_destroy(struct ut_call *call)
{
    free(call);
}

void ut_call_push(struct ut_call *call, enum ut_role role, const float *pcm, size_t n)
{
    (void)pcm;
    if (role == UT_ROLE_CALLER)
        call->samples += n;
}

void ut_call_push_gap(struct ut_call *call, enum ut_role role, size_t n)
{
    ut_call_push(call, role, NULL, n);
}

void ut_call_end(struct ut_call *call)
{
    call->ended = 1;
}

int ut_call_read(struct ut_call *call, struct ut_event *ev)
{
    if (call->ended != 1)
        return 0;
    call->ended = 2;
    *ev = (struct ut_event){.type = UT_EVENT_SUMMARY};
    ev->u.summary.duration_s = (double)call->samples / call->rate_hz;
    return 1;
}

int ut_call_get_baseline(const struct ut_call *call, uint8_t *buf, size_t cap)
{
    (void)call;
    (void)buf;
    (void)cap;
    return 0;
}

int ut_call_set_baseline(struct ut_call *call, const uint8_t *buf, size_t len)
{
    (void)call;
    (void)buf;
    (void)len;
    return UT_EMAGIC;
}
