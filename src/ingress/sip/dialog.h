/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_SIP_DIALOG_H
#define UT_INGRESS_SIP_DIALOG_H

#include "contract/port.h"
#include "ingress/sdp/media.h"
#include "ingress/sdp/role_rules.h"
#include "ingress/sip/connections.h"
#include "ingress/sip/digest.h"
#include "ingress/sip/rs_metadata.h"
#include "ingress/sip/sip.h"
#include "net/limit.h"
#include "net/re.h"

/* One SIP dialog and its call. Hub thread. */

enum { UT__SIP_RULES_MAX = 64, UT__SIP_TAG_MAX = 128 };

/* The server, as its dialogs see it. */
struct ut__sip {
    struct ut__sip_config cfg;
    const struct ut__port *port;
    struct sip *sip;
    struct sip_lsnr *listener;
    struct dnsc *dns;
    struct tls *tls;
    struct ut__rtp_ports ports;
    struct ut__sip_rule rules[UT__SIP_RULES_MAX];
    size_t rule_count;
    uint8_t secret[UT__SIP_SECRET];
    struct ut__sip_nonces nonces;
    struct ut__limit guesses;
    struct list dialogs;           /* struct ut__sip_dialog */
    struct list helps;             /* Requests of ours that have no answer yet: help.h. */
    struct sipsess_sock *sessions; /* For calls of theirs. */
    struct sipevent_sock *events;
    struct ut__sip_connections connections;
    uint64_t calls, refused, refused_by[UT__SIP_REFUSALS];
    char hello[40]; /* The Call-ID of what we send ourselves at the start. */
    int stopping;
};

/* Which end of CUCM's built-in bridge a call is. */
enum ut__sip_leg { UT__SIP_BOTH_ENDS, UT__SIP_NEAR_END, UT__SIP_FAR_END };

struct ut__sip_dialog {
    struct le le;
    struct ut__sip *server;
    struct ut__port_call *call; /* NULL: it has ended, or waits for the answer to our offer. */
    struct sip_dialog *dlg;
    struct ut__sip_media media;
    struct ut__rs_kept *metadata; /* NULL: a plain call. */
    struct ut__call_info info;
    char continues[UT__CALL_ID_MAX]; /* The call that this one takes the place of; "": none. */
    uint8_t is_siprec, is_udp, ended;
    uint8_t leg; /* enum ut__sip_leg */

    /* The request that began it: for copies of it, and requests of it that came another way. */
    struct sa peer;
    char from_tag[UT__SIP_TAG_MAX], branch[UT__SIP_TAG_MAX];
    char own_tag[24]; /* Ours, in To. */
    uint32_t invite_cseq;

    /* The 200 that waits for its ACK (RFC 3261, section 13.3.1.4). */
    struct sip_msg *answered;
    struct mbuf *answer;
    uint32_t answer_cseq;
    unsigned sent;
    uint8_t holds_offer; /* Of ours, as the request had none: the ACK answers it. */
    uint8_t opens_late;  /* The call begins with that answer. */
    struct tmr resend, give_up;

    /* Session timer, RFC 4028. */
    uint32_t session_s; /* 0: none. */
    uint8_t we_refresh;
    struct tmr session;
    struct sip_request *refresh; /* Our UPDATE that waits for its answer. */
    char *contact;               /* Where the peer reaches us: the same in each of our messages. */
};

/** Takes an initial INVITE that was let in: answers it, with a call or a refusal. continues: the id of
 * the call that it replaces; NULL: none. */
void ut__sip_dialog_begin(struct ut__sip *server, const struct sip_msg *msg, const char *continues);

/** Takes a request within the dialog: re-INVITE, UPDATE, INFO, BYE, ACK. */
void ut__sip_dialog_request(struct ut__sip_dialog *d, const struct sip_msg *msg);

/** Takes any request: sip_msg_h of libre. arg: struct ut__sip. Always true. */
bool ut__sip_request(const struct sip_msg *msg, void *arg);

/** Ends the dialog from our side with a BYE; its call is closed if it is there. */
void ut__sip_dialog_hang_up(struct ut__sip_dialog *d, const char *reason);

#endif
