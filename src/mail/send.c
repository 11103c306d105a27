/* SPDX-License-Identifier: MIT */
/* A message to a mail server, by libcurl. */

#include "mail/mail.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <curl/curl.h>

enum { CONNECT_MS = 10000, TOTAL_MS = 30000, ENVELOPE_BYTES = 16384 };

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void start_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

struct reading {
    const char *at;
    size_t left;
};

static size_t on_read(char *buf, size_t size, size_t n, void *arg)
{
    struct reading *r = arg;
    size_t take = size * n < r->left ? size * n : r->left;
    memcpy(buf, r->at, take);
    r->at += take;
    r->left -= take;
    return take;
}

/* The value of a header, its continued lines with it, without the line ends. */
static int header(char *out, size_t cap, const char *message, const char *name)
{
    const char *end = strstr(message, "\r\n\r\n"), *at = message;
    size_t len = strlen(name), n = 0;
    while (at && at < end && strncmp(at, name, len) != 0) {
        at = strstr(at, "\r\n");
        at = at ? at + 2 : NULL;
    }
    if (!at || !end || at >= end)
        return 0;
    for (at += len; at < end && n + 1 < cap; at++) {
        if (at[0] == '\r' && at[1] == '\n' && at[2] != ' ')
            break;
        if (*at != '\r' && *at != '\n' && *at != ' ')
            out[n++] = *at;
    }
    out[n] = '\0';
    return n > 0;
}

static struct curl_slist *list_of(char *addresses)
{
    struct curl_slist *list = NULL;
    char *rest = addresses;
    for (char *one; (one = strsep(&rest, ",")) != NULL;) {
        struct curl_slist *more = ut__mail_is_address(one) ? curl_slist_append(list, one) : NULL;
        if (!more) {
            curl_slist_free_all(list);
            return NULL;
        }
        list = more;
    }
    return list;
}

static int tell(CURLcode rc, long code, const char *error, const struct ut__smtp *smtp, char *why)
{
    if (rc == CURLE_OK)
        return 0;
    int final = code >= 500 && code < 600;
    if (rc == CURLE_LOGIN_DENIED)
        snprintf(why, UT__MAIL_WHY_MAX, "%s lets nobody in with this user and password: check them",
                 smtp->url);
    else if (final)
        snprintf(why, UT__MAIL_WHY_MAX,
                 "%s refuses the message with %ld: check sender and receivers", smtp->url, code);
    else
        snprintf(why, UT__MAIL_WHY_MAX,
                 "%s does not take the message (%s): it is kept and tried again", smtp->url,
                 error[0] ? error : curl_easy_strerror(rc));
    return final && rc != CURLE_LOGIN_DENIED ? UT_EINVAL : UT_EIO;
}

static CURLcode perform(CURL *c, const struct ut__smtp *smtp, const char *from,
                        struct curl_slist *to, const char *message, char *error)
{
    struct reading reading = {message, strlen(message)};
    curl_easy_setopt(c, CURLOPT_URL, smtp->url);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, error);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, smtp->wait_ms ? smtp->wait_ms : (long)TOTAL_MS);
    curl_easy_setopt(c, CURLOPT_USE_SSL,
                     smtp->password ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_TRY);
    if (smtp->user)
        curl_easy_setopt(c, CURLOPT_USERNAME, smtp->user);
    if (smtp->password)
        curl_easy_setopt(c, CURLOPT_PASSWORD, smtp->password);
    curl_easy_setopt(c, CURLOPT_MAIL_FROM, from);
    curl_easy_setopt(c, CURLOPT_MAIL_RCPT, to);
    curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(c, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(c, CURLOPT_READDATA, &reading);
    return curl_easy_perform(c);
}

int ut__mail_send(const struct ut__smtp *smtp, const char *message, char *why)
{
    char from[UT__MAIL_ADDRESS_MAX + 1], to[ENVELOPE_BYTES], error[CURL_ERROR_SIZE] = "";
    pthread_once(&curl_once, start_curl);
    snprintf(why, UT__MAIL_WHY_MAX, "the message has no sender or receivers: it was changed");
    if (!header(from, sizeof from, message, "From:") || !header(to, sizeof to, message, "To:") ||
        !ut__mail_is_address(from))
        return UT_EINVAL;
    struct curl_slist *list = list_of(to);
    CURL *c = list ? curl_easy_init() : NULL;
    int err = UT_EINVAL;
    if (c) {
        long code = 0;
        CURLcode rc = perform(c, smtp, from, list, message, error);
        curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &code);
        err = tell(rc, code, error, smtp, why);
    }
    curl_easy_cleanup(c);
    curl_slist_free_all(list);
    return err;
}
