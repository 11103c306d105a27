/* SPDX-License-Identifier: MIT */
/*
 * Settings on their way into the table `shared`: triggers, so that no way of changing one can forget it.
 *
 * They are the connection's, and not of the file: SQLite 3.40 takes json_object() for unsafe in a file's.
 */

#include "store/sharing.h"

#include <stddef.h>

/* A mute that is over is no news: each node forgets it by itself. */
static const char triggers[] =
    "CREATE TEMP VIEW sharing AS SELECT NULL AS kind, NULL AS name, NULL AS value;"
    "CREATE TEMP TRIGGER sharing_put INSTEAD OF INSERT ON sharing BEGIN"
    " INSERT INTO shared(key) SELECT new.kind || '.' || hex(new.name) WHERE NOT EXISTS(SELECT 1"
    " FROM shared WHERE key = new.kind || '.' || hex(new.name));"
    " UPDATE shared SET value = json_object('kind', new.kind, 'name', new.name, 'value',"
    " json(new.value)), due = 1, lost = NULL, lost_ms = NULL WHERE key = new.kind || '.' ||"
    " hex(new.name); END;"
    "CREATE TEMP TRIGGER thresholds_put AFTER INSERT ON main.thresholds BEGIN INSERT INTO sharing"
    " VALUES('threshold', new.queue, json_object('threshold', new.threshold, 'budget', new.budget,"
    " 'set_by', new.set_by, 'set_ms', new.set_ms)); END;"
    "CREATE TEMP TRIGGER thresholds_drop AFTER DELETE ON main.thresholds BEGIN INSERT INTO sharing"
    " VALUES('threshold', old.queue, 'null'); END;"
    /* The choice, and of what is frozen the profile; what goes on being learnt is each node's own. */
    "CREATE TEMP TRIGGER sites_set AFTER UPDATE OF set_ms ON main.sites WHEN new.set_ms IS NOT NULL"
    " BEGIN INSERT INTO sharing VALUES('site', new.queue, json_object('mode', new.mode, 'set_by',"
    " new.set_by, 'set_ms', new.set_ms, 'reset_ms', new.reset_ms, 'profile', (SELECT text FROM"
    " site_profiles p WHERE p.queue = new.queue AND p.checksum = new.applied AND new.mode ="
    " 'frozen'))); END;"
    "CREATE TEMP TRIGGER rules_put AFTER INSERT ON main.rules BEGIN INSERT INTO sharing "
    "VALUES('rule',"
    " new.name, json_object('text', new.text, 'live', new.live, 'set_by', new.set_by, 'set_ms',"
    " new.set_ms)); END;"
    "CREATE TEMP TRIGGER rules_drop AFTER DELETE ON main.rules BEGIN INSERT INTO sharing "
    "VALUES('rule',"
    " old.name, 'null'); END;"
    "CREATE TEMP TRIGGER tokens_put AFTER INSERT ON main.tokens BEGIN INSERT INTO sharing"
    " VALUES('token', new.name, json_object('role', new.role, 'hash', new.hash, 'created_ms',"
    " new.created_ms, 'queues', new.queues, 'expires_ms', new.expires_ms)); END;"
    "CREATE TEMP TRIGGER tokens_drop AFTER DELETE ON main.tokens BEGIN INSERT INTO sharing"
    " VALUES('token', old.name, 'null'); END;"
    "CREATE TEMP TRIGGER quiets_put AFTER INSERT ON main.quiets BEGIN INSERT INTO sharing "
    "VALUES('quiet-' ||"
    " new.kind, new.name, json_object('until_ms', new.until_ms, 'set_by', new.by, 'why', new.why,"
    " 'set_ms', new.set_ms)); END;"
    "CREATE TEMP TRIGGER quiets_drop AFTER DELETE ON main.quiets WHEN old.until_ms > 1000 *"
    " strftime('%s', 'now') BEGIN INSERT INTO sharing VALUES('quiet-' || old.kind, old.name,"
    " 'null'); END;";

int ut__sharing_begin(sqlite3 *db)
{
    return sqlite3_exec(db, triggers, NULL, NULL, NULL);
}
