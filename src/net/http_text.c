/* SPDX-License-Identifier: MIT */
/* Words of HTTP: reasons of statuses, escapes of URLs. */

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "net/http_conn.h"

const char *ut__http_reason(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {{200, "OK"},
                   {201, "Created"},
                   {202, "Accepted"},
                   {204, "No Content"},
                   {206, "Partial Content"},
                   {301, "Moved Permanently"},
                   {302, "Found"},
                   {303, "See Other"},
                   {304, "Not Modified"},
                   {307, "Temporary Redirect"},
                   {308, "Permanent Redirect"},
                   {400, "Bad Request"},
                   {401, "Unauthorized"},
                   {403, "Forbidden"},
                   {404, "Not Found"},
                   {405, "Method Not Allowed"},
                   {406, "Not Acceptable"},
                   {408, "Request Timeout"},
                   {409, "Conflict"},
                   {410, "Gone"},
                   {413, "Content Too Large"},
                   {415, "Unsupported Media Type"},
                   {416, "Range Not Satisfiable"},
                   {422, "Unprocessable Content"},
                   {426, "Upgrade Required"},
                   {428, "Precondition Required"},
                   {429, "Too Many Requests"},
                   {431, "Request Header Fields Too Large"},
                   {500, "Internal Server Error"},
                   {501, "Not Implemented"},
                   {502, "Bad Gateway"},
                   {503, "Service Unavailable"},
                   {504, "Gateway Timeout"},
                   {505, "HTTP Version Not Supported"}};
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Status";
}

static int hex(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, tolower((unsigned char)c)) : NULL;
    return at ? (int)(at - digits) : -1;
}

int ut__http_unescape(const char *in, size_t len, int plus, char *out, size_t cap)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        char c = in[i];
        if (c == '%') {
            if (i + 2 >= len || hex(in[i + 1]) < 0 || hex(in[i + 2]) < 0)
                return UT_EMALFORMED;
            c = (char)(hex(in[i + 1]) * 16 + hex(in[i + 2]));
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        if (c == 0)
            return UT_EMALFORMED;
        if (n + 1 >= cap)
            return UT_ENOSPC;
        out[n++] = c;
    }
    if (n >= cap)
        return UT_ENOSPC;
    out[n] = 0;
    return (int)n;
}

int ut__http_is_loopback(const char *address)
{
    size_t n = strlen(address);
    if (n == 0 || n > 255)
        return 0;
    if (strncmp(address, "127.", 4) == 0) {
        size_t digits = strspn(address, "0123456789.");
        return address[digits] == '\0' || address[digits] == ':';
    }
    if (strncmp(address, "[::1]", 5) == 0)
        return address[5] == '\0' || address[5] == ':';
    if (strncasecmp(address, "localhost", 9) == 0)
        return address[9] == '\0' || address[9] == ':';
    return strcmp(address, "::1") == 0;
}
