/* SPDX-License-Identifier: MIT */
/* The progress line. */

#include "terminal/progress.h"

#include <stdatomic.h>
#include <stdio.h>

#include "terminal/alone.h"

enum { BAR_COLUMNS = 24 };

static atomic_int shown;

static void put_time(char *buf, size_t cap, double s)
{
    unsigned long t = (unsigned long)(s + 0.5);
    if (t >= 3600)
        snprintf(buf, cap, "%lu:%02lu:%02lu", t / 3600, t / 60 % 60, t % 60);
    else
        snprintf(buf, cap, "%lu:%02lu", t / 60, t % 60);
}

void ut__progress_text(char *buf, size_t cap, const struct ut__progress *p)
{
    double share = p->bytes ? (double)p->bytes_done / (double)p->bytes : 0;
    if (share > 1)
        share = 1;
    char bar[BAR_COLUMNS + 1];
    for (int i = 0; i < BAR_COLUMNS; i++)
        bar[i] = (i + 0.5) / BAR_COLUMNS < share ? '#' : '-';
    bar[BAR_COLUMNS] = '\0';

    char failed[32] = "", left[48] = "";
    if (p->files_failed)
        snprintf(failed, sizeof failed, ", %zu failed", p->files_failed);
    if (share > 0 && p->elapsed_s > 0.5) {
        char t[24];
        put_time(t, sizeof t, p->elapsed_s * (1 - share) / share);
        snprintf(left, sizeof left, "  %s left", t);
    }
    snprintf(buf, cap, "[%s] %3.0f %%  %zu/%zu files%s  %.0fx real time%s", bar, 100 * share,
             p->files_done, p->files, failed, p->elapsed_s > 0 ? p->media_s / p->elapsed_s : 0,
             left);
}

void ut__progress_show(const struct ut__progress *p)
{
    char text[200];
    ut__progress_text(text, sizeof text, p);
    fprintf(ut__message_file(), "\r\033[K%s", text);
    fflush(ut__message_file());
    atomic_store(&shown, 1);
}

void ut__progress_hide(void)
{
    if (atomic_exchange(&shown, 0)) {
        fputs("\r\033[K", ut__message_file());
        fflush(ut__message_file());
    }
}
