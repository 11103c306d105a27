#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Kamailio's dispatcher before three nodes: each takes calls, one that is full, drains or is gone is left out."""
import atexit
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon import Daemon, SOURCE  # noqa: E402
from patience import PATIENCE_S  # noqa: E402
from peers import end, need  # noqa: E402
from player import Player, stream  # noqa: E402
from ports import free_port, free_ports  # noqa: E402
from sip_client import Client, sdp  # noqa: E402
from sound import channels  # noqa: E402

need("kamailio")

CALLS = int(sys.argv.pop(1)) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 6  # Under the rolling restart.
RTP_PORTS = min(4 * (CALLS + 12), 252)  # Of each node, which has a part of the calls.


class Recorder(Client):
    """A SIPREC client behind a proxy: later requests take the way that the first one recorded."""
    route = ""

    def message(self, method, headers="", *args, **kw):
        return super().message(method, headers + self.route, *args, **kw)

    def invite(self, *args, **kw):
        answer = super().invite(*args, ack=False, **kw)
        if answer and answer.status == 200:
            self.route = "".join(f"Route: {r}\r\n" for r in answer.headers.get("record-route", []))
        self.ack()
        return answer


class Nodes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.ports = [free_port() for _ in range(3)]
        cls.lows = [free_ports(RTP_PORTS) for _ in range(3)]
        cls.nodes = [cls.start_node(n, 1 if n == 0 else CALLS + 10) for n in range(3)]
        cls.proxy = free_port()
        cls.folder = os.path.abspath(tempfile.mkdtemp(prefix="kamailio-", dir="."))
        with open(f"{cls.folder}/nodes", "w") as f:
            f.writelines(f"1 sip:127.0.0.1:{p}\n" for p in cls.ports)
        with open(f"{SOURCE}/tests/loopback/kamailio.cfg") as f:
            text = f.read()
        for key, value in (("@LISTEN@", f"127.0.0.1:{cls.proxy}"), ("@NODES@", f"{cls.folder}/nodes")):
            text = text.replace(key, value)
        with open(f"{cls.folder}/kamailio.cfg", "w") as f:
            f.write(text)
        cls.log = open(f"{cls.folder}/log", "wb")
        cls.kamailio = subprocess.Popen(
            ["kamailio", "-DD", "-E", "-f", f"{cls.folder}/kamailio.cfg", "-Y", cls.folder, "-m", "32",
             "-M", "4"], stdout=cls.log, stderr=subprocess.STDOUT)
        atexit.register(end, cls.kamailio)
        cls.until_it_answers()

    @classmethod
    def start_node(cls, n, max_calls, name=""):
        node = Daemon("--sip", f"127.0.0.1:{cls.ports[n]}", "--rtp-port-min", str(cls.lows[n]), "--rtp-port-max",
                      str(cls.lows[n] + RTP_PORTS - 1), "--max-calls", str(max_calls), "--node", f"n{n}", name=f"node{n}{name}")
        node.wait_logged("msg=serving")
        return node

    @classmethod
    def until_it_answers(cls):
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until and cls.kamailio.poll() is None:
            c = Client(cls.proxy)
            c.send(c.message("OPTIONS"))
            answer = c.receive(0.5)
            if answer and answer.status == 200:
                return
        with open(f"{cls.folder}/log") as f:
            raise AssertionError("Kamailio does not answer:\n" + f.read()[-2000:])

    def call(self):
        c = Recorder(self.proxy)
        answer = c.invite(sdp([20000, 20002]))
        self.assertEqual(answer.status, 200, answer.text)
        return c, answer

    def node_of(self, c):
        """Which node has it; it has one only."""
        until = time.monotonic() + PATIENCE_S
        while not (have := [n for n, node in enumerate(self.nodes) if node.of(c.call_id)]):
            self.assertLess(time.monotonic(), until, "no node tells of the call")
            time.sleep(0.02)
        self.assertEqual(len(have), 1)
        return have[0]

    def test_nodes(self):
        calls = [self.call() for _ in range(4)]
        # The first node takes one call, and says 503 to those that come in its turn.
        self.assertEqual([self.node_of(c) for c, _ in calls].count(0), 1)
        caller, agent = channels()
        Player([(port, stream(x, ssrc=port, end_s=2)) for _, answer in calls
                for port, x in zip(answer.ports(), (caller, agent))]).join()
        for c, _ in calls:
            self.assertEqual(c.request("BYE").status, 200)
            node = self.nodes[self.node_of(c)]
            self.assertEqual(node.wait_ended(c.call_id)["reason"], "bye")
            summary = [e for e in node.of(c.call_id) if e["type"] == "summary"][0]
            self.assertGreaterEqual(summary["duration_s"], 1.9)
        # A node that leaves: every call goes to the others.
        self.assertEqual(self.nodes[0].end(), 0)
        for _ in range(3):
            c, _ = self.call()
            self.assertIn(self.node_of(c), (1, 2))
            c.request("BYE")
        self.nodes[0] = self.start_node(0, CALLS + 10, "again")
        self.rolling_restart()

    def answers(self, port):
        c = Client(port)
        c.send(c.message("OPTIONS"))
        answer = c.receive(1)
        return answer and answer.status

    def rolling_restart(self):
        """Each node drains in its turn while calls run and new ones come: none is cut, none is refused, none is lost."""
        count, caller, agent = CALLS, *channels()
        calls = [self.call() for _ in range(count)]
        for n in range(3):
            old = self.nodes[n]
            mine = [c for c, _ in calls if old.of(c.call_id)]
            old.process.send_signal(signal.SIGUSR1)
            old.wait_logged("draining: no new calls")
            self.assertEqual(self.answers(self.ports[n]), 503)
            fresh = [self.call() for _ in range(2)]  # None of them meets a refusal.
            self.assertFalse([c for c, _ in fresh if old.of(c.call_id)], "a new call came to the node that drains")
            if mine:
                self.assertIsNone(old.process.poll(), "the node left before its calls ended")
            # All calls are heard meanwhile, those of the node that drains to their end.
            Player([(port, stream(x, ssrc=port + n, end_s=1, seq=1 + 50 * n, ts=8000 * n)) for _, answer in calls + fresh
                    for port, x in zip(answer.ports(), (caller, agent))]).join()
            for c in mine:
                self.assertEqual(c.request("BYE").status, 200)
                self.assertEqual(old.wait_ended(c.call_id)["reason"], "bye")
                self.assertTrue([e for e in old.of(c.call_id) if e["type"] == "summary"])
            self.assertEqual(old.process.wait(PATIENCE_S), 0)
            calls = [x for x in calls if x[0] not in mine] + fresh
            old.close()
            self.nodes[n] = self.start_node(n, CALLS + 10, f"roll{n}")
            until = time.monotonic() + PATIENCE_S
            while self.answers(self.ports[n]) != 200:
                self.assertLess(time.monotonic(), until)
        for c, _ in calls:
            node = self.nodes[self.node_of(c)]
            self.assertEqual(c.request("BYE").status, 200)
            self.assertEqual(node.wait_ended(c.call_id)["reason"], "bye")
        for node in self.nodes:
            self.assertEqual(node.end(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
