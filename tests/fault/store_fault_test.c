/* SPDX-License-Identifier: MIT */
/*
 * The record on a disk that fails, on one that loses its power, and without memory.
 *
 *     a VFS of our own between SQLite and the system: the Nth read, write or fsync fails, once or from then
 *     on; or the power goes at the Nth: what was not synced is there, or not, or torn, each by chance
 *
 * Demanded: no crash; and every alert that the listener was told of is in the record that is left, once.
 *
 * usage: store_fault_test             all, in short: 60 cuts, one site of some
 *        store_fault_test CUTS        the power alone
 *        store_fault_test memory      memory alone, refused at every site
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/clock.h"
#include "fault/sites.h"
#include "store/store.h"
#include "unit/unit.h"

enum { ALERTS = 12, TOLD_MAX = 64, SECTOR = 512, PENDING_MAX = 8192, FILES = 2, WAIT_MS = 20000 };

/* What may go wrong, by the number of the call. */
static struct {
    pthread_mutex_t lock;
    long calls, fail_at, cut_at; /* 0: never. */
    int lasting;                 /* Every call from fail_at on fails. */
    uint64_t random;
} fault = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct {
    pthread_mutex_t lock;
    int count, at_cut;
    char ids[TOLD_MAX][64];
} told = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* A file as the disk has it, and what was written since its last fsync. */
static struct image {
    const char *suffix;
    unsigned char *base, *cut; /* cut: as the power left it. */
    size_t base_len, cut_len;
    struct {
        unsigned char *bytes; /* NULL: a truncation to `at`. */
        size_t at, len;
    } pending[PENDING_MAX];
    int pending_count;
} images[FILES] = {{.suffix = ".db"}, {.suffix = ".db-wal"}};

struct shim {
    sqlite3_file file;
    struct image *image; /* NULL: one that does not matter. */
    sqlite3_file *real;
};

/* Memory that is refused, by who asks for it. Sanitizers have an allocator of their own. */
static struct sites memory;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
enum { CAN_REFUSE = 1 };
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

void *malloc(size_t n)
{
    return sites_refuse(&memory) ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    return sites_refuse(&memory) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
    return sites_refuse(&memory) ? NULL : __libc_realloc(p, n);
}
#define malloc_sure(n)     __libc_malloc(n)
#define realloc_sure(p, n) __libc_realloc(p, n)
#else
#define malloc_sure(n)     malloc(n)
#define realloc_sure(p, n) realloc(p, n)
enum { CAN_REFUSE = 0 };
#endif

static sqlite3_vfs vfs, *below;
static sqlite3_io_methods methods;

static uint64_t next_random(void)
{
    fault.random ^= fault.random << 13;
    fault.random ^= fault.random >> 7;
    fault.random ^= fault.random << 17;
    return fault.random;
}

static void put(unsigned char **bytes, size_t *len, size_t at, const unsigned char *from, size_t n)
{
    if (at + n > *len) {
        *bytes = realloc_sure(*bytes, at + n);
        assert_non_null(*bytes);
        memset(*bytes + *len, 0, at + n - *len);
        *len = at + n;
    }
    memcpy(*bytes + at, from, n);
}

static void apply(struct image *m, int i, unsigned char **bytes, size_t *len, size_t n)
{
    if (m->pending[i].bytes)
        put(bytes, len, m->pending[i].at, m->pending[i].bytes, n);
    else if (m->pending[i].at < *len)
        *len = m->pending[i].at;
}

static void forget_pending(struct image *m)
{
    while (m->pending_count)
        free(m->pending[--m->pending_count].bytes);
}

/* The power goes: of what was not synced each write is there, or not, or its first sectors. */
static void cut_power(void)
{
    for (int f = 0; f < FILES; f++) {
        struct image *m = &images[f];
        free(m->cut);
        m->cut = NULL;
        m->cut_len = 0;
        if (m->base_len)
            put(&m->cut, &m->cut_len, 0, m->base, m->base_len);
        for (int i = 0; i < m->pending_count; i++) {
            size_t n = m->pending[i].len;
            uint64_t luck = next_random() % 4;
            if (luck == 0)
                continue;
            if (luck == 1 && n > SECTOR)
                n = next_random() % (n / SECTOR) * SECTOR;
            apply(m, i, &m->cut, &m->cut_len, n);
        }
    }
    pthread_mutex_lock(&told.lock);
    told.at_cut = told.count;
    pthread_mutex_unlock(&told.lock);
}

/* Counts a call; returns 1 when it is to fail. With the lock. */
static int goes_wrong(void)
{
    fault.calls++;
    if (fault.cut_at && fault.calls == fault.cut_at)
        cut_power();
    return fault.fail_at &&
           (fault.lasting ? fault.calls >= fault.fail_at : fault.calls == fault.fail_at);
}

static void pend(struct image *m, const void *bytes, size_t at, size_t n)
{
    if (!m || m->pending_count == PENDING_MAX)
        return;
    m->pending[m->pending_count].bytes = bytes ? malloc_sure(n ? n : 1) : NULL;
    if (bytes)
        memcpy(m->pending[m->pending_count].bytes, bytes, n);
    m->pending[m->pending_count].at = at;
    m->pending[m->pending_count++].len = n;
}

static int on_close(sqlite3_file *f)
{
    struct shim *s = (struct shim *)(void *)f;
    int rc = s->real->pMethods ? s->real->pMethods->xClose(s->real) : SQLITE_OK;
    free(s->real);
    return rc;
}

static int on_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
    struct shim *s = (struct shim *)(void *)f;
    pthread_mutex_lock(&fault.lock);
    int bad = goes_wrong();
    pthread_mutex_unlock(&fault.lock);
    return bad ? SQLITE_IOERR_READ : s->real->pMethods->xRead(s->real, to, n, at);
}

static int on_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
    struct shim *s = (struct shim *)(void *)f;
    pthread_mutex_lock(&fault.lock);
    int bad = goes_wrong();
    if (!bad)
        pend(s->image, from, (size_t)at, (size_t)n);
    pthread_mutex_unlock(&fault.lock);
    return bad ? SQLITE_IOERR_WRITE : s->real->pMethods->xWrite(s->real, from, n, at);
}

static int on_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    struct shim *s = (struct shim *)(void *)f;
    pthread_mutex_lock(&fault.lock);
    pend(s->image, NULL, (size_t)size, 0);
    pthread_mutex_unlock(&fault.lock);
    return s->real->pMethods->xTruncate(s->real, size);
}

static int on_sync(sqlite3_file *f, int flags)
{
    struct shim *s = (struct shim *)(void *)f;
    (void)flags;
    pthread_mutex_lock(&fault.lock);
    int bad = goes_wrong();
    for (int i = 0; !bad && s->image && i < s->image->pending_count; i++)
        apply(s->image, i, &s->image->base, &s->image->base_len, s->image->pending[i].len);
    if (!bad && s->image)
        forget_pending(s->image);
    pthread_mutex_unlock(&fault.lock);
    return bad ? SQLITE_IOERR_FSYNC : SQLITE_OK; /* The disk below need not hear of it. */
}

#define REAL(f) ((struct shim *)(void *)(f))->real
static int on_size(sqlite3_file *f, sqlite3_int64 *n)
{
    return REAL(f)->pMethods->xFileSize(REAL(f), n);
}
static int on_lock(sqlite3_file *f, int l)
{
    return REAL(f)->pMethods->xLock(REAL(f), l);
}
static int on_unlock(sqlite3_file *f, int l)
{
    return REAL(f)->pMethods->xUnlock(REAL(f), l);
}
static int on_reserved(sqlite3_file *f, int *r)
{
    return REAL(f)->pMethods->xCheckReservedLock(REAL(f), r);
}
static int on_control(sqlite3_file *f, int op, void *a)
{
    return REAL(f)->pMethods->xFileControl(REAL(f), op, a);
}
static int on_sector(sqlite3_file *f)
{
    return REAL(f)->pMethods->xSectorSize(REAL(f));
}
static int on_device(sqlite3_file *f)
{
    return REAL(f)->pMethods->xDeviceCharacteristics(REAL(f));
}
static int on_map(sqlite3_file *f, int i, int n, int b, void volatile **p)
{
    return REAL(f)->pMethods->xShmMap(REAL(f), i, n, b, p);
}
static int on_shm_lock(sqlite3_file *f, int o, int n, int l)
{
    return REAL(f)->pMethods->xShmLock(REAL(f), o, n, l);
}
static void on_barrier(sqlite3_file *f)
{
    REAL(f)->pMethods->xShmBarrier(REAL(f));
}
static int on_unmap(sqlite3_file *f, int d)
{
    return REAL(f)->pMethods->xShmUnmap(REAL(f), d);
}

static int on_open(sqlite3_vfs *v, sqlite3_filename name, sqlite3_file *f, int flags, int *out)
{
    struct shim *s = (struct shim *)(void *)f;
    (void)v;
    s->image = NULL;
    for (int i = 0; name && i < FILES; i++) {
        size_t n = strlen(name), k = strlen(images[i].suffix);
        if (n >= k && strcmp(name + n - k, images[i].suffix) == 0)
            s->image = &images[i];
    }
    s->file.pMethods = NULL;
    s->real = calloc(1, (size_t)below->szOsFile);
    int rc = s->real ? below->xOpen(below, name, s->real, flags, out) : SQLITE_NOMEM;
    if (rc == SQLITE_OK)
        s->file.pMethods = &methods;
    else
        free(s->real);
    return rc;
}

static void stand_between(void)
{
    below = sqlite3_vfs_find(NULL);
    vfs = *below;
    vfs.zName = "fault";
    vfs.szOsFile = (int)sizeof(struct shim);
    vfs.xOpen = on_open;
    methods = (sqlite3_io_methods){.iVersion = 2,
                                   .xClose = on_close,
                                   .xRead = on_read,
                                   .xWrite = on_write,
                                   .xTruncate = on_truncate,
                                   .xSync = on_sync,
                                   .xFileSize = on_size,
                                   .xLock = on_lock,
                                   .xUnlock = on_unlock,
                                   .xCheckReservedLock = on_reserved,
                                   .xFileControl = on_control,
                                   .xSectorSize = on_sector,
                                   .xDeviceCharacteristics = on_device,
                                   .xShmMap = on_map,
                                   .xShmLock = on_shm_lock,
                                   .xShmBarrier = on_barrier,
                                   .xShmUnmap = on_unmap};
    assert_int_equal(sqlite3_vfs_register(&vfs, 1), SQLITE_OK);
}

static void hear_alert(void *arg, struct ut__news *news)
{
    (void)arg;
    pthread_mutex_lock(&told.lock);
    if (told.count < TOLD_MAX)
        snprintf(told.ids[told.count++], sizeof told.ids[0], "%.63s", news->alert.id);
    pthread_mutex_unlock(&told.lock);
}

static char dir[64];

static struct ut__store_config config(void)
{
    struct ut__store_config cfg = ut__store_config_default();
    cfg.dir = dir;
    cfg.channel_count = 1;
    cfg.escalate_s = 0;
    snprintf(cfg.channels[0].name, sizeof cfg.channels[0].name, "webhook:1");
    cfg.channels[0].actions = UT__LIFE_ALL;
    cfg.listener.alert = hear_alert;
    return cfg;
}

static void fresh_folder(void)
{
    char command[128];
    static const char *const names[] = {"undertone.db", "undertone.db-wal", "undertone.db-shm",
                                        "lock", "key"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(command, sizeof command, "%s/%s", dir, names[i]);
        unlink(command);
    }
    for (int f = 0; f < FILES; f++) {
        forget_pending(&images[f]);
        images[f].base_len = 0;
    }
    told.count = told.at_cut = 0;
    fault.calls = fault.fail_at = fault.cut_at = 0;
    fault.lasting = 0;
}

/* A call with alerts, one at a time, so that each is a transaction. Returns 1 when its record was in
 * the folder: one that could not be opened lives in memory, and says so. */
static int live_through(void)
{
    const char *code = "", *message, *remedy;
    struct ut__store *s = NULL;
    struct ut__store_config cfg = config();
    if (ut__store_open(&s, &cfg))
        return 0;
    ut__store_problem(s, &code, &message, &remedy);
    int on_disk = !code[0];
    for (uint32_t n = 1; n <= ALERTS; n++) {
        struct ut__stream_item it = {.kind = UT__STREAM_EVENT, .time_us = ut__clock_wall_us()};
        snprintf(it.info.id, sizeof it.info.id, "c");
        it.event.type = UT_EVENT_ALERT;
        it.event.u.alert =
            (struct ut_alert_event){.n = n, .action = UT_ALERT_RAISED, .t_s = n, .stress = 0.8F};
        ut__store_push(s, &it);
        usleep(700);
    }
    ut__store_close(s);
    return on_disk;
}

/* Every alert that was told, count of them, is in the folder's record; once. */
static void all_kept(int count)
{
    char path[96];
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    snprintf(path, sizeof path, "%s/undertone.db", dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    for (int i = 0; i < count; i++) {
        assert_int_equal(
            sqlite3_prepare_v2(db,
                               "SELECT count(*) FROM alerts a JOIN outbox o ON o.alert_id"
                               " = a.id WHERE a.alert = ?",
                               -1, &st, NULL),
            SQLITE_OK);
        sqlite3_bind_text(st, 1, told.ids[i], -1, SQLITE_STATIC);
        assert_int_equal(sqlite3_step(st), SQLITE_ROW);
        if (sqlite3_column_int(st, 0) != 1)
            fail_msg("%s was told and is %d times in the record", told.ids[i],
                     sqlite3_column_int(st, 0));
        sqlite3_finalize(st);
    }
    sqlite3_close(db);
}

static void test_each_call_fails(void **state)
{
    (void)state;
    int checked = 0;
    fresh_folder();
    assert_true(live_through());
    long calls = fault.calls;
    assert_int_equal(told.count, ALERTS);
    all_kept(told.count);
    for (int lasting = 0; lasting < 2; lasting++)
        for (long at = 1; at <= calls; at += lasting ? 7 : 1) {
            fresh_folder();
            fault.fail_at = at;
            fault.lasting = lasting;
            int on_disk = live_through();
            fault.fail_at = 0;
            checked += on_disk;
            if (on_disk)
                all_kept(told.count);
        }
    print_message(
        "%ld reads, writes and fsyncs failed, each by itself and every seventh for good; in"
        " %d lives there was a record, and all that was told is in it\n",
        calls, checked);
    assert_true(checked > 20);
}

/* Each site once, when all are asked for; one in some else. */
static int all_sites;

struct attempt {
    uint64_t site;
    int64_t from;
    int on_disk, was_refused;
};

/* In a thread of its own: whoever calls this is no part of a site. */
static void *attempt(void *arg)
{
    struct attempt *a = arg;
    memory.count = 0;
    memory.from = a->from;
    memory.inner = 8;
    memory.refuse = a->site;
    a->on_disk = live_through();
    a->was_refused = atomic_exchange(&memory.refuse, SITE_NONE) == SITE_NONE;
    return NULL;
}

/* One life in which the next piece of a site is refused, from the from-th on. Returns 1 when it was. */
static int refuse_one(uint64_t site, int64_t from, int *checked)
{
    struct attempt a = {.site = site, .from = from};
    pthread_t thread;
    fresh_folder();
    assert_int_equal(pthread_create(&thread, NULL, attempt, &a), 0);
    pthread_join(thread, NULL);
    *checked += a.on_disk;
    if (a.on_disk)
        all_kept(told.count);
    return a.was_refused;
}

static void test_no_memory(void **state)
{
    (void)state;
    enum { SHIFT = 1000 }; /* Threads make the order of pieces differ from life to life. */
    static const int some = 39;
    int checked = 0, lives = 0, refused = 0;
    if (!CAN_REFUSE)
        skip();
    /* The first life asks for what is asked for once in a program's. */
    (void)refuse_one(SITE_NONE, 0, &checked);
    (void)refuse_one(SITE_LEARN, 0, &checked);
    long pieces = (long)memory.count;
    for (int i = 0, nth = 0; i < SITES_MAX; i++) {
        int64_t first = memory.site[i].first;
        uint64_t site = memory.site[i].site;
        if (!site || (!all_sites && nth++ % some))
            continue;
        lives++;
        refused += refuse_one(site, first > SHIFT ? first - SHIFT : 0, &checked) ||
                   refuse_one(site, 0, &checked);
    }
    print_message(
        "%ld pieces of memory from %ld sites; of %d sites one was refused, in a life of its own, %d"
        " were met; %d lives had a record, and all that was told is in it\n",
        pieces, (long)memory.known, lives, refused, checked);
    assert_true(checked > lives / 4); /* A start that is refused its memory has none. */
    assert_true(refused >= lives * 19 / 20);
}

static long cuts = 60;

static void test_power_goes(void **state)
{
    (void)state;
    fresh_folder();
    (void)live_through();
    long calls = fault.calls;
    int kept = 0;
    for (long i = 0; i < cuts; i++) {
        fresh_folder();
        fault.random = (uint64_t)i * 2654435761U + 88172645463325252U;
        fault.cut_at = 1 + (long)(next_random() % (uint64_t)calls);
        (void)live_through();
        if (fault.calls < fault.cut_at)
            continue;
        char path[96];
        for (int f = 0; f < FILES; f++) {
            snprintf(path, sizeof path, "%s/undertone%s", dir, images[f].suffix);
            FILE *out = fopen(path, "wb");
            assert_non_null(out);
            if (images[f].cut_len) /* A file that was never written has no bytes, and no buffer. */
                assert_int_equal(fwrite(images[f].cut, 1, images[f].cut_len, out),
                                 images[f].cut_len);
            fclose(out);
        }
        snprintf(path, sizeof path, "%s/undertone.db-shm", dir);
        unlink(path);
        if (told.at_cut)
            all_kept(told.at_cut);
        kept += told.at_cut;
    }
    print_message("%ld cuts: %d alerts were told before, all are kept\n", cuts, kept);
    assert_true(kept > 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest all[] = {cmocka_unit_test(test_each_call_fails),
                                     cmocka_unit_test(test_power_goes),
                                     cmocka_unit_test(test_no_memory)};
    const struct CMUnitTest power[] = {cmocka_unit_test(test_power_goes)};
    const struct CMUnitTest no_memory[] = {cmocka_unit_test(test_no_memory)};
    snprintf(dir, sizeof dir, "fault.%ld", (long)getpid());
    if (mkdir(dir, 0700))
        return 1;
    stand_between();
    if (argc == 1)
        return cmocka_run_group_tests(all, NULL, NULL);
    all_sites = strcmp(argv[1], "memory") == 0;
    cuts = strtol(argv[1], NULL, 10);
    return all_sites ? cmocka_run_group_tests(no_memory, NULL, NULL)
                     : cmocka_run_group_tests(power, NULL, NULL);
}
