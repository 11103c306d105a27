/* SPDX-License-Identifier: MIT */
/* Which SIP connections go when there are too many. */
#include "unit/unit.h"

#include "ingress/sip/connections.h"

static struct ut__sip_connection of(int fd, uint8_t host, uint64_t bytes, uint32_t silent_ms)
{
    return (struct ut__sip_connection){
        .fd = fd, .host = {host}, .bytes = bytes, .silent_ms = silent_ms};
}

static int goes(const struct ut__sip_connection *list, size_t n, int fd)
{
    for (size_t i = 0; i < n; i++) {
        if (list[i].fd == fd)
            return list[i].goes;
    }
    return -1;
}

static void within_limits_nobody_goes(void **state)
{
    (void)state;
    struct ut__sip_connection list[] = {of(1, 1, 0, 9), of(2, 1, 5, 9), of(3, 2, 0, 9)};
    assert_int_equal(ut__sip_connections_choose(list, 0, 3, 2), 0);
    assert_int_equal(ut__sip_connections_choose(list, 3, 3, 2), 0);
    for (int fd = 1; fd <= 3; fd++)
        assert_int_equal(goes(list, 3, fd), 0);
}

/* Of the peer with too many, and of all: who sent nothing first, then who was silent longest. */
static void the_most_idle_go(void **state)
{
    (void)state;
    struct ut__sip_connection list[] = {of(1, 1, 7, 100), of(2, 1, 7, 900), of(3, 1, 0, 1),
                                        of(4, 1, 7, 300), of(5, 2, 7, 800), of(6, 3, 7, 200)};
    assert_int_equal(ut__sip_connections_choose(list, 6, 3, 2), 3);
    const int want[] = {0, 1, 1, 0, 1, 0};
    for (int fd = 1; fd <= 6; fd++)
        assert_int_equal(goes(list, 6, fd), want[fd - 1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(within_limits_nobody_goes),
        cmocka_unit_test(the_most_idle_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
