/* SPDX-License-Identifier: MIT */
/* Resampling to 8 kHz through liquid-dsp. */

#include "audio/resample.h"

#include <stdlib.h>
#include <string.h>

#include <liquid/liquid.h>

#include <undertone/call.h>

#define STOP_BAND_DB 60.0f

struct ut_resample {
    msresamp_rrrf filter; /* NULL at 8 kHz: samples pass. */
    size_t out_max;
};

int ut_resample_create(struct ut_resample **out, uint32_t rate_hz)
{
    if (rate_hz < UT_RATE_MIN_HZ || rate_hz > UT_RATE_MAX_HZ)
        return UT_EINVAL;
    struct ut_resample *rs = calloc(1, sizeof *rs);
    if (!rs)
        return UT_ENOMEM;
    rs->out_max = UT_RESAMPLE_CHUNK;
    if (rate_hz != UT_RATE_HZ) {
        rs->filter = msresamp_rrrf_create((float)UT_RATE_HZ / (float)rate_hz, STOP_BAND_DB);
        if (!rs->filter) {
            free(rs);
            return UT_ENOMEM;
        }
        /* The count depends on the filter's phase; two more than asked now covers every phase. */
        rs->out_max = msresamp_rrrf_get_num_output(rs->filter, UT_RESAMPLE_CHUNK) + 2;
    }
    *out = rs;
    return 0;
}

void ut_resample_destroy(struct ut_resample *rs)
{
    if (!rs)
        return;
    if (rs->filter)
        msresamp_rrrf_destroy(rs->filter);
    free(rs);
}

size_t ut_resample_out_max(const struct ut_resample *rs)
{
    return rs->out_max;
}

size_t ut_resample_push(struct ut_resample *rs, float *out, const float *in, size_t n)
{
    if (n > UT_RESAMPLE_CHUNK)
        n = UT_RESAMPLE_CHUNK;
    if (!rs->filter) {
        memcpy(out, in, n * sizeof out[0]);
        return n;
    }
    unsigned written = 0;
    /* liquid-dsp takes the input without const, and does not write to it. */
    msresamp_rrrf_execute(rs->filter, (float *)(uintptr_t)in, (unsigned)n, out, &written);
    return written;
}
