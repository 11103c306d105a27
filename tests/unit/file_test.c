/* SPDX-License-Identifier: MIT */
/* Sound files as sources: what was written with libsndfile comes back, channel by channel. */
#define _POSIX_C_SOURCE 200809L /* truncate. */

#include "unit/unit.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include <sndfile.h>
#ifdef UT_WITH_AMR
#include <opencore-amrnb/interf_enc.h>
#endif

#include "ingress/raw.h"
#include "ingress/source.h"

enum { RATE_HZ = 8000, FRAMES = 4000, CHANNELS = 2 };

static const char path[] = "file_test.tmp";

static float sample(int channel, int i)
{
    return 0.5f * sinf((float)i * (channel ? 0.3f : 0.1f));
}

static void write_file(int format, int rate_hz, int channels, int frames)
{
    SF_INFO info = {.samplerate = rate_hz, .channels = channels, .format = format};
    SNDFILE *snd = sf_open(path, SFM_WRITE, &info);
    assert_non_null(snd);
    float frame[64];
    for (int i = 0; i < frames; i++) {
        for (int c = 0; c < channels; c++)
            frame[c] = sample(c, i);
        assert_int_equal(sf_writef_float(snd, frame, 1), 1);
    }
    sf_close(snd);
}

/* Reads all blocks; returns the samples of channel 0 and the greatest error against `sample`. */
static size_t read_all(struct ut__source *src, float *worst, struct ut__source_message *msg)
{
    struct ut__source_block block;
    size_t have[CHANNELS] = {0};
    *worst = 0;
    while (src->read(src->state, &block, msg) == 1) {
        assert_true(block.n <= src->info.rate_hz[0] * UT_SOURCE_BLOCK_MS / 1000);
        for (size_t i = 0; i < block.n; i++)
            *worst = fmaxf(*worst, fabsf(block.pcm[i] - sample((int)block.channel,
                                                               (int)(have[block.channel] + i))));
        have[block.channel] += block.n;
    }
    assert_int_equal(src->info.channels == 2 ? have[1] : have[0], have[0]);
    return have[0];
}

/* The bound is the coding's own error on this tone; the lossy ones are only asked for length. */
static void reads_what_libsndfile_writes(void **state)
{
    (void)state;
    static const struct {
        int format, rate_hz, channels;
        float error_max;
    } cases[] = {
        {SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 2, 1e-4f},
        {SF_FORMAT_WAV | SF_FORMAT_PCM_U8, 8000, 2, 1e-2f},
        {SF_FORMAT_WAV | SF_FORMAT_PCM_24, 48000, 2, 1e-6f},
        {SF_FORMAT_WAV | SF_FORMAT_FLOAT, 16000, 1, 1e-7f},
        {SF_FORMAT_WAV | SF_FORMAT_ULAW, 8000, 2, 2e-2f},
        {SF_FORMAT_WAV | SF_FORMAT_ALAW, 8000, 2, 2e-2f},
        {SF_FORMAT_WAV | SF_FORMAT_IMA_ADPCM, 8000, 2, 1},
        {SF_FORMAT_WAV | SF_FORMAT_MS_ADPCM, 8000, 2, 1},
        {SF_FORMAT_WAV | SF_FORMAT_GSM610, 8000, 1, 2},
        {SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 8000, 2, 1e-4f},
        {SF_FORMAT_OGG | SF_FORMAT_VORBIS, 8000, 2, 2},
        {SF_FORMAT_OGG | SF_FORMAT_OPUS, 8000, 2, 2},
        {SF_FORMAT_AIFF | SF_FORMAT_PCM_16, 8000, 2, 1e-4f},
        {SF_FORMAT_AU | SF_FORMAT_ULAW, 8000, 2, 2e-2f},
        {SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 8000, 2, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_file(cases[i].format, cases[i].rate_hz, cases[i].channels, FRAMES);
        struct ut__source src;
        struct ut__source_message msg;
        const struct ut__source_config cfg = {.part = 0};
        assert_int_equal(ut__source_open(&src, path, &cfg, &msg), 0);
        assert_int_equal(src.info.channels, cases[i].channels);
        assert_int_equal(src.info.rate_hz[0], cases[i].rate_hz);
        float worst;
        size_t n = read_all(&src, &worst, &msg);
        assert_true(n >= FRAMES && n < FRAMES + 1200);
        assert_true(worst <= cases[i].error_max);
        assert_string_equal(msg.text, "");
        ut__source_close(&src);
    }
}

static void reads_headerless(void **state)
{
    (void)state;
    static const struct {
        int format;
        enum ut__raw_encoding encoding;
        float error_max;
    } cases[] = {
        {SF_FORMAT_ULAW, UT__RAW_ULAW, 2e-2f},
        {SF_FORMAT_ALAW, UT__RAW_ALAW, 2e-2f},
        {SF_FORMAT_PCM_16 | SF_ENDIAN_BIG, UT__RAW_S16BE, 1e-4f},
        {SF_FORMAT_FLOAT | SF_ENDIAN_LITTLE, UT__RAW_F32LE, 1e-7f},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_file(SF_FORMAT_RAW | cases[i].format, RATE_HZ, CHANNELS, FRAMES);
        const struct ut__source_config cfg = {.raw_encoding = cases[i].encoding, .raw_channels = 2};
        struct ut__source src;
        struct ut__source_message msg;
        assert_int_equal(ut__source_open(&src, path, &cfg, &msg), 0);
        float worst;
        assert_int_equal(read_all(&src, &worst, &msg), FRAMES);
        assert_true(worst <= cases[i].error_max);
        ut__source_close(&src);
    }
}

static void names_tell_headerless_kinds(void **state)
{
    (void)state;
    struct ut__source_config cfg = {.part = 0};
    assert_int_equal(ut__raw_from_name(&cfg, "in/call.ULAW"), 1);
    assert_int_equal(cfg.raw_encoding, UT__RAW_ULAW);
    cfg = (struct ut__source_config){.part = 0};
    assert_int_equal(ut__raw_from_name(&cfg, "call.sln16"), 1);
    assert_int_equal(cfg.raw_rate_hz, 16000);
    cfg = (struct ut__source_config){.part = 0};
    assert_int_equal(ut__raw_from_name(&cfg, "call.raw"), 1);
    assert_int_equal(cfg.raw_encoding, UT__RAW_NONE);
    assert_int_equal(ut__raw_from_name(&cfg, "call.wav"), 0);
    assert_int_equal(ut__raw_from_name(&cfg, "raw"), 0);
    assert_int_equal(ut__raw_encoding_named("s16le"), UT__RAW_S16LE);
    assert_int_equal(ut__raw_encoding_named("S16"), UT__RAW_NONE);
}

/* Half of the file is there: it is read, and the message says so. */
static void says_when_a_file_is_cut_off(void **state)
{
    (void)state;
    static const int formats[] = {
        SF_FORMAT_WAV | SF_FORMAT_ULAW,    SF_FORMAT_WAV | SF_FORMAT_PCM_16,
        SF_FORMAT_AIFF | SF_FORMAT_PCM_16, SF_FORMAT_AU | SF_FORMAT_ULAW,
        SF_FORMAT_FLAC | SF_FORMAT_PCM_16, SF_FORMAT_OGG | SF_FORMAT_VORBIS,
    };
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        /* A page of Ogg holds a second or more of this tone: several are needed. */
        int ogg = (formats[i] & SF_FORMAT_TYPEMASK) == SF_FORMAT_OGG;
        int frames = (ogg ? 100 : 10) * FRAMES;
        write_file(formats[i], RATE_HZ, CHANNELS, frames);
        FILE *f = fopen(path, "rb");
        assert_non_null(f);
        fseek(f, 0, SEEK_END);
        long size = ftell(f);
        fclose(f);
        assert_int_equal(truncate(path, size * 6 / 10), 0);
        struct ut__source src;
        struct ut__source_message msg;
        const struct ut__source_config cfg = {.part = 0};
        assert_int_equal(ut__source_open(&src, path, &cfg, &msg), 0);
        float worst;
        size_t n = read_all(&src, &worst, &msg);
        assert_true(n > 0 && n < (size_t)frames * 8 / 10);
        assert_non_null(strstr(msg.text, "cut off"));
        ut__source_close(&src);
    }
}

/* AMR: whole, cut off within a frame, and damaged; without the library its package is named. */
static void reads_amr(void **state)
{
    (void)state;
    static const struct {
        const char *tail;
        size_t tail_bytes;
        const char *note;
    } rows[] = {{"", 0, ""},
                {"\x3c half a frame", 13, "is cut off: the 1.0 s"},
                {"\x4f and more of it", 16, "is damaged after 1.0 s"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        FILE *f = fopen(path, "wb");
        assert_non_null(f);
        fputs("#!AMR\n", f);
#ifdef UT_WITH_AMR
        void *e = Encoder_Interface_init(0);
        for (int k = 0; k < 50; k++) {
            int16_t pcm[160];
            unsigned char out[64];
            for (int t = 0; t < 160; t++)
                pcm[t] = (int16_t)lrintf(32767 * sample(0, k * 160 + t));
            int n = Encoder_Interface_Encode(e, MR122, pcm, out, 0);
            assert_int_equal(fwrite(out, 1, (size_t)n, f), n);
        }
        Encoder_Interface_exit(e);
#endif
        assert_int_equal(fwrite(rows[i].tail, 1, rows[i].tail_bytes, f), rows[i].tail_bytes);
        fclose(f);
        struct ut__source src = {.state = NULL};
        struct ut__source_message msg;
        const struct ut__source_config cfg = {.part = 0};
        int err = ut__source_open(&src, path, &cfg, &msg);
#ifdef UT_WITH_AMR
        float worst;
        assert_int_equal(err, 0);
        assert_string_equal(src.info.format, "AMR");
        assert_int_equal(read_all(&src, &worst, &msg), 8000);
        assert_non_null(strstr(msg.text, rows[i].note));
#else
        assert_int_equal(err, UT_EUNSUPPORTED);
        assert_non_null(strstr(msg.text, "libopencore-amrnb"));
#endif
        ut__source_close(&src);
    }
}

static void refuses_with_a_remedy(void **state)
{
    (void)state;
    static const struct {
        int rate_hz, channels;
        const char *said;
    } cases[] = {
        {1, 1, "1 Hz"},
        {1000000, 1, "1000000 Hz"},
        {7999, 1, "7999 Hz"},
        {8000, 64, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_file(SF_FORMAT_WAV | SF_FORMAT_PCM_16, cases[i].rate_hz, cases[i].channels, 100);
        struct ut__source src = {.state = NULL};
        struct ut__source_message msg;
        const struct ut__source_config cfg = {.part = 0};
        int err = ut__source_open(&src, path, &cfg, &msg);
        assert_int_equal(err != 0, cases[i].said != NULL);
        if (cases[i].said)
            assert_non_null(strstr(msg.text, cases[i].said));
        ut__source_close(&src);
    }
}

static int remove_file(void **state)
{
    (void)state;
    remove(path);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_libsndfile_writes),
        cmocka_unit_test(reads_headerless),
        cmocka_unit_test(names_tell_headerless_kinds),
        cmocka_unit_test(says_when_a_file_is_cut_off),
        cmocka_unit_test(reads_amr),
        cmocka_unit_test(refuses_with_a_remedy),
    };
    return cmocka_run_group_tests(tests, NULL, remove_file);
}
