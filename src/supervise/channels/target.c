/* SPDX-License-Identifier: MIT */
/* Receivers as the configuration names them: addresses, headers, and files with secrets. */

#include "supervise/channels/target.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "net/http.h"

char *ut__target_read_file(const char *path, char *why, size_t cap)
{
    FILE *f = fopen(path, "rb");
    char *text = malloc(UT__TARGET_FILE_MAX + 1);
    size_t n = f && text ? fread(text, 1, UT__TARGET_FILE_MAX + 1, f) : 0;
    if (!f || !text || n == 0 || n > UT__TARGET_FILE_MAX || memchr(text, 0, n)) {
        snprintf(why, cap, "%.150s: %s; give a text file of 1 to %d bytes", path,
                 f ? "not readable as a text" : strerror(errno), UT__TARGET_FILE_MAX);
        free(text);
        text = NULL;
    } else {
        while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
            n--;
        text[n] = '\0';
    }
    if (f)
        fclose(f);
    return text;
}

/* Lines "Name: value": a name is a token, a value has no control characters (RFC 9110, section 5). */
int ut__target_check_headers(const char *text, char *why, size_t cap)
{
    static const char token[] = "!#$%&'*+-.^_`|~0123456789"
                                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for (int line = 1; *text; line++) {
        size_t len = strcspn(text, "\r\n"), name = strspn(text, token);
        int good = name > 0 && name < len && text[name] == ':' && len < UT__TARGET_HEADER_MAX;
        for (size_t i = 0; i < len; i++)
            good = good && ((unsigned char)text[i] >= ' ' || text[i] == '\t') && text[i] != 0x7f;
        if (!good || line > UT__TARGET_HEADERS_MAX) {
            snprintf(
                why, cap,
                "line %d of the headers: write Name: value, at most %d bytes a line and %d lines",
                line, UT__TARGET_HEADER_MAX - 1, UT__TARGET_HEADERS_MAX);
            return UT_EINVAL;
        }
        text += len;
        text += strspn(text, "\r\n");
    }
    return 0;
}

int ut__target_check_url(const char *url)
{
    if (url && strncasecmp(url, "https://", 8) == 0 && url[8])
        return 1;
    if (url && strncasecmp(url, "http://", 7) == 0) {
        char host[256];
        size_t n = strcspn(url + 7, "/?#");
        if (n > 0 && n < sizeof host && !memchr(url + 7, '@', n)) {
            memcpy(host, url + 7, n);
            host[n] = '\0';
            return ut__http_is_loopback(host);
        }
    }
    return 0;
}
