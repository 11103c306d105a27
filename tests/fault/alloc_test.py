#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""alloc_test.py [whole]: memory is refused once, at one allocation after the other, to a replay, a start of the
daemon, a call, an alert and a login. Each ends with an error or goes on; nothing of ours crashes, and an alert that was
taken comes to the webhook. Some allocations are tried; with `whole` all."""
import http.client
import json
import mmap
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import time
import unittest
import uuid

sys.path.insert(0, os.path.join(os.environ["UT_SOURCE"], "tests/loopback"))
import doubles  # noqa: E402
from patience import PATIENCE_S  # noqa: E402
from sound import channels, write_ulaw_wav  # noqa: E402
from supervise import Receiver  # noqa: E402

UNDERTONE, PRELOAD = os.environ["UNDERTONE"], os.environ["FAIL_ALLOC_LIB"]
TRIES = 10 ** 9 if "whole" in sys.argv else 15
NEVER = -1


class Memory:
    """What the preload counts and refuses."""

    def __init__(self):
        with open("alloc", "wb") as f:
            f.write(struct.pack("qq", 0, NEVER))
        with open("alloc", "r+b") as f:
            self.map = mmap.mmap(f.fileno(), 16)
        self.environment = {**os.environ, "LD_PRELOAD": PRELOAD, "FAIL_ALLOC": os.path.abspath("alloc")}

    def refuse(self, n):
        """The n-th from now on."""
        self.map[0:16] = struct.pack("qq", 0, n)

    def count(self):
        return struct.unpack("q", self.map[0:8])[0]


    def settled(self):
        """How many there were, once no more come; what was put off before is not what an act costs."""
        end = time.monotonic() + PATIENCE_S
        while True:
            before = self.count()
            time.sleep(0.3)
            if self.count() - before < 200 or time.monotonic() > end:  # It is never quite at rest.
                return before


def chosen(count):
    """Of so many allocations those that are tried, spread evenly."""
    step = max(1, count // TRIES)
    return range(0, count, step)


def whose(trace):
    """The first frame of a crash that is neither the preload's nor libc's."""
    for line in trace.splitlines():
        if re.search(r"\(.*\)\s*\[0x", line) and not re.search(r"libfail_alloc|/libc\.so|linux-vdso", line):
            return line
    return "nobody"


class Alloc(unittest.TestCase):
    def setUp(self):
        self.memory = Memory()

    def not_ours(self, status, said, n):
        """What a library does without memory is not ours to mend: glib and FFTW end the program by themselves."""
        if status < 0:
            self.assertNotIn("undertone(", whose(said).replace(UNDERTONE, "undertone"), f"allocation {n}: {said}")

    def test_replay(self):
        caller, agent = channels()
        write_ulaw_wav("short.wav", caller[:16000], agent[:16000])

        def replay(n):
            self.memory.refuse(n)
            r = subprocess.run([UNDERTONE, "replay", "--json", "--jobs", "1", "short.wav"], capture_output=True, text=True,
                               env=self.memory.environment, timeout=PATIENCE_S)
            return r.returncode, r.stderr, r.stdout
        whole = replay(NEVER)
        self.assertIn(whole[0], (0, 3), whole[1])
        count = self.memory.count()
        self.assertGreater(count, 20)
        for n in chosen(count):
            status, said, out = replay(n)
            self.not_ours(status, said, n)
            if status == whole[0]:
                self.assertEqual(out, whole[2], f"allocation {n}: another result, and no word of it")
            elif status >= 0:
                self.assertTrue(said, f"allocation {n}: {status} without a word")

    def start(self, *args):
        """(process, port or None) once it serves or has ended; what it says is in `log`."""
        with open("log", "wb") as log:
            p = subprocess.Popen([UNDERTONE, "serve", "--data", "data", "--http", "127.0.0.1:0", "--audiosocket", "127.0.0.1:0", "--words",
                                  *args], env=self.memory.environment, stderr=log, stdout=subprocess.DEVNULL)
        self.addCleanup(p.kill)
        end = time.monotonic() + PATIENCE_S
        while p.poll() is None and "msg=serving" not in self.log():
            self.assertLess(time.monotonic(), end, self.log())
            time.sleep(0.01)
        return p

    def log(self):
        with open("log", errors="replace") as f:
            return f.read()

    def stop(self, p):
        self.memory.refuse(NEVER)
        if p.poll() is None:
            p.send_signal(signal.SIGTERM)
        return p.wait(PATIENCE_S)

    def test_start(self):
        """In a folder that is new, whose record is made then, and in one that has a record."""
        for new in (True, False):
            def begin():
                if new:
                    shutil.rmtree("data", ignore_errors=True)
                return self.start()
            self.memory.refuse(NEVER)
            p = begin()
            count = self.memory.count()
            self.assertEqual(self.stop(p), 0)
            for n in chosen(count):
                self.memory.refuse(n)
                status = self.stop(begin())
                self.not_ours(status, self.log(), n)
                self.assertTrue(status <= 0 or status in (1, 2), (n, status, self.log()))
                self.assertTrue(status == 0 or self.log(), f"allocation {n}: {status} without a word")
            p = self.start()  # And nothing is broken for the next one.
            self.assertEqual(self.stop(p), 0)

    def ask(self, method, path, body=None, token=None):
        """(status, answer); status 0 when the connection was closed."""
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
            c.request(method, path, json.dumps(body) if body else None, headers)
            r = c.getresponse()
            text = r.read()
            return r.status, json.loads(text) if text[:1] == b"{" else text
        except (http.client.HTTPException, ConnectionError):
            return 0, None
        finally:
            c.close()

    def test_running(self):
        """A call, an alert and a login, one after the other under each refusal."""
        shutil.rmtree("data", ignore_errors=True)
        token = re.search(r"ut_\S+", subprocess.run([UNDERTONE, "token", "add", "root", "--role", "admin", "--data", "data"], check=True,
                                                    capture_output=True, text=True).stdout).group(0)
        hook = Receiver()
        self.addCleanup(hook.stop)
        self.memory.refuse(NEVER)

        def begin():
            p = self.start("--webhook", f"{hook.url},on=raised")
            self.port, self.sound = (int(re.search(rf"for={what} port=(\d+)", self.log()).group(1)) for what in ("http", "audiosocket"))
            return p
        p, taken = begin(), set()

        def call(name):
            try:
                doubles.audiosocket(self.sound, [str(uuid.UUID(int=name))], [sound], speed=50)
            except OSError:
                pass

        def alert(name):
            status, said = self.ask("POST", f"/api/v1/conversations/c{name}/lines", {
                "who": "customer", "language": "en", "text": "This is the THIRD time I write and nobody helps! I will sue you."}, token)
            if status == 200 and said["alert"]:
                taken.add(f"c{name}-1")
            self.ask("POST", f"/api/v1/conversations/c{name}/lines", {"end": True}, token)

        def login(name):
            # Without memory for a hash or for JSON it is refused: 400, 401, then 429, 500 or 503; never let in by it.
            self.assertNotIn(self.ask("POST", "/api/v1/login", {"token": "ut_wrong"})[0], (200,), name)
            self.ask("POST", "/api/v1/login", {"token": token})
        sound, name = channels()[0][:8000], 0
        for act in (call, alert, login):
            self.memory.settled()
            self.memory.refuse(NEVER)
            name += 1
            act(name)
            for n in chosen(self.memory.settled()):
                name += 1
                self.memory.refuse(n)
                act(name)
                self.memory.refuse(NEVER)
                status, _ = self.ask("GET", "/healthz")
                if status != 200:
                    self.assertIsNotNone(p.poll() or p.wait(PATIENCE_S))
                    self.not_ours(p.returncode, self.log(), n)
                    p = begin()
        end, came = time.monotonic() + PATIENCE_S, 0
        while not taken <= set(hook.seen):  # Thousands come at the receiver's pace.
            if len(hook.seen) > came:
                end, came = time.monotonic() + PATIENCE_S, len(hook.seen)
            self.assertLess(time.monotonic(), end, f"lost: {sorted(taken - set(hook.seen))[:20]}\n{self.log()}")
            time.sleep(0.1)
        self.assertGreater(len(taken), 10)
        self.assertEqual(self.ask("GET", "/api/v1/calls", token=token)[0], 200)
        self.assertEqual(self.stop(p), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2, argv=sys.argv[:1])
