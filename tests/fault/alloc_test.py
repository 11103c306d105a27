#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""alloc_test.py [TEST]: memory is refused once, at one site that asks for it after the other, to a replay, a start of the
daemon, a call, an alert and a login. Each ends with an error or goes on; nothing of ours crashes, and an alert that was
taken comes to the webhook. Some sites are tried; where a test is named, all of its. What a site is: sites.h."""
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
TRIES = 10 ** 9 if len(sys.argv) > 1 else 15
MET = .8 if len(sys.argv) > 1 else .5  # Of the sites; texts grow at other places, and some sites are a small sample.
NOBODY, LEARN, INNER = 0, 1, 4
HEAD, SITES = "qQqqqq", 1 << 14  # struct sites.


class Memory:
    """Who asked for it, and who is refused; shared with the preload."""

    def __init__(self):
        with open("alloc", "wb") as f:
            f.write(bytes(struct.calcsize(HEAD) + SITES * struct.calcsize("Qq")))
        with open("alloc", "r+b") as f:
            self.map = mmap.mmap(f.fileno(), 0)
        self.environment = {**os.environ, "LD_PRELOAD": PRELOAD, "FAIL_ALLOC": os.path.abspath("alloc")}

    def refuse(self, site, start=0):
        """Its next allocation from the start-th on, counted from now."""
        struct.pack_into("qQqq", self.map, 0, 0, site, start, INNER)

    def learn(self):
        self.map[:] = bytes(len(self.map))
        self.refuse(LEARN)

    def sites(self):
        """(site, its first allocation), some or all of those that asked since learn(), spread evenly."""
        found = sorted((first, site) for site, first in struct.iter_unpack("Qq", self.map[struct.calcsize(HEAD):]) if site)
        return [(site, first) for first, site in found[::max(1, len(found) // TRIES)]]

    def count(self):
        return struct.unpack_from("q", self.map)[0]

    def settled(self):
        """Waits until no more come; what was put off before is not what an act costs."""
        end = time.monotonic() + PATIENCE_S
        before = -200
        while self.count() - before >= 200 and time.monotonic() < end:  # It is never quite at rest.
            before = self.count()
            time.sleep(0.3)

    def wait(self, seconds):
        """Until who is to be refused was, for so long."""
        end = time.monotonic() + seconds
        while struct.unpack_from("Q", self.map, 8)[0] > LEARN and time.monotonic() < end:
            time.sleep(0.01)

    def refused(self):
        return struct.unpack_from("q", self.map, 40)[0]

    def each(self, what, sites, act, anew=None):
        """act(site) with a refusal to each. Threads make an order differ, and some ask in a program's first act alone: who was
        not met is looked for from the beginning, then after anew()."""
        begin = self.refused()
        for site, first in sites:
            before = self.refused()
            for attempt in range(3 if anew else 2):
                if attempt == 2:
                    anew()
                self.refuse(site, 0 if attempt else max(0, first - 1000))
                act(site)
                if self.refused() > before:
                    break
        met = self.refused() - begin
        print(f"{what}: {len(sites)} sites, {met} were refused", flush=True)
        return met / len(sites)


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
            self.assertNotIn("undertone(", whose(said).replace(UNDERTONE, "undertone"), f"site {n}: {said}")

    def test_replay(self):
        caller, agent = channels()
        write_ulaw_wav("short.wav", caller[:16000], agent[:16000])

        def replay():
            r = subprocess.run([UNDERTONE, "replay", "--json", "--jobs", "1", "short.wav"], capture_output=True, text=True,
                               env=self.memory.environment, timeout=PATIENCE_S)
            return r.returncode, r.stderr, r.stdout
        self.memory.learn()
        whole = replay()
        self.assertIn(whole[0], (0, 3), whole[1])

        def refused(n):
            status, said, out = replay()
            self.not_ours(status, said, n)
            if status == whole[0]:
                self.assertEqual(out, whole[2], f"site {n}: another result, and no word of it")
            elif status >= 0:
                self.assertTrue(said, f"site {n}: {status} without a word")
        self.assertGreater(self.memory.each("replay", self.memory.sites(), refused), .95)

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
        self.memory.refuse(NOBODY)
        if p.poll() is None:
            p.send_signal(signal.SIGTERM)
        return p.wait(PATIENCE_S)

    def begin_each(self, what, clear):
        def begin():
            clear()
            p = self.start()
            return self.stop(p)

        def refused(n):
            status = begin()
            self.not_ours(status, self.log(), n)
            self.assertTrue(status <= 0 or status in (1, 2), (n, status, self.log()))
            self.assertTrue(status == 0 or self.log(), f"site {n}: {status} without a word")
        self.memory.learn()
        self.assertEqual(begin(), 0)
        self.assertGreater(self.memory.each(what, self.memory.sites(), refused), .9)
        self.memory.refuse(NOBODY)
        self.assertEqual(self.stop(self.start()), 0)  # And nothing is broken for the next one.

    def test_start_new(self):
        self.begin_each("start that makes its record", lambda: shutil.rmtree("data", ignore_errors=True))

    def test_start_again(self):
        self.memory.refuse(NOBODY)
        self.assertEqual(self.stop(self.start()), 0)
        self.begin_each("start on a record", lambda: None)

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
        self.memory.refuse(NOBODY)

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

        def anew():
            nonlocal p
            self.memory.refuse(NOBODY)
            self.stop(p)
            p = begin()

        def delivered():
            """Each alert that was taken came; thousands come at the receiver's pace."""
            end, came = time.monotonic() + PATIENCE_S, 0
            while not taken <= set(hook.seen):
                if len(hook.seen) > came:
                    end, came = time.monotonic() + PATIENCE_S, len(hook.seen)
                self.assertLess(time.monotonic(), end, f"lost: {sorted(taken - set(hook.seen))[:20]}\n{self.log()}")
                time.sleep(0.1)

        for act in (call, alert, login):
            def refused(n):
                nonlocal name, p
                name += 1
                act(name)
                self.memory.wait(1.5)  # What it put off comes too.
                self.memory.refuse(NOBODY)
                status, _ = self.ask("GET", "/healthz")
                if status != 200:
                    self.assertIsNotNone(p.poll() or p.wait(PATIENCE_S))
                    self.not_ours(p.returncode, self.log(), n)
                    p = begin()
            delivered()
            end = time.monotonic() + PATIENCE_S  # A record that tries again asks for other memory.
            while self.ask("GET", "/api/v1/health", token=token)[1]["problems"]:
                self.assertLess(time.monotonic(), end, self.log())
                time.sleep(0.1)
            self.memory.settled()
            self.memory.learn()
            for _ in range(2):
                name += 1
                act(name)
            self.memory.settled()
            self.memory.refuse(NOBODY)
            self.assertGreater(self.memory.each(act.__name__, self.memory.sites(), refused, anew), MET)
        self.memory.refuse(NOBODY)
        delivered()
        self.assertGreater(len(taken), 10)
        kept, before = set(), ""
        while before is not None:
            _, page = self.ask("GET", f"/api/v1/alerts?state=all&limit=500{before}", token=token)
            kept |= {a["alert"] for a in page["alerts"]}
            before = page["next"] and f"&cursor={page['next']}"
        self.assertEqual(sorted(taken - kept), [], "not in the record")
        self.assertEqual(self.ask("GET", "/api/v1/calls", token=token)[0], 200)
        self.assertEqual(self.stop(p), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2, argv=sys.argv[:1] + [f"Alloc.{test}" for test in sys.argv[1:]])
