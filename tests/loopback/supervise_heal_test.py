#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The bus heals by itself and says when it is deaf: credentials that are refused for a moment, consumers and
stream deleted at the broker, two nodes of one name, a record that is begun anew."""
import json
import sys
import time
import unittest

from patience import PATIENCE_S
from supervise import Daemon, Nats, NatsLine, Receiver, nats_messages

PREFIX = "undertone"


def channel(d, name="nats"):
    return next(c for c in d.get("/api/v1/channels")[1]["channels"] if c["name"] == name)


def is_ok(c):
    return any(x["name"] == "nats" and x["state"] == "ok" and not x["last_error"] for x in c["channels"])


def told(d, alert):
    d.wait_for("/api/v1/alerts?limit=500", lambda x: alert in [a["alert"] for a in x["alerts"]])


class Heal(unittest.TestCase):
    def configure(self, password):
        with open("nats.conf", "w") as f:
            f.write(f'authorization {{ user: "u", password: "{password}" }}\n')

    def test_credentials_refused_for_a_moment(self):
        self.configure("right")
        nats = Nats("nats-creds", config="nats.conf")
        d = Daemon("data=creds", "node=n1", f"nats=nats://u:right@127.0.0.1:{nats.port}", "escalate=0")
        d.wait_for("/api/v1/channels", is_ok)
        nats.stop()
        self.configure("other")
        nats.start()
        refused = d.wait_for("/api/v1/health", lambda h: any("uthoriz" in p["message"] for p in h["problems"]))
        self.assertEqual(refused["status"], "degraded")
        d.do("alert c1 1 1 raised")
        time.sleep(5)  # Two more tries, after which libnats gives the connection up.
        nats.stop()
        self.configure("right")
        nats.start()
        d.wait_for("/api/v1/channels", is_ok)
        d.wait_for("/api/v1/channels", lambda c: all(x["queued"] == 0 for x in c["channels"]))
        d.wait_for("/api/v1/health", lambda h: h["status"] == "ok")
        d.quit()
        nats.stop()

    def test_broker_forgets(self):
        nats = Nats("nats-forgets")
        a, b = (Daemon(f"data=forget-{n}", f"node={n}", "nats=" + nats.url, "escalate=0") for n in ("n1", "n2"))
        for d in (a, b):
            d.wait_for("/api/v1/channels", is_ok)
        a.do("start y0 q a", "alert y0 1 1 raised")
        told(b, "y0-1")
        line = NatsLine(nats.port)
        names = json.loads(line.request(f"$JS.API.CONSUMER.NAMES.{PREFIX}_alerts"))["consumers"]
        self.assertEqual(len(names), 2)
        for name in names:
            line.request(f"$JS.API.CONSUMER.DELETE.{PREFIX}_alerts.{name}")
        a.do("start y1 q a", "alert y1 1 1 raised")
        told(b, "y1-1")
        for stream in (f"{PREFIX}_alerts", f"KV_{PREFIX}_acts", f"KV_{PREFIX}_nodes"):
            line.request(f"$JS.API.STREAM.DELETE.{stream}")
        line.close()
        a.do("start y2 q a", "alert y2 1 1 raised")
        told(b, "y2-1")
        end = time.monotonic() + PATIENCE_S
        while b.ask("POST", "/api/v1/alerts/y2-1/acknowledge", {})[0] != 200:
            self.assertLess(time.monotonic(), end, "orders do not reach their node")
        a.wait_for("/api/v1/alerts/y2-1", lambda x: (x["acknowledged_by"] or "").endswith("@n2"))
        for d in (a, b):
            d.wait_for("/api/v1/health", lambda h: h["status"] == "ok")
            d.quit()
        nats.stop()

    def test_two_nodes_of_one_name(self):
        nats = Nats("nats-names")
        a = Daemon("data=names-a", "node=twin", "nats=" + nats.url, "escalate=0")
        a.wait_for("/api/v1/channels", is_ok)
        b = Daemon("data=names-b", "node=twin", "nats=" + nats.url, "escalate=0")
        health = b.wait_for("/api/v1/health", lambda h: h["problems"])
        self.assertIn("another node named twin is on this bus", health["problems"][0]["message"])
        b.do("start b1 q a", "alert b1 1 1 raised")
        told(b, "b1-1")  # Its own work goes on.
        self.assertTrue(is_ok({"channels": [channel(a)]}), channel(a))
        self.assertFalse([m for m, _ in nats.stored(f"{PREFIX}_alerts") if m.startswith("b1")])
        a.kill()  # Its lease stays, and names a process that is no more.
        b.wait_for("/api/v1/channels", is_ok)
        b.wait_for("/api/v1/channels", lambda c: all(x["queued"] == 0 for x in c["channels"]))
        b.quit()
        nats.stop()

    def test_same_names_again(self):
        nats, hook = Nats("nats-again"), Receiver()
        for data, node in (("one", "n1"), ("two", "n1"), ("two", "n2")):
            d = Daemon(f"data=again-{data}-{node}", f"node={node}", "nats=" + nats.url, "webhook=" + hook.url, "escalate=0")
            d.do("start desk1 q a", "alert desk1 1 1 raised")
            d.wait_for("/api/v1/channels", lambda c: is_ok(c) and all(x["queued"] == 0 for x in c["channels"]))
            d.quit()
        keys = [key for key, _ in nats_messages(nats.port, f"{PREFIX}_alerts")]
        self.assertEqual(len(set(keys)), 3, keys)
        self.assertEqual(sorted(hook.keys), sorted(keys))
        self.assertTrue(all(k.startswith("desk1-1@n") for k in keys), keys)
        nats.stop()
        hook.stop()

    def test_more_replicas_than_brokers(self):
        nats = Nats("nats-replicas")
        d = Daemon("data=replicas", "node=n1", "nats=" + nats.url, "nats-replicas=3", "escalate=0")
        health = d.wait_for("/api/v1/health", lambda h: any("replicas" in p["message"] for p in h["problems"]))
        self.assertEqual(health["status"], "degraded")
        d.quit()
        nats.stop()


if __name__ == "__main__":
    if not Nats.program():
        print("nats-server is not installed: tools/packages.test names it")
        sys.exit(77)
    unittest.main(verbosity=2)
