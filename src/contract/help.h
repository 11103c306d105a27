/* SPDX-License-Identifier: MIT */
#ifndef UT_CONTRACT_HELP_H
#define UT_CONTRACT_HELP_H

#include <stdatomic.h>
#include <stddef.h>

/* Help for a call that the daemon gives itself: one act, asked of a PBX or a phone. */

enum ut__help_way {
    UT__HELP_LINK, /* None of ours: the supervisor's browser opens an address. */
    UT__HELP_HTTP, /* A request: Asterisk's ARI and others. */
    UT__HELP_AMI,  /* Asterisk's manager interface, by TCP. */
    UT__HELP_ESL,  /* FreeSWITCH's event socket, by TCP. */
    UT__HELP_SIP   /* A request outside a dialog. */
};

enum ut__help_end {
    UT__HELP_DONE,    /* The other side says that it did. */
    UT__HELP_REFUSED, /* It says that it did not. */
    UT__HELP_AWAY,    /* It was not reached. */
    UT__HELP_LATE     /* It has not answered in time: whether it did is not known. */
};

enum { UT__HELP_SAID_MAX = 200 };

/* One act. Borrowed for as long as it goes on. */
struct ut__help_act {
    const char *method; /* POST, MESSAGE, REFER, ...; "" for AMI and ESL. */
    const char *target; /* An address, or "HOST:PORT" for AMI and ESL. */
    const char
        *text; /* AMI: lines; ESL: a command; SIP: a text or where to; HTTP: a body of JSON; "". */
    const char *secret;  /* From the login-file; NULL: none. */
    const char *headers; /* Lines "Name: value"; NULL: none. */
    const char *ca_file; /* NULL: the system's certificates. */
    int timeout_ms;
    const atomic_int *stop; /* Given up as soon as it is not 0. */
};

/* How it ended, and what the other side said to it: one line, from outside. */
struct ut__help_word {
    enum ut__help_end end;
    char said[UT__HELP_SAID_MAX];
    char *
        answer; /* [answer_cap], where one is wanted: the answer's body, from outside; else NULL. */
    size_t answer_cap;
};

/** How an act ended; word is borrowed. Hub thread. */
typedef void ut__help_done(void *arg, const struct ut__help_word *word);

/*
 * Who acts without a thread of its own. ask: hub thread; act is borrowed for the call, `stop` is not
 * looked at, and done comes once, later. Returns 0 or UT_E...: done will not come.
 */
struct ut__help_door {
    int (*ask)(void *arg, const struct ut__help_act *act, ut__help_done *done, void *done_arg);
    void *arg;
};

/** Acts, waits and fills word. In a thread of its own. */
typedef void ut__help_fn(const struct ut__help_act *act, struct ut__help_word *word);

#endif
