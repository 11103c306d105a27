/* SPDX-License-Identifier: MIT */
/* undertone tune --from-store: what the record's calls and verdicts propose, as a table or JSON. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/put_file.h"
#include "commands/tune.h"
#include "store/proposal.h"
#include "store/truth.h"
#include "terminal/command.h"
#include "terminal/message.h"

enum { EVERY = 3 }; /* Lines of the curve that people are shown. */

static double number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static void print_curve(const json_t *curve, const json_t *proposed)
{
    size_t i;
    const json_t *p;
    printf("  threshold     alerts  false alerts in 100 h\n");
    json_array_foreach(curve, i, p)
    {
        int is_chosen = proposed && number(p, "threshold") == number(proposed, "threshold");
        if (i % EVERY == 0 || is_chosen)
            printf("%c %-10.4f %9.1f %13.1f\n", is_chosen ? '*' : ' ', number(p, "threshold"),
                   number(p, "alerts"), number(p, "false"));
    }
}

static void print_queue(const json_t *row, const json_t *all)
{
    const json_t *proposed = json_object_get(row, "proposed");
    double judged = number(row, "judged");
    printf("%s: %.0f calls, %.1f hours; ", ut__json_text(row, "queue"), number(row, "calls"),
           number(row, "hours"));
    if (judged > 0)
        printf("of %.0f alerts with a verdict %.0f right: %.0f %% [%.0f, %.0f]", judged,
               number(row, "right"), 100 * number(row, "right") / judged, 100 * number(row, "low"),
               100 * number(row, "high"));
    else
        printf("no alert has a verdict");
    printf("; %.0f missed\n", number(row, "missed"));
    if (ut__json_text(row, "drift")[0])
        printf("its %s left the band of the weeks before within the last 7 days\n",
               ut__json_text(row, "drift"));
    print_curve(json_object_get(row, "curve"), json_is_object(proposed) ? proposed : NULL);
    if (json_is_object(proposed))
        printf("For at most %g false alerts in 100 hours: %.4f, set on the Thresholds page.\n\n",
               number(row, "budget"), number(proposed, "threshold"));
    else if (judged < number(all, "judged_least") ||
             number(row, "hours") < number(all, "hours_least"))
        printf("Nothing is proposed yet: it takes %.0f verdicts and %.0f hours.\n\n",
               number(all, "judged_least"), number(all, "hours_least"));
    else
        printf("No threshold keeps to %g false alerts in 100 hours; allow more with --budget.\n\n",
               number(row, "budget"));
}

static int print_all(const char *text)
{
    json_t *all = json_loads(text, 0, NULL);
    const json_t *rows = json_object_get(all, "rows"), *row;
    size_t i;
    json_array_foreach(rows, i, row) print_queue(row, all);
    if (!json_array_size(rows))
        ut__message(NULL, "the record has no scored call of a queue in the last 30 days");
    int status = json_array_size(rows) ? UT__EXIT_DONE : UT__EXIT_UNSCORED;
    json_decref(all);
    return status;
}

/* What people said, for --labels of a later run. */
static int save_labels(const struct ut__options *opt)
{
    struct ut__text csv = {.len = 0};
    struct ut__truth truth;
    struct ut__problem problem = {0};
    int status = UT__EXIT_FAILED;
    if (ut__truth_read(opt->data_dir, &csv, &truth, &problem) != 0) {
        ut__message(NULL, "%s %s", problem.message, problem.remedy);
    } else if (!truth.rows) {
        ut__message(NULL,
                    "nobody gave a verdict or a mark on an imported recording of this record: "
                    "there are no labels");
        status = UT__EXIT_UNSCORED;
    } else {
        int err = csv.failed ? ENOMEM : ut__put_file(opt->save_labels_path, csv.buf, csv.len);
        if (err)
            ut__message(opt->save_labels_path, "the labels cannot be written: %s", strerror(err));
        else
            printf("%zu recordings, in %zu of them an alert is right\n", truth.rows,
                   truth.escalated);
        status = err ? UT__EXIT_FAILED : UT__EXIT_DONE;
    }
    if (truth.elsewhere)
        ut__message(NULL,
                    "%zu calls that were heard live are left out: where their recordings "
                    "lie is not known",
                    truth.elsewhere);
    ut__text_free(&csv);
    return status;
}

static int propose(const struct ut__options *opt, double most)
{
    struct ut__problem problem = {0};
    if (opt->save_labels_path)
        return save_labels(opt);
    char *json = ut__proposals_read(opt->data_dir, most, (double)opt->budget_per_100h, &problem);
    if (!json) {
        ut__message(NULL, "%s %s", problem.message, problem.remedy);
        return UT__EXIT_FAILED;
    }
    int status =
        opt->json ? (printf("%s\n", json) < 0 ? UT__EXIT_FAILED : UT__EXIT_DONE) : print_all(json);
    free(json);
    return status;
}

static int main_tune(int argc, char **argv)
{
    return ut__tune_main(argc, argv, propose);
}

const struct ut__command ut__command_tune = {
    .name = "tune", .summary = UT__TUNE_SUMMARY, .run = main_tune};
