/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_SDP_SDES_H
#define UT_INGRESS_SDP_SDES_H

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

/*
 * The a=crypto attribute (RFC 4568): keys for SRTP in the SDP. Never logged, and taken only where
 * the signalling is encrypted.
 */

enum { UT__SDES_KEY_MAX = 46, UT__SDES_MKI_MAX = 128 };

struct ut__sdes {
    uint32_t tag;
    uint8_t suite;     /* enum srtp_suite of libre. */
    uint8_t row;       /* Its name, of those that it goes by; for ut__sdes_print. */
    uint8_t key_bytes; /* Key and salt. */
    uint8_t mki_bytes; /* Of the master key identifier in each packet; 0: none. */
    uint8_t key[UT__SDES_KEY_MAX];
};

/**
 * Parses the attribute's value, such as "1 AES_CM_128_HMAC_SHA1_80 inline:...|2^31|1:4". A lifetime
 * and a key's identifier may follow the key, of session parameters WSH and UNENCRYPTED_SRTCP.
 * Returns 0; UT_EUNSUPPORTED for a suite, several keys or session parameters that are not done
 * here; UT_EMALFORMED. Pure.
 */
int ut__sdes_parse(struct ut__sdes *out, const char *value) UT_MUST_CHECK;

/** Writes the attribute's value for our own key. Returns 0 or UT_ENOSPC. */
int ut__sdes_print(const struct ut__sdes *s, char *buf, size_t cap) UT_MUST_CHECK;

#endif
