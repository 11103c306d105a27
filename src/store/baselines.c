/* SPDX-License-Identifier: MIT */
/* Returning callers' baselines, under the keyed hash of their number. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/args.h"
#include "store/questions.h"
#include "store/sql.h"
#include "store/state.h"

enum { HEX_MAX = 2 * UT_BASELINE_MAX_BYTES + 1 };

/* The column is hexadecimal text. */
static void fill_baseline(void *row, sqlite3_stmt *st)
{
    struct ut__stored_baseline *b = row;
    const char *hex = (const char *)sqlite3_column_text(st, 0);
    size_t digits = hex ? strspn(hex, "0123456789abcdef") : 0, n = digits / 2;
    if (!hex || hex[digits] || digits % 2 || n > sizeof b->bytes)
        return;
    for (size_t i = 0; i < n; i++) {
        const char byte[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        b->bytes[i] = (uint8_t)strtoul(byte, NULL, 16);
    }
    b->len_bytes = (uint16_t)n;
}

int ut__i_baseline(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    return ut__sql_rows(s->db, &out->rows, &out->count, sizeof *out->baselines, fill_baseline,
                        "SELECT blob FROM baselines WHERE caller_key = ?", "s",
                        q->baseline.caller_key);
}

int ut__i_baseline_keep(struct ut__store *s, const struct ut__inquiry *q, struct ut__answer *out)
{
    const struct ut__stored_baseline *b = &q->baseline;
    char hex[HEX_MAX];
    if (!b->caller_key[0] || !b->len_bytes || b->len_bytes > sizeof b->bytes)
        return ut__fail(out, UT__LEDGER_BAD, "The caller's key or the baseline is missing.",
                        "Give both.");
    if (!s->cfg.keep_baselines)
        return SQLITE_OK;
    for (size_t i = 0; i < b->len_bytes; i++)
        snprintf(hex + 2 * i, 3, "%02x", b->bytes[i]);
    return ut__sql_run(s->db,
                       "INSERT OR REPLACE INTO baselines(caller_key, blob, set_ms) VALUES(?,?,?)",
                       "ssi", b->caller_key, hex, ut__wall_ms());
}
