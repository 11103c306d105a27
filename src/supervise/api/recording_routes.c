/* SPDX-License-Identifier: MIT */
/* A call's recording, where the operator keeps it: an address to go to, or pieces of a file. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/link.h"
#include "supervise/api/replies.h"
#include "supervise/api/routes.h"
#include "supervise/play.h"

enum { HEADERS_MAX = 1536, MORE_MAX = UT__PLAY_PATH_MAX + 64 };
static const int64_t AGAIN_MS = 600000;

static void not_there(struct ut__request *r)
{
    ut__request_error(r, 404, "not_found", "There is no recording of this call.",
                      "See whether `recordings` names where the operator keeps them.", NULL);
}

/* A player asks for many pieces: who listens to what is noted once in ten minutes. */
static void note(struct ut__request *r)
{
    struct ut__supervise *sv = r->sv;
    int64_t now = ut__clock_mono_us() / 1000;
    char key[sizeof sv->listened[0].key];
    struct ut__listened *oldest = &sv->listened[0];
    snprintf(key, sizeof key, "%s\n%s", r->who.name, r->target);
    for (size_t i = 0; i < sizeof sv->listened / sizeof sv->listened[0]; i++) {
        struct ut__listened *l = &sv->listened[i];
        if (strcmp(l->key, key) == 0 && now - l->at_ms < AGAIN_MS)
            return;
        oldest = l->at_ms < oldest->at_ms ? l : oldest;
    }
    snprintf(oldest->key, sizeof oldest->key, "%s", key);
    oldest->at_ms = now;
    ut__log_access(sv, &r->who, "listen", r->target);
}

static void free_piece(struct ut__piece *p)
{
    free(p->bytes);
    free(p);
}

static void on_piece(void *arg, void *data)
{
    struct ut__piece *p = data;
    struct ut__request *r = p->arg;
    char buf[HEADERS_MAX + MORE_MAX], more[160];
    (void)arg;
    if (p->status == 404) {
        not_there(r);
    } else if (p->status == 413) {
        ut__request_error(r, 413, "too_large", "The recording is larger than 1 MiB.",
                          "Ask for it piece by piece, with Range, as players do.",
                          "Accept-Ranges: bytes\r\n");
    } else if (p->status == 416) {
        snprintf(more, sizeof more, "Content-Range: bytes */%lld\r\n", (long long)p->size);
        ut__request_error(r, 416, "range", "The recording ends before that.",
                          "Ask for bytes that there are.", more);
    } else {
        snprintf(more, sizeof more, "Cache-Control: no-store\r\nAccept-Ranges: bytes\r\n");
        if (p->status == 206)
            snprintf(more + strlen(more), sizeof more - strlen(more),
                     "Content-Range: bytes %lld-%lld/%lld\r\n", (long long)p->from,
                     (long long)p->to - 1, (long long)p->size);
        if (r->x) {
            note(r);
            r->sv->requests[2]++;
            ut__http_reply(r->x, &(struct ut__http_response){
                                     .status = p->status,
                                     .type = p->type,
                                     .headers = ut__headers(r->sv, more, buf, sizeof buf),
                                     .body = p->bytes,
                                     .len_bytes = (size_t)(p->to - p->from)});
        }
        ut__request_free(r);
    }
    free_piece(p);
}

static void on_drop(void *arg, void *data)
{
    struct ut__piece *p = data;
    (void)arg;
    ut__request_free(p->arg);
    free_piece(p);
}

int ut__recordings_start(struct ut__supervise *sv)
{
    if (!sv->cfg.recordings || sv->media[0])
        return 0;
    return ut__play_create(&sv->play, sv->cfg.recordings, sv->hand, on_piece, on_drop, sv);
}

/* The file of an import first: it is known to be the one. */
static void ask_piece(struct ut__request *r, const char *path, const char *by_template)
{
    const char *range = ut__http_header(r->x, "Range");
    struct ut__piece *p = calloc(1, sizeof *p);
    if (!p) {
        ut__request_unavailable(r);
        return;
    }
    snprintf(p->path[0], sizeof p->path[0], "%s", path);
    snprintf(p->path[1], sizeof p->path[1], "%s", by_template);
    snprintf(p->range, sizeof p->range, "%s", range ? range : "");
    p->arg = r;
    if (!ut__play_ask(r->sv->play, p))
        return;
    free(p);
    ut__request_error(r, 503, "unavailable", "Too many recordings are asked for.",
                      "Try again in a moment.", NULL);
}

static void redirect(struct ut__request *r, const char *address)
{
    char more[MORE_MAX], buf[HEADERS_MAX + MORE_MAX];
    if (strpbrk(address, "\r\n") || strlen(address) >= UT__PLAY_PATH_MAX) {
        not_there(r);
        return;
    }
    note(r);
    snprintf(more, sizeof more, "Cache-Control: no-store\r\nLocation: %s\r\n", address);
    r->sv->requests[3]++;
    ut__http_reply(r->x, &(struct ut__http_response){
                             .status = 302, .headers = ut__headers(r->sv, more, buf, sizeof buf)});
    ut__request_free(r);
}

static void on_found(void *arg, struct ut__answer *answer)
{
    struct ut__request *r = arg;
    char link[UT__PLAY_PATH_MAX];
    json_t *root = ut__request_loaded(r, answer);
    if (!root)
        return;
    const char *path = ut__json_text(root, "path");
    const struct ut__link what = {.path = path,
                                  .call = ut__json_text(root, "call"),
                                  .queue = ut__json_text(root, "queue"),
                                  .agent = ut__json_text(root, "agent"),
                                  .started_ms =
                                      json_integer_value(json_object_get(root, "started_ms"))};
    int err = ut__link_write(link, sizeof link, r->sv->cfg.recordings, &what);
    if (!r->x)
        ut__request_free(r);
    else if (err)
        not_there(r);
    else if (r->sv->play)
        ask_piece(r, path, link);
    else
        redirect(r, link);
    json_decref(root);
}

void ut__serve_recording(struct ut__request *r)
{
    if (r->sv->cfg.recordings)
        ut__request_ask(r, r->route->op, on_found);
    else
        not_there(r);
}
