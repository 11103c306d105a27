#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The wall clock is set forward and back under calls, supervisors and timers: nothing happens. Timers that
followed it ended SIP calls at an hour's step forward and stood still for an hour after one back."""
import datetime
import os
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon import UNDERTONE, Daemon, api  # noqa: E402
from mail_server import Server  # noqa: E402
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

    def test_reports(self):
        """Reports by themselves, in the zone of the machine: kept while the mail server is away, over a crash too, sent once."""
        zone = datetime.timezone(datetime.timedelta(hours=5, minutes=30))
        step(0)
        due = datetime.datetime.now(zone) + datetime.timedelta(hours=1)
        row, folder = due.strftime("%a %H:%M").lower(), os.path.abspath("reports")
        os.mkdir(folder)
        server = Server()
        args = ["--http", "127.0.0.1:0", "--data", "posted", "--report", f"{row} queue es to qa@example.org,b@example.org",
                "--report", f"daily {row[4:]} hour vi to {folder}", "--mail-from", "ut@example.org", "--smtp", server.url]
        os.environ["TZ"] = "XYZ-5:30"
        self.addCleanup(os.environ.pop, "TZ")

        def until(holds):
            end = time.monotonic() + PATIENCE_S
            while not holds():
                self.assertLess(time.monotonic(), end, d.logged())
                time.sleep(0.05)

        kept = lambda: [f for f in os.listdir("posted/mail") if f.endswith(".eml")] if os.path.isdir("posted/mail") else []
        d = start(*args, name="posted1")
        d.first_key()
        until(lambda: os.path.isdir("posted/mail") and len(os.listdir("posted/mail")) == 2)  # When each was due last: no report of then.
        self.assertEqual(kept(), [])
        step(3700)
        d.wait_logged("a report waits for the mail server")
        until(lambda: "report_failed" in str(api(d.port("http"), "/health")))
        self.assertEqual(len(kept()), 1)
        self.assertEqual(os.stat("posted/mail/" + kept()[0]).st_mode & 0o777, 0o600)
        midnight = due.replace(hour=0, minute=0, second=0, microsecond=0)
        first, last = ((midnight - datetime.timedelta(days=n)).strftime("%Y-%m-%d") for n in (7, 1))
        self.assertEqual(sorted(os.listdir(folder)), [f"undertone-{last}-{last}-hour-vi.{end}" for end in ("csv", "html")])
        d.close()
        with server:
            d = start(*args, name="posted2")
            until(lambda: server.mails and not kept())
            told = server.mails[0]
            self.assertEqual((told.sender, told.receivers), ("ut@example.org", ["qa@example.org", "b@example.org"]))
            self.assertEqual(told.parsed["Subject"], f"Llamadas del {first} al {last}")
            wanted = subprocess.run([UNDERTONE, "report", "--data", "posted", "--from", first, "--to", last, "--language", "es"],
                                    capture_output=True, text=True, check=True).stdout
            self.assertEqual(told.parsed.get_body(("plain",)).get_content().replace("\r\n", "\n"), wanted)
            self.assertEqual(d.end(), 0)
            step(3700 + 7 * 86400)  # It fell due while nothing ran, and is made up for, once.
            d = start(*args, name="posted3")
            until(lambda: len(server.mails) >= 2 and not kept())
            self.assertEqual(d.end(), 0)
            self.assertEqual(len({m.parsed["Message-ID"] for m in server.mails}), 2)
            server.refuse = b"550 no such receiver"
            step(3700 + 14 * 86400)
            d = start(*args, name="posted4")
            d.wait_logged("a report is dropped")
            until(lambda: not kept())
            self.assertEqual((d.end(), len(server.mails)), (0, 2))

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
