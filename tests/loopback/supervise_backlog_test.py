#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Letters by the thousand: a receiver that comes back gets them at its own pace while alerts are told at once,
the page is answered and memory stays flat; a letter that is refused holds up nobody. UT_LETTERS: how many wait
(10000; 100000 is the long run)."""
import json
import os
import shutil
import socket
import sqlite3
import threading
import time
import unittest

from patience import PATIENCE_S
from supervise import Daemon, Receiver
from ws_client import signed

LETTERS = int(os.environ.get("UT_LETTERS", "10000"))


def resident_mib(daemon):
    with open(f"/proc/{daemon.process.pid}/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS:")) / 1024


def cpu_s(daemon):
    with open(f"/proc/{daemon.process.pid}/stat") as f:
        fields = f.read().split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


class Ears:
    """Hears /events and notes when each alert was told."""

    def __init__(self, port):
        self.told = {}
        self.s = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        who = "".join(f"{k}: {v}\r\n" for k, v in signed(port).items())
        self.s.sendall(f"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n{who}\r\n".encode())
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        try:
            for line in self.s.makefile("rb"):
                if line.startswith(b"data: "):
                    event = json.loads(line[6:])["event"]
                    if event["type"] == "alert":
                        self.told.setdefault(event["state"]["alert"], time.monotonic())
        except OSError:
            return

    def close(self):
        self.s.close()

    def wait(self, alert):
        end = time.monotonic() + PATIENCE_S
        while alert not in self.told:
            assert time.monotonic() < end, alert + " was never told"
            time.sleep(0.005)
        return self.told[alert]


def fill(folder, count):
    """Letters of `count` alerts that wait, due a while ago, as a receiver leaves them that was away."""
    db = sqlite3.connect(f"{folder}/undertone.db", timeout=PATIENCE_S)
    now = int(time.time() * 1000)
    db.execute("INSERT INTO calls(call, node, source, queue, agent, has_agent, started_ms, ended_ms) VALUES"
               "('old', 'undertone', 'test', 'q', 'a', 1, ?, ?)", (now, now))
    call = db.execute("SELECT max(id) FROM calls").fetchone()[0]
    body = db.execute("SELECT body FROM outbox LIMIT 1").fetchone()[0]
    db.executemany("INSERT INTO alerts(id, alert, call_id, n, t, stress, for_s, reasons, text, state, raised_ms,"
                   " due_ms) VALUES(?, ?, ?, ?, 1, .5, 1, '[]', '', 'expired', ?, ?)",
                   ((10000 + i, f"old-{i}", call, i, now, now) for i in range(count)))
    db.executemany("INSERT INTO outbox(channel, alert_id, action, key, body, created_ms, due_ms) VALUES"
                   "('webhook:1', ?, 'raised', ?, ?, ?, ?)",
                   ((10000 + i, f"old-{i}", body.replace('"first-1"', f'"old-{i}"'), now - 60000, now - 60000)
                    for i in range(count)))
    db.commit()
    db.close()


class Backlog(unittest.TestCase):
    def setUp(self):
        shutil.rmtree("data", ignore_errors=True)
        self.hook = Receiver()
        self.url = f"webhook={self.hook.url},on=all"

    def tearDown(self):
        self.hook.stop()

    def test_receiver_comes_back(self):
        self.hook.answer = 500
        d = Daemon("data=data", self.url, "escalate=0")
        d.do("start first q a", "alert first 1 1 raised")
        d.wait_for("/api/v1/channels", lambda c: c["channels"][1]["failed"] > 0)
        d.quit()
        fill("data", LETTERS)
        self.hook.answer = 200
        d = Daemon("data=data", self.url, "escalate=0")
        ears = Ears(d.port)
        d.do("start live q a")
        before, began, late, asked = resident_mib(d), time.monotonic(), 0.0, 0.0
        n = 0
        while len(self.hook.seen) <= LETTERS:
            n += 1
            pushed = time.monotonic()
            d.do(f"alert live {n} {n} raised")
            late = max(late, ears.wait(f"live-{n}") - pushed)
            pushed = time.monotonic()
            self.assertEqual(d.get("/api/v1/calls?state=all")[0], 200)
            asked = max(asked, time.monotonic() - pushed)
            self.assertLess(time.monotonic() - began, PATIENCE_S + LETTERS / 50, "the letters do not leave")
            time.sleep(0.2)
        took = time.monotonic() - began
        grew = resident_mib(d) - before
        print(f"{LETTERS} letters in {took:.1f} s, {cpu_s(d):.1f} s of CPU; "
              f"{n} alerts told within {late:.2f} s, the page answered within {asked:.2f} s; {grew:.1f} MiB more")
        self.hook.wait([f"live-{n}"])
        self.assertEqual(self.hook.repeats, 0)
        self.assertLess(late, 3.0)
        self.assertLess(asked, 3.0)
        self.assertLess(grew, 24)
        ears.close()
        d.quit()

    def test_refused_letters(self):
        refused = [f"bad{i}-1" for i in range(30)]
        self.hook.refuses = {key: 500 for key in refused}
        self.hook.refuses["slow-1"] = 429
        d = Daemon("data=data", self.url, "escalate=0")
        d.do(*(f"alert {key[:-2]} 1 1 raised" for key in [*refused, "slow-1"]), "alert bad0 1 2 cleared")
        late = []
        for i in range(10):
            pushed = time.monotonic()
            d.do(f"alert good{i} 1 1 raised")
            self.hook.wait([f"good{i}-1"])
            late.append(time.monotonic() - pushed)
            time.sleep(0.3)
        print(f"beside 31 refused letters: healthy ones within {max(late):.2f} s")
        self.assertLess(sorted(late)[len(late) // 2], 1.0)
        self.assertEqual(self.hook.tries["slow-1"], 1, "Retry-After: 30 is not kept")
        self.assertFalse([k for k in self.hook.seen if k.startswith("bad0")])
        self.hook.refuses = {}
        self.hook.wait(refused)
        end = time.monotonic() + PATIENCE_S
        while not [k for k in self.hook.order if k.startswith("bad0-1-cleared")]:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)
        order = [k for k in self.hook.order if k.startswith("bad0")]
        self.assertEqual(order[0], "bad0-1")
        d.quit()


if __name__ == "__main__":
    unittest.main(verbosity=2)
