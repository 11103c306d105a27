/* SPDX-License-Identifier: MIT */
/* Triggers that count changes of calls, for the nodes that keep them as well. The connection's, as those in sharing.c. */

#include "store/past_watch.h"

#include <stddef.h>

#define ON(when, table, name, call)                                                                \
    "CREATE TEMP TRIGGER past_" table "_" name " AFTER " when " ON main." table                    \
    " BEGIN UPDATE calls SET changes = changes + 1 WHERE id = " call "; END;"
#define HANGS(table)                                                                               \
    ON("INSERT", table, "put", "new.call_id")                                                      \
    ON("UPDATE", table, "set", "new.call_id")                                                      \
    ON("DELETE", table, "drop", "old.call_id")

static const char triggers[] = ON("UPDATE OF ended_ms", "calls", "ended", "new.id")
    ON("INSERT", "life", "put", "(SELECT call_id FROM alerts WHERE id = new.alert_id)")
        HANGS("missed") HANGS("feedback") HANGS("marks") HANGS("follow_ups") HANGS("tags");

int ut__past_watch(sqlite3 *db)
{
    return sqlite3_exec(db, triggers, NULL, NULL, NULL);
}
