/* SPDX-License-Identifier: MIT */
/* Local peaks by bin -> how long they hold -> score of the longest in each part of the band. */

#include "features/music.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"

enum {
    FIRST = UT__MUSIC_FIRST,
    BINS = UT__MUSIC_BINS,
    PARTS = 8, /* Of 12 bins, 375 Hz. */
    PART_BINS = BINS / PARTS,
    BESIDE = 3,   /* Bins to the side that a peak must stand over. */
    EVERY = 10,   /* Frames between two looks. */
    STRONGEST = 4 /* Parts that count. */
};
#define PEAK_DB      6.0f  /* Over the mean of both sides. */
#define REST_RISE    0.03f /* dB a frame: hum and whistling that stay are not music. */
#define OVER_REST_DB 8.0f
#define LEAST_DB     -75.0f /* What is weaker is the codec's own. */
#define HOLD_RATE    0.02f  /* Per frame: 500 ms. */
#define SCORE_RATE   0.06f  /* Per look: 1.7 s. */
#define ENTER        0.66f  /* Speech of all kinds stays below .64, music comes to .7 and more. */
#define LEAVE        0.56f

void ut__music_init(struct ut__music *mu)
{
    memset(mu, 0, sizeof *mu);
}

UT__CLONES static void hold_peaks(float *restrict hold, float *restrict rest,
                                  const float *restrict db)
{
    db += FIRST;
    for (int k = 0; k < BINS; k++) {
        float risen = rest[k] + REST_RISE;
        rest[k] = db[k] < risen ? db[k] : risen;
        rest[k] = rest[k] > LEAST_DB ? rest[k] : LEAST_DB; /* Silence is not where a line rests. */
        float over = db[k] - 0.5f * (db[k - BESIDE] + db[k + BESIDE]) - PEAK_DB;
        float loud = db[k] - rest[k] - OVER_REST_DB, least = db[k] - LEAST_DB;
        float worst = over < loud ? over : loud;
        worst = worst < least ? worst : least;
        hold[k] += HOLD_RATE * ((worst > 0 ? 1.0f : 0.0f) - hold[k]);
    }
}

/* Mean of the longest hold in each of the parts that hold longest. */
static float look(const float *hold)
{
    float best[PARTS], sum = 0;
    for (int p = 0; p < PARTS; p++) {
        best[p] = 0;
        for (int k = p * PART_BINS; k < (p + 1) * PART_BINS; k++)
            best[p] = hold[k] > best[p] ? hold[k] : best[p];
    }
    for (int i = 0; i < STRONGEST; i++) {
        int top = i;
        for (int p = i + 1; p < PARTS; p++)
            top = best[p] > best[top] ? p : top;
        float value = best[top];
        best[top] = best[i];
        best[i] = value;
        sum += value;
    }
    return sum / STRONGEST;
}

int ut__music_push(struct ut__music *mu, const float *power_db, int tonal)
{
    hold_peaks(mu->hold, mu->rest, power_db);
    if (++mu->pushed % EVERY == 0) {
        float now = tonal ? 0 : look(mu->hold);
        mu->score += SCORE_RATE * (now - mu->score);
        mu->music = mu->score > (mu->music ? LEAVE : ENTER);
    }
    return mu->music;
}
