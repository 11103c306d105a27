/* SPDX-License-Identifier: MIT */
#include "ingress/sniff/spec.h"

#include <stdio.h>
#include <string.h>

int ut__sniff_parse(struct ut__sniff_spec *out, const char *text, char *why, size_t cap)
{
    static const char key[] = ",filter=";
    size_t n = strcspn(text, ",");
    const char *filter = text[n] ? text + n : NULL;
    if (n == 0 || n >= sizeof out->name) {
        snprintf(why, cap, "names no interface: eth0, or any");
        return UT_EMALFORMED;
    }
    for (size_t i = 0; i < n; i++) {
        if (text[i] <= ' ' || text[i] == '/' || text[i] == 0x7f) {
            snprintf(why, cap, "'%.*s' is no name of an interface", (int)n, text);
            return UT_EMALFORMED;
        }
    }
    if (filter && strncmp(filter, key, sizeof key - 1) != 0) {
        snprintf(why, cap, "knows only filter= behind the interface");
        return UT_EMALFORMED;
    }
    filter = filter ? filter + sizeof key - 1 : "";
    if (strlen(filter) >= sizeof out->filter) {
        snprintf(why, cap, "has a filter of more than %d characters", UT__SNIFF_FILTER_MAX - 1);
        return UT_EMALFORMED;
    }
    *out = (struct ut__sniff_spec){.name = ""};
    memcpy(out->name, text, n);
    memcpy(out->filter, filter, strlen(filter));
    return 0;
}
