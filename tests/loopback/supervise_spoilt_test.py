#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A NATS that others write to, that is full, or has JetStream off or bounded: each is a problem that says what to do, calls and
alerts go on, and all is well when the cause is gone."""
import json
import socket
import subprocess
import sys
import time
import unittest

from patience import PATIENCE_S
from supervise import Daemon, Nats, NatsLine, join

EVENT = {"call": "a", "phase": "started", "state": {"call": 7, "queue": [], "spark": {}}, "alert": {"alert": "q-1", "node": "x", "call": 5},
         "sealed": "1 x", "action": {}, "calls": -5, "instance": 9, "version": {}, "speaks": 1e300}
KINDS = ("call", "score", "alert", "lease", "left", "order", "order_of", "stood_in", "asked", "answered", "refused", "strange", "")
PAYLOADS = [b"", b"\0" * 50, b"\xff\xfe\x00", b"{", b"null", b'"x"', b"[" * 100000, b'{"a":' * 5000, b'{"x":"' + b"A" * (1048576 - 8) + b'"}',
            b"x" * 600000] + [json.dumps({"kind": k, "node": n, "key": "n1.a.b", "held": True, "event": e}).encode()
                              for k in KINDS for n in ("x", "n1", "y" * 3000, 7) for e in (EVENT, None, "x")]
SUBJECTS = ["undertone.live.call.x", "undertone.live.score.x", "undertone.to.n1", "undertone.alert.x.y", "undertone.past.call.78.79",
            "undertone.past.x", "undertone.past.baseline.00", "undertone.kept.call.78.79", "$KV.undertone_nodes.x", "$KV.undertone_nodes.n1",
            "$KV.undertone_acts.n1.a.b", "$KV.undertone_acts.x.a.b", "$KV.undertone_acts.x", "$KV.undertone_settings.threshold.7878",
            "$KV.undertone_settings.house", "$KV.undertone_settings.join.x", "$KV.undertone_settings.x", "$KV.undertone_standins.x"]


def is_ok(c):
    return any(x["name"] == "nats" and x["state"] == "ok" for x in c["channels"])


def problem(d, words):
    """The problem that says so."""
    health = d.wait_for("/api/v1/health", lambda h: any(words in p["message"] for p in h["problems"]))
    return next(p for p in health["problems"] if words in p["message"])


def raise_one(d, call):
    """Calls and alerts go on."""
    d.do(f"start {call} q a", f"alert {call} 1 1 raised", f"end {call}")
    d.wait_for("/api/v1/alerts", lambda x: f"{call}-1" in [a["alert"] for a in x["alerts"]])
    d.wait_for("/api/v1/calls?state=ended", lambda c: call in [x["call"] for x in c["calls"]])


class Plain(Nats):
    """One without JetStream."""

    def start(self):
        self.process = subprocess.Popen([self.program(), "-a", "127.0.0.1", "-p", str(self.port)], stderr=subprocess.DEVNULL)


class Spoilt(unittest.TestCase):
    def start(self, name, nats, *options):
        d = Daemon(f"data={name}", "node=" + name.split("-")[-1], "nats=" + nats.url, *(options or ("escalate=600",)))
        return d

    def well(self, d):
        d.wait_for("/api/v1/health", lambda h: not h["problems"], timeout=2 * PATIENCE_S)
        d.wait_for("/api/v1/channels", lambda c: is_ok(c) and all(x["queued"] == 0 for x in c["channels"]))

    def test_what_others_write(self):
        """Bytes of every kind under each of our subjects: no other's setting, call or name is lost by them."""
        nats = Nats("nats-others")
        a = self.start("others-n1", nats)
        a.wait_for("/api/v1/channels", is_ok)
        self.assertEqual(a.ask("PUT", "/api/v1/thresholds/before", {"threshold": .3})[0], 200)
        with socket.create_connection(("127.0.0.1", nats.port), PATIENCE_S) as s:
            s.sendall(b'CONNECT {"verbose":false}\r\n')
            for subject in SUBJECTS:
                for payload in PAYLOADS:
                    s.sendall(b"PUB %s %d\r\n%s\r\n" % (subject.encode(), len(payload), payload))
            s.sendall(b"PING\r\n")
            while b"PONG" not in s.recv(4096):
                pass
        raise_one(a, "c1")
        self.assertEqual(a.ask("PUT", "/api/v1/thresholds/after", {"threshold": .4})[0], 200)
        b = self.start("others-n2", nats)
        join(a, b)  # So the house has its name again.
        b.wait_for("/api/v1/thresholds", lambda t: {"before", "after"} <= {x["queue"] for x in t["thresholds"]})
        b.wait_for("/api/v1/calls?state=ended", lambda c: "c1" in [x["call"] for x in c["calls"]])
        self.assertLessEqual({n["node"] for n in a.get("/api/v1/health")[1]["nodes"]}, {"n1", "n2", "x"})
        self.assertEqual([x["alert"] for x in b.get("/api/v1/alerts")[1]["alerts"]], ["c1-1"])
        for d in (a, b):
            d.quit()
        nats.stop()

    def test_without_jetstream(self):
        nats = Plain("nats-off")
        d = self.start("off-n1", nats)
        self.assertIn("nats-server with -js", problem(d, "JetStream is off there")["message"])
        raise_one(d, "c1")
        nats.stop()
        nats = Nats("nats-off", port=nats.port)
        self.well(d)
        self.assertEqual([key for key, _ in nats.stored("undertone_alerts")], ["c1-1"])
        d.quit()
        nats.stop()

    def test_account_limits(self):
        """An account with too few streams for ours."""
        def limit(streams):
            with open("account.conf", "w") as f:
                f.write("accounts { A { jetstream { max_streams: %d }, users: [{user: u, password: p}] } }\nno_auth_user: u\n" % streams)
        limit(3)
        nats = Nats("nats-account", config="account.conf")
        d = self.start("account-n1", nats)
        told = problem(d, "maximum number of streams reached")
        self.assertIn("nats account info", told["remedy"])
        raise_one(d, "c1")
        nats.stop()
        limit(20)
        nats.start()
        self.well(d)
        d.quit()
        nats.stop()

    def test_full_stream_while_running(self):
        nats = Nats("nats-running")
        d = self.start("running-n1", nats)
        d.wait_for("/api/v1/channels", is_ok)
        raise_one(d, "c0")
        self.well(d)
        line = NatsLine(nats.port)
        config = json.loads(line.request("$JS.API.STREAM.INFO.undertone_alerts"))["config"]

        def change(**more):
            answer = line.request("$JS.API.STREAM.UPDATE.undertone_alerts", json.dumps({**config, **more}).encode())
            self.assertIn("config", json.loads(answer), answer)
        change(max_msgs=1, discard="new")
        raise_one(d, "c1")
        self.assertIn("room and limits of its JetStream", problem(d, "maximum messages exceeded")["remedy"])
        raise_one(d, "c2")
        change()
        self.well(d)
        self.assertEqual(sorted(key for key, _ in nats.stored("undertone_alerts")), ["c0-1", "c1-1", "c2-1"])
        line.close()
        d.quit()
        nats.stop()

    def test_bucket_of_standins_deleted(self):
        """It is made anew, and a survivor answers for a node that dies."""
        nats = Nats("nats-standins")
        a, b = (self.start(f"standins-{n}", nats, "escalate=1") for n in ("n1", "n2"))
        for d in (a, b):
            d.wait_for("/api/v1/channels", is_ok)
        join(a, b)
        line = NatsLine(nats.port)
        self.assertIn(b'"success":true', line.request("$JS.API.STREAM.DELETE.KV_undertone_standins"))
        b.wait_for("/api/v1/health", lambda h: "config" in json.loads(line.request("$JS.API.STREAM.INFO.KV_undertone_standins")))
        line.close()
        for d in (a, b):
            d.wait_for("/api/v1/channels", is_ok)
        a.do("start c1 q a", "alert c1 1 1 raised")
        b.wait_for("/api/v1/alerts", lambda x: [y["alert"] for y in x["alerts"]] == ["c1-1"])
        a.kill()
        b.wait_for("/api/v1/alerts", lambda x: [y["escalated"] for y in x["alerts"]] == [True])
        self.assertEqual(b.ask("POST", "/api/v1/alerts/c1-1/acknowledge", {})[0], 200)
        b.quit()
        nats.stop()


if __name__ == "__main__":
    if not Nats.program():
        print("nats-server is not installed: tools/packages.test names it")
        sys.exit(77)
    unittest.main(verbosity=2)
