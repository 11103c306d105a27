/* SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include "ingress/pcap/link_frame.h"

#define IP4                                                                                        \
    "\x45\0\0\x1f\0\1\0\0\x40\x11\0\0\xc0\0\2\1\xc0\0\2\2"                                         \
    "\x0f\xa0\x13\x88\0\x0b\0\0"                                                                   \
    "abc"
#define IP6                                                                                        \
    "\x60\0\0\0\0\x0b\x11\x40"                                                                     \
    "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2"                 \
    "\x0f\xa0\x13\x88\0\x0b\0\0"                                                                   \
    "abc"
#define MACS "\2\0\0\0\0\1\2\0\0\0\0\2"

static enum ut__frame_kind read(struct ut__datagram *d, uint32_t link, const char *bytes, size_t n)
{
    return ut__frame_read(d, link, (const uint8_t *)bytes, n);
}
#define READ(link, bytes) read(&d, (link), (bytes), sizeof(bytes) - 1)

static void finds_udp_in_each_link_type(void **state)
{
    (void)state;
    static const struct {
        uint32_t link;
        const char *bytes;
        size_t len;
    } rows[] = {
#define ROW(link, bytes) {link, bytes, sizeof(bytes) - 1}
        ROW(1, MACS "\x08\0" IP4 "\0\0\0\0\0\0\0"), /* Padded to Ethernet's least. */
        ROW(1, MACS "\x86\xdd" IP6),
        ROW(1, MACS "\x81\0\0\5\x08\0" IP4),
        ROW(1, MACS "\x88\xa8\0\7\x81\0\0\5\x86\xdd" IP6),
        ROW(113, "\0\0\0\1\0\6\2\0\0\0\0\1\0\0\x08\0" IP4),
        ROW(276, "\x08\0\0\0\0\0\0\1\0\1\0\6\2\0\0\0\0\1\0\0" IP4),
        ROW(101, IP4),
        ROW(229, IP6),
        ROW(0, "\2\0\0\0" IP4),
#undef ROW
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ut__datagram d;
        assert_int_equal(read(&d, rows[i].link, rows[i].bytes, rows[i].len), UT__FRAME_UDP);
        assert_int_equal(d.from.port, 4000);
        assert_int_equal(d.to.port, 5000);
        assert_int_equal(d.len, 3);
        assert_memory_equal(d.payload, "abc", 3);
        assert_false(ut__address_same(&d.from, &d.to, 0));
        assert_true(ut__address_same(&d.from, &d.from, 1));
    }
}

#define OUTER(protocol)                                                                            \
    MACS "\x08\0"                                                                                  \
         "\x45\0\0\0\0\1\0\0\x40" protocol "\0\0\xc6\x33\x64\1\xc6\x33\x64\2"
#define INNER MACS "\x08\0" IP4

static void looks_into_tunnels(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
    } rows[] = {
#define ROW(bytes) {bytes, sizeof(bytes) - 1}
        ROW(OUTER("\x2f") "\0\0\x08\0" IP4),
        ROW(OUTER("\x2f") "\xb0\0\x86\xdd............" IP6),
        ROW(OUTER("\x2f") "\0\0\x88\xbe" INNER),
        ROW(OUTER("\x2f") "\x10\0\x88\xbe\0\0\0\1\x10.......\x02\0\0\0\0\1\2\0\0\0\0\2\x08\0" IP4),
        ROW(OUTER("\x2f") "\x10\0\x22\xeb\0\0\0\1\x20..........\x01........" INNER),
        ROW(OUTER("\x11") "\x15\xb3\x12\xb5\0\x4d\0\0\x08\0\0\0\0\0\1\0" INNER),
        ROW(OUTER("\x04") IP4),
        ROW(OUTER("\x29") IP6),
        ROW(MACS "\x88\x47\0\1\0\xff\0\2\1\xff" IP4),
        ROW(MACS "\x88\x47\0\1\1\xff\0\0\0\0" INNER),
        ROW(MACS "\x88\x64\x11\0\0\1\0\x21\0\x21" IP4),
        ROW(MACS "\x81\0\0\5\x88\x64\x11\0\0\1\0\x35\0\x57" IP6),
#undef ROW
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ut__datagram d;
        assert_int_equal(read(&d, 1, rows[i].bytes, rows[i].len), UT__FRAME_UDP);
        assert_int_equal(d.from.port, 4000);
        assert_memory_equal(d.payload, "abc", 3);
        /* Cut anywhere: never more than there is. */
        for (size_t n = 0; n < rows[i].len; n++)
            if (read(&d, 1, rows[i].bytes, n) == UT__FRAME_UDP)
                assert_true(d.payload + d.len <= (const uint8_t *)rows[i].bytes + n);
    }
    static const char head[] = "\x45\0\0\0\0\1\0\0\x40\x04\0\0\xc6\x33\x64\1\xc6\x33\x64\2";
    char nested[20 * 8 + sizeof IP4];
    struct ut__datagram d;
    for (int deep = 1; deep <= 8; deep++) {
        for (int i = 0; i < deep; i++)
            memcpy(nested + i * 20, head, 20);
        memcpy(nested + deep * 20, IP4, sizeof IP4);
        assert_int_equal(read(&d, 101, nested, (size_t)deep * 20 + sizeof IP4 - 1),
                         deep <= UT__TUNNELS_MAX ? UT__FRAME_UDP : UT__FRAME_DEEP);
    }
    /* RTP on a tunnel's port stays RTP. */
    assert_int_equal(READ(1, OUTER("\x11") "\x15\xb3\x12\xb5\0\x14\0\0\x80\0\0\0\0\0\1\0rtp."),
                     UT__FRAME_UDP);
    assert_int_equal(d.to.port, 4789);
}

static void tells_what_it_does_not_read(void **state)
{
    (void)state;
    struct ut__datagram d;
    assert_int_equal(READ(147, IP4), UT__FRAME_LINK);
    assert_int_equal(READ(101, ""), UT__FRAME_OTHER);
    assert_int_equal(READ(1, MACS "\x08\6 an ARP packet"), UT__FRAME_OTHER);
    assert_int_equal(READ(101, "\x45\0\0\x18\0\1\x20\0\x40\x11\0\0\xc0\0\2\1\xc0\0\2\2rest"),
                     UT__FRAME_FRAGMENT);
    assert_int_equal(READ(101, "\x45\0\0\x18\0\1\0\x02\x40\x11\0\0\xc0\0\2\1\xc0\0\2\2rest"),
                     UT__FRAME_FRAGMENT);
    assert_true(d.id == 1 && d.offset == 16 && !d.more && d.len == 4);
    assert_int_equal(READ(101, "\x45\0\0\x19\0\1\0\x02\x40\x11\0\0\xc0\0\2\1\xc0\0\2\2rest"),
                     UT__FRAME_CUT);
    assert_int_equal(READ(101, "\x45\0\0\x1f\0\1\0\0\x40\x06\0\0\xc0\0\2\1\xc0\0\2\2tcp"),
                     UT__FRAME_OTHER);
    assert_int_equal(read(&d, 101, IP4, sizeof IP4 - 3), UT__FRAME_CUT);
    assert_int_equal(READ(101, "\x42\0\0\x1f\0\1\0\0\x40\x11\0\0\xc0\0\2\1\xc0\0\2\2"),
                     UT__FRAME_OTHER); /* A head of 8 bytes. */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds_udp_in_each_link_type),
                                       cmocka_unit_test(looks_into_tunnels),
                                       cmocka_unit_test(tells_what_it_does_not_read)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
