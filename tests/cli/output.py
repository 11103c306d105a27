#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Where the output goes, and what happens when it cannot: order, determinism, full disk, broken
pipe, interrupt, terminals."""
import os
import pty
import select
import signal
import subprocess
import time
import unittest

from undertone import PROGRAM, Result, run, voice, wav


def stereo(name, seconds, seed):
    caller, agent = voice(seconds, seed=seed), voice(seconds, f0=110, seed=seed + 1)
    half = len(agent) // 2
    agent[half:] = [0] * (len(agent) - half)
    return wav(name, [x for pair in zip(caller, agent) for x in pair], channels=2)


def setUpModule():
    for i in range(12):
        stereo("call%d.wav" % i, 1 + (i * 5) % 7, i)


FILES = ["call%d.wav" % i for i in range(12)]


class Determinism(unittest.TestCase):
    def test_same_bytes_with_any_number_of_jobs(self):
        for style in (["--json"], []):
            outputs = [run("replay", *style, "--jobs", n, *FILES).out for n in (1, 1, 2, 5, 12)]
            self.assertGreater(len(outputs[0]), 1000)
            for other in outputs[1:]:
                self.assertEqual(outputs[0], other)

    def test_order_of_the_files(self):
        order = FILES[::-1] + FILES
        r = run("replay", "--json", "--jobs", 4, *order)
        self.assertEqual([o["file"] for o in r.lines("call")], order)
        seen = [o["call"] for o in r.lines()]
        self.assertEqual(len([1 for a, b in zip(seen, seen[1:]) if a != b]), len(order) - 1)


class Failures(unittest.TestCase):
    @unittest.skipUnless(os.path.exists("/dev/full"), "no /dev/full here")
    def test_no_space(self):
        for args in (["replay", "--json", *FILES], ["features", FILES[0]], ["--help"]):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([PROGRAM, *args], stdout=full, stderr=subprocess.PIPE)
            self.assertEqual(done.returncode, 1)
            self.assertIn(b"space", done.stderr)

    def test_broken_pipe(self):
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run([PROGRAM, "replay", "--json", *FILES], stdout=write, stderr=subprocess.PIPE)
        os.close(write)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"broken pipe", done.stderr)
        self.assertEqual(done.stderr.count(b"\n"), 1)

    def test_interrupt_tells_what_was_heard(self):
        stereo("long.wav", 30, 3)
        p = subprocess.Popen([PROGRAM, "replay", "--json", "--realtime", "--jobs", "1", "long.wav", FILES[0]],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        first = p.stdout.readline()
        self.assertIn(b'"call"', first)
        time.sleep(1)
        p.send_signal(signal.SIGINT)
        out, err = p.communicate(timeout=20)
        self.assertEqual(p.returncode, -signal.SIGINT)
        r = Result(subprocess.CompletedProcess([], 0, first + out, err))
        self.assertEqual(len(r.lines("summary")), 1)
        self.assertLess(r.lines("summary")[0]["duration_s"], 10)
        self.assertIn("interrupted", r.lines("note")[0]["text"])

    def test_realtime_is_as_slow_as_a_call(self):
        begin = time.monotonic()
        run("replay", "--json", "--realtime", "call0.wav")
        self.assertGreater(time.monotonic() - begin, .9)


class StandardInput(unittest.TestCase):
    def test_wav_from_a_pipe(self):
        with open("call3.wav", "rb") as f:
            data = f.read()
        piped, named = run("replay", "--json", "-", data=data), run("replay", "--json", "call3.wav")
        self.assertEqual(piped.lines("call")[0]["call"], "stdin")
        strip = lambda r: [{k: v for k, v in o.items() if k not in ("call", "file")} for o in r.lines()]
        self.assertEqual(strip(piped), strip(named))

    def test_a_pipe_is_told_as_it_is_heard(self):
        """A recorder pipes a call that goes on: the seconds it has sent are scored, not kept until its end."""
        with open("call4.wav", "rb") as f:
            head = f.read(44 + 2 * 2 * 8000 * 2)
        with subprocess.Popen([PROGRAM, "replay", "--json", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, bufsize=0) as p:
            p.stdin.write(head)
            p.stdin.flush()
            for kind in (b"call", b"score"):  # Before the pipe ends; a reader that waits in vain fails by its time-out.
                ready, _, _ = select.select([p.stdout], [], [], 60)
                self.assertTrue(ready, kind)
                self.assertIn(b'"type":"%s"' % kind, p.stdout.readline())
            p.stdin.close()

    def test_raw_from_a_pipe(self):
        r = run("replay", "--json", "--mono-is", "caller", "--raw-encoding", "ulaw", "-", data=b"\xff" * 16000)
        self.assertEqual(r.lines("summary")[0]["duration_s"], 2)

    def test_nothing_and_rubbish(self):
        for data in (b"", b"hello\n" * 100, b"fLaC" + b"\0" * 100):
            r = run("replay", "-", data=data)
            self.assertEqual(r.status, 1)
            self.assertIn("pipe", r.err)


class Terminal(unittest.TestCase):
    """With a pseudo-terminal for both streams, as a person has it."""

    def on_terminal(self, *args, env=None):
        main, side = pty.openpty()
        p = subprocess.Popen([PROGRAM, *args], stdin=subprocess.DEVNULL, stdout=side, stderr=side,
                             env={**os.environ, "TERM": "xterm", **(env or {})})
        os.close(side)
        out = b""
        while select.select([main], [], [], 30)[0]:
            try:
                chunk = os.read(main, 65536)
            except OSError:
                break
            if not chunk:
                break
            out += chunk
        p.wait(timeout=30)
        os.close(main)
        return out

    def test_colours_only_for_people(self):
        self.assertNotIn(b"\x1b", run("replay", *FILES).out)
        self.assertIn(b"\x1b[", self.on_terminal("replay", FILES[0]))
        for kw in ({"env": {"NO_COLOR": "1"}}, {"env": {"TERM": "dumb"}}):
            self.assertNotIn(b"\x1b[3", self.on_terminal("replay", FILES[0], **kw))
        self.assertNotIn(b"\x1b[", self.on_terminal("replay", "--no-color", FILES[0]))

    def test_progress_of_many_files(self):
        out = self.on_terminal("replay", "--realtime", "--jobs", "12", *FILES[:4], *["call0.wav"] * 8)
        self.assertIn(b"real time", out)
        self.assertIn(b"/12 files", out)
        # Short files, of which one ends every few milliseconds, as well.
        self.assertTrue(b"/720 files" in self.on_terminal("replay", "--json", *FILES * 60))


if __name__ == "__main__":
    unittest.main()
