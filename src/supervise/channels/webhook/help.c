/* SPDX-License-Identifier: MIT */
/* Help for a call by one request, such as Asterisk's ARI takes. */

#include <stdio.h>
#include <string.h>

#include "supervise/channels/webhook/request.h"
#include "supervise/channels/webhook/webhook.h"

/* "HTTP 404: " and the answer's first line, which says why. */
static void judge(CURL *curl, const char *answer, struct ut__help_word *word)
{
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    int shown = (int)strcspn(answer, "\r\n");
    word->end = status >= 200 && status < 300 ? UT__HELP_DONE : UT__HELP_REFUSED;
    snprintf(word->said, sizeof word->said, "HTTP %ld%s%.*s", status,
             word->end == UT__HELP_DONE || !shown ? "" : ": ",
             word->end == UT__HELP_DONE ? 0 : shown, answer);
}

void ut__webhook_help(const struct ut__help_act *act, struct ut__help_word *word)
{
    char error[CURL_ERROR_SIZE] = "", answer[UT__HELP_SAID_MAX] = "";
    CURL *curl = ut__request_curl();
    word->end = UT__HELP_AWAY;
    word->said[0] = '\0';
    char *body = word->answer ? word->answer : answer;
    if (!curl)
        return;
    struct curl_slist *list = NULL;
    int err = ut__request_headers(&list, "Expect:") || ut__request_headers(&list, act->headers) ||
              ut__request_headers(&list, act->text[0] ? "Content-Type: application/json" : NULL);
    CURLcode rc =
        err ? CURLE_OUT_OF_MEMORY
            : ut__request_send(curl,
                               &(struct ut__request_out){
                                   .url = act->target,
                                   .method = act->method,
                                   .body = act->text,
                                   .len_bytes = strlen(act->text),
                                   .headers = list,
                                   .ca_file = act->ca_file,
                                   .total_ms = act->timeout_ms,
                                   .stop = act->stop,
                                   .answer = body,
                                   .answer_cap = word->answer ? word->answer_cap : sizeof answer},
                               error);
    curl_slist_free_all(list);
    if (rc == CURLE_OK) {
        judge(curl, body, word);
    } else {
        word->end = rc == CURLE_OPERATION_TIMEDOUT ? UT__HELP_LATE : UT__HELP_AWAY;
        snprintf(word->said, sizeof word->said, "%.190s",
                 error[0] ? error : curl_easy_strerror(rc));
    }
    curl_easy_cleanup(curl);
}
