#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Alerts by the ten thousand: whoever has settled is forgotten, so that the next one is told and memory stays
flat; all that are open can be paged through, and leave the wall when their call is erased. UT_ALERTS: how many (1500;
20500, more than are ever kept, is the long run)."""
import json
import os
import re
import shutil
import socket
import subprocess
import time
import unittest

from patience import PATIENCE_S
from supervise import FIRST_KEYS, UNDERTONE, Daemon
from supervise_backlog_test import Ears, resident_mib

MANY = int(os.environ.get("UT_ALERTS", "1500"))


def raise_many(d, name, count):
    push(d, "".join(f"start {name}{i} q a\nalert {name}{i} 1 1 raised\nend {name}{i}\n" for i in range(count)))


def push(d, lines):
    for at in range(0, len(lines), 8192):
        d.process.stdin.write(lines[at:at + 8192])
        d.process.stdin.flush()
        for _ in range(lines[at:at + 8192].count("\n")):
            d.process.stdout.readline()


def all_open(d):
    found, cursor = [], ""
    while cursor is not None:
        page = d.get("/api/v1/alerts?limit=500" + (f"&cursor={cursor}" if cursor else ""))[1]
        found += [a["alert"] for a in page["alerts"]]
        cursor = page["next"]
    return found


def shown(port):
    """How many alerts a page is given that comes now."""
    s = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
    who = f"Authorization: Bearer {FIRST_KEYS[port]}\r\n" if FIRST_KEYS[port] else ""
    s.sendall(f"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n{who}\r\n".encode())
    with s, s.makefile("rb") as f:
        for line in f:
            event = json.loads(line[6:])["event"] if line.startswith(b"data: ") else {"type": ""}
            if event["type"] == "snapshot":
                return len(event["alerts"])


class Many(unittest.TestCase):
    def setUp(self):
        shutil.rmtree("data", ignore_errors=True)

    def test_settled_are_forgotten(self):
        d = Daemon("data=data", "escalate=0", "expire=1")
        ears, resident = Ears(d.port), []
        for life in ("x", "y", "z"):
            raise_many(d, life, MANY)
            end = time.monotonic() + PATIENCE_S + MANY / 50
            while len(ears.told) < len(resident) * MANY + MANY or d.get("/api/v1/alerts?limit=1")[1]["alerts"]:
                self.assertLess(time.monotonic(), end, len(ears.told))
                time.sleep(0.3)
            while shown(d.port):  # Cards of ended calls linger for five seconds.
                self.assertLess(time.monotonic(), end, "what has settled is not forgotten")
                time.sleep(0.5)
            resident.append(resident_mib(d))
        d.do("start new q a", "alert new 1 1 raised")
        ears.wait("new-1")
        self.assertEqual(all_open(d), ["new-1"])
        # What the heap gives back each minute may fall between any two of them: the last is held against the larger.
        grew = resident[2] - max(resident[:2])
        print(f"three times {MANY} alerts told and expired: {', '.join(f'{r:.1f}' for r in resident)} MiB")
        self.assertLess(grew, 10)
        ears.close()
        d.quit()

    def test_all_open_are_there_after_a_start_and_go_when_erased(self):
        d = Daemon("data=data", "escalate=0", "expire=86400")
        raise_many(d, "o", 1200)
        d.wait_for("/api/v1/alerts?state=all&limit=1", lambda a: a["alerts"] and a["alerts"][0]["alert"] == "o1199-1")
        d.quit()
        d = Daemon("data=data", "escalate=0", "expire=86400")
        self.assertEqual(all_open(d), [f"o{i}-1" for i in reversed(range(1200))])
        r = subprocess.run([UNDERTONE, "erase", "--data", "data", "--call", "o7"], capture_output=True, text=True)
        self.assertEqual(r.returncode, 0, r.stderr)
        end = time.monotonic() + PATIENCE_S
        while "o7-1" in all_open(d):
            self.assertLess(time.monotonic(), end, "an erased alert stays on the wall")
            time.sleep(0.3)
        self.assertEqual(len(all_open(d)), 1199)
        d.quit()

    def test_a_team_gets_its_own_bytes_alone(self):
        """Of 10,000 calls in fifty queues who sees one queue is sent its 200, and no byte of the others."""
        added = subprocess.run([UNDERTONE, "token", "add", "bea", "--role", "supervisor", "--queue", "q7", "--data", "data"],
                               capture_output=True, text=True, check=True)
        d = Daemon("data=data", "escalate=0")
        push(d, "".join(f"start c{i}. q{i % 50} a{i % 50}.\nscore c{i}. 1 0.5 calm\n" for i in range(5000)))
        with socket.create_connection(("127.0.0.1", d.port), PATIENCE_S) as s, s.makefile("rb") as f:
            s.sendall(f"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {added.stdout.strip()}\r\n\r\n".encode())
            lines = [next(line for line in f if b'"snapshot"' in line and line.startswith(b"data"))]
            push(d, "".join(f"start c{i}. q{i % 50} a{i % 50}.\nscore c{i}. 1 0.5 calm\n" for i in range(5000, 10000)))
            d.do("start last q7 a7.")
            while b'"last"' not in lines[-1]:
                lines.append(f.readline())
        text = b"".join(lines)
        self.assertEqual({int(n) for n in re.findall(rb'"c(\d+)\."', text)}, set(range(7, 10000, 50)))
        self.assertEqual(set(re.findall(rb'"(?:q|a)\d+\.?"', text)), {b'"q7"', b'"a7."'})
        self.assertLess(len(text), 200 * 3000)
        print(f"of 10,000 calls a team of 200 was sent {len(text)} bytes")
        d.quit()


if __name__ == "__main__":
    unittest.main(verbosity=2)
