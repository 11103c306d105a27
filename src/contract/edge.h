/* SPDX-License-Identifier: MIT */
#ifndef UT_CONTRACT_EDGE_H
#define UT_CONTRACT_EDGE_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

#include "contract/help.h"
#include "contract/lines.h"
#include "contract/option.h"
#include "contract/port.h"

/*
 * An edge: a way in for calls, or a way out for alerts. Each lies in a folder of its own, which
 * returns when its library is absent, and shows the daemon one struct:
 *
 *     src/ingress/NAME/CMakeLists.txt   ut_edge(NAME ut_NAME)
 *     src/ingress/NAME/edge.c           const struct ut__edge ut__edge_NAME
 *     src/supervise/channels/NAME/      the same, for a way out
 *
 * The daemon knows a list of names. It reads the rows, asks `check`, calls `start` in the order of
 * the list and `stop` in the reverse one. All of it runs in the hub thread.
 */

/* What an edge tells of itself for /metrics: undertone_ingress_NAME{kind="EDGE"}. */
struct ut__edge_stat {
    const char *name; /* Edges that count the same thing use the same name: see the ones below. */
    const char *help; /* One sentence. */
    uint8_t is_gauge; /* 1: it goes up and down; 0: it only grows. */
    uint64_t value;
};

enum { UT__EDGE_STATS_MAX = 16 };

/* Rows that most ways in have. */
#define UT__EDGE_OPEN(n)     ((struct ut__edge_stat){"open", "Connections or streams now.", 1, (n)})
#define UT__EDGE_ACCEPTED(n) ((struct ut__edge_stat){"accepted", "Calls or streams taken.", 0, (n)})
#define UT__EDGE_REFUSED(n)                                                                        \
    ((struct ut__edge_stat){"refused", "Turned away: no right, no proof, too many.", 0, (n)})
#define UT__EDGE_ERRORS(n)                                                                         \
    ((struct ut__edge_stat){"errors", "Peers that broke their protocol or a limit.", 0, (n)})

struct ut__channel_kind;
struct ut__report_texts;
struct ut__report_wish;
struct ut__http;
struct ut__http_exchange;

/* What the daemon offers its edges. It outlives them. */
struct ut__edge_host {
    const struct ut__port *port; /* For calls. */
    struct ut__http *http;       /* NULL: the daemon listens on none. */
    const char *media_address;   /* Where RTP is asked for; NULL: where the signalling came to. */
    uint16_t rtp_port_min, rtp_port_max;
    uint32_t max_calls;
    uint32_t rejoin_s; /* So long a call waits for who lost the connection. */
    uint8_t staged;    /* 1: a demo, open to everybody: it takes calls of its own alone. */
    /** 1 when the request brings a token that may send media. */
    int (*may_send)(void *arg, const struct ut__http_exchange *x);
    /**
     * Shows a problem to supervisors until it is cleared (message NULL). code: one a problem,
     * "NAME_WHAT"; message and remedy: a sentence each, copied. With "NAME_down" a way in takes no
     * calls, and the node is not ready.
     */
    void (*problem)(void *arg, const char *code, const char *message, const char *remedy);
    void *arg; /* Of the functions here. */

    /* For what calls are beside their sound. */
    /** Hands an item, which gets its number and time, to all who hear the stream. */
    void (*publish)(void *arg, struct ut__stream_item *item);
    /** Lets an edge hear the stream as well; one edge at a time, NULL: none. Borrowed. */
    void (*listen)(void *arg, const struct ut__sink *sink);
    /** Names who takes the lines that are posted to the API; NULL: nobody. Borrowed. */
    void (*set_lines)(void *arg, const struct ut__lines_door *door);
    /** Has the record keep lines: the arguments of UT__LEDGER_LINES_KEEP, borrowed. */
    void (*keep_lines)(void *arg, const char *json);

    /* For ways out, which start before the record is opened. */
    const char *node;     /* This node's name. */
    const char *base_url; /* Where people open the page, for links; NULL: no links. */
    uint32_t retain_days; /* Calls are kept so long; 0: for good. */
    /**
     * Adds a channel to which the record writes letters. actions: of enum ut__life. state: the
     * kind's, which destroys it, on failure as well. Returns 0 or an error.
     */
    int (*add_channel)(void *arg, const char *name, uint32_t actions,
                       const struct ut__channel_kind *kind, void *state_take);
    /** Names who acts by this way for help with a call. May be NULL. */
    void (*set_help)(void *arg, enum ut__help_way way, ut__help_fn *fn);
    /** Names who acts by SIP, for the same; NULL: nobody. Borrowed. May be NULL. */
    void (*set_help_door)(void *arg, const struct ut__help_door *door);
    const char *data; /* The record's folder; NULL: it lives in memory. */
    /**
     * Writes the record's report of a span, contract/report.h. Blocks for seconds; any thread but the hub's.
     * why: a sentence on failure. Returns 0 or an error. NULL: nobody does.
     */
    int (*write_report)(void *arg, const struct ut__report_wish *wish, struct ut__report_texts *out,
                        char *why, size_t cap);
    /** Hands on what another node said over a bus, as it came. json: freed. Any thread. */
    void (*heard)(void *arg, char *json_take);
    /** What shows other nodes that a text is of their house: digits. "" before the record is open. Any thread. */
    void (*sign)(void *arg, const char *text, char out[65]);
    /**
     * Hands on what a bus keeps for all nodes: {"kind":"settings","list":[{"key","revision","value"}]},
     * or {"kind":"bucket","bucket"}, where it keeps them. Of calls that have ended and baselines it is
     * {"kind":"past","list":[{"key","value"}],"after"}, {"kind":"past_stream","stream","why"}, stream
     * "" where there is none, and {"kind":"purged","key"}. Of its nodes, {"kind":"lease","node","text"} or "left", and of
     * orders that it keeps. As `heard` otherwise.
     */
    void (*kept)(void *arg, char *json_take);
};

static inline void ut__edge_problem(const struct ut__edge_host *host, const char *code,
                                    const char *message, const char *remedy)
{
    if (host->problem)
        host->problem(host->arg, code, message, remedy);
}

enum {
    UT__EDGE_STAGED = 1 << 0, /* Its calls are no real ones: the page says so and must be there. */
    UT__EDGE_OUT = 1 << 1     /* A way out for alerts. */
};

struct ut__edge {
    const char *name;    /* One word: in the list, in metrics, in messages. */
    const char *title;   /* Over its options: "SIP and SIPREC". */
    const char *summary; /* A sentence for --help and the manual. */
    unsigned flags;
    const struct ut__option *options; /* Rows; their offsets are into the edge's own struct. */
    size_t config_size;               /* Bytes of that struct; the daemon owns it, zeroed first. */

    /* What no single row can tell. NULL: nothing. Returns 0, or an error with the sentence. */
    int (*check)(const void *config, char *why, size_t why_cap);

    /* 1 when the configuration asks for it. NULL: start decides. Any thread. */
    int (*wanted)(const void *config);

    /**
     * Starts. config: outlives the edge, or until reload brings another. *out stays NULL when
     * there is nothing to do. why: a sentence with place and remedy. Returns 0 or an error.
     */
    int (*start)(void **out, const void *config, const struct ut__edge_host *host, char *why,
                 size_t why_cap);

    /* Takes what SIGHUP may change; config takes the place of the one before. NULL: nothing. */
    void (*reload)(void *edge, const void *config);

    /* Ends its calls and closes its sockets. */
    void (*stop)(void *edge);

    /* Fills at most UT__EDGE_STATS_MAX rows; returns their number. NULL: counts nothing. */
    size_t (*stats)(const void *edge, struct ut__edge_stat *out);
};

#endif
