#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A recording of twelve hours takes the memory of one of a minute."""
import os
import struct
import subprocess
import sys
import unittest

from undertone import PROGRAM


def sparse(name, seconds):
    """A WAV of silence that takes no room on the disk."""
    size = seconds * 16000
    with open(name, "wb") as f:
        f.write(struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + size, b"WAVE", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16,
                            b"data", size))
        f.truncate(44 + size)
    return name


def replay(name):
    """Peak memory in KiB, and the summary line."""
    p = subprocess.Popen([PROGRAM, "replay", "--json", "--mono-is", "caller", name], stdout=subprocess.PIPE)
    last = b""
    for line in p.stdout:
        last = line
    p.stdout.close()
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = status
    return usage.ru_maxrss, last


@unittest.skipIf(os.environ.get("UT_SANITIZE"), "sanitizers keep what was freed")
class Long(unittest.TestCase):
    def test_constant_memory(self):
        short, _ = replay(sparse("minute.wav", 60))
        long, last = replay(sparse("day.wav", 12 * 3600))
        os.remove("day.wav")
        self.assertIn(b'"duration_s":43200.00', last)
        self.assertLess(long, short + 1024)
        print("1 minute: %d KiB, 12 hours: %d KiB" % (short, long), file=sys.stderr)


if __name__ == "__main__":
    unittest.main()
