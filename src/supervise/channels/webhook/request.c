/* SPDX-License-Identifier: MIT */
/* One request by HTTP, with libcurl. */

#include "supervise/channels/webhook/request.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "supervise/channels/target.h"

enum { CONNECT_MS = 5000, ANSWER_MAX = 65536 };

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void start_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

CURL *ut__request_curl(void)
{
    pthread_once(&curl_once, start_curl);
    return curl_easy_init();
}

int ut__request_headers(struct curl_slist **list, const char *lines)
{
    char line[UT__TARGET_HEADER_MAX];
    for (const char *h = lines; h && *h; h += strspn(h, "\r\n")) {
        size_t len = strcspn(h, "\r\n");
        snprintf(line, sizeof line, "%.*s", (int)len, h);
        struct curl_slist *more = curl_slist_append(*list, line);
        if (!more)
            return UT_ENOMEM;
        *list = more;
        h += len;
    }
    return 0;
}

/* An answer on its way: its beginning is kept, its size has a bound. */
struct reading {
    const struct ut__request_out *out;
    size_t len, kept;
};

static size_t on_answer(char *bytes, size_t size, size_t n, void *arg)
{
    struct reading *r = arg;
    size_t room = r->out->answer ? r->out->answer_cap - 1 - r->kept : 0, len = size * n;
    size_t take = len < room ? len : room;
    if (take) {
        memcpy(r->out->answer + r->kept, bytes, take);
        r->kept += take;
        r->out->answer[r->kept] = '\0';
    }
    r->len += len;
    return r->len > ANSWER_MAX ? 0 : len;
}

static int on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const atomic_int *stop = arg;
    (void)a, (void)b, (void)c, (void)d;
    return atomic_load(stop);
}

CURLcode ut__request_send(CURL *c, const struct ut__request_out *out, char *error)
{
    struct reading reading = {.out = out};
    if (out->answer)
        out->answer[0] = '\0';
    /* reset keeps the connection, so that many letters share one. */
    curl_easy_reset(c);
    curl_easy_setopt(c, CURLOPT_URL, out->url);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, out->total_ms);
    curl_easy_setopt(c, CURLOPT_POST, 1L);
    curl_easy_setopt(c, CURLOPT_POSTFIELDS, out->body ? out->body : "");
    curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)out->len_bytes);
    if (out->method)
        curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, out->method);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, out->headers);
    curl_easy_setopt(c, CURLOPT_USERAGENT, "Undertone");
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_answer);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, &reading);
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, error);
    if (out->stop) {
        curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
        curl_easy_setopt(c, CURLOPT_XFERINFODATA, (void *)out->stop);
    }
    if (out->ca_file)
        curl_easy_setopt(c, CURLOPT_CAINFO, out->ca_file);
    return curl_easy_perform(c);
}
