#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A real HAProxy by the recipe of BALANCE.md: a node that drains gets no new stream, and none that goes on is cut."""
import re
import signal
import subprocess
import time
import unittest
import urllib.error
import urllib.request

from daemon import Daemon, SOURCE
from patience import PATIENCE_S
from peers import end, need
from ports import free_port
from ws_client import WebSocket

need("haproxy")


def recipe(port, nodes):
    with open(f"{SOURCE}/src/supervise/BALANCE.md") as f:
        text = re.search(r"^    defaults\n(?:(?: {4}.*)?\n)+", f.read(), re.M).group(0)
    for there, here in (("0.0.0.0:80\n", f"127.0.0.1:{port}\n"), ("192.0.2.21:8080", nodes[0]), ("192.0.2.22:8080", nodes[1])):
        assert there in text, there
        text = text.replace(there, here)
    return "\n".join(line[4:] for line in text.splitlines()) + "\n"


class Haproxy(unittest.TestCase):
    def setUp(self):
        self.nodes = [Daemon("--http", "127.0.0.1:0", "--node", f"n{n}", name=f"h{n}") for n in range(2)]
        for d in self.nodes:
            self.addCleanup(d.close)
            d.wait_serving()
        self.port = free_port()
        with open("haproxy.cfg", "w") as f:
            f.write(recipe(self.port, [f"127.0.0.1:{d.port('http')}" for d in self.nodes]))
        log = open("haproxy.log", "wb")
        self.addCleanup(log.close)
        self.proxy = subprocess.Popen(["haproxy", "-db", "-f", "haproxy.cfg"], stdout=log, stderr=subprocess.STDOUT)
        self.addCleanup(end, self.proxy)
        self.wait(lambda: self.page() == 200)

    def wait(self, holds):
        until = time.monotonic() + PATIENCE_S
        while not holds():
            self.assertLess(time.monotonic(), until)
            time.sleep(0.05)

    def page(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=PATIENCE_S) as answer:
                return answer.status
        except urllib.error.HTTPError as e:
            return e.code
        except OSError:
            return None

    def stream(self, call):
        """A stream of media; returns its connection and its node."""
        ws = WebSocket("127.0.0.1", self.port, "/media/fork")
        ws.send('{"sampleRate":8000,"mixType":"mono","callSid":"%s"}' % call)
        ws.send(bytes(1600))
        self.wait(lambda: any(self.started(d, call) for d in self.nodes))
        return ws, [n for n, d in enumerate(self.nodes) if self.started(d, call)][0]

    @staticmethod
    def started(d, call):
        return [e for e in d.of(call) if e["type"] == "call"]

    def test_drain(self):
        streams = [self.stream(f"S{n}") for n in range(4)]
        self.assertEqual({node for _, node in streams}, {0, 1}, "leastconn shares them out")
        self.nodes[0].process.send_signal(signal.SIGUSR1)
        self.nodes[0].wait_logged("draining: no new calls")
        for n in range(4):  # Some come before HAProxy has asked again: they are sent on.
            streams.append(self.stream(f"T{n}"))
            self.assertEqual(streams[-1][1], 1)
        self.assertEqual(self.page(), 200)
        for ws, node in streams[:4]:
            ws.send(bytes(1600))
        self.assertIsNone(self.nodes[0].process.poll(), "its streams go on")
        for ws, node in streams:
            ws.close()
        self.assertEqual(self.nodes[0].process.wait(PATIENCE_S), 0)
        self.wait(lambda: self.page() == 200)
        self.assertEqual(self.nodes[1].end(), 0)
        reasons = {e["reason"] for d in self.nodes for e in d.events if e["type"] == "call" and e.get("phase") == "ended"}
        self.assertNotIn("shutdown", reasons)


if __name__ == "__main__":
    unittest.main(verbosity=2)
