/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_CHANNELS_WEBHOOK_REQUEST_H
#define UT_SUPERVISE_CHANNELS_WEBHOOK_REQUEST_H

#include <stdatomic.h>
#include <stddef.h>

#include <curl/curl.h>

#include <undertone/error.h>

/* One request by HTTP, bounded in time and in what is read of its answer. A handle has one thread. */
struct ut__request_out {
    const char *url, *method; /* method NULL: POST. */
    const char *body;         /* len_bytes of it; NULL: none. */
    size_t len_bytes;
    struct curl_slist *headers;
    const char *ca_file; /* NULL: the system's certificates. */
    long total_ms;
    const atomic_int *stop; /* Given up as soon as it is not 0; may be NULL. */
    char *answer;           /* [answer_cap]: how the answer's body begins, as text; may be NULL. */
    size_t answer_cap;
};

/** A handle to curl_easy_cleanup; NULL for want of memory. Any thread. */
CURL *ut__request_curl(void);

/** Adds lines "Name: value" to a list, which may be NULL, as lines may be. Returns 0 or UT_ENOMEM. */
int ut__request_headers(struct curl_slist **list, const char *lines) UT_MUST_CHECK;

/** Sends and waits. error: [CURL_ERROR_SIZE]. */
CURLcode ut__request_send(CURL *curl, const struct ut__request_out *out, char *error);

#endif
