/* SPDX-License-Identifier: MIT */
/* What another node may send: as a notice into templates and syslog, as a call onto the wall. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "supervise/channels/syslog/syslog_text.h"
#include "supervise/channels/template.h"
#include "supervise/feed/wall.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void templates(const char *text)
{
    char why[300];
    for (int which = UT__WEBHOOK_SLACK; which < UT__WEBHOOK_OWN; which++) {
        struct ut__text out = {0};
        const char *template = ut__template_text((enum ut__webhook_template)which, 1);
        int err = ut__template_fill(template, text,
                                    &(struct ut__template_with){"https://u.example", "key"}, &out);
        json_t *json = !err && out.buf ? json_loads(out.buf, 0, NULL) : NULL;
        if (!err && which != UT__WEBHOOK_TEXT && !json)
            abort(); /* Whatever the values are, the body is JSON. */
        json_decref(json);
        ut__text_free(&out);
    }
    (void)ut__template_check(text, why, sizeof why);
}

static void wall(const json_t *json)
{
    struct ut__wall *w = calloc(1, sizeof *w);
    struct ut__card *c = w ? ut__wall_add(w, "n", "c", 0) : NULL;
    struct ut__text out = {0};
    struct ut_score score;
    if (c) {
        ut__wall_from_json(c, json);
        ut__wall_score_from_json(json, &score);
        ut__wall_score(c, &score);
        ut__wall_json(c, &out);
        json_t *again = out.failed ? json_null() : json_loads(out.buf, 0, NULL);
        if (!again)
            abort();
        json_decref(again);
        ut__wall_clear(w);
    }
    ut__text_free(&out);
    free(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ut__text line = {0};
    char *text = malloc(len + 1);
    if (!text)
        return 0;
    if (len)
        memcpy(text, data, len);
    text[len] = '\0';
    templates(text);
    (void)ut__syslog_line(text, "node", 1, &line);
    ut__text_free(&line);
    json_t *json = json_loads(text, 0, NULL);
    if (json)
        wall(json);
    json_decref(json);
    free(text);
    return 0;
}
