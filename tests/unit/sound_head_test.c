/* SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include "ingress/sound_head.h"

static struct ut__sound_head look(const char *bytes, size_t len)
{
    struct ut__sound_head head;
    ut__sound_head(&head, (const uint8_t *)bytes, len);
    return head;
}

#define LOOK(literal) look(literal, sizeof(literal) - 1)

#define FMT "fmt \x10\0\0\0\x07\0\x02\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x08\0"

/* G.711 in a WAV as recorders write it: 2 channels, 8000 Hz, 0x1234 bytes of samples. */
static void reads_a_wav_head(void **state)
{
    (void)state;
    struct ut__sound_head h = LOOK("RIFF\0\0\0\0WAVE" FMT "data\x34\x12\0\0");
    assert_int_equal(h.kind, UT__SOUND_WAV);
    assert_int_equal(h.has_format, 1);
    assert_int_equal(h.format_tag, 7);
    assert_int_equal(h.channels, 2);
    assert_int_equal(h.rate_hz, 8000);
    assert_int_equal(h.data_at, 12 + 24 + 8);
    assert_int_equal(h.data_bytes, 0x1234);
}

/* A chunk of odd size is followed by a byte of padding. */
static void skips_other_chunks(void **state)
{
    (void)state;
    struct ut__sound_head h = LOOK("RIFF\0\0\0\0WAVE" FMT "LIST\x03\0\0\0abc\0data\x10\0\0\0");
    assert_int_equal(h.data_at, 12 + 24 + 12 + 8);
    assert_int_equal(h.data_bytes, 16);
}

/* What a program writes that cannot seek back is no promise. */
static void takes_an_open_size_for_unknown(void **state)
{
    (void)state;
    assert_int_equal(LOOK("RIFF\xff\xff\xff\xffWAVE" FMT "data\xff\xff\xff\xff").data_bytes, 0);
    assert_int_equal(LOOK("RIFF\x24\xf0\xff\x7fWAVE" FMT "data\0\xf0\xff\x7f").is_open, 1);
    assert_int_equal(LOOK("RIFF\xff\xff\xff\x7fWAVE" FMT "data\xff\xff\xff\x7f").is_open, 1);
    assert_int_equal(LOOK("RIFF\x24\0\0\x80WAVE" FMT "data\0\0\0\x80").is_open, 1);
    assert_int_equal(LOOK("RIFF\x24\0\0\x40WAVE" FMT "data\0\0\0\x40").data_bytes, 1 << 30);
    assert_int_equal(
        LOOK(".snd\0\0\0\x18\xff\xff\xff\xff\0\0\0\x01\0\0\x1f\x40\0\0\0\x01").data_bytes, 0);
}

/* Two kinds that have no magic number: packets of 188 bytes, and frames of AAC that follow each other. */
static void knows_streams_by_what_follows(void **state)
{
    (void)state;
    char ts[3 * 188] = "";
    ts[0] = ts[188] = ts[2 * 188] = 'G';
    struct ut__sound_head h = look(ts, sizeof ts);
    assert_int_equal(h.kind, UT__SOUND_FOREIGN);
    assert_string_equal(h.foreign, "an MPEG transport stream");
    ts[188] = 'H';
    assert_int_equal(look(ts, sizeof ts).kind, UT__SOUND_UNKNOWN);
    /* ADTS: MPEG-4 without CRC, a frame of 16 bytes, and the next one. */
    char aac[18] = "\xff\xf1\x50\x80\x02\x1f\xfc";
    aac[16] = (char)0xff;
    aac[17] = (char)0xf1;
    h = look(aac, sizeof aac);
    assert_int_equal(h.kind, UT__SOUND_FOREIGN);
    assert_string_equal(h.foreign, "AAC");
    assert_int_equal(look(aac, 17).kind, UT__SOUND_UNKNOWN);
    aac[4] = 0; /* A frame that ends within its head. */
    aac[5] = 0x5f;
    assert_int_equal(look(aac, sizeof aac).kind, UT__SOUND_UNKNOWN);
}

static void reads_aiff_and_au(void **state)
{
    (void)state;
    struct ut__sound_head h = LOOK("FORM\0\0\0\0AIFFCOMM\0\0\0\x12\0\x02\0\0\0\0\0\x10"
                                   "\x40\x0b\xfa\0\0\0\0\0\0\0SSND\0\0\0\x48\0\0\0\0\0\0\0\0");
    assert_int_equal(h.channels, 2);
    assert_int_equal(h.rate_hz, 8000);
    assert_int_equal(h.data_bytes, 0x40);
    h = LOOK(".snd\0\0\0\x18\0\0\x01\0\0\0\0\x01\0\0\x1f\x40\0\0\0\x01");
    assert_int_equal(h.rate_hz, 8000);
    assert_int_equal(h.channels, 1);
    assert_int_equal(h.data_at, 24);
    assert_int_equal(h.data_bytes, 256);
}

static void knows_kinds(void **state)
{
    (void)state;
    assert_int_equal(LOOK("").kind, UT__SOUND_EMPTY);
    assert_int_equal(LOOK("fLaC\0").kind, UT__SOUND_FLAC);
    assert_int_equal(LOOK("OggS\0").kind, UT__SOUND_OGG);
    assert_int_equal(LOOK("ID3\x04").kind, UT__SOUND_MP3);
    assert_int_equal(LOOK("\xff\xfb\x90\x64").kind, UT__SOUND_MP3);
    assert_int_equal(LOOK("\xd4\xc3\xb2\xa1").kind, UT__SOUND_PCAP);
    assert_int_equal(LOOK("\0\0\0\x20"
                          "ftypM4A ")
                         .kind,
                     UT__SOUND_FOREIGN);
    assert_int_equal(LOOK("#!AMR\n\x3c").kind, UT__SOUND_AMR);
    assert_int_equal(LOOK("#!AMR-WB\n").kind, UT__SOUND_FOREIGN);
    assert_int_equal(LOOK("#!AMR_MC1.0\n").kind, UT__SOUND_FOREIGN);
    assert_int_equal(LOOK("hello, this is a text\n").kind, UT__SOUND_TEXT);
    assert_int_equal(LOOK("\x7e\x01\x80\x90").kind, UT__SOUND_UNKNOWN);
}

/* Every prefix of a head is fine and reports no more than it holds. */
static void survives_being_cut(void **state)
{
    (void)state;
    static const char whole[] = "RIFF\0\0\0\0WAVE" FMT "data\x34\x12\0\0";
    for (size_t n = 0; n + 1 < sizeof whole - 1; n++)
        assert_int_equal(look(whole, n).data_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_wav_head),
        cmocka_unit_test(skips_other_chunks),
        cmocka_unit_test(takes_an_open_size_for_unknown),
        cmocka_unit_test(knows_streams_by_what_follows),
        cmocka_unit_test(reads_aiff_and_au),
        cmocka_unit_test(knows_kinds),
        cmocka_unit_test(survives_being_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
