/* SPDX-License-Identifier: MIT */
/* The words by which programs and people say who speaks. */

#define _DEFAULT_SOURCE /* strcasecmp. */

#include "transcript/who.h"

#include <string.h>
#include <strings.h>

enum ut__speaker ut__who_of(const char *name)
{
    static const char *const callers[] = {
        "caller",    "customer",      "client",   "user",      "visitor",  "guest",
        "end_user",  "enduser",       "end-user", "consumer",  "contact",  "inbound",
        "cliente",   "llamante",      "usuario",  "visitante", "khách",    "khách hàng",
        "người gọi", "inbound_track", "kh",       "requester", "external", NULL};
    static const char *const agents[] = {
        "agent",     "assistant",  "bot",      "operator",  "advisor",        "representative",
        "rep",       "support",    "system",   "staff",     "outbound",       "agente",
        "asesor",    "asesora",    "operador", "operadora", "soporte",        "sistema",
        "nhân viên", "tổng đài",   "hệ thống", "nv",        "outbound_track", "ivr",
        "chatbot",   "supervisor", "internal", "employee",  "tư vấn viên",    NULL};
    for (const char *const *c = callers; *c; c++)
        if (strcasecmp(name, *c) == 0)
            return UT__WHO_CALLER;
    for (const char *const *a = agents; *a; a++)
        if (strcasecmp(name, *a) == 0)
            return UT__WHO_AGENT;
    return UT__WHO_UNKNOWN;
}
