/* SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "net/http_head.h"

static int parse(struct ut__http_head **h, const char *text)
{
    return ut__http_head_parse(h, (const uint8_t *)text, strlen(text));
}

static void reads_a_head(void **state)
{
    (void)state;
    struct ut__http_head *h = NULL;
    assert_int_equal(parse(&h, "POST /a/b?x=1+2&y=%20 HTTP/1.1\r\nHost: h:1\r\n"
                               "Connection: keep-alive, Upgrade\r\nX-A: 1\r\nx-a: 2\r\n"
                               "Content-Length: 12\r\nExpect: 100-continue\r\n\r\n"),
                     0);
    assert_string_equal(h->method, "POST");
    assert_string_equal(h->target, "/a/b?x=1+2&y=%20");
    assert_string_equal(h->path, "/a/b");
    assert_string_equal(h->query, "x=1+2&y=%20");
    assert_string_equal(ut__http_head_get(h, "CONNECTION"), "keep-alive, Upgrade");
    assert_string_equal(ut__http_head_get(h, "X-A"), "1, 2");
    assert_null(ut__http_head_get(h, "X-B"));
    assert_int_equal(h->body_len_bytes, 12);
    assert_true(h->keep_alive && h->expects_continue && !h->http10);
    assert_true(ut__http_has_token(ut__http_head_get(h, "Connection"), "upgrade"));
    assert_false(ut__http_has_token(ut__http_head_get(h, "Connection"), "keep"));
    free(h);
    assert_int_equal(parse(&h, "GET / HTTP/1.0\n\n"), 0);
    assert_true(h->http10 && !h->keep_alive);
    assert_string_equal(h->query, "");
    free(h);
}

/* As many headers as are taken, and one more; a name that stands often gives one value. */
static void counts_headers(void **state)
{
    (void)state;
    char text[8000];
    for (int more = 0; more < 2; more++) {
        int n = snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: h\r\n");
        for (int i = 1; i < UT__HTTP_HEADERS_MAX + more; i++)
            n += snprintf(text + n, sizeof text - (size_t)n, "X-%d: %d\r\n", i % 100, i);
        snprintf(text + n, sizeof text - (size_t)n, "\r\n");
        struct ut__http_head *h = NULL;
        assert_int_equal(parse(&h, text), more ? 431 : 0);
        if (more)
            break;
        assert_string_equal(ut__http_head_get(h, "x-1"), "1, 101");
        assert_string_equal(ut__http_head_get(h, "x-99"), "99");
        free(h);
    }
    assert_true(ut__http_has_token("a ,\tb\t , c", "b"));
    assert_false(ut__http_has_token(NULL, "b"));
}

static void refuses_with_the_right_status(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int status;
    } rows[] = {
        {"hello\r\n\r\n", 400},
        {"GET x HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"GET / HTTP/2.0\r\n\r\n", 505},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", 501},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0x10\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
        /* RFC 9112: what two servers would read as two requests. */
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost : h\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length : 4\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length\t: 4\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: h\r\nX: a\r\n Content-Length: 4\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\r\n\tchunked\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: h\r\nX: a\rTransfer-Encoding: chunked\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: h\r\n: a\r\n\r\n", 400}};
    struct ut__http_head *h = NULL;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(parse(&h, rows[i].text), rows[i].status);
    assert_int_equal(ut__http_head_parse(&h, (const uint8_t *)"GET /\0 HTTP/1.1\r\n\r\n", 19), 400);
    assert_null(h);
}

static void finds_its_end_however_it_is_cut(void **state)
{
    (void)state;
    static const char text[] = "GET / HTTP/1.1\r\nA: b\r\n\r\nbody";
    size_t scanned = 0, end = 0;
    for (size_t n = 0; n < sizeof text && !end; n++)
        end = ut__http_head_end((const uint8_t *)text, n, &scanned);
    assert_int_equal(end, 24);
    scanned = 0;
    assert_int_equal(ut__http_head_end((const uint8_t *)"a\n\nb", 4, &scanned), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_head), cmocka_unit_test(refuses_with_the_right_status),
        cmocka_unit_test(counts_headers), cmocka_unit_test(finds_its_end_however_it_is_cut)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
