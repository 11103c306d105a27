/* SPDX-License-Identifier: MIT */
/* The trade-off as a table, as JSON and as a drawing. */

#include <math.h>
#include <stdio.h>

#include "commands/tune.h"

enum { EVERY = (UT__TUNE_THRESHOLDS - 1) / (UT__TUNE_ROWS_SHOWN - 1) };

static double share(size_t part, size_t whole)
{
    return whole ? (double)part / (double)whole : 0;
}

static void print_row(const struct ut__tune_archive *archive, const struct ut__tune_row *row,
                      int is_chosen)
{
    printf("%c %-10g %10.1f  (at most %8.1f) %8.1f %%", is_chosen ? '*' : ' ',
           (double)row->threshold, row->alerts_per_100h, row->at_most_per_100h,
           100 * share(row->calls_alerted, archive->calls));
    if (archive->labelled) {
        printf(" %10.1f %%", 100 * share(row->caught, archive->escalations));
        if (row->caught)
            printf("  %6.1f s %6.1f s", row->delay_speech_s, row->delay_s);
    }
    printf("\n");
}

void ut__tune_print_text(const struct ut__tune_archive *archive, const struct ut__tune_row *rows,
                         const struct ut__tune_row *chosen, float budget_per_100h)
{
    const char *what = archive->labelled ? "false alerts" : "alerts";
    printf("%zu calls, %.2f hours, of them %.2f hours of caller speech; %zu without a score\n",
           archive->calls, archive->call_h, archive->speech_h, archive->unscored);
    if (archive->labelled)
        printf("%zu escalations; caught: alerted within 10 s of caller speech after the onset; "
               "%.2f hours are calm\n",
               archive->escalations, archive->calm_h);
    else
        printf("no --labels: every call is taken as ordinary, every alert as one too many\n");
    printf("\n  threshold  %s in 100 h (95 %% interval)  calls with one%s\n", what,
           archive->labelled ? "   caught   delay in speech, in call" : "");
    int shown = 0;
    for (int i = 0; i < UT__TUNE_THRESHOLDS; i++) {
        shown |= &rows[i] == chosen;
        if (rows[i].threshold > archive->threshold_max)
            break;
        if (i % EVERY == 0 || &rows[i] == chosen)
            print_row(archive, &rows[i], &rows[i] == chosen);
    }
    if (!shown) {
        printf("\nno threshold keeps to %g %s in 100 hours on these calls; allow more with "
               "--budget, or leave out recordings that are no ordinary calls\n",
               (double)budget_per_100h, what);
        return;
    }
    printf("\nFor at most %g %s in 100 hours: --threshold %g, or threshold = %g in the "
           "configuration.\n",
           (double)budget_per_100h, what, (double)chosen->threshold, (double)chosen->threshold);
    if (chosen->at_most_per_100h > 2 * (double)budget_per_100h)
        printf(
            "%.2f hours are few for that budget: the true rate may be up to %.0f in 100 hours.\n",
            archive->calm_h, chosen->at_most_per_100h);
}

static void print_json_row(const struct ut__tune_archive *archive, const struct ut__tune_row *row)
{
    printf("{\"threshold\":%g,\"alerts\":%zu,\"alerts_per_100h\":%.2f,\"at_most_per_100h\":%.2f,"
           "\"calls_alerted\":%zu",
           (double)row->threshold, row->alerts, row->alerts_per_100h, row->at_most_per_100h,
           row->calls_alerted);
    if (archive->labelled)
        printf(",\"caught\":%zu,\"caught_share\":%.4f", row->caught,
               share(row->caught, archive->escalations));
    if (row->caught)
        printf(",\"delay_speech_s\":%.2f,\"delay_s\":%.2f", row->delay_speech_s, row->delay_s);
    printf("}");
}

void ut__tune_print_json(const struct ut__tune_archive *archive, const struct ut__tune_row *rows,
                         const struct ut__tune_row *chosen, float budget_per_100h)
{
    printf("{\"type\":\"tune\",\"v\":1,\"calls\":%zu,\"unscored\":%zu,\"call_h\":%.4f,"
           "\"calm_h\":%.4f,\"speech_h\":%.4f,\"labelled\":%s,\"escalations\":%zu,"
           "\"budget_per_100h\":%g,\"rows\":[",
           archive->calls, archive->unscored, archive->call_h, archive->calm_h, archive->speech_h,
           archive->labelled ? "true" : "false", archive->escalations, (double)budget_per_100h);
    for (int i = 0; i < UT__TUNE_THRESHOLDS; i++) {
        if (i)
            printf(",");
        print_json_row(archive, &rows[i]);
    }
    printf("],\"chosen\":");
    if (chosen)
        print_json_row(archive, chosen);
    else
        printf("null");
    printf("}\n");
}

/* ---- the drawing ---- */

enum { WIDTH = 640, HEIGHT = 420, LEFT = 70, TOP = 44, RIGHT = 24, BOTTOM = 60 };

/* Alerts in 100 h run on a logarithmic axis from 1 to a power of ten; none at all lies at its
 * left end. */
static double x_of(double per_100h, double decades)
{
    double at = per_100h > 1 ? log10(per_100h) / decades : 0;
    return LEFT + fmin(at, 1) * (WIDTH - LEFT - RIGHT);
}

static double y_of(double y)
{
    return TOP + (1 - y) * (HEIGHT - TOP - BOTTOM);
}

static double height_of(const struct ut__tune_archive *archive, const struct ut__tune_row *row)
{
    return archive->labelled ? share(row->caught, archive->escalations)
                             : share(row->calls_alerted, archive->calls);
}

static void draw_axes(FILE *out, const struct ut__tune_archive *archive, int decades)
{
    fprintf(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
        "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"%d\" height=\"%d\" "
        "fill=\"#fff\"/>\n<text x=\"%d\" y=\"24\" font-size=\"15\">%zu calls, %.1f hours</text>\n",
        WIDTH, HEIGHT, WIDTH, HEIGHT, LEFT, archive->calls, archive->call_h);
    for (int i = 0; i <= decades; i++) {
        double x = x_of(pow(10, i), decades);
        fprintf(out,
                "<path d=\"M%.1f %d V%d\" stroke=\"#ddd\"/><text x=\"%.1f\" y=\"%d\" "
                "text-anchor=\"middle\">%s%.0f</text>\n",
                x, TOP, HEIGHT - BOTTOM, x, HEIGHT - BOTTOM + 18, i ? "" : "&#8804; ", pow(10, i));
    }
    for (int i = 0; i <= 5; i++)
        fprintf(out,
                "<path d=\"M%d %.1f H%d\" stroke=\"#ddd\"/><text x=\"%d\" y=\"%.1f\" "
                "text-anchor=\"end\">%d %%</text>\n",
                LEFT, y_of(i / 5.0), WIDTH - RIGHT, LEFT - 8, y_of(i / 5.0) + 4, 20 * i);
    fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s in 100 hours</text>\n",
            (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, archive->labelled ? "false alerts" : "alerts");
    fprintf(out,
            "<text transform=\"translate(18,%d) rotate(-90)\" text-anchor=\"middle\">%s</text>\n",
            (TOP + HEIGHT - BOTTOM) / 2,
            archive->labelled ? "escalations alerted within 10 s" : "calls with an alert");
}

void ut__tune_write_svg(FILE *out, const struct ut__tune_archive *archive,
                        const struct ut__tune_row *rows, const struct ut__tune_row *chosen)
{
    int decades = 1;
    while (decades < 6 && pow(10, decades) < rows[0].alerts_per_100h)
        decades++;
    draw_axes(out, archive, decades);
    fprintf(out, "<polyline fill=\"none\" stroke=\"#1f5fa8\" stroke-width=\"2\" points=\"");
    for (int i = 0; i < UT__TUNE_THRESHOLDS; i++)
        fprintf(out, "%.1f,%.1f ", x_of(rows[i].alerts_per_100h, decades),
                y_of(height_of(archive, &rows[i])));
    fprintf(out, "\"/>\n");
    for (int i = 0; i < UT__TUNE_THRESHOLDS; i++) {
        int is_chosen = &rows[i] == chosen;
        if (i % EVERY && !is_chosen)
            continue;
        fprintf(
            out,
            "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%d\" fill=\"%s\"><title>threshold %g: %.0f %%, "
            "%.1f in 100 hours</title></circle>\n",
            x_of(rows[i].alerts_per_100h, decades), y_of(height_of(archive, &rows[i])),
            is_chosen ? 6 : 3, is_chosen ? "#c0392b" : "#1f5fa8", (double)rows[i].threshold,
            100 * height_of(archive, &rows[i]), rows[i].alerts_per_100h);
    }
    if (chosen)
        fprintf(
            out,
            "<text x=\"%d\" y=\"24\" text-anchor=\"end\" fill=\"#c0392b\">threshold %g</text>\n",
            WIDTH - RIGHT, (double)chosen->threshold);
    fprintf(out, "</svg>\n");
}
