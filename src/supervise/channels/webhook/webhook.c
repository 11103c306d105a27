/* SPDX-License-Identifier: MIT */
/*
 * Webhooks: one POST a letter, signed, with libcurl, in the channel's own thread.
 *
 *     X-Undertone-Signature: t=<Unix seconds>,v1=<HMAC-SHA256 of "<t>.<body>" in hexadecimal>
 *     Idempotency-Key: <the letter's key>
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/clock.h"
#include "base/text.h"
#include "supervise/channels/target.h"
#include "supervise/channels/webhook/request.h"
#include "supervise/channels/webhook/webhook.h"

enum { TOTAL_MS = 10000, RETRY_AFTER_MAX_S = 1800 };

struct webhook {
    struct ut__webhook_setting set;
    char *base_url;
    CURL *curl;
};

static void destroy(void *state)
{
    struct webhook *w = state;
    if (!w)
        return;
    curl_easy_cleanup(w->curl);
    ut__webhook_setting_clear(&w->set);
    free(w->base_url);
    free(w);
}

int ut__webhook_create(void **out, struct ut__webhook_setting *setting_take, const char *base_url)
{
    struct webhook *w = calloc(1, sizeof *w);
    if (!w) {
        ut__webhook_setting_clear(setting_take);
        return UT_ENOMEM;
    }
    w->set = *setting_take;
    *setting_take = (struct ut__webhook_setting){0};
    w->base_url = base_url ? strdup(base_url) : NULL;
    w->curl = ut__request_curl();
    if (!w->curl || (base_url && !w->base_url)) {
        destroy(w);
        return UT_ENOMEM;
    }
    *out = w;
    return 0;
}

static int sign(const struct webhook *w, const char *body, size_t len, char *out, size_t cap)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char mac[EVP_MAX_MD_SIZE] = {0};
    unsigned n = 0;
    char stamp[32], digits[65];
    int stamp_len =
        snprintf(stamp, sizeof stamp, "%lld.", (long long)(ut__clock_wall_us() / 1000000));
    struct ut__text signed_text = {0};
    ut__text_bytes(&signed_text, stamp, (size_t)stamp_len);
    ut__text_bytes(&signed_text, body, len);
    const unsigned char *made =
        signed_text.failed ? NULL
                           : HMAC(EVP_sha256(), w->set.secret, (int)strlen(w->set.secret),
                                  (const unsigned char *)signed_text.buf, signed_text.len, mac, &n);
    ut__text_free(&signed_text);
    if (!made)
        return UT_ENOMEM;
    for (int i = 0; i < 32; i++) {
        digits[2 * i] = hex[mac[i] >> 4];
        digits[2 * i + 1] = hex[mac[i] & 15];
    }
    digits[64] = '\0';
    stamp[stamp_len - 1] = '\0';
    snprintf(out, cap, "X-Undertone-Signature: t=%s,v1=%s", stamp, digits);
    return 0;
}

/* Without one of them the receiver could not tell what it gets: NULL, then. */
static struct curl_slist *headers(const struct webhook *w, const struct ut__letter *letter,
                                  const char *type, const struct ut__text *body)
{
    char line[4 * UT__TARGET_HEADER_MAX], signature[UT__TARGET_HEADER_MAX] = "";
    struct curl_slist *list = NULL;
    snprintf(line, sizeof line,
             "Content-Type: %s\nIdempotency-Key: %s\nX-Undertone-Event: %s\nExpect:", type,
             letter->key, letter->action);
    int err = w->set.secret ? sign(w, body->buf, body->len, signature, sizeof signature) : 0;
    if (!err && !ut__request_headers(&list, line) && !ut__request_headers(&list, w->set.headers) &&
        !ut__request_headers(&list, signature))
        return list;
    curl_slist_free_all(list);
    return NULL;
}

/* What a status means: some say that the very same letter will never do. */
static enum ut__sent judge(long status)
{
    if (status >= 200 && status < 300)
        return UT__SENT;
    return status == 400 || status == 410 || status == 413 || status == 415 || status == 422
               ? UT__SENT_NEVER
               : UT__SENT_RETRY;
}

/* The body, and whether it is the notice itself. */
static int make_body(const struct webhook *w, const struct ut__letter *letter, const char **type,
                     struct ut__text *body)
{
    const struct ut__template_with with = {.base_url = w->base_url, .routing = w->set.routing};
    const char *template = w->set.template == UT__WEBHOOK_OWN
                               ? w->set.own
                               : ut__template_text(w->set.template, w->base_url != NULL);
    *type = template ? ut__template_type(template) : "application/json";
    return template ? ut__template_fill(template, letter->body, &with, body)
                    : ut__template_json(letter->body, &with, body);
}

/*
 * Opsgenie has an address for each step: URL, URL/ALIAS/acknowledge, URL/ALIAS/close. The others have
 * one. To free().
 */
static char *make_url(const struct webhook *w, const struct ut__letter *letter)
{
    const char *step = strcmp(letter->action, "acknowledged") == 0 ? "acknowledge"
                       : strcmp(letter->action, "resolved") == 0 ||
                               strcmp(letter->action, "judged") == 0 ||
                               strcmp(letter->action, "expired") == 0
                           ? "close"
                           : NULL;
    if (w->set.template != UT__WEBHOOK_OPSGENIE || !step)
        return strdup(w->set.url);
    struct ut__text alias = {0}, url = {0};
    if (ut__template_fill("{{alias}}", letter->body, &(struct ut__template_with){0}, &alias))
        return NULL;
    char *escaped = alias.failed ? NULL : curl_easy_escape(w->curl, alias.buf, (int)alias.len);
    if (escaped) {
        ut__text_raw(&url, w->set.url);
        ut__text_raw(&url, "/");
        ut__text_raw(&url, escaped);
        ut__text_raw(&url, "/");
        ut__text_raw(&url, step);
        ut__text_raw(&url, "?identifierType=alias");
    }
    curl_free(escaped);
    ut__text_free(&alias);
    return url.failed ? NULL : url.buf;
}

static enum ut__sent send_letter(void *state, const struct ut__letter *letter,
                                 struct ut__channel_word *word)
{
    struct webhook *w = state;
    struct ut__text body = {0};
    char detail[CURL_ERROR_SIZE] = "";
    const char *type;
    if (!letter->is_test && !ut__channel_filter_wants(&w->set.filter, letter->body))
        return UT__SENT_UNWANTED;
    int err = make_body(w, letter, &type, &body);
    char *url = err ? NULL : make_url(w, letter);
    struct curl_slist *list = url ? headers(w, letter, type, &body) : NULL;
    if (!list) { /* What a lack of memory made unreadable may read the next time. */
        ut__text_free(&body);
        free(url);
        snprintf(word->error, sizeof word->error, "the body could not be made");
        return UT__SENT_RETRY;
    }
    CURLcode rc = ut__request_send(w->curl,
                                   &(struct ut__request_out){.url = url,
                                                             .body = body.buf,
                                                             .len_bytes = body.len,
                                                             .headers = list,
                                                             .ca_file = w->set.ca_file,
                                                             .total_ms = TOTAL_MS},
                                   detail);
    curl_slist_free_all(list);
    ut__text_free(&body);
    free(url);
    if (rc != CURLE_OK) {
        snprintf(word->error, sizeof word->error, "%.190s",
                 detail[0] ? detail : curl_easy_strerror(rc));
        return UT__SENT_AWAY;
    }
    long status = 0;
    curl_off_t after_s = 0;
    curl_easy_getinfo(w->curl, CURLINFO_RESPONSE_CODE, &status);
    if (curl_easy_getinfo(w->curl, CURLINFO_RETRY_AFTER, &after_s) == CURLE_OK && after_s > 0)
        word->retry_ms = after_s < RETRY_AFTER_MAX_S ? after_s * 1000 : RETRY_AFTER_MAX_S * 1000;
    snprintf(word->error, sizeof word->error, "the receiver answered HTTP %ld", status);
    return judge(status);
}

/* Addresses of Slack and others are secrets: the host alone is told. */
static void where(void *state, char *out, size_t cap)
{
    const struct webhook *w = state;
    const char *host = strstr(w->set.url, "://");
    host = host ? host + 3 : "";
    size_t n = strcspn(host, "/?#");
    /* What stands before an @ are a name and a password. */
    for (const char *at; (at = memchr(host, '@', n));) {
        n -= (size_t)(at + 1 - host);
        host = at + 1;
    }
    snprintf(out, cap, "%.*s", (int)n, host);
}

const struct ut__channel_kind ut__webhook_kind = {
    .name = "webhook", .send = send_letter, .destroy = destroy, .where = where};
