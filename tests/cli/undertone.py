# SPDX-License-Identifier: MIT
"""What the command-line tests share: running the program, making sound files."""
import json
import math
import os
import random
import struct
import subprocess

PROGRAM = os.environ["UNDERTONE"]
SAMPLES = os.path.join(os.environ["UT_SOURCE"], "samples")


class Result:
    def __init__(self, done):
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr.decode()

    def lines(self, kind=None):
        """The JSON objects of the output, those of one type."""
        objects = [json.loads(line) for line in self.out.decode().splitlines()]
        return [o for o in objects if kind in (None, o["type"])]


def run(*args, data=None, env=None, timeout=120, **kw):
    environment = dict(os.environ, **(env or {}))
    # Sanitizers tell of themselves by an exit status that no test expects.
    environment.setdefault("ASAN_OPTIONS", "exitcode=99")
    environment.setdefault("UBSAN_OPTIONS", "exitcode=99:print_stacktrace=1")
    environment.setdefault("TSAN_OPTIONS", "exitcode=99")
    kw.setdefault("stdin", subprocess.DEVNULL) if data is None else None
    return Result(subprocess.run([PROGRAM, *map(str, args)], input=data, capture_output=True,
                                 env=environment, timeout=timeout, **kw))


def refused(test, tool, cases):
    """Each of (arguments, text) must end the tool with status 2 and that text, and no traceback."""
    for args, text in cases:
        r = tool(*args)
        test.assertEqual(r.returncode, 2, (args, r.stderr))
        test.assertIn(text, r.stderr)
        test.assertNotIn("Traceback", r.stderr)


def wav(path, frames, rate=8000, channels=1, tag=1, bits=16, data=None, data_bytes=None):
    """A WAV file. frames: samples -1..1 as one list (interleaved), or data: raw bytes."""
    if data is None:
        data = struct.pack("<%dh" % len(frames), *(max(-32768, min(32767, round(32767 * x))) for x in frames))
    size = len(data) if data_bytes is None else data_bytes
    align = channels * bits // 8
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + size & 0xffffffff, b"WAVE", b"fmt ", 16, tag,
                       channels, rate, rate * align & 0xffffffff, align & 0xffff, bits, b"data", size)
    with open(path, "wb") as f:
        f.write(head + data)
    return path


def voice(seconds, rate=8000, f0=140, seed=1):
    """Something like speech: harmonics in bursts of a syllable, with pauses."""
    rng = random.Random(seed)
    out, t = [], 0
    while len(out) < seconds * rate:
        n, pause = int(rate * rng.uniform(.12, .25)), int(rate * rng.uniform(.03, .1))
        pitch = f0 * rng.uniform(.9, 1.15)
        for i in range(n):
            e = math.sin(math.pi * i / n)
            out.append(.12 * e * sum(math.sin(2 * math.pi * pitch * k * i / rate) / k for k in range(2, 16)
                                     if pitch * k < 3400))
        out += [rng.gauss(0, 2e-4) for _ in range(pause)]
    return out[:int(seconds * rate)]
