/* SPDX-License-Identifier: MIT */
/* Peaks of the power spectrum -> digit of this frame, tone of the last 200 ms. */

#include "features/tones.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"
#include "dsp/lanes.h"
#include "features/spectrum.h"

enum {
    FIRST_BIN = 8,  /* 250 Hz: hum and its overtones are no signals. */
    LAST_BIN = 111, /* 3470 Hz; the bins make whole lanes. */
    BINS = LAST_BIN - FIRST_BIN + 1,
    PEAKS = 3,
    WIDTH = 2, /* Bins on either side that belong to a peak: the main lobe of the window. */
    DIGIT_FRAMES = 3,
    TONE_FRAMES = UT__TONES_FRAMES
};
_Static_assert(BINS % 8 == 0, "whole lanes");
#define POWER_LEAST     1e-6f  /* -60 dBFS. */
#define SHARE_FIRST     0.32f  /* Of the strongest peak: a third, or no tone at all. */
#define BIN_FIRST       0.13f  /* Of its highest bin: the lobe of Hann's window has 2.4 of those. */
#define SHARE_TONE      0.90f  /* Of all peaks, over a tone. */
#define SHARE_DIGIT     0.88f  /* Of the two peaks of a digit: about 9 dB over all else. */
#define STRONG          0.15f  /* A peak 8 dB under the strongest counts. */
#define TOLERANCE       0.022f /* Q.24 accepts 1.5 % and more, and refuses 3.5 %. */
#define TWIST           10.0f  /* Power ratio; Q.24 has 4 to 8 dB, and lines add some. */
#define STILL_HZ        10.0f  /* That a digit's peak may wander from frame to frame. */
#define TONE_SPREAD     4.0f   /* Deviation of a tone's frequency in Hz. */
#define VOICE_HZ_MOST   680.0f /* Digits lie above. */
#define OVERTONES       0.002f /* -27 dB, of a voice; converters that distort so are not let in. */
#define DATA_DEVIATION  0.85f  /* dB. */
#define DATA_DBFS_LEAST -60.0f
#define LEVEL_LEAST     1e-12f
#define DATA_HZ_LEAST   850.0f
#define TONE_HZ_LEAST   330.0f /* Dial tones have 350 Hz and more; voices hum below. */

struct peak {
    float hz;     /* Of a lone tone. */
    float centre; /* Centre of gravity: of two tones that beat, the middle, at every beat. */
    float power;
};

static const float dtmf_hz[2][4] = {{697, 770, 852, 941}, {1209, 1336, 1477, 1633}};

void ut__tones_init(struct ut__tones *tn)
{
    memset(tn, 0, sizeof *tn);
    tn->digit = -1;
    tn->data_age = UT__TONES_DATA_AGE;
}

/* Power of the band, and where its middle lies, in bins. */
UT__CLONES static float sum_band(const float *power, float *middle)
{
    static const ut__eight step = {8, 8, 8, 8, 8, 8, 8, 8};
    ut__eight bin = {FIRST_BIN,     FIRST_BIN + 1, FIRST_BIN + 2, FIRST_BIN + 3,
                     FIRST_BIN + 4, FIRST_BIN + 5, FIRST_BIN + 6, FIRST_BIN + 7};
    float lane[8], moments[8];
    ut__eight sum = {0}, moment = {0}, part;
    for (int k = 0; k < BINS; k += 8) {
        ut__load8(&part, power + FIRST_BIN + k);
        sum += part;
        moment += part * bin;
        bin += step;
    }
    ut__store8(lane, &sum);
    ut__store8(moments, &moment);
    float total = ut__lane_sum(lane);
    *middle = ut__lane_sum(moments) / (total + POWER_LEAST * 1e-3f);
    return total;
}

UT__CLONES static float top_power(const float *power)
{
    return ut__max(power + FIRST_BIN, BINS);
}

/* The first bin that is so high. */
static int bin_of(const float *power, float high)
{
    int top = FIRST_BIN;
    while (top < LAST_BIN && power[top] < high)
        top++;
    return top;
}

/* The frequency of a lone tone from its two highest bins: exact for Hann's window. */
static float hz_at(const float *power, int k)
{
    int up = power[k + 1] > power[k - 1];
    float ratio = sqrtf(power[up ? k + 1 : k - 1] / power[k]);
    float off = (2 * ratio - 1) / (ratio + 1);
    return ((float)k + (up ? off : -off)) * UT__SPECTRUM_BIN_HZ;
}

/* The strongest peaks, one after the other, each with its lobe; returns how many are strong. */
static int find_peaks(const float *power, struct peak *peak, float total)
{
    float rest[UT__SPECTRUM_BINS];
    int n = 0;
    while (n < PEAKS) {
        float high = top_power(n == 0 ? power : rest);
        if (n == 0) {
            if (high < BIN_FIRST * total)
                break;
            memcpy(rest, power, sizeof rest);
        }
        if (high <= 0)
            break;
        int top = bin_of(rest, high);
        float sum = 0, moment = 0;
        for (int k = top - WIDTH; k <= top + WIDTH; k++) {
            sum += rest[k];
            moment += rest[k] * (float)k;
            rest[k] = 0;
        }
        if (n == 0 ? sum < SHARE_FIRST * total : sum < STRONG * peak[0].power)
            break;
        peak[n].hz = hz_at(power, top);
        peak[n].centre = moment / sum * UT__SPECTRUM_BIN_HZ;
        peak[n++].power = sum;
    }
    return n;
}

static int nearest(float hz, const float *table)
{
    for (int i = 0; i < 4; i++)
        if (fabsf(hz - table[i]) <= TOLERANCE * table[i])
            return i;
    return -1;
}

/* The digit that two peaks make, or -1. */
static int digit_of(const struct peak *peak, int n, float total)
{
    if (n != 2 || peak[0].power + peak[1].power < SHARE_DIGIT * total ||
        peak[0].power > TWIST * peak[1].power)
        return -1;
    const struct peak *low = peak[0].hz < peak[1].hz ? &peak[0] : &peak[1];
    const struct peak *high = low == &peak[0] ? &peak[1] : &peak[0];
    int row = nearest(low->hz, dtmf_hz[0]), column = nearest(high->hz, dtmf_hz[1]);
    return row < 0 || column < 0 ? -1 : 4 * row + column;
}

static void follow_digit(struct ut__tones *tn, const struct peak *peak, int n, float total)
{
    int digit = digit_of(peak, n, total);
    if (digit < 0) {
        tn->digit = -1;
        tn->digit_frames = 0;
        return;
    }
    int swap = peak[0].hz > peak[1].hz;
    float low = peak[swap].hz, high = peak[!swap].hz;
    int same = digit == tn->digit && fabsf(low - tn->pair_hz[0]) <= STILL_HZ &&
               fabsf(high - tn->pair_hz[1]) <= STILL_HZ;
    tn->digit_frames = same ? tn->digit_frames + 1 : 1;
    tn->digit = digit;
    tn->pair_hz[0] = low;
    tn->pair_hz[1] = high;
}

/* What stands at a frequency, less what lies around. */
static float over_around(const float *power, float hz)
{
    int k = (int)(hz / UT__SPECTRUM_BIN_HZ + 0.5f);
    float at = power[k - 1] + power[k] + power[k + 1];
    return at - 0.75f * (power[k - 4] + power[k - 3] + power[k + 3] + power[k + 4]);
}

/*
 * What a voice has beside a peak that may be its first harmonic, or its second where that is the
 * first one strong. Clipping alone adds odd ones, so those are not looked at.
 */
static float overtones_of(const float *power, float hz)
{
    if (hz < TONE_HZ_LEAST || hz > 2 * VOICE_HZ_MOST)
        return 0;
    if (hz > VOICE_HZ_MOST)
        return over_around(power, hz / 2);
    return over_around(power, 2 * hz) + over_around(power, 4 * hz);
}

/* One frequency, by power, over the whole window, and little else. */
static int steady(const struct ut__tones *tn)
{
    float weight = 0, mean = 0, square = 0, share = 0, overtones = 0;
    for (int i = 0; i < TONE_FRAMES; i++) {
        if (tn->hz[i] < TONE_HZ_LEAST)
            return 0;
        weight += tn->power[i];
        mean += tn->power[i] * tn->hz[i];
        share += tn->power[i] * tn->share[i];
        overtones += tn->overtones[i];
    }
    if (overtones > OVERTONES * weight)
        return 0;
    mean /= weight;
    for (int i = 0; i < TONE_FRAMES; i++)
        square += tn->power[i] * (tn->hz[i] - mean) * (tn->hz[i] - mean);
    return share >= SHARE_TONE * weight && square <= TONE_SPREAD * TONE_SPREAD * weight;
}

/* As even as no voice is but a held one, and higher, for so many frames. */
static int even(const struct ut__tones *tn, uint32_t frames, float *level_db)
{
    float mean = 0, middle = 0, square = 0, power = 0, overtones = 0, n = (float)frames;
    if (tn->pushed < TONE_FRAMES)
        return 0;
    for (uint32_t i = 1; i <= frames; i++) {
        uint32_t at = (tn->pushed - i) % TONE_FRAMES;
        mean += tn->level_db[at] / n;
        middle += tn->middle[at] / n;
        power += tn->power[at];
        overtones += tn->overtones[at];
    }
    for (uint32_t i = 1; i <= frames; i++) {
        float off = tn->level_db[(tn->pushed - i) % TONE_FRAMES] - mean;
        square += off * off;
    }
    *level_db = mean;
    return mean > DATA_DBFS_LEAST && square < DATA_DEVIATION * DATA_DEVIATION * n &&
           middle * UT__SPECTRUM_BIN_HZ > DATA_HZ_LEAST && overtones <= OVERTONES * power;
}

void ut__tones_push(struct ut__tones *tn, const float *power, struct ut__tones_frame *out)
{
    struct peak peak[PEAKS];
    float middle, total = sum_band(power, &middle), sum = 0, low = 0;
    int n = total > POWER_LEAST ? find_peaks(power, peak, total) : 0;
    for (int i = 0; i < n; i++) {
        sum += peak[i].power;
        low = i == 0 || peak[i].centre < low ? peak[i].centre : low;
    }
    uint32_t at = tn->pushed++ % TONE_FRAMES;
    tn->hz[at] = low;
    tn->power[at] = total;
    tn->share[at] = n > 0 ? sum / total : 0;
    tn->level_db[at] = ut__log_db(total * (2.0f / UT__SPECTRUM_WINDOW) + LEVEL_LEAST);
    tn->middle[at] = middle;
    tn->overtones[at] = overtones_of(power, low);
    follow_digit(tn, peak, n, total);
    out->tonal = sum >= SHARE_TONE * total && n > 0;
    out->digit = (int8_t)tn->digit;
    out->dtmf_frames = (uint8_t)(tn->digit_frames < DIGIT_FRAMES ? 0 : DIGIT_FRAMES);
    int data = even(tn, tn->data_age < UT__TONES_DATA_AGE ? UT__TONES_DATA_SHORT : TONE_FRAMES,
                    &out->level_db);
    out->data_frames = (uint8_t)(data ? TONE_FRAMES : 0);
    out->tone_frames = (uint8_t)(n > 0 && steady(tn) ? TONE_FRAMES : 0);
}
