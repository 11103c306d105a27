/* SPDX-License-Identifier: MIT */
/* Receivers of alerts by e-mail, as they stand in the configuration. */

#include "supervise/channels/mail/setting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract/ledger.h"
#include "contract/option.h"
#include "supervise/channels/target.h"
#include "supervise/channels/template.h"

void ut__mail_setting_clear(struct ut__mail_setting *m)
{
    for (size_t i = 0; i < m->to_count; i++)
        free(m->to[i]);
    free(m->own);
    ut__channel_filter_clear(&m->filter);
    *m = (struct ut__mail_setting){0};
}

static int add_receiver(struct ut__mail_setting *m, const char *address, char *why, size_t cap)
{
    if (m->to_count == UT__MAIL_TO_MAX) {
        snprintf(why, cap, "mail: takes %d addresses at most: name a list of your mail server",
                 (int)UT__MAIL_TO_MAX);
        return UT_ETOOBIG;
    }
    m->to[m->to_count] = strdup(address);
    return m->to[m->to_count++] ? 0 : UT_ENOMEM;
}

/* The file is named where the template is at fault. */
static int read_template(struct ut__mail_setting *m, const char *path, char *why, size_t cap)
{
    char wrong[UT__CONFIG_WHY_MAX];
    free(m->own);
    m->own = ut__target_read_file(path, why, cap);
    if (!m->own)
        return UT_EINVAL;
    int err = ut__template_check(m->own, wrong, sizeof wrong);
    if (!err && !strchr(m->own, '\n')) {
        snprintf(wrong, sizeof wrong, "give a line for the subject, and the text below it");
        err = UT_EINVAL;
    }
    if (err)
        snprintf(why, cap, "mail: template=%.100s: %s", path, wrong);
    return err;
}

static int read_part(struct ut__mail_setting *m, const char *part, char *why, size_t cap)
{
    static const char template[] = "template=";
    int err = ut__channel_filter_read(&m->filter, part, why, cap);
    if (err <= 0)
        return err;
    if (strncmp(part, template, sizeof template - 1) == 0)
        return read_template(m, part + sizeof template - 1, why, cap);
    if (ut__mail_is_address(part))
        return add_receiver(m, part, why, cap);
    snprintf(why, cap,
             "mail: '%.60s' is not known; write ADDRESS[,ADDRESS...][,template=FILE]"
             "[,on=raised+cleared][,queue=Q][,agent=A][,severity=high]",
             part);
    return UT_EINVAL;
}

int ut__mail_setting_read(struct ut__mail_setting *out, const char *text, char *why, size_t why_cap)
{
    *out = (struct ut__mail_setting){0};
    char *copy = strdup(text), *rest = copy;
    int err = copy ? 0 : UT_ENOMEM;
    snprintf(why, why_cap, "there is no memory left");
    for (char *part; !err && (part = strsep(&rest, ",")) != NULL;)
        err = read_part(out, part, why, why_cap);
    free(copy);
    if (!err && !out->to_count) {
        snprintf(why, why_cap, "mail: names nobody; write the receiver's address first");
        err = UT_EINVAL;
    }
    if (!out->filter.actions)
        out->filter.actions = UT__LIFE_RAISED | UT__LIFE_ESCALATED | UT__LIFE_CLEARED;
    if (err)
        ut__mail_setting_clear(out);
    return err;
}

int ut__mail_setting_check(const char *text, char *why, size_t why_cap)
{
    struct ut__mail_setting m;
    int err = ut__mail_setting_read(&m, text, why, why_cap);
    if (!err)
        ut__mail_setting_clear(&m);
    return err;
}
