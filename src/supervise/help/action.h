/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_HELP_ACTION_H
#define UT_SUPERVISE_HELP_ACTION_H

#include <stddef.h>

#include <undertone/error.h>

#include "contract/help.h"
#include "supervise/help/values.h"
#include "supervise/scope.h"

/*
 * Help one click away: an action of the configuration, `NAME=[METHOD ]TARGET[ OPTION=VALUE]...[ TEXT]`.
 *
 *     Listen=sip:spy-{agent}@pbx.example.com
 *     Listen=POST https://pbx.example.com/ari/channels?endpoint=PJSIP%2F{phone} header-file=FILE
 *     Ticket=POST https://crm.example.com/tickets header-file=FILE {"call":"{call}","by":"{by}"}
 *     Whisper=AMI 127.0.0.1:5038 login-file=FILE Action: Originate; Channel: PJSIP/{phone}; ...
 *     Listen=ESL 127.0.0.1:8021 login-file=FILE bgapi originate user/{phone} &eavesdrop({call})
 *     Tell=MESSAGE sip:{agent}@pbx.example.com Help is on its way.
 *     Take over=INVITE sip:{phone}@pbx.example.com sip:gw@pbx.example.com?Replaces={replaces}
 *
 * Without a method the address opens in the supervisor's browser; with one the daemon acts itself.
 */

enum { UT__ACTIONS_MAX = 24, UT__ACTION_NAME_MAX = 40, UT__ACTION_TEXT_MAX = 512 };

struct ut__action {
    char name[UT__ACTION_NAME_MAX];   /* As the button says it, UTF-8. */
    char method[8];                   /* "" for a link, AMI and ESL. */
    char target[UT__ACTION_TEXT_MAX]; /* An address with {names}, or "HOST:PORT". */
    char text[UT__ACTION_TEXT_MAX];   /* With {names}; of AMI: lines ended by CR LF. */
    enum ut__help_way way;
    unsigned roles;               /* Who may: 0 for all who may act. */
    char queues[UT__SCOPE_BYTES]; /* Whose calls it is for: "" for all. */
    int timeout_ms;
    size_t answer_max; /* Bytes of the answer that are wanted; 0: how it ended is enough. */
    char *secret, *headers, *ca_file; /* Owned; NULL: none. */
};

/**
 * Reads an action, and the files that it names. Returns 0, or UT_EINVAL or UT_ENOMEM with the fault
 * and the remedy in why: *out holds nothing then.
 */
int ut__action_read(struct ut__action *out, const char *text, char *why,
                    size_t why_cap) UT_MUST_CHECK;
void ut__action_clear(struct ut__action *a);

/** 1 when the text is an address that a phone shall call. */
int ut__action_refers(const struct ut__action *a);

/** 1 when somebody of this role may use it. role: enum ut__role. */
int ut__action_for_role(const struct ut__action *a, unsigned role);

/** Checks an action's address, with its {names}. Returns 0 or UT_EINVAL. */
int ut__action_check_address(const char *url, enum ut__help_way way, char *why,
                             size_t why_cap) UT_MUST_CHECK;

/**
 * Fills target and text for a call. Returns as ut__help_fill; UT_EMALFORMED with *name NULL where a
 * value would be a step in the path (. or ..).
 */
int ut__action_fill(const struct ut__action *a, const struct ut__help_values *values,
                    struct ut__text *target, struct ut__text *text,
                    const char **name) UT_MUST_CHECK;

#endif
