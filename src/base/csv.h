/* SPDX-License-Identifier: MIT */
#ifndef UT_BASE_CSV_H
#define UT_BASE_CSV_H

/* Comma-separated values after RFC 4180, in memory. */

#include <stddef.h>

#include <undertone/error.h>

enum { UT__CSV_COLUMNS_MAX = 64 };

/*
 * Takes the next record apart, in place: quotes are removed and fields closed with NUL.
 *
 * at: [*at .. end), with *end == '\0'; moves behind the record. fields: [UT__CSV_COLUMNS_MAX],
 * receives pointers into the text. Empty lines are skipped; line ends may be LF or CRLF.
 * Returns the fields found, 0 at the end, UT_EMALFORMED for a quote that is not closed or followed
 * by other text, UT_ETOOBIG for more than UT__CSV_COLUMNS_MAX fields.
 */
int ut__csv_next(char **at, char *end, char **fields) UT_MUST_CHECK;

/*
 * Writes a field, quoted when it has to be. dst: [cap]. Returns the bytes that it takes without
 * the NUL; when that is >= cap, nothing is written.
 */
size_t ut__csv_field(char *dst, size_t cap, const char *field);

/*
 * The same of a text that others wrote, for a table that people open: what a spreadsheet would run as a
 * formula gets an apostrophe before it. A table that programs read again takes ut__csv_field.
 */
size_t ut__csv_text(char *dst, size_t cap, const char *text);

#endif
