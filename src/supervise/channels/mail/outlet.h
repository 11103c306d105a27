/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_CHANNELS_MAIL_OUTLET_H
#define UT_SUPERVISE_CHANNELS_MAIL_OUTLET_H

#include <undertone/error.h>

#include "supervise/channels/channel.h"
#include "supervise/channels/mail/setting.h"

/* The server and the sender, for all receivers. Borrowed. */
struct ut__mail_way {
    const char *smtp;            /* "smtp://mail.example:587". */
    const char *from;            /* An address. */
    const char *user, *password; /* NULL: nobody signs in. */
    const char *base_url;        /* For links; NULL: none. */
};

extern const struct ut__channel_kind ut__mail_kind;

/** A channel to some receivers. setting: taken, on failure as well. Returns 0 or UT_ENOMEM. */
int ut__mail_create(void **out, struct ut__mail_setting *setting_take,
                    const struct ut__mail_way *way) UT_MUST_CHECK;

#endif
