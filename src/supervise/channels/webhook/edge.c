/* SPDX-License-Identifier: MIT */
/* The edge `webhook`: alerts posted to addresses, each a channel of its own. */

#include "contract/edge.h"

#include <stdio.h>

#include "supervise/channels/webhook/webhook.h"

enum { WEBHOOKS_MAX = 8 };

struct options {
    struct ut__option_list webhooks;
};

#define AT(field) .offset = offsetof(struct options, field)

static const struct ut__option rows[] = {
    {.name = "webhook",
     .kind = UT__OPTION_LIST,
     AT(webhooks),
     .check = ut__webhook_setting_check,
     .value = "URL[,...]",
     .help = "Post alerts: URL,template=slack,on=raised,queue=Q,severity=high,header-file=F; many "
             "times"},
    {.name = NULL},
};

static int check(const void *config, char *why, size_t cap)
{
    const struct options *o = config;
    if (o->webhooks.count <= WEBHOOKS_MAX)
        return 0;
    snprintf(why, cap, "webhook: there are more than %d; leave some out", WEBHOOKS_MAX);
    return UT_ETOOBIG;
}

static int add(size_t number, const char *text, const struct ut__edge_host *host, char *why,
               size_t cap)
{
    struct ut__webhook_setting setting;
    char name[UT__CHANNEL_NAME_MAX];
    void *state = NULL;
    int err = ut__webhook_setting_read(&setting, text, why, cap);
    if (err)
        return err;
    uint32_t actions = setting.filter.actions;
    snprintf(name, sizeof name, "webhook:%zu", number);
    snprintf(why, cap, "there is no memory left");
    err = ut__webhook_create(&state, &setting, host->base_url);
    return err ? err : host->add_channel(host->arg, name, actions, &ut__webhook_kind, state);
}

static int start(void **out, const void *config, const struct ut__edge_host *host, char *why,
                 size_t cap)
{
    const struct options *o = config;
    int err = 0;
    (void)out;
    if (host->set_help)
        host->set_help(host->arg, UT__HELP_HTTP, ut__webhook_help);
    for (size_t i = 0; i < o->webhooks.count && !err; i++)
        err = add(i + 1, o->webhooks.items[i], host, why, cap);
    return err;
}

const struct ut__edge ut__edge_webhook = {
    .name = "webhook",
    .title = "Webhooks",
    .summary = "Posts alerts to HTTPS addresses, signed, in the form of Slack, Teams, PagerDuty, "
               "Opsgenie, plain text, JSON or a template of one's own.",
    .flags = UT__EDGE_OUT,
    .options = rows,
    .config_size = sizeof(struct options),
    .check = check,
    .start = start,
};
