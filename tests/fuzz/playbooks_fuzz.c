/* SPDX-License-Identifier: MIT */
/* What an operator lays ready, and what a search elsewhere answers. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "supervise/outside.h"
#include "supervise/playbooks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct ut__playbooks books;

static void find_all(void)
{
    static const char *const severities[] = {NULL, "low", "high"};
    struct ut__card card = {.queue = "Cancellations", .agent = "ana", .source = "text"};
    for (int i = 0; i < 6; i++) {
        card.score.state = i & 1 ? UT_STATE_ALERT : UT_STATE_CALM;
        json_t *list = ut__playbooks_find(&books, &card, severities[i / 2], i % 3);
        if (!list || json_array_size(list) > UT__PLAYBOOKS_SHOWN)
            abort();
        json_decref(list);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char wrong[300] = "";
    const char *why = NULL;
    if (ut__playbooks_read(&books, (const char *)data, len, wrong, sizeof wrong) == 0)
        find_all();
    else if (!wrong[0])
        abort();
    json_t *list = ut__outside_read((const char *)data, len, &why), *one;
    size_t i;
    if (!list && !why)
        abort();
    json_array_foreach(list, i, one)
    {
        const char *path = json_string_value(json_object_get(one, "path"));
        if (i >= 3 || !path || (*path && strncmp(path, "http", 4) != 0))
            abort();
    }
    json_decref(list);
    return 0;
}
