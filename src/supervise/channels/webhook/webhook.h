/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_CHANNELS_WEBHOOK_WEBHOOK_H
#define UT_SUPERVISE_CHANNELS_WEBHOOK_WEBHOOK_H

#include <undertone/error.h>

#include "contract/help.h"
#include "supervise/channels/channel.h"
#include "supervise/channels/webhook/setting.h"

extern const struct ut__channel_kind ut__webhook_kind;

/**
 * A webhook's channel. setting: taken, on failure as well. base_url: where people open the page,
 * for links; copied; NULL: no links. Returns 0 or UT_ENOMEM.
 */
int ut__webhook_create(void **out, struct ut__webhook_setting *setting_take,
                       const char *base_url) UT_MUST_CHECK;

/** Help by one request, as its method says; act->text is not used. */
ut__help_fn ut__webhook_help;

#endif
