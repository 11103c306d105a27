/* SPDX-License-Identifier: MIT */
/* One line of RFC 5424. */

#include "supervise/channels/syslog/syslog_text.h"

#include <string.h>
#include <time.h>

#include <undertone/error.h>

#include "base/fixed.h"
#include "base/json.h"

enum { LOCAL0 = 16, ERROR = 3, WARNING = 4, NOTICE = 5 };

/* PARAM-VALUE: ", \ and ] are escaped (section 6.3.3); control characters are left out. */
static void put_param(struct ut__text *t, const char *name, const char *value)
{
    ut__text_printf(t, " %s=\"", name);
    for (; *value; value++) {
        if (*value == '"' || *value == '\\' || *value == ']')
            ut__text_bytes(t, "\\", 1);
        if ((unsigned char)*value >= 0x20 && *value != 0x7f)
            ut__text_bytes(t, value, 1);
    }
    ut__text_raw(t, "\"");
}

static void put_time(struct ut__text *t, int64_t ms)
{
    time_t s = (time_t)(ms / 1000);
    struct tm tm;
    char text[32];
    if (!gmtime_r(&s, &tm) || !strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm)) {
        ut__text_raw(t, "-");
        return;
    }
    ut__text_printf(t, "%s.%03dZ", text, (int)(ms % 1000));
}

int ut__syslog_line(const char *notice, const char *host, long pid, struct ut__text *t)
{
    json_t *json = json_loads(notice, 0, NULL);
    const json_t *alert = json_object_get(json, "alert");
    const char *action = ut__json_text(json, "action");
    char stress[UT__FIXED_MAX];
    if (!json_is_object(alert) || !*action) {
        json_decref(json);
        return UT_EMALFORMED;
    }
    int severity = strcmp(action, "raised") == 0      ? WARNING
                   : strcmp(action, "escalated") == 0 ? ERROR
                                                      : NOTICE;
    ut__text_printf(t, "<%d>1 ", LOCAL0 * 8 + severity);
    put_time(t, (int64_t)json_integer_value(json_object_get(json, "time_ms")));
    ut__text_printf(t, " %.255s undertone %ld %.32s [undertone@32473", host, pid, action);
    put_param(t, "key", ut__json_text(json, "key"));
    put_param(t, "alert", ut__json_text(alert, "alert"));
    put_param(t, "call", ut__json_text(alert, "call"));
    put_param(t, "queue", ut__json_text(alert, "queue"));
    put_param(t, "agent", ut__json_text(alert, "agent"));
    put_param(t, "state", ut__json_text(alert, "state"));
    (void)ut__fixed(stress, json_number_value(json_object_get(alert, "stress")), 3);
    put_param(t, "stress", stress);
    ut__text_raw(t, "] ");
    for (const char *p = ut__json_text(alert, "text"); *p; p++)
        ut__text_bytes(t, (unsigned char)*p < 0x20 || *p == 0x7f ? " " : p, 1);
    json_decref(json);
    return t->failed ? UT_ENOMEM : 0;
}
