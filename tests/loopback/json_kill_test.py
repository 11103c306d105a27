#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""kill -9 while alerts come: what standard output (--json) told without `"stored":false` is in the record. UT_KILLS: how often (10)."""
import http.client
import json
import os
import random
import sqlite3
import threading
import unittest

from daemon import Daemon
from ws_client import signed

KILLS = int(os.environ.get("UT_KILLS", "10"))
LINE = json.dumps({"who": "customer", "language": "en", "text": "This is the THIRD time I write and nobody helps! I will sue you."})


class JsonKill(unittest.TestCase):
    def life(self, n, seconds):
        """Alerts told as kept, and in all."""
        daemon = Daemon("--http", "127.0.0.1:0", "--words", "--data", "data", name=f"life{n}")
        daemon.wait_serving()
        daemon.first_key()
        port, stop = daemon.port("http"), threading.Timer(seconds, daemon.process.kill)
        headers = {"Content-Type": "application/json", **signed(port)}
        stop.start()
        i = 0
        while daemon.process.poll() is None:
            i += 1
            c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            try:
                c.request("POST", f"/api/v1/conversations/k{n}-{i}/lines", LINE, headers)
                c.getresponse().read()
            except (OSError, http.client.HTTPException):
                pass  # It was killed.
            c.close()
        stop.join()
        daemon.reader.join(60)
        raised = [e for e in daemon.events if e["type"] == "alert" and e["action"] == "raised"]
        return {e["call"] for e in raised if e.get("stored", True)}, len(raised)

    def test_told_is_kept(self):
        chance, told, count = random.Random(7), set(), 0
        for n in range(KILLS):
            as_kept, some = self.life(n, chance.uniform(.05, .6))
            told |= as_kept
            count += some
        db = sqlite3.connect("data/undertone.db")
        kept = {call for call, in db.execute("SELECT call FROM calls JOIN alerts ON call_id = calls.id")}
        db.close()
        print(f"{KILLS} kills: {count} alerts told, {len(told)} of them as kept; {len(kept)} in the record")
        self.assertEqual(sorted(told - kept), [])
        self.assertGreater(len(told), KILLS)


if __name__ == "__main__":
    unittest.main(verbosity=2)
