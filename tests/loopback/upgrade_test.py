#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What version 0.1 left behind: its record with its letters, and a node of it among newer ones, by messages as it sent them.
`upgrade_test.py make OUT.sql` writes such a record with the supervise_daemon that SUPERVISE_DAEMON names."""
import contextlib
import json
import os
import re
import shutil
import sqlite3
import sys
import time
import unittest

from patience import PATIENCE_S
from supervise import SOURCE, Daemon, Nats, NatsLine, Receiver

RECORD = f"{SOURCE}/tests/loopback/records/0.1.sql"
ALERT = {"n": 1, "source": "test", "queue": "sales", "agent": "ana", "t": 1.0, "stress": .83, "for_s": 8.0, "reasons": [
    {"feature": "f0", "delta": 3.1, "unit": "semitones", "share": .6}], "text": "pitch", "state": "raised", "cleared": False,
    "escalated": False, "assigned_to": None, "escalated_ms": None, "acknowledged_ms": None, "acknowledged_by": None, "cleared_ms": None,
    "cleared_t": None, "resolved_ms": None, "resolved_by": None, "expired_ms": None, "outcome": None, "answer_s": None, "recovery_s": None,
    "notes": [], "stored": True, "suggestion": {"action": "offer_help", "call": "x1", "free_script": True, "agents": []}}


def make(out):
    d = Daemon("data=made", "node=n1", "webhook=http://127.0.0.1:9/hook,on=all", "escalate=600", "expire=360000")
    d.do("start c1 sales ana +34600123456", "score c1 1 0.4 calm", "score c1 2 0.9 alert", "alert c1 1 2 raised", "alert c1 1 9 cleared")
    d.ask("POST", "/api/v1/alerts/c1-1/acknowledge", {})
    d.ask("POST", "/api/v1/alerts/c1-1/resolve", {"outcome": "helped", "note": "well"})
    d.do("start c2 help bob", "score c2 1 0.2 calm", "alert c2 1 3 raised", "end c2")
    d.ask("PUT", "/api/v1/thresholds/sales", {"threshold": 0.4})
    d.ask("PUT", "/api/v1/thresholds/help", {"budget": 3})
    token = d.ask("POST", "/api/v1/tokens", {"name": "adm", "role": "admin"})[1]["token"]
    time.sleep(1)  # Its items of 250 ms share a transaction.
    d.kill()  # So that c1 goes on.
    with contextlib.closing(sqlite3.connect("made/undertone.db")) as db, open("made/key", "rb") as key, open(out, "w") as f:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        f.write(f"-- A record of schema {version}, as `upgrade_test.py make` wrote it.\n-- key: {key.read().hex()}\n-- token of adm: {token}\n"
                f"PRAGMA user_version={version};\nPRAGMA auto_vacuum=INCREMENTAL;\n" + "\n".join(db.iterdump()) + "\n")
    shutil.rmtree("made")


def put_record(folder):
    """The record as if it had been written just now, with its key. Gives the administrator's token, and by what its times moved."""
    with open(RECORD) as f:
        text = f.read()
    stamps = [int(t) for t in re.findall(r"\b1\d{12}\b", text)]
    later = int(time.time() * 1000) - 60000 - max(stamps)
    os.mkdir(folder, 0o700)
    with contextlib.closing(sqlite3.connect(f"{folder}/undertone.db")) as db:
        db.executescript(re.sub(r"\b1\d{12}\b", lambda t: str(int(t.group()) + later), text))
    with open(f"{folder}/key", "wb", opener=lambda p, flags: os.open(p, flags, 0o600)) as f:
        f.write(bytes.fromhex(re.search(r"-- key: (\w+)", text).group(1)))
    return re.search(r"-- token of adm: (\S+)", text).group(1)


class Record(unittest.TestCase):
    def start(self, log):
        with open(log, "w") as f:
            return Daemon("data=was", "node=n1", f"webhook={self.hook.url},on=all", "escalate=600", "expire=360000", log=f)

    def test_all_is_there(self):
        token = put_record("was")
        self.hook = Receiver()
        d = self.start("first.log")
        get = lambda path: d.get("/api/v1" + path, token=token)[1]  # noqa: E731
        self.assertEqual(d.get("/api/v1/calls", token="ut_" + 43 * "x")[0], 401)
        self.assertEqual([t["name"] for t in get("/tokens")["tokens"]], ["adm"])
        ended = {c["call"]: c for c in get("/calls?state=ended")["calls"]}
        self.assertEqual({n: (c["queue"], c["agent"], c["end_reason"], c["caller_key"] is None) for n, c in ended.items()},
                         {"c1": ("sales", "ana", "restart", False), "c2": ("help", "bob", "bye", True)})
        self.assertEqual([r[1] for r in get("/calls/c1/timeline")["scores"]["rows"]], [0.4, 0.9])
        life = {a: [(s["action"], s["by"], s["text"], s["outcome"]) for s in get(f"/alerts/{a}/life")["life"]] for a in ("c1-1", "c2-1")}
        by = "first administrator"
        self.assertEqual(life, {"c1-1": [("raised", None, None, None), ("cleared", None, None, None), ("acknowledged", by, None, None),
                                         ("resolved", by, "well", "helped")], "c2-1": [("raised", None, None, None)]})
        alert = get("/alerts/c1-1")
        self.assertEqual((alert["state"], alert["outcome"], alert["judged_by"], alert["notes"][0]["text"]), ("resolved", "helped", by, "well"))
        self.assertEqual([(a["alert"], a["state"]) for a in get("/alerts")["alerts"]], [("c2-1", "raised")])
        rows = {t["queue"]: (t["threshold"], t["budget"]) for t in get("/thresholds")["thresholds"]}
        self.assertEqual((rows["sales"], rows["help"]), ((0.4, None), (None, 3.0)))
        # Letters that waited in its outbox go once each, by their own keys; and what is new goes on behind them.
        old = ["c1-1", "c1-1-acknowledged-3", "c1-1-cleared-2", "c1-1-resolved-4", "c2-1"]
        self.hook.wait(old)
        self.assertEqual(d.ask("POST", "/api/v1/alerts/c2-1/acknowledge", {}, token=token)[0], 200)
        self.hook.wait(["c2-1-acknowledged-6"])
        self.assertEqual((sorted(self.hook.order), self.hook.repeats), ([*old, "c2-1-acknowledged-6"], 0))
        self.assertEqual(get("/health")["problems"], [])
        d.quit()
        self.start("second.log").quit()
        said = 'msg="the record is of this version now: an older one does not read it"'
        with open("first.log") as first, open("second.log") as second:
            line = next(x for x in first if said in x)
            self.assertNotIn(said, second.read())
        self.assertRegex(line, r"from_schema=2 schema=\d\d calls=2 alerts=2 thresholds=2 tokens=1 took_ms=\d+")
        self.hook.stop()


@unittest.skipUnless(Nats.program(), "nats-server is not installed: tools/packages.test names it")
class Node(unittest.TestCase):
    def lease(self, **more):
        self.line.tell("$KV.undertone_nodes.old1", {"calls": 1, "time_ms": int(time.time() * 1000), "instance": "68bbb28e6575ecd3",
                                                    "host": "elsewhere", "pid": 29097, **more})

    def problems(self):
        return {p["code"]: p for p in self.d.get("/api/v1/health")[1]["problems"]}

    def test_among_new_ones(self):
        nats = Nats("nats-old")
        with open("among.log", "w") as log:
            self.d = d = Daemon("data=among", "node=n1", "nats=" + nats.url, "escalate=600", log=log)
        d.wait_for("/api/v1/channels", lambda c: any(x["name"] == "nats" and x["state"] == "ok" for x in c["channels"]))
        d.do("start y1 sales ana", "alert y1 1 1 raised")
        self.line = line = NatsLine(nats.port)
        self.lease()
        now = int(time.time() * 1000)
        line.tell("undertone.live.call.old1", {"kind": "call", "node": "old1", "event": {"type": "call", "call": "x1", "phase": "started", "state": {
            "call": "x1", "node": "old1", "live": True, "source": "test", "queue": "sales", "agent": "ana", "has_agent": True,
            "caller_key": None, "started_ms": now, "t": 0.0, "state": "abstain", "why": "speech", "alerts": 0}}})
        line.tell("undertone.alert.old1.x1-1", {"kind": "alert", "node": "old1", "event": {
            "key": "x1-1@old1.caa85721", "time_ms": now, "node": "old1", "action": "raised", "by": None, "text": None,
            "alert": {"alert": "x1-1", "call": "x1", "node": "old1", "raised_ms": now, **ALERT}}})
        d.wait_for("/api/v1/alerts", lambda x: {a["alert"] for a in x["alerts"]} == {"x1-1", "y1-1"})
        d.wait_for("/api/v1/calls", lambda x: {c["call"] for c in x["calls"]} == {"x1", "y1"})
        health = d.wait_for("/api/v1/health", lambda h: "node_version" in [p["code"] for p in h["problems"]])
        self.assertEqual([(n["node"], n["version"]) for n in health["nodes"] if n["node"] == "old1"], [("old1", "")])
        problem = self.problems()["node_version"]
        self.assertIn("old1 (0.1)", problem["message"])
        self.assertIn("newest of these versions", problem["remedy"])
        status, answer, _ = d.ask("POST", "/api/v1/alerts/x1-1/acknowledge", {})
        self.assertEqual((status, "another version" in answer["error"]["message"]), (409, True), answer)
        # Its orders are not sealed, so anybody may have made them.
        line.tell("$KV.undertone_acts.n1.y1-1.old1-1", {"alert": "y1-1", "action": "acknowledge", "by": "eve@old1", "node": "n1"})
        # It beats every 5 s: it is not away in between.
        until = time.monotonic() + 7
        while time.monotonic() < until:
            self.assertNotIn("node_away", self.problems())
            time.sleep(.25)
        self.assertEqual(d.get("/api/v1/alerts/y1-1")[1]["state"], "raised")
        self.lease(version="9.1.0", speaks=99)
        d.wait_for("/api/v1/health", lambda h: any("old1 (9.1.0)" in p["message"] for p in h["problems"]))
        with open("among.log") as log:
            self.assertIn("an order that is not of this house is left alone", log.read())
        line.close()
        d.quit()
        nats.stop()


if __name__ == "__main__":
    if sys.argv[1:2] == ["make"]:
        make(sys.argv[2])
    else:
        unittest.main(verbosity=2)
