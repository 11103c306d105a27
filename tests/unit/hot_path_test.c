/* SPDX-License-Identifier: MIT */
/*
 * The frame path allocates nothing, locks nothing and calls no system: over 10,000 frames of a
 * call, malloc and its kin, pthread locks and write are counted, and in a child process the kernel
 * itself kills at the first system call.
 */

#define _GNU_SOURCE /* RTLD_NEXT. */

#include "unit/unit.h"

#include <dlfcn.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <undertone/undertone.h>

#include "unit/sample_call.h"

enum { FRAMES = 10000 };

static volatile int counting;
static volatile unsigned long counted;

/* glibc's own, behind the names that this program puts before them. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *p);

static void note(void)
{
    if (counting)
        counted++;
}

void *malloc(size_t size)
{
    note();
    return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    note();
    return __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
    note();
    return __libc_realloc(p, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    note();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    note();
    *out = __libc_memalign(alignment, size);
    return *out ? 0 : 12;
}

void free(void *p)
{
    note();
    __libc_free(p);
}

int pthread_mutex_lock(pthread_mutex_t *lock)
{
    static int (*real)(pthread_mutex_t *);
    note();
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "pthread_mutex_lock");
    return real(lock);
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    note();
    return syscall(SYS_write, fd, bytes, n);
}

struct fixture {
    struct sample_call sc;
    struct ut_model *model;
    struct ut_call *call;
    unsigned long events;
    uint32_t rate_hz;
};

static int set_up(struct fixture *f, uint32_t rate_hz)
{
    *f = (struct fixture){.rate_hz = rate_hz};
    struct ut_call_config cfg = ut_call_config_default();
    cfg.caller_rate_hz = rate_hz;
    cfg.agent_rate_hz = rate_hz;
    return sample_call_read(&f->sc) || ut_model_create_default(&f->model) ||
           ut_call_create(&f->call, f->model, &cfg);
}

static void tear_down(struct fixture *f)
{
    ut_call_destroy(f->call);
    ut_model_destroy(f->model);
    sample_call_free(&f->sc);
}

/* At least FRAMES frames on both channels, in packets of 20 ms, with a gap now and then. */
static void run_frames(struct fixture *f)
{
    size_t packet = f->rate_hz / 50, pushed = 0;
    struct ut_event ev;
    char json[UT_JSON_MAX];
    for (size_t at = 0; pushed < (size_t)FRAMES * f->rate_hz / 100; pushed += packet) {
        for (int c = 0; c < 2; c++) {
            if (pushed / packet % 500 == 499)
                ut_call_push_gap(f->call, c ? UT_ROLE_AGENT : UT_ROLE_CALLER, packet);
            else
                ut_call_push(f->call, c ? UT_ROLE_AGENT : UT_ROLE_CALLER, f->sc.channel[c] + at,
                             packet);
        }
        at = at + 2 * packet < f->sc.frames ? at + packet : 0;
        while (ut_call_read(f->call, &ev)) {
            f->events++;
            if (ut_event_to_json(json, sizeof json, "id", &ev) < 0)
                f->events += 1000000;
        }
    }
}

static void counts_nothing_over_ten_thousand_frames(void **state)
{
    (void)state;
    static const uint32_t rates[] = {8000, 44100};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        struct fixture f;
        assert_int_equal(set_up(&f, rates[i]), 0);
        counted = 0;
        counting = 1;
        run_frames(&f);
        counting = 0;
        assert_int_equal(counted, 0);
        tear_down(&f);
    }
}

/* The counter itself counts: one allocation, one lock, one write. */
static void words_are_judged_without_memory(void **state)
{
    (void)state;
    static const char said[] =
        "This is the THIRD time I call, my card is 4111 1111 1111 1111 and nobody "
        "helps!!! I will not be angry, I will sue you, this is ridicolous.";
    struct ut_words *list;
    struct ut_words_talk talk = {0};
    assert_int_equal(ut_words_create_default(&list, "en"), 0);
    const struct ut_words *const lists[] = {list};
    counted = 0;
    counting = 1;
    for (int i = 0; i < 1000; i++) {
        char text[sizeof said];
        struct ut_words_score score;
        struct ut_words_span span[4];
        memcpy(text, said, sizeof said);
        ut_words_mask(text, sizeof said - 1);
        (void)ut_words_guess(lists, 1, text, sizeof said - 1);
        ut_words_judge(list, text, sizeof said - 1, &score);
        ut_words_talk_add(&talk, i, text, &score);
        (void)ut_words_talk_act(&talk, i, .8f);
        (void)ut_words_questions(list, text, sizeof said - 1, span, 4);
    }
    counting = 0;
    assert_int_equal(counted, 0);
    assert_int_equal(talk.alerts, 1);
    ut_words_destroy(list);
}

static void counts_what_it_shall_count(void **state)
{
    (void)state;
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    counted = 0;
    counting = 1;
    void *volatile p = malloc(10);
    pthread_mutex_lock(&lock);
    (void)!write(STDOUT_FILENO, "", 0);
    free(p);
    counting = 0;
    pthread_mutex_unlock(&lock);
    assert_int_equal(counted, 4);
}

/* SECCOMP_MODE_STRICT leaves read, write, exit and sigreturn; anything else is SIGKILL. */
static void calls_no_system(void **state)
{
    (void)state;
    struct fixture f;
    assert_int_equal(set_up(&f, 8000), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, 0, 0) != 0)
            _exit(77);
        run_frames(&f);
        syscall(SYS_exit, 0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    tear_down(&f);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip();
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_what_it_shall_count),
        cmocka_unit_test(counts_nothing_over_ten_thousand_frames),
        cmocka_unit_test(calls_no_system),
        cmocka_unit_test(words_are_judged_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
