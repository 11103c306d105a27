/* SPDX-License-Identifier: MIT */
/* Samples as telephony has them: 16 bit, G.711, and several channels side by side. */

#include <undertone/call.h>
#include <undertone/json.h>

#include "audio/g711.h"
#include "base/clones.h"

enum { CHUNK = 256 };

static void from_s16(float *out, const int16_t *in, size_t n, size_t stride)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (float)in[i * stride] / 32768.0f;
}

void ut_call_push_s16(struct ut_call *call, enum ut_role role, const int16_t *pcm, size_t n)
{
    UT__UNSET float part[CHUNK];
    for (size_t run; n > 0; pcm += run, n -= run) {
        run = n < CHUNK ? n : CHUNK;
        from_s16(part, pcm, run, 1);
        ut_call_push(call, role, part, run);
    }
}

void ut_call_push_ulaw(struct ut_call *call, enum ut_role role, const uint8_t *bytes, size_t n)
{
    UT__UNSET float part[CHUNK];
    for (size_t run; n > 0; bytes += run, n -= run) {
        run = n < CHUNK ? n : CHUNK;
        ut__ulaw_decode(part, bytes, run);
        ut_call_push(call, role, part, run);
    }
}

void ut_call_push_alaw(struct ut_call *call, enum ut_role role, const uint8_t *bytes, size_t n)
{
    UT__UNSET float part[CHUNK];
    for (size_t run; n > 0; bytes += run, n -= run) {
        run = n < CHUNK ? n : CHUNK;
        ut__alaw_decode(part, bytes, run);
        ut_call_push(call, role, part, run);
    }
}

void ut_call_push_interleaved(struct ut_call *call, const struct ut_interleaved *sound)
{
    UT__UNSET float part[CHUNK];
    const uint32_t at[UT_ROLE_COUNT] = {
        [UT_ROLE_CALLER] = sound->caller_channel, [UT_ROLE_AGENT] = sound->agent_channel};
    for (size_t done = 0, run; done < sound->frames; done += run) {
        run = sound->frames - done < CHUNK ? sound->frames - done : CHUNK;
        const int16_t *from = sound->pcm + done * sound->channels;
        for (int role = 0; role < UT_ROLE_COUNT; role++) {
            if (at[role] == 0 || at[role] > sound->channels)
                continue;
            from_s16(part, from + at[role] - 1, run, sound->channels);
            ut_call_push(call, (enum ut_role)role, part, run);
        }
    }
}

int ut_call_read_json(struct ut_call *call, const char *call_id, char *buf, size_t cap)
{
    struct ut_event ev;
    if (cap < UT_JSON_MAX)
        return UT_ENOSPC;
    return ut_call_read(call, &ev) ? ut_event_to_json(buf, cap, call_id, &ev) : 0;
}

size_t ut_event_size(void)
{
    return sizeof(struct ut_event);
}
