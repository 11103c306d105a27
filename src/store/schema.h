/* SPDX-License-Identifier: MIT */
#ifndef UT_STORE_SCHEMA_H
#define UT_STORE_SCHEMA_H

#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

#include "contract/inquiry.h"
#include "store/key.h"

/* What is wrong, in the words of the OpenAPI file's Problem. `code` is static; NULL: nothing. */
struct ut__problem {
    const char *code;
    char message[UT__PROBLEM_TEXT_MAX];
    char remedy[UT__PROBLEM_TEXT_MAX];
    int64_t since_ms;
};

/** Sets a problem's texts. path: put where `message` has its one %s. */
void ut__problem_set(struct ut__problem *problem, const char *code, const char *remedy,
                     const char *message, ...) __attribute__((format(printf, 4, 5)));

/**
 * Opens DIR/undertone.db with its key, makes or migrates the tables and checks them.
 *
 * dir: NULL for memory. key: receives the folder's key, or a passing one for memory.
 * max_bytes: 0 or the largest size of the file.
 * Returns a connection, or NULL with *problem filled.
 */
sqlite3 *ut__schema_open(const char *dir, uint8_t key[UT__KEY_BYTES], uint64_t max_bytes,
                         struct ut__problem *problem);

/** A second connection to a database that is open already, to read from. NULL on failure. */
sqlite3 *ut__schema_reader(const char *path);

/** A connection to the record of a folder, to read from beside its daemon. NULL: *problem says why. */
sqlite3 *ut__schema_of(const char *dir, struct ut__problem *problem);

/**
 * Copies the tokens of DIR/undertone.db, which cannot be used otherwise, into a database in memory.
 * A file that is not there has none. Returns an SQLite code: where they cannot be read nobody knows
 * who may.
 */
int ut__schema_tokens(sqlite3 *memory, const char *dir);

/** Turns an SQLite error at run time into a problem. */
void ut__schema_problem(struct ut__problem *problem, int rc, const char *path);

#endif
