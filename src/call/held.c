/* SPDX-License-Identifier: MIT */
/* Frames in half of their size. */

#include "call/held.h"

#include <string.h>

#include "base/clones.h"
#include "stress/listener.h"

#define DB_STEPS    256.0f
#define HZ_STEPS    128.0f
#define SHARE_STEPS 32768.0f
#define FLUX_STEPS  512.0f  /* Up to 128 dB. */
#define MEL_STEPS   3.25f   /* Up to 78 dB over the floor. */
#define RATE_STEPS  2048.0f /* Up to 32 a second. */

UT__INLINE int16_t both(float x, float steps)
{
    float v = x * steps;
    v = v > 32767 ? 32767 : v < -32768 ? -32768 : v;
    return (int16_t)(v + (v < 0 ? -0.5f : 0.5f));
}

UT__INLINE uint16_t positive(float x, float steps)
{
    float v = x * steps + 0.5f;
    return (uint16_t)(v > 65535 ? 65535 : v < 0 ? 0 : v);
}

UT__CLONES static void put_mel(uint8_t *restrict to, const float *restrict mel_db)
{
    for (int b = 0; b < UT_MEL_BANDS; b++) {
        float v = (mel_db[b] - UT__MEL_FLOOR_DB) * MEL_STEPS + 0.5f;
        v = v > 255 ? 255 : v;
        to[b] = (uint8_t)(v > 0 ? v : 0);
    }
}

int16_t ut__held_db(float db)
{
    return both(db, DB_STEPS);
}

float ut__db_held(int16_t steps)
{
    return (float)steps / DB_STEPS;
}

void ut__held_put(struct ut__held *to, const struct ut_frame *f)
{
    put_mel(to->mel, f->mel_db);
    to->level = both(f->level_dbfs, DB_STEPS);
    to->noise = both(f->noise_dbfs, DB_STEPS);
    to->hnr = both(f->hnr_db, DB_STEPS);
    to->alpha_ratio = both(f->alpha_ratio_db, DB_STEPS);
    to->f0 = positive(f->f0_hz, HZ_STEPS);
    to->voicing = positive(f->voicing, SHARE_STEPS);
    to->flux = positive(f->flux, FLUX_STEPS);
    to->jitter = positive(f->f0_jitter, SHARE_STEPS);
    to->shimmer = positive(f->shimmer_db, FLUX_STEPS);
    to->rate = positive(f->rate_syll_s, RATE_STEPS);
    to->nuclei = positive(f->nuclei_syll_s, RATE_STEPS);
    to->flags = (uint16_t)f->flags;
    to->is = (uint8_t)((f->speech ? UT__HELD_SPEECH : 0) | (f->voiced ? UT__HELD_VOICED : 0) |
                       (f->nucleus ? UT__HELD_NUCLEUS : 0));
}

void ut__held_get(struct ut_frame *f, const struct ut__held *from, uint64_t index)
{
    memset(f, 0, sizeof *f);
    f->index = index;
    for (int b = 0; b < UT_MEL_BANDS; b++)
        f->mel_db[b] = (float)from->mel[b] / MEL_STEPS + UT__MEL_FLOOR_DB;
    f->level_dbfs = (float)from->level / DB_STEPS;
    f->noise_dbfs = (float)from->noise / DB_STEPS;
    f->hnr_db = (float)from->hnr / DB_STEPS;
    f->alpha_ratio_db = (float)from->alpha_ratio / DB_STEPS;
    f->f0_hz = (float)from->f0 / HZ_STEPS;
    f->voicing = (float)from->voicing / SHARE_STEPS;
    f->flux = (float)from->flux / FLUX_STEPS;
    f->f0_jitter = (float)from->jitter / SHARE_STEPS;
    f->shimmer_db = (float)from->shimmer / FLUX_STEPS;
    f->rate_syll_s = (float)from->rate / RATE_STEPS;
    f->nuclei_syll_s = (float)from->nuclei / RATE_STEPS;
    f->flags = from->flags;
    f->speech = (from->is & UT__HELD_SPEECH) != 0;
    f->voiced = (from->is & UT__HELD_VOICED) != 0;
    f->nucleus = (from->is & UT__HELD_NUCLEUS) != 0;
}
