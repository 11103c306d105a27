#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The bus heals by itself and says when it is deaf: credentials that are refused for a moment, consumers and
stream deleted at the broker, its end at any moment, two nodes of one name, a record that is begun anew."""
import contextlib
import json
import os
import random
import socket
import sys
import threading
import time
import unittest

from patience import PATIENCE_S
from supervise import Daemon, Nats, NatsLine, Receiver, join, nats_messages

PREFIX = "undertone"
ROUNDS = int(os.environ.get("ROUNDS", 8))  # Of a broker's life and death.


def channel(d, name="nats"):
    return next(c for c in d.get("/api/v1/channels")[1]["channels"] if c["name"] == name)


def is_ok(c):
    return any(x["name"] == "nats" and x["state"] == "ok" and not x["last_error"] for x in c["channels"])


def told(d, alert):
    d.wait_for("/api/v1/alerts?limit=500", lambda x: alert in [a["alert"] for a in x["alerts"]])


class Flood:
    """Messages of another node, as fast as the broker takes them, over any number of brokers' lives."""

    def __init__(self, port):
        self.port, self.sent, self.over = port, 0, False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        body = json.dumps({"kind": "score", "node": "x", "event": {"type": "score", "call": "c1", "t": 1.0}}).encode()
        many = b"PUB %s.live.score.x %d\r\n%s\r\n" % (PREFIX.encode(), len(body), body) * 100
        while not self.over:
            try:
                with socket.create_connection(("127.0.0.1", self.port), PATIENCE_S) as s:
                    s.sendall(b'CONNECT {"verbose":false}\r\n')
                    while not self.over:
                        s.sendall(many)
                        self.sent += 100
                        time.sleep(0.002)
            except OSError:
                time.sleep(0.02)

    def stop(self):
        self.over = True
        self.thread.join(PATIENCE_S)


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
        join(a, b)
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

    def test_full_jetstream(self):
        """No room for the calls that have ended: it says so, and calls and alerts go on."""
        with open("full.conf", "w") as f:
            f.write("jetstream { max_file_store: 65536, max_memory_store: 65536 }\n")
        nats = Nats("nats-full", config="full.conf")
        d = Daemon("data=full", "node=n1", "nats=" + nats.url, "escalate=0")
        d.wait_for("/api/v1/channels", is_ok)
        health = d.wait_for("/api/v1/health", lambda h: [p["code"] for p in h["problems"]] == ["past_waits"])
        self.assertIn("nats stream info", health["problems"][0]["remedy"])
        d.do("start z q a", "alert z 1 1 raised", "end z")
        told(d, "z-1")
        d.wait_for("/api/v1/channels", lambda c: all(x["queued"] == 0 for x in c["channels"]))
        d.wait_for("/api/v1/calls?state=ended", lambda c: [x["call"] for x in c["calls"]] == ["z"])
        d.quit()
        nats.stop()

    def test_full_kept(self):
        """No room for the calls of a node that leaves for good: it says so, holds on, and goes on when there is."""
        nats = Nats("nats-kept")
        a, b = (Daemon(f"data=kept-{n}", f"node={n}", "nats=" + nats.url, "escalate=0", "drains") for n in ("n1", "n2"))
        a.wait_for("/api/v1/health", lambda h: len(h["nodes"]) == 2)
        join(a, b)
        line = NatsLine(nats.port)
        stream = {"name": f"{PREFIX}_kept", "subjects": [f"{PREFIX}.kept.>"], "storage": "file", "retention": "limits",
                  "max_bytes": 2048, "max_msgs_per_subject": 1, "discard": "new", "num_replicas": 1}
        line.request(f"$JS.API.STREAM.CREATE.{PREFIX}_kept", json.dumps(stream).encode())
        for n in range(4):
            b.do(f"start k{n} q a", f"score k{n} 1 0.4 calm", f"end k{n}")
        self.assertEqual(b.ask("POST", "/api/v1/drain", {"retire": True})[0], 200)
        health = b.wait_for("/api/v1/health", lambda h: any("does not take more" in p["message"] for p in h["problems"]))
        problem = next(p for p in health["problems"] if p["code"] == "retiring")
        self.assertIn("maximum bytes exceeded", problem["message"])
        self.assertIn("_kept wants a higher limit", problem["remedy"])
        line.request(f"$JS.API.STREAM.UPDATE.{PREFIX}_kept", json.dumps({**stream, "max_bytes": 1 << 20}).encode())
        b.wait_for("/api/v1/health", lambda h: any(p["code"] == "retired" for p in h["problems"]))
        b.quit()
        a.wait_for("/api/v1/health", lambda h: [n["node"] for n in h["nodes"]] == ["n1"] and not h["problems"])
        for n in range(4):
            self.assertEqual(len(a.get(f"/api/v1/calls/k{n}/timeline")[1]["scores"]["rows"]), 1)
        info = json.loads(line.request(f"$JS.API.STREAM.INFO.{PREFIX}_kept"))["config"]
        self.assertEqual(info["max_bytes"], 1 << 20, "an operator's bound stays")
        line.close()
        a.quit()
        nats.stop()

    def test_streams_are_bounded(self):
        """Streams of calls that an older version made without a bound get one; of age the shorter holds."""
        nats = Nats("nats-bounds")
        line = NatsLine(nats.port)
        for name in ("past", "alerts"):
            stream = {"name": f"{PREFIX}_{name}", "subjects": [f"{PREFIX}.{name.rstrip('s')}.>"], "storage": "file", "retention": "limits",
                      "max_bytes": -1, "max_msgs_per_subject": 1, "discard": "old", "num_replicas": 1, "max_age": 90 * 86400 * 10**9}
            line.request(f"$JS.API.STREAM.CREATE.{PREFIX}_{name}", json.dumps(stream).encode())
        d = Daemon("data=bounds", "node=n1", "nats=" + nats.url, "escalate=0")
        d.wait_for("/api/v1/channels", is_ok)
        bounds = {}
        for name in ("past", "alerts"):
            config = json.loads(line.request(f"$JS.API.STREAM.INFO.{PREFIX}_{name}"))["config"]
            bounds[name] = config["max_bytes"], config["max_age"] // (86400 * 10**9)
        self.assertEqual(bounds, {"past": (1 << 30, 30), "alerts": (-1, 7)})
        line.close()
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

    def test_broker_killed_at_any_moment(self):
        """While much comes in. libnats reads on in a thread of its own: what it uses must not be freed under it,
        and freed memory is filled here, so that its use is seen without a sanitizer, too."""
        nats = Nats("nats-killed")
        os.environ["MALLOC_PERTURB_"] = "85"
        d = Daemon("data=killed", "node=n1", "nats=" + nats.url, "escalate=0")
        del os.environ["MALLOC_PERTURB_"]
        flood, chance = Flood(nats.port), random.Random(1)
        for _ in range(ROUNDS):
            d.wait_for("/api/v1/channels", is_ok)
            time.sleep(chance.uniform(0, .2))
            nats.stop()
            time.sleep(chance.uniform(0, .05))
            nats.start()
        flood.stop()
        self.assertGreater(flood.sent, 100 * ROUNDS)
        d.wait_for("/api/v1/channels", is_ok)
        d.do("start k1 q a", "alert k1 1 1 raised")
        d.wait_for("/api/v1/channels", lambda c: all(x["queued"] == 0 for x in c["channels"]))
        d.quit()
        self.assertIn("k1-1", [m for m, _ in nats.stored(f"{PREFIX}_alerts")])
        nats.stop()

    def test_a_handshake_that_does_not_end(self):
        """A broker that asks for TLS and says no more is given up, told of, and tried again; the daemon ends in the midst
        of it."""
        silent = socket.create_server(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        d = Daemon("data=silent", "node=n1", f"nats=tls://127.0.0.1:{port}", "escalate=0")
        silent.settimeout(PATIENCE_S)
        for again in (False, True):
            peer = silent.accept()[0]
            peer.settimeout(PATIENCE_S)
            peer.sendall(b'INFO {"server_id":"s","version":"2.9.10","max_payload":1048576,"tls_required":true}\r\n')
            self.assertEqual(peer.recv(1), b"\x16", "a handshake begins")
            with contextlib.suppress(ConnectionResetError):
                while not again and peer.recv(4096):  # Until it gives us up.
                    pass
        d.wait_for("/api/v1/health", lambda h: any("no connection" in p["message"] for p in h["problems"]))
        d.quit()
        peer.close()
        silent.close()

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
