/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_CHANNELS_MAIL_REPORTS_H
#define UT_SUPERVISE_CHANNELS_MAIL_REPORTS_H

#include <stddef.h>

#include <undertone/error.h>

#include "contract/edge.h"
#include "supervise/channels/mail/outlet.h"

/*
 * Reports that come by themselves, in a thread of their own:
 *
 *     due -> host->write_report -> DATA/mail/NAME.eml -> noted as done -> mail server -> file goes
 *                               \-> FOLDER/NAME.html, .csv
 *
 * What a server that is away does not take stays there, over a restart as well. A report that fell due
 * while nothing ran is made up for; of several the last alone.
 */
struct ut__reports;

enum { UT__REPORTS_MAX = 8 };

/** rows: [count] of `report`, checked. way, host: host outlives it. Returns 0, or an error with why. */
int ut__reports_start(struct ut__reports **out, const struct ut__option_list *rows,
                      const struct ut__mail_way *way, const struct ut__edge_host *host, char *why,
                      size_t cap) UT_MUST_CHECK;

/** Ends what it is about, within seconds. NULL is fine. */
void ut__reports_stop(struct ut__reports *reports);

#endif
