/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L

#include "unit/unit.h"

#include <pthread.h>
#include <sched.h>

#include "base/ring.h"

enum { ITEMS = 64, TOTAL = 20000 };

struct item {
    uint32_t n;
    uint32_t check;
};

static struct item memory[ITEMS];
static struct ut__ring ring;

static void test_limits(void **state)
{
    (void)state;
    assert_int_equal(ut__ring_init(&ring, memory, sizeof memory[0], 3), UT_EINVAL);
    assert_int_equal(ut__ring_init(&ring, memory, sizeof memory[0], 1), UT_EINVAL);
    assert_int_equal(ut__ring_init(&ring, memory, 0, 4), UT_EINVAL);
    assert_int_equal(ut__ring_init(&ring, NULL, 1, 4), UT_EINVAL);
    assert_int_equal(ut__ring_init(&ring, memory, 1, (size_t)UT__RING_ITEMS_MAX * 2), UT_EINVAL);
}

/* Full and empty, all or nothing, and wrapping at each offset. */
static void test_counts(void **state)
{
    (void)state;
    uint8_t mem[8], in[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, out[16];
    for (size_t offset = 0; offset < 8; offset++) {
        assert_int_equal(ut__ring_init(&ring, mem, 1, 8), 0);
        assert_int_equal(ut__ring_write(&ring, in, offset), offset);
        assert_int_equal(ut__ring_skip(&ring, 100), offset);
        assert_int_equal(ut__ring_write(&ring, in, 10), 8);
        assert_int_equal(ut__ring_used(&ring), 8);
        assert_int_equal(ut__ring_write(&ring, in, 1), 0);
        assert_int_equal(ut__ring_peek(&ring, out, 3), 3);
        assert_int_equal(ut__ring_read(&ring, out, 5), 5);
        assert_memory_equal(out, in, 5);
        assert_int_equal(ut__ring_free(&ring), 5);
        assert_false(ut__ring_write_all(&ring, in, 6));
        assert_true(ut__ring_write_all(&ring, in, 5));
        assert_int_equal(ut__ring_read(&ring, out, 16), 8);
        assert_memory_equal(out, in + 5, 3);
        assert_memory_equal(out + 3, in, 5);
        assert_int_equal(ut__ring_read(&ring, out, 1), 0);
    }
}

static void *writer(void *arg)
{
    (void)arg;
    for (uint32_t n = 0; n < TOTAL;) {
        struct item some[5];
        uint32_t want = 0;
        for (; want < 1 + n % 5 && n + want < TOTAL; want++)
            some[want] = (struct item){n + want, ~(n + want)};
        size_t put = ut__ring_write(&ring, some, want);
        if (put == 0)
            sched_yield();
        n += (uint32_t)put;
    }
    return NULL;
}

/* Two threads: every item arrives once, whole and in order. ThreadSanitizer watches. */
static void test_threads(void **state)
{
    (void)state;
    pthread_t thread;
    assert_int_equal(ut__ring_init(&ring, memory, sizeof memory[0], ITEMS), 0);
    assert_int_equal(pthread_create(&thread, NULL, writer, NULL), 0);
    for (uint32_t n = 0; n < TOTAL;) {
        struct item some[7];
        size_t got = ut__ring_read(&ring, some, 7);
        if (got == 0)
            sched_yield();
        for (size_t i = 0; i < got; i++, n++) {
            assert_int_equal(some[i].n, n);
            assert_int_equal(some[i].check, ~n);
        }
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(ut__ring_used(&ring), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
