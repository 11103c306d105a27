/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_IMPORT_H
#define UT_STORE_IMPORT_H

/*
 * Recorded calls into the record of a folder, while a daemon uses it or not.
 *
 * A recording is known by the bytes of its file: under another name, and after a run that was cut
 * short, it is not taken in again; neither is one whose call was erased. All calls of a file go in
 * within one transaction. Alerts of imported calls are told to nobody: they have expired.
 */

#include <stddef.h>
#include <stdint.h>

#include <undertone/event.h>

#include "contract/stream.h"
#include "store/schema.h"

enum { UT__IMPORT_HASH_MAX = 65 /* SHA-256 as hexadecimal text, with NUL. */ };

#define UT__IMPORT_SOURCE                                                                          \
    "import" /* `source` of an imported call: tells it from those heard live. */

struct ut__import;

/* One file. */
struct ut__import_file {
    const char *path; /* As it is found again. */
    const char *link; /* As players reach it; NULL: at path. */
    int64_t size, mtime_ms;
    char hash[UT__IMPORT_HASH_MAX];
};

struct ut__import_tag {
    const char *name, *value;
};

/* One call of it, whole. */
struct ut__import_call {
    struct ut__call_info info; /* source is filled in; the caller's number is hashed. */
    double duration_s;
    int scored; /* Of its summary, as the next: for whoever counts. */
    uint32_t alerts;
    struct ut_event *event; /* [events], as the call gave them. */
    size_t events;
    const struct ut__import_tag *tag; /* [tags] */
    size_t tags;
};

enum ut__import_state {
    UT__IMPORT_NEW,
    UT__IMPORT_KNOWN,
    UT__IMPORT_MOVED, /* Known under another path; the path is noted. */
    UT__IMPORT_ERASED /* Its calls were erased: it stays out. */
};

/**
 * Opens the record of a folder, which is made where it is missing. Returns 0; or UT_EIO, with the
 * problem in *problem. ut__import_close releases; NULL is fine.
 */
int ut__import_open(struct ut__import **out, const char *dir, struct ut__problem *problem);
void ut__import_close(struct ut__import *imp);

/** How long the record's daemon keeps calls, in days; 0: for ever, or no daemon has said. */
int64_t ut__import_retain_days(struct ut__import *imp);

/** What supervisors have set for a queue, 0 where they have not. Any thread, as what follows. */
void ut__import_threshold(struct ut__import *imp, const char *queue, float *threshold,
                          float *budget_per_100h);

/** Looks a file up by path, size and time, without reading it. */
enum ut__import_state ut__import_look(struct ut__import *imp, const struct ut__import_file *file);

/** Fills in file->hash, reading the file at path. Returns 0 or an errno. */
int ut__import_hash(struct ut__import_file *file, const char *path);

/** Looks a file up by its bytes. */
enum ut__import_state ut__import_find(struct ut__import *imp, const struct ut__import_file *file);

/**
 * Takes the calls of a file in, all or none. Names that are taken get the begin of the file's hash
 * behind them, unless `named`: then UT_EINVAL. Returns 0; 1 when the
 * file has come in meanwhile; UT_EINVAL, UT_EIO with *problem filled.
 */
int ut__import_put(struct ut__import *imp, const struct ut__import_file *file,
                   struct ut__import_call *call, size_t calls, int named,
                   struct ut__problem *problem);

#endif
