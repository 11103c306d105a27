/* SPDX-License-Identifier: MIT */
/* Where a SIP message on a stream ends. */
#include "unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include <undertone/error.h>

#include "ingress/sip/gather.h"

static int read_text(struct ut__sip_frame *f, const char *text)
{
    size_t len = strlen(text);
    uint8_t *bytes = malloc(len + !len); /* Without a NUL: a sanitizer sees who reads on. */
    assert_non_null(bytes);
    memcpy(bytes, text, len);
    int got = ut__sip_frame_read(f, bytes, len);
    free(bytes);
    return got;
}

static void lengths(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int got;
        uint64_t len_bytes;
    } rows[] = {
        {"A\r\nContent-Length: 5\r\n\r\n", 1, 29},
        {"A\r\ncontent-LENGTH \t:\t05\r\nX: y\r\n\r\n12345next", 1, 38},
        {"A\r\nl:0\r\n\r\n", 1, 10},
        {"A\r\nL: 4294967295\r\n\r\n", 1, 4294967315},
        {"A\r\nX-Content-Length: 1\r\nl: 2\r\n\r\n", 1, 34},
        {"A\r\nContent-Length: 5\r\n", 0, 0},
        {"", 0, 0},
        {"\r\n\r", 0, 0},
        {"A\r\n\r\n", UT_EMALFORMED, 0},
        {"A\r\nContent-Length:\r\n\r\n", UT_EMALFORMED, 0},
        {"A\r\nContent-Length: -1\r\n\r\n", UT_EMALFORMED, 0},
        {"A\r\nContent-Length: 42949672950\r\n\r\n", UT_EMALFORMED, 0},
        {"A\r\nContent-Length\r\n\r\n", UT_EMALFORMED, 0},
        {"A\r\nLx: 3\r\n\r\n", UT_EMALFORMED, 0},
        {"\r\n\r\n", UT_EMALFORMED, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ut__sip_frame f = {.len_bytes = 0};
        assert_int_equal(read_text(&f, rows[i].text), rows[i].got);
        if (rows[i].got == 1)
            assert_int_equal(f.len_bytes, rows[i].len_bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(lengths)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
