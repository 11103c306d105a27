/* SPDX-License-Identifier: MIT */
/* Operators' rules from their file. */

#include "terminal/rules_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/slurp.h"

int ut__rules_file_read(struct ut__rules **out, char **told, const char *path, char *why,
                        size_t cap)
{
    char *text = NULL;
    size_t len;
    struct ut__rules_error error;
    int err = ut__slurp(&text, &len, path, UT__RULES_TEXT_MAX);
    if (err) {
        snprintf(why, cap, "%s: the rules cannot be read: %s; name a file with --rules", path,
                 err == EFBIG ? "more than 64 KiB" : strerror(err));
        return UT_EIO;
    }
    struct ut__rules *rules = malloc(sizeof *rules);
    err = rules ? ut__rules_read(rules, text, len, &error) : UT_ENOMEM;
    if (!err) {
        *out = rules;
        if (told)
            *told = text;
        else
            free(text);
        return 0;
    }
    free(text);
    if (rules)
        snprintf(why, cap, "%s:%u: %s", path, (unsigned)error.line, error.text);
    else
        snprintf(why, cap, "there is no memory left");
    free(rules);
    return err;
}
