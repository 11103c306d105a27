/* SPDX-License-Identifier: MIT */
/* Flags of line quality on signals that are known to deserve them, and on speech that is not. */

#include "unit/unit.h"

#include "unit/signal.h"

enum { SECONDS = 10, N = SECONDS * UT_RATE_HZ, FRAMES = N / UT_HOP_SAMPLES };

static float f0[N], x[N];
static struct ut_frame frame[FRAMES];

static float sine(float hz, size_t i)
{
    return (float)sin(6.283185307179586 * (double)hz * (double)i / UT_RATE_HZ);
}

static void add_noise(float level_dbfs, uint32_t seed)
{
    for (size_t i = 0; i < N; i++)
        x[i] += powf(10, level_dbfs / 20) * signal_normal(&seed);
}

/* Syllables at 4 Hz of changing pitch and loudness, a pause every other second. */
static void talk(float gain)
{
    for (size_t i = 0; i < N; i++)
        f0[i] = 150 + 40 * sinf((float)i * 0.0009f) + 10 * sinf((float)i * 0.0041f);
    signal_voice(x, f0, N);
    for (size_t i = 0; i < N; i++) {
        float open = sinf(3.1415927f * 4 * (float)i / UT_RATE_HZ);
        float loud = 0.6f + 0.4f * sinf((float)i * 0.00031f);
        x[i] *= gain * open * open * loud * (i / UT_RATE_HZ % 2 ? 0 : 1.0f);
    }
}

static size_t count(uint32_t flag, size_t from, size_t to)
{
    size_t n = 0;
    for (size_t i = from; i < to; i++)
        n += (frame[i].flags & flag) != 0;
    return n;
}

static void run(void)
{
    assert_int_equal(signal_frames(frame, x, N), FRAMES);
}

static const uint32_t every =
    UT_FRAME_CLIPPED | UT_FRAME_DTMF | UT_FRAME_TONE | UT_FRAME_MUSIC | UT_FRAME_NOISY;

static void open_speech_has_no_flag(void **state)
{
    (void)state;
    for (float gain = 0.06f; gain < 1.5f; gain *= 2) {
        talk(gain);
        add_noise(-80, 1);
        run();
        assert_int_equal(count(every, 0, FRAMES), 0);
    }
}

/* Clipped at full scale, and clipped first and turned down after: 10 % of the samples touch. */
static void clipping_shows_through_gain(void **state)
{
    (void)state;
    static const float after[] = {1, 0.5f, 0.2f};
    for (size_t k = 0; k < sizeof after / sizeof after[0]; k++) {
        talk(12);
        for (size_t i = 0; i < N; i++)
            x[i] = after[k] * fmaxf(-1, fminf(1, x[i]));
        add_noise(-70, 1);
        run();
        assert_true(count(UT_FRAME_CLIPPED, 0, FRAMES) > 110);
        for (size_t i = 105; i < 195; i++) /* The pause is not clipped. */
            assert_int_equal(frame[i].flags & UT_FRAME_CLIPPED, 0);
    }
    for (size_t i = 0; i < N; i++) /* A full-scale square wave. */
        x[i] = i / 20 % 2 ? 1.0f : -1.0f;
    run();
    assert_true(count(UT_FRAME_CLIPPED, 0, FRAMES) > 990);
}

/* The sixteen digits of Q.23, 50 ms on and 50 ms off, 1.5 % off their frequencies. */
static void digits_are_told(void **state)
{
    (void)state;
    static const float low[] = {697, 770, 852, 941}, high[] = {1209, 1336, 1477, 1633};
    static const float level_dbfs[] = {-12, -30, -42};
    for (size_t k = 0; k < 3; k++)
        for (int off = -1; off <= 1; off++) {
            for (size_t i = 0; i < N; i++) {
                size_t digit = i / 800 % 16;
                float drift = 1 + 0.015f * (float)off;
                x[i] = i % 800 >= 400 ? 0
                                      : powf(10, level_dbfs[k] / 20) *
                                            (sine(low[digit / 4] * drift, i) +
                                             1.4f * sine(high[digit % 4] * drift, i));
            }
            add_noise(level_dbfs[k] - 25, 1);
            run();
            for (size_t start = 10; start + 10 <= FRAMES; start += 10) {
                assert_in_range(count(UT_FRAME_DTMF, start, start + 5), 3, 5);
                assert_in_range(count(UT_FRAME_DTMF, start + 5, start + 10), 0, 1);
            }
            for (size_t i = 0; i < FRAMES; i++)
                assert_true(!(frame[i].flags & UT_FRAME_DTMF) || !frame[i].speech);
        }
}

/* What is not a digit: 3.5 % off, one tone alone, ten decibels of twist and more. */
static void no_digit_is_made_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < N; i++)
        x[i] = 0.1f * (sine(770 * 1.035f, i) + sine(1336 * 1.035f, i));
    run();
    assert_int_equal(count(UT_FRAME_DTMF, 0, FRAMES), 0);
    for (size_t i = 0; i < N; i++)
        x[i] = 0.1f * sine(770, i);
    run();
    assert_int_equal(count(UT_FRAME_DTMF, 0, FRAMES), 0);
    for (size_t i = 0; i < N; i++)
        x[i] = 0.1f * (sine(770, i) + 0.2f * sine(1336, i));
    run();
    assert_int_equal(count(UT_FRAME_DTMF, 0, FRAMES), 0);
}

static void signals_of_the_exchange_are_tones(void **state)
{
    (void)state;
    static const struct {
        float hz[2];
        size_t on_ms, off_ms, least; /* Per cent of what sounds. */
    } cases[] = {
        /* The first 100 ms of each are given before the tone is known. */
        {{425, 0}, 1000, 3000, 85}, {{425, 0}, 500, 500, 75},   {{425, 0}, 250, 250, 50},
        {{350, 440}, 9999, 1, 90},  {{480, 620}, 500, 500, 70}, {{440, 480}, 2000, 2000, 60},
        {{400, 450}, 400, 200, 60}, {{1100, 0}, 500, 3000, 70}, {{2100, 0}, 3000, 500, 90},
        {{1400, 0}, 330, 1000, 60}, {{950, 0}, 330, 1000, 60},  {{1800, 0}, 330, 1000, 60},
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        size_t cycle = 8 * (cases[c].on_ms + cases[c].off_ms), sounds = 0;
        for (size_t i = 0; i < N; i++) {
            int on = i % cycle < 8 * cases[c].on_ms;
            sounds += (size_t)on;
            x[i] = on ? 0.1f * (sine(cases[c].hz[0], i) + sine(cases[c].hz[1], i)) : 0;
        }
        add_noise(-55, 1);
        run();
        size_t found = count(UT_FRAME_TONE, 0, FRAMES);
        if (found * 100 * UT_HOP_SAMPLES < cases[c].least * sounds)
            fail_msg("%.0f + %.0f Hz: %zu frames", (double)cases[c].hz[0], (double)cases[c].hz[1],
                     found);
        assert_true(found * UT_HOP_SAMPLES <= sounds + 3 * UT_HOP_SAMPLES * (N / cycle + 1));
        assert_int_equal(count(UT_FRAME_CLIPPED | UT_FRAME_DTMF | UT_FRAME_MUSIC, 0, FRAMES), 0);
    }
}

/* Held for ten seconds at one pitch, where the tones of exchanges are: a voice has overtones. */
static void a_steady_vowel_is_no_tone(void **state)
{
    (void)state;
    for (float hz = 390; hz <= 480; hz += 30) {
        for (size_t i = 0; i < N; i++)
            f0[i] = hz;
        signal_voice(x, f0, N);
        add_noise(-50, 1);
        run();
        if (count(UT_FRAME_TONE, 0, FRAMES) > 0)
            fail_msg("%.0f Hz: %zu frames", (double)hz, count(UT_FRAME_TONE, 0, FRAMES));
    }
}

/* A vowel as a throat makes it, from 0.2 s on; every period of a length and a loudness of its own
 * where `natural`. */
static void sing(float hz, const float *formant, int natural, size_t n)
{
    double phase = 1, period_hz = (double)hz, loud = 1;
    uint32_t seed = 5;
    for (size_t i = 0; i < n; i++) {
        if (phase >= 1) {
            phase -= 1;
            period_hz = (double)hz * (1 + natural * 0.007 * (double)signal_normal(&seed));
            loud = 1 + natural * 0.04 * (double)signal_normal(&seed);
        }
        phase += period_hz / UT_RATE_HZ;
        double sum = 0;
        for (int h = 1; (float)h * hz < 3400; h++) {
            double f = h * (double)hz, gain = 1.0 / h;
            for (int k = 0; k < 3; k++) {
                double f2 = (double)formant[k] * (double)formant[k], width = 60 + 30 * k;
                gain *= f2 / sqrt((f2 - f * f) * (f2 - f * f) + width * width * f * f);
            }
            sum += gain * sin(6.283185307179586 * h * phase);
        }
        x[i] = i >= UT_RATE_HZ / 5 ? (float)(0.02 * loud * sum) : 0;
    }
    add_noise(-60, 2);
}

/* Also where the second harmonic is the first one strong, and where it is weak. */
static void a_sung_vowel_is_no_tone(void **state)
{
    (void)state;
    enum { LENGTH = UT_RATE_HZ };
    static const struct {
        float formant[3], most_hz; /* Above, the first formant leaves the first harmonic alone. */
    } vowels[] = {{{730, 1090, 2440}, 545},
                  {{530, 1840, 2480}, 500},
                  {{270, 2290, 3010}, 545},
                  {{570, 840, 2410}, 500},
                  {{300, 870, 2240}, 545}};
    for (size_t v = 0; v < sizeof vowels / sizeof vowels[0]; v++)
        for (float hz = 345; hz <= vowels[v].most_hz; hz += 15)
            for (int natural = 0; natural <= 1; natural++) {
                sing(hz, vowels[v].formant, natural, LENGTH);
                size_t frames = signal_frames(frame, x, LENGTH);
                if (count(UT_FRAME_TONE, 0, frames) > 0)
                    fail_msg("vowel %zu, %.0f Hz: %zu frames", v, (double)hz,
                             count(UT_FRAME_TONE, 0, frames));
            }
}

/* One of two frequencies a bit, as V.21, V.23 and Bell 103 send; random bits. */
static void keyed(float hz_0, float hz_1, float bits_s)
{
    uint32_t seed = 9;
    double phase = 0;
    float hz = hz_0, next = 0;
    for (size_t i = 0; i < N; i++) {
        if ((float)i >= next) {
            hz = signal_random(&seed) >> 31 ? hz_1 : hz_0;
            next += UT_RATE_HZ / bits_s;
        }
        phase += 6.283185307179586 * (double)hz / UT_RATE_HZ;
        x[i] = i < UT_RATE_HZ ? 0 : 0.25f * (float)sin(phase);
    }
}

/* A carrier of four phases, 1200 symbols a second, raised between them, as V.26 sends. */
static void phased(void)
{
    uint32_t seed = 4;
    float now = 0, before = 0;
    for (size_t i = 0; i < N; i++) {
        float at = fmodf((float)i * 1200 / UT_RATE_HZ, 1);
        if (at < 1200.0f / UT_RATE_HZ) {
            before = now;
            now = (float)(signal_random(&seed) >> 30) * 1.5707963f;
        }
        float share = 0.5f - 0.5f * cosf(3.1415927f * at),
              t = 6.2831853f * 1800 * (float)i / UT_RATE_HZ;
        float carrier = share * cosf(t + now) + (1 - share) * cosf(t + before);
        x[i] = i < UT_RATE_HZ ? 0 : 0.25f * carrier;
    }
}

static void fax_and_modems_are_no_voice(void **state)
{
    (void)state;
    static const float keys[][3] = {
        {980, 1180, 300}, {1650, 1850, 300}, {2025, 2225, 300}, {1300, 2100, 1200}};
    for (size_t c = 0; c <= sizeof keys / sizeof keys[0]; c++) {
        if (c < sizeof keys / sizeof keys[0])
            keyed(keys[c][0], keys[c][1], keys[c][2]);
        else
            phased();
        add_noise(-60, 1);
        run();
        size_t heard = 0;
        for (size_t i = 0; i < FRAMES; i++)
            heard += frame[i].speech;
        if (heard > 15 || count(UT_FRAME_TONE, 120, FRAMES) < FRAMES - 130)
            fail_msg("case %zu: %zu frames of speech, %zu of tone", c, heard,
                     count(UT_FRAME_TONE, 120, FRAMES));
    }
}

/* A fax sends for a second or two, and waits: once known, it is known again at once. */
static void a_fax_comes_in_bursts(void **state)
{
    (void)state;
    keyed(1650, 1850, 300);
    for (size_t i = 0; i < N; i++)
        x[i] *= i % (3 * UT_RATE_HZ / 2) < UT_RATE_HZ ? 1 : 0;
    add_noise(-60, 1);
    run();
    size_t heard = 0;
    for (size_t i = 0; i < FRAMES; i++)
        heard += frame[i].speech;
    assert_in_range(heard, 0, 40);
}

/* Chords of a struck and of a held instrument, changing twice a second. */
static void chords_are_music(void **state)
{
    (void)state;
    for (int held = 0; held <= 1; held++) {
        for (size_t i = 0; i < N; i++) {
            size_t beat = i / 4000, at = i % 4000;
            float decay = held ? 1 : expf(-(float)at / 3000), sum = 0;
            for (size_t v = 0; v < 3; v++) {
                float hz = 262 * exp2f((float)((beat * 5 + v * 4) % 12) / 12) * (v ? 2 : 1);
                for (int h = 1; h <= 4; h++)
                    sum += sine(hz * (float)h, i) / (float)h;
            }
            x[i] = 0.04f * decay * sum;
        }
        add_noise(-60, 1);
        run();
        assert_true(count(UT_FRAME_MUSIC, 400, FRAMES) > 550);
    }
}

static void noisy_means_6_db(void **state)
{
    (void)state;
    static const struct {
        float snr_db;
        int noisy;
    } cases[] = {{30, 0}, {15, 0}, {10, 0}, {2, 1}, {0, 1}};
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        talk(0.3f);
        float speech = 1.414f * signal_rms(x, N); /* Every other second is speech. */
        add_noise(20 * log10f(speech) - cases[c].snr_db, 3);
        run();
        size_t found = count(UT_FRAME_NOISY, 500, FRAMES);
        if (cases[c].noisy ? found < 400 : found > 25)
            fail_msg("SNR %.0f dB: %zu frames", (double)cases[c].snr_db, found);
    }
}

/* An offset and hum as loud as the voice, below it: the line is as good as without. */
static void what_lies_under_the_band_counts_for_nothing(void **state)
{
    (void)state;
    static const struct {
        float hz, amplitude;
    } under[] = {{0, 0.02f}, {50, 0.05f}, {100, 0.03f}, {60, 0.05f}};
    for (size_t c = 0; c < sizeof under / sizeof under[0]; c++) {
        double hnr[2] = {0}, level[2] = {0};
        for (int with = 0; with <= 1; with++) {
            talk(0.2f);
            add_noise(-70, 1);
            for (size_t i = 0; i < N; i++)
                x[i] +=
                    (float)with * under[c].amplitude * (under[c].hz > 0 ? sine(under[c].hz, i) : 1);
            run();
            assert_int_equal(count(UT_FRAME_NOISY, 0, FRAMES), 0);
            for (size_t i = 20; i < FRAMES; i++) {
                hnr[with] += (double)frame[i].hnr_db / FRAMES;
                level[with] += (double)frame[i].level_dbfs / FRAMES;
            }
        }
        if (fabs(hnr[1] - hnr[0]) > 0.5 || fabs(level[1] - level[0]) > 1.5)
            fail_msg("%.0f Hz: HNR %.2f for %.2f, level %.1f for %.1f", (double)under[c].hz, hnr[1],
                     hnr[0], level[1], level[0]);
    }
}

static void silence_has_no_flag_but_its_own(void **state)
{
    (void)state;
    memset(x, 0, sizeof x);
    run();
    assert_int_equal(count(every, 0, FRAMES), 0);
    assert_int_equal(count(UT_FRAME_SILENT, 0, FRAMES), FRAMES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open_speech_has_no_flag),
        cmocka_unit_test(clipping_shows_through_gain),
        cmocka_unit_test(digits_are_told),
        cmocka_unit_test(no_digit_is_made_up),
        cmocka_unit_test(signals_of_the_exchange_are_tones),
        cmocka_unit_test(a_steady_vowel_is_no_tone),
        cmocka_unit_test(a_sung_vowel_is_no_tone),
        cmocka_unit_test(fax_and_modems_are_no_voice),
        cmocka_unit_test(a_fax_comes_in_bursts),
        cmocka_unit_test(chords_are_music),
        cmocka_unit_test(noisy_means_6_db),
        cmocka_unit_test(what_lies_under_the_band_counts_for_nothing),
        cmocka_unit_test(silence_has_no_flag_but_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
