/* SPDX-License-Identifier: MIT */
/* The configuration: checked and copied; and the channels, as they are added. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "supervise/bus_message.h"
#include "supervise/channels/bus.h"
#include "supervise/commands.h"
#include "supervise/help/pbx.h"
#include "supervise/shared.h"
#include "supervise/state.h"

enum { NODE_LETTERS_MAX = UT__SUPERVISE_NODE_MAX - 1 };

struct ut__supervise_config ut__supervise_config_default(void)
{
    return (struct ut__supervise_config){.node = "undertone",
                                         .model = "",
                                         .listen = "127.0.0.1:8080",
                                         .break_min = 10,
                                         .expire_s = 600};
}

int ut__supervise_check_listen(const char *listen, int secure, int64_t tokens, char *why,
                               size_t why_cap)
{
    if (ut__http_is_loopback(listen))
        return 0;
    if (!secure) {
        snprintf(why, why_cap,
                 "%s can be reached from other machines, and would be served without encryption: "
                 "give --http-cert and --http-key, or listen on 127.0.0.1 behind a proxy",
                 listen);
        return UT_EINVAL;
    }
    if (tokens <= 0) {
        snprintf(why, why_cap,
                 "%s can be reached from other machines, and nobody would be asked who they are: "
                 "make a token first with `undertone token add NAME --role admin`",
                 listen);
        return UT_EINVAL;
    }
    return 0;
}

static const char *keep(struct ut__texts *t, const char *s)
{
    char *copy = s ? strdup(s) : NULL;
    if (copy)
        t->items[t->count++] = copy;
    return copy;
}

static void keep_all(struct ut__supervise *sv)
{
    struct ut__supervise_config *c = &sv->cfg;
    const char **texts[] = {&c->escalate_to, &c->node,        &c->model,     &c->listen,
                            &c->base_url,    &c->auth_header, &c->recordings};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        *texts[i] = keep(&sv->texts, *texts[i]);
}

static int check_node(const char *node, char *why, size_t cap)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    size_t n = node ? strspn(node, letters) : 0;
    if (n > 0 && n <= NODE_LETTERS_MAX && !node[n])
        return 0;
    snprintf(why, cap, "the node's name must be 1 to %d letters, digits, _ or -", NODE_LETTERS_MAX);
    return UT_EINVAL;
}

int ut__supervise_add_channel(struct ut__supervise *sv, const char *name, uint32_t actions,
                              const struct ut__channel_kind *kind, void *state_take)
{
    struct ut__outlet *c = calloc(1, sizeof *c);
    if (!c || sv->channel_count == UT__CHANNELS_MAX) {
        free(c);
        kind->destroy(state_take);
        return UT_ENOMEM;
    }
    snprintf(c->name, sizeof c->name, "%s", name);
    c->actions = actions;
    c->kind = kind;
    c->state = state_take;
    sv->channels[sv->channel_count++] = c;
    if (kind->bus)
        sv->bus = c;
    return 0;
}

static void on_heard(void *arg, void *data)
{
    ut__bus_message(arg, data);
    free(data);
}

static void drop_heard(void *arg, void *data)
{
    (void)arg;
    free(data);
}

void ut__supervise_heard(struct ut__supervise *sv, char *json_take)
{
    if (json_take && ut__hand_over(sv->hand, on_heard, drop_heard, sv, json_take))
        free(json_take);
}

static void on_kept(void *arg, void *data)
{
    struct ut__supervise *sv = arg;
    json_t *root = json_loads(data, 0, NULL);
    if (!ut__bus_kept(sv, root))
        ut__shared_take(sv, data, root);
    json_decref(root);
    free(data);
}

void ut__supervise_kept(struct ut__supervise *sv, char *json_take)
{
    if (json_take && ut__hand_over(sv->hand, on_kept, drop_heard, sv, json_take))
        free(json_take);
}

int ut__supervise_check_group(const char *text, char *why, size_t why_cap)
{
    struct ut__auth_group group;
    return ut__auth_read_group(&group, text, why, why_cap);
}

int ut__supervise_check_action(const char *text, char *why, size_t why_cap)
{
    struct ut__action action;
    int err = ut__action_read(&action, text, why, why_cap);
    if (!err)
        ut__action_clear(&action);
    return err;
}

static int read_phone(struct ut__phone *out, const char *text, char *why, size_t why_cap)
{
    const char *equals = strchr(text, '=');
    size_t n = equals ? (size_t)(equals - text) : 0;
    struct ut__phone p = {0};
    if (n < sizeof p.name)
        memcpy(p.name, text, n);
    if (equals && ut__auth_good_name(p.name) && ut__help_is_plain(equals + 1) &&
        strlen(equals + 1) < sizeof p.number) {
        snprintf(p.number, sizeof p.number, "%s", equals + 1);
        *out = p;
        return 0;
    }
    snprintf(why, why_cap,
             "'%.80s': write the name that somebody signs in by and their phone: ana=1001; a phone "
             "has letters, digits and . _ + - alone",
             text);
    return UT_EINVAL;
}

int ut__supervise_check_knowledge(const char *text, char *why, size_t why_cap)
{
    return ut__outside_check(text, why, why_cap);
}

int ut__supervise_check_phone(const char *text, char *why, size_t why_cap)
{
    struct ut__phone phone;
    return read_phone(&phone, text, why, why_cap);
}

int ut__supervise_check_actions(const char *const *actions, size_t count, char *why, size_t why_cap)
{
    if (count > UT__ACTIONS_MAX) {
        snprintf(why, why_cap, "action is given more than %d times", UT__ACTIONS_MAX);
        return UT_ETOOBIG;
    }
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++) {
            size_t n = strcspn(actions[i], "=");
            if (n == strcspn(actions[k], "=") && strncmp(actions[i], actions[k], n) == 0) {
                snprintf(why, why_cap, "two actions are called %.*s: give each its own name",
                         (int)n, actions[i]);
                return UT_EINVAL;
            }
        }
    return 0;
}

int ut__supervise_check_recordings(const char *text, char *why, size_t why_cap)
{
    char media[256];
    return ut__play_check(text, media, sizeof media, why, why_cap);
}

static int read_recordings(struct ut__supervise *sv, char *why, size_t why_cap)
{
    int err = sv->cfg.recordings
                  ? ut__play_check(sv->cfg.recordings, sv->media, sizeof sv->media, why, why_cap)
                  : 0;
    return err ? err : ut__recordings_start(sv);
}

static int read_actions(struct ut__supervise *sv, const struct ut__supervise_config *cfg, char *why,
                        size_t why_cap)
{
    int err = ut__supervise_check_actions(cfg->actions, cfg->action_count, why, why_cap);
    for (size_t i = 0; i < cfg->action_count && !err; i++)
        if (!(err = ut__action_read(&sv->actions[i], cfg->actions[i], why, why_cap)))
            sv->action_count++;
    if (!err && cfg->phone_count && !(sv->phones = calloc(cfg->phone_count, sizeof *sv->phones)))
        err = UT_ENOMEM;
    for (; sv->phone_count < cfg->phone_count && !err; sv->phone_count++)
        err = read_phone(&sv->phones[sv->phone_count], cfg->phones[sv->phone_count], why, why_cap);
    return err;
}

static int create_auth(struct ut__supervise *sv, const struct ut__supervise_config *cfg, char *why,
                       size_t why_cap)
{
    size_t n = cfg->auth_group_count;
    struct ut__auth_group *groups = NULL;
    int err = 0;
    if (n > UT__GROUPS_MAX) {
        snprintf(why, why_cap, "auth-group is given more than %d times", UT__GROUPS_MAX);
        return UT_ETOOBIG;
    }
    if (n && !(groups = calloc(n, sizeof *groups)))
        return UT_ENOMEM;
    for (size_t i = 0; i < n && !err; i++)
        err = ut__auth_read_group(&groups[i], cfg->auth_groups[i], why, why_cap);
    if (!err)
        err = ut__auth_create(&sv->auth,
                              &(struct ut__auth_config){.demo = sv->cfg.open,
                                                        .secure = sv->cfg.secure,
                                                        .base_url = sv->cfg.base_url,
                                                        .header = cfg->auth_header,
                                                        .groups_header = cfg->auth_groups_header,
                                                        .groups = groups,
                                                        .group_count = (uint32_t)n});
    free(groups);
    return err;
}

int ut__supervise_create(struct ut__supervise **out, const struct ut__supervise_config *cfg,
                         char *why, size_t why_cap)
{
    if (check_node(cfg->node, why, why_cap))
        return UT_EINVAL;
    struct ut__supervise *sv = calloc(1, sizeof *sv);
    if (!sv)
        return UT_ENOMEM;
    sv->cfg = *cfg;
    keep_all(sv);
    sv->help_ways[UT__HELP_AMI] = ut__help_ami;
    sv->help_ways[UT__HELP_ESL] = ut__help_esl;
    sv->cfg.secure |= sv->cfg.base_url && strncasecmp(sv->cfg.base_url, "https://", 8) == 0;
    if (!sv->cfg.clients_max)
        sv->cfg.clients_max = 200;
    if (!sv->cfg.session_hours)
        sv->cfg.session_hours = 12;
    snprintf(why, why_cap, "out of memory");
    struct ut__feed_owner owner = ut__feed_owner_of(sv);
    int err = ut__hand_create(&sv->hand);
    if (!err)
        err = create_auth(sv, cfg, why, why_cap);
    if (!err)
        err = read_actions(sv, cfg, why, why_cap);
    if (!err && cfg->knowledge_url)
        err = ut__outside_create(&sv->outside, sv, sv->hand, cfg->knowledge_url, why, why_cap);
    if (!err)
        err = read_recordings(sv, why, why_cap);
    if (!err)
        err = ut__feed_create(&sv->feed, sv->cfg.node, sv->cfg.clients_max, &owner);
    if (err) {
        ut__supervise_destroy(sv);
        return err;
    }
    *out = sv;
    return 0;
}

void ut__supervise_set_help(struct ut__supervise *sv, enum ut__help_way way, ut__help_fn *fn)
{
    sv->help_ways[way] = fn;
}

void ut__supervise_set_help_door(struct ut__supervise *sv, const struct ut__help_door *door)
{
    sv->help_door = door;
}

const char *ut__supervise_first_key(const struct ut__supervise *sv)
{
    return ut__auth_first_key(sv->auth);
}

uint32_t ut__supervise_channels(const struct ut__supervise *sv,
                                char names[UT__CHANNELS_MAX][UT__CHANNEL_NAME_MAX],
                                uint32_t actions[UT__CHANNELS_MAX])
{
    for (uint32_t i = 0; i < sv->channel_count; i++) {
        snprintf(names[i], UT__CHANNEL_NAME_MAX, "%s", sv->channels[i]->name);
        actions[i] = sv->channels[i]->actions;
    }
    return sv->channel_count;
}

void ut__supervise_destroy(struct ut__supervise *sv)
{
    if (!sv)
        return;
    ut__supervise_stop(sv);
    if (sv->hand) /* Answers may still tell a channel. */
        ut__hand_drop(sv->hand);
    for (uint32_t i = 0; i < sv->channel_count; i++) {
        sv->channels[i]->kind->destroy(sv->channels[i]->state);
        free(sv->channels[i]);
    }
    ut__play_destroy(sv->play);
    while (sv->action_count)
        ut__action_clear(&sv->actions[--sv->action_count]);
    free(sv->phones);
    ut__hand_destroy(sv->hand);
    ut__feed_destroy(sv->feed);
    ut__wall_clear(&sv->wall);
    ut__alerts_release(&sv->alerts);
    ut__auth_destroy(sv->auth);
    free(sv->store_state);
    free(sv->loads);
    json_decref(sv->precision);
    free(sv->thresholds);
    free(sv->sites);
    free(sv->rules_text);
    free(sv->playbooks);
    ut__outside_destroy(sv->outside);
    while (sv->texts.count)
        free(sv->texts.items[--sv->texts.count]);
    free(sv);
}
