#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The wall clock is set forward and back under calls, supervisors and timers: nothing happens. Timers that
followed it ended SIP calls at an hour's step forward and stood still for an hour after one back."""
import os
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon import Daemon  # noqa: E402
from patience import PATIENCE_S  # noqa: E402
from ports import free_port, free_ports  # noqa: E402
from supervise import Nats  # noqa: E402
from sip_client import Client, Sender, sdp  # noqa: E402
from ws_client import WebSocket  # noqa: E402

PRELOAD = os.environ["STEP_CLOCK_LIB"]
TIMEOUT_S = 3  # Of a call without media.
END_S = 60  # A machine that is busy needs its time; libnats would have waited for an hour.


def step(seconds):
    with open("step.new", "w") as f:
        f.write(f"{seconds}\n")
    os.replace("step.new", "step")


def start(*args, name):
    os.environ["STEP_CLOCK"] = os.path.abspath("step")
    os.environ["LD_PRELOAD"] = PRELOAD
    try:
        d = Daemon(*args, name=name)
    finally:
        del os.environ["LD_PRELOAD"]
    d.wait_serving()
    return d


class Clock(unittest.TestCase):
    @unittest.skipUnless(Nats.program(), "nats-server is not installed: tools/packages.test names it")
    def test_nats(self):
        """libnats waits by the wall clock: a daemon did not end while it stood ahead."""
        nats = Nats("nats")
        for before, after in ((3600, 3600), (0, 3600), (3600, 0), (3600, -3600)):
            step(before)
            name = f"n{before}t{after + 3600}"
            d = start("--http", "127.0.0.1:0", "--data", name, "--nats", nats.url, "--node", name, name=name)
            d.first_key()
            d.wait_logged("NATS is connected")
            step(after)
            nats.stop()
            d.wait_logged("alerts for NATS wait in the outbox")
            nats.start()
            d.wait_logged_like(r"(?s)NATS is connected.*NATS is connected")
            began = time.monotonic()
            self.assertEqual(d.end(), 0)
            self.assertLess(time.monotonic() - began, END_S, d.logged())
            self.assertNotIn("is left in the midst", d.logged())
        nats.stop()

    def test_steps(self):
        step(0)
        low = free_ports(20)
        port = free_port()
        d = start("--sip", f"127.0.0.1:{port}", "--rtp-port-min", str(low), "--rtp-port-max", str(low + 19),
                  "--http", "127.0.0.1:0", "--media-timeout", str(TIMEOUT_S), name="clock")
        http = d.port("http")
        d.first_key()
        for at, seconds in enumerate((3600, -3600, 5, -5, 0)):
            call = Client(port)
            answer = call.invite(sdp([20000, 20002]))
            self.assertEqual(answer.status, 200)
            senders = [Sender(b"\xff" * 8000 * 60, p) for p in answer.ports()]
            seen = len(d.events)
            d.wait_until(lambda events: any(e["type"] == "score" for e in events[seen:]))
            watcher = WebSocket("127.0.0.1", http, "/ws")
            step(seconds)
            seen, began = len(d.events), time.monotonic()
            d.wait_until(lambda events: sum(e["type"] == "score" for e in events[seen:]) >= TIMEOUT_S + 1)
            ended = [e for e in d.events[seen:] if e["type"] == "call" and e.get("phase") == "ended"]
            self.assertFalse(ended, f"a step of {seconds} s ended a call: {ended}")
            watcher.send("{}")  # Still there: an answer comes, whatever it says.
            watcher.recv()
            d.metric("undertone_supervisors")  # And so do answers to requests.
            # A timer still ends what has ended: the call without media, in its own time.
            for s in senders:
                s.stop = True
            seen, began = len(d.events), time.monotonic()
            d.wait_until(lambda events: any(e["type"] == "call" and e.get("phase") == "ended" for e in events[seen:]),
                         PATIENCE_S)
            self.assertGreater(time.monotonic() - began, TIMEOUT_S - 1, f"too early, step {at}")
            watcher.close()
        self.assertEqual(d.end(), 0)


if __name__ == "__main__":
    unittest.main()
