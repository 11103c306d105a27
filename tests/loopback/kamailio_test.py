#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Kamailio's dispatcher before two nodes: each takes calls, one that is full or gone is left out."""
import atexit
import os
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
        cls.ports, cls.nodes = [free_port(), free_port()], []
        for n, port in enumerate(cls.ports):
            low = free_ports(20)
            cls.nodes.append(Daemon(
                "--sip", f"127.0.0.1:{port}", "--rtp-port-min", str(low), "--rtp-port-max",
                str(low + 19), "--max-calls", "1" if n == 0 else "10", name=f"node{n}"))
        for node in cls.nodes:
            node.wait_logged("msg=serving")
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
        self.assertEqual(sorted(self.node_of(c) for c, _ in calls), [0, 1, 1, 1])
        caller, agent = channels()
        Player([(port, stream(x, ssrc=port, end_s=2)) for _, answer in calls
                for port, x in zip(answer.ports(), (caller, agent))]).join()
        for c, _ in calls:
            self.assertEqual(c.request("BYE").status, 200)
            node = self.nodes[self.node_of(c)]
            self.assertEqual(node.wait_ended(c.call_id)["reason"], "bye")
            summary = [e for e in node.of(c.call_id) if e["type"] == "summary"][0]
            self.assertGreaterEqual(summary["duration_s"], 1.9)
        # A node that leaves: every call goes to the other one.
        self.assertEqual(self.nodes[0].end(), 0)
        for _ in range(3):
            c, _ = self.call()
            self.assertEqual(self.node_of(c), 1)
            c.request("BYE")
        self.assertEqual(self.nodes[1].end(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
