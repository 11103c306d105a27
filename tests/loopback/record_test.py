#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A damaged record: the daemon says so and goes on in memory, `check` finds it, `repair` saves what can be read."""
import os
import random
import re
import shutil
import sqlite3
import subprocess
import unittest

from patience import PATIENCE_S
from supervise import SOURCE, UNDERTONE, Daemon

PAGE = 4096


def run(command, folder="data"):
    r = subprocess.run([UNDERTONE, command, "--data", folder], capture_output=True, text=True, timeout=PATIENCE_S)
    return r.returncode, r.stdout + r.stderr


def rows(table):
    db = sqlite3.connect("data/undertone.db")
    n = db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    db.close()
    return n


class Record(unittest.TestCase):
    def setUp(self):
        shutil.rmtree("data", ignore_errors=True)
        d = Daemon("data=data", "escalate=0")
        for i in range(300):
            d.do(f"start c{i} q a", f"alert c{i} 1 1 raised", f"burst c{i} 20", f"end c{i}")
        d.wait_for("/api/v1/alerts?state=all&limit=1", lambda a: a["alerts"] and a["alerts"][0]["alert"] == "c299-1")
        d.quit()

    def harm(self, pages):
        with open("data/undertone.db", "r+b") as f:
            size = os.fstat(f.fileno()).st_size // PAGE
            for at in pages(size):
                f.seek(at * PAGE)
                f.write(random.Random(at).randbytes(PAGE))

    def test_whole(self):
        status, said = run("check")
        self.assertEqual((status, "300 calls, 300 alerts, 0 letters" in said), (0, True), said)
        status, said = run("repair")
        self.assertEqual((status, "all that there was is saved" in said), (0, True), said)
        self.assertEqual((rows("calls"), rows("alerts"), rows("scores")), (300, 300, 6000))
        # Every table is saved, but what is made out of another one.
        db = sqlite3.connect("data/undertone.db")
        there = {name for name, in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
                 if not re.match(r"sqlite_|lines_words|passages_(en|tri)_", name)}
        db.close()
        self.assertEqual(there - set(re.findall(r"(\w+): \d+ rows saved", said)), set())
        self.assertEqual(run("check")[0], 0)
        self.assertEqual(run("check", "nowhere")[0], 1)
        self.assertEqual(run("repair", "nowhere")[0], 1)

    def test_import_into_a_running_one(self):
        d = Daemon("data=data", "escalate=1")
        d.do("start now q a")
        sample = os.path.join(SOURCE, "samples", "escalating-en.wav")
        with open("meta.csv", "w") as f:
            f.write("file,disposition\nescalating-en.wav,refund\n")
        r = subprocess.run([UNDERTONE, "import", "--data", "data", "--meta", "meta.csv", sample], capture_output=True, text=True, timeout=PATIENCE_S)
        self.assertEqual((r.returncode, r.stdout[:16]), (0, "1 calls imported"), r.stderr)
        calls = d.wait_for("/api/v1/calls?state=all&q=escalating", lambda a: a["calls"])["calls"]
        self.assertEqual([(c["call"], c["source"], c["live"], c["alerts"]) for c in calls], [("escalating-en", "import", False, 1)])
        self.assertEqual(d.get("/api/v1/alerts?call=escalating-en&state=all")[1]["alerts"][0]["state"], "expired")
        self.assertEqual([c["call"] for c in d.get("/api/v1/calls?state=live")[1]["calls"]], ["now"])
        found = lambda query: [c["call"] for c in d.get("/api/v1/calls?state=all&" + query)[1]["calls"]]
        self.assertEqual((found("origin=import"), found("origin=live&limit=1")), (["escalating-en"], ["now"]))
        self.assertEqual((found("q=disposition=REFUND"), found("q=vocal%20effort"), found("q=refund&origin=live")),
                         (["escalating-en"], ["escalating-en"], []))
        self.assertEqual(d.get("/api/v1/calls/escalating-en")[1]["tags"], {"disposition": "refund"})
        self.assertEqual(d.get("/api/v1/calls?origin=moon")[0], 400)
        d.ask("POST", "/api/v1/alerts/escalating-en-1/note", body={"text": "Called back at noon"})
        self.assertEqual(found("q=back%20at%20NOON"), ["escalating-en"])
        self.assertTrue(d.get("/api/v1/calls/escalating-en/scores")[1]["rows"])
        d.quit()

    def test_damaged(self):
        self.harm(lambda size: range(size // 2, size // 2 + 3))
        status, said = run("check")
        self.assertEqual((status, "damaged: " in said), (1, True), said)
        d = Daemon("data=data", "escalate=0")
        d.wait_for("/api/v1/health", lambda h: "store_corrupt" in [p["code"] for p in h["problems"]])
        self.assertIn("store_corrupt", d.get("/readyz")[1])
        d.do("start new q a", "alert new 1 1 raised")
        d.wait_for("/api/v1/alerts", lambda a: [x["alert"] for x in a["alerts"]] == ["new-1"])
        status, said = run("repair")
        self.assertEqual((status, f"process {d.process.pid} uses this folder" in said), (1, True), said)
        d.quit()
        status, said = run("repair")
        self.assertEqual(status, 1, said)
        self.assertIn("rows saved", said)
        self.assertEqual(run("check")[0], 0)
        self.assertGreater(rows("calls") + rows("alerts"), 300)
        self.assertTrue([f for f in os.listdir("data") if f.startswith("undertone.db.damaged-")])
        d = Daemon("data=data", "escalate=0")
        self.assertEqual(d.get("/api/v1/health")[1]["problems"], [])
        d.quit()

    def test_cut(self):
        """What lies before the end of a file that was cut is saved."""
        calls = sqlite3.connect("data/undertone.db").execute("SELECT rootpage FROM sqlite_master WHERE name = 'calls'").fetchone()[0]
        size = os.path.getsize("data/undertone.db")
        os.truncate("data/undertone.db", size // 2 // PAGE * PAGE)
        self.assertGreater(size // 2, calls * PAGE)
        self.assertEqual(run("check")[0], 1)
        status, said = run("repair")
        self.assertEqual(status, 1, said)
        self.assertGreater(rows("calls") + rows("alerts"), 60, said)
        self.assertEqual(run("check")[0], 0)

    def test_key(self):
        """A key that is gone is no damage that repair could mend."""
        with open("data/key", "wb") as f:
            f.write(b"x")
        status, said = run("check")
        self.assertEqual((status, "put its own key file back" in said, "repair" in said), (1, True, False), said)

    def test_beyond_repair(self):
        self.harm(lambda size: range(size))
        self.assertEqual(run("check")[0], 1)
        status, said = run("repair")
        self.assertEqual(status, 1, said)
        self.assertEqual(run("check")[0], 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
