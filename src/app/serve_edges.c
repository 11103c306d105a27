/* SPDX-License-Identifier: MIT */
/* The edges of the daemon. */

#include "app/serve_edges.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/json_sink.h"

struct ut_serve_edges {
    const struct ut_serve_config *cfg;
    struct ut_hub *hub;
    struct ut_json_sink *json;
};

/* Receivers first: the first call must find them there. */
static int start_sinks(struct ut_serve_edges *e, char *why, size_t cap)
{
    if (!e->cfg->json)
        return 0;
    int err = ut_json_sink_create(&e->json, STDOUT_FILENO);
    if (err) {
        snprintf(why, cap, "there is no memory left");
        return err;
    }
    struct ut_sink sink = ut_json_sink_get(e->json);
    return ut_hub_add_sink(e->hub, &sink);
}

static int start_ingresses(struct ut_serve_edges *e, char *why, size_t cap)
{
    (void)e;
    (void)why;
    (void)cap;
    return 0;
}

int ut_serve_edges_start(struct ut_serve_edges **out, const struct ut_serve_config *cfg,
                         struct ut_hub *hub, char *why, size_t why_cap)
{
    struct ut_serve_edges *e = calloc(1, sizeof *e);
    if (!e) {
        snprintf(why, why_cap, "there is no memory left");
        return UT_ENOMEM;
    }
    e->cfg = cfg;
    e->hub = hub;
    int err = start_sinks(e, why, why_cap);
    if (!err)
        err = start_ingresses(e, why, why_cap);
    if (err) {
        ut_serve_edges_stop(e);
        return err;
    }
    *out = e;
    return 0;
}

void ut_serve_edges_reload(struct ut_serve_edges *e, const struct ut_serve_config *cfg)
{
    e->cfg = cfg;
}

void ut_serve_edges_stop(struct ut_serve_edges *e)
{
    if (!e)
        return;
    ut_json_sink_destroy(e->json);
    free(e);
}
