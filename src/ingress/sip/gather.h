/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_SIP_GATHER_H
#define UT_INGRESS_SIP_GATHER_H

#include <stddef.h>
#include <stdint.h>

/*
 * SIP messages over TCP and TLS, gathered whole before libre sees them. What libre 1.1.0 gathers
 * itself it closes at 64 KiB, without an answer; what reaches it at one go may be longer. A longer
 * one than UT__SIP_MESSAGE_MAX is shown without its body, for a refusal, and read past. Hub thread.
 */

enum { UT__SIP_MESSAGE_MAX = 1 << 18 };

/* Where a message ends. */
struct ut__sip_frame {
    uint64_t len_bytes;   /* Head and body. */
    size_t head_bytes;    /* With the empty line. */
    size_t number_at;     /* Of Content-Length, */
    size_t number_digits; /* so many. */
};

/**
 * Looks where the message that bytes begin with ends. bytes: [len], hostile. Returns 1; 0: its head
 * is not there yet; UT_EMALFORMED: it does not say how long it is. Pure.
 */
int ut__sip_frame_read(struct ut__sip_frame *out, const uint8_t *bytes, size_t len);

/** What is accepted on this port from now on is gathered. */
void ut__sip_gather_watch(uint16_t port);

/** 1 while libre shows a message whose body was too long. */
int ut__sip_gather_is_cut(void);

/** Lets go of connections that libre has let go of; once a second. */
void ut__sip_gather_sweep(void);

/** Forgets ports and connections. */
void ut__sip_gather_stop(void);

#endif
