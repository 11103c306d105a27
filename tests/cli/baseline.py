#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A caller's calm voice goes from one recording to the next: --save-baseline, then --baseline."""
import os
import struct
import unittest
import zlib

from undertone import SAMPLES, run

RATE = 8000
CALM_S, ANGRY_S = (0, 22), (36, 61)  # Of the sample: its caller begins calm and escalates.


def part(path, span):
    """Some seconds of the sample, its header as it is but for the sizes."""
    with open(os.path.join(SAMPLES, "escalating-en.wav"), "rb") as f:
        b = f.read()
    at = b.index(b"data")
    align, = struct.unpack_from("<H", b, 32)
    data = b[at + 8:][span[0] * RATE * align:span[1] * RATE * align]
    with open(path, "wb") as f:
        f.write(b[:4] + struct.pack("<I", at + len(data)) + b[8:at + 4] + struct.pack("<I", len(data)) + data)
    return path


def raised(r):
    return [a for a in r.lines("alert") if a["action"] == "raised"]


def resealed(blob, at, value):
    """A baseline with one float changed and a checksum that fits."""
    b = bytearray(blob)
    struct.pack_into("<f", b, at, value)
    struct.pack_into("<I", b, 8, zlib.crc32(bytes(b[12:])))
    return bytes(b)


class Baseline(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        part("calm.wav", CALM_S), part("angry.wav", ANGRY_S)
        r = run("replay", "--json", "--save-baseline", "caller.utbl", "calm.wav")
        assert r.status == 0, r.err
        with open("caller.utbl", "rb") as f:
            cls.blob = f.read()

    def refused(self, blob, *said):
        with open("bad.utbl", "wb") as f:
            f.write(blob)
        r = run("replay", "--baseline", "bad.utbl", "angry.wav")
        self.assertEqual((r.status, r.out), (2, b""), r.err)
        for words in ("bad.utbl", *said):
            self.assertIn(words, r.err)

    def test_who_returns_angry_is_alerted(self):
        alert, = raised(run("replay", "--json", "--baseline", "caller.utbl", "angry.wav"))
        self.assertLess(alert["t"], 15)
        self.assertTrue(alert["reasons"])

    def test_who_returns_calm_is_not(self):
        r = run("replay", "--json", "--baseline", "caller.utbl", "calm.wav")
        self.assertEqual((r.status, raised(r)), (0, []))

    def test_the_same_bytes_again(self):
        again = run("replay", "--json", "--save-baseline", "again.utbl", "calm.wav")
        self.assertEqual(again.status, 0, again.err)
        with open("again.utbl", "rb") as f:
            self.assertEqual(f.read(), self.blob)

    def test_damage(self):
        for n in range(8, len(self.blob), 97):
            self.refused(self.blob[:n], "damaged", "--save-baseline")
        for at in range(8, len(self.blob), 53):
            self.refused(self.blob[:at] + bytes([self.blob[at] ^ 4]) + self.blob[at + 1:], "--save-baseline")

    def test_what_no_call_could_have_learnt(self):
        for value in (float("nan"), float("inf"), -1.0):
            self.refused(resealed(self.blob, 20, value), "damaged")

    def test_of_another_kind(self):
        self.refused(b"", "is no baseline")
        self.refused(b"Dear all,\n", "is no baseline")
        self.refused(b"UTMODEL\0" * 1000, "is no baseline")
        self.refused(self.blob[:4] + b"\1\0\0\0" + self.blob[8:], "another version")
        other = bytearray(self.blob)
        other[16] ^= 1
        self.refused(resealed(other, 24, 0.0), "another model", "--model")

    def test_it_is_of_one_caller(self):
        for option in ("--baseline", "--save-baseline"):
            r = run("replay", option, "caller.utbl", "calm.wav", "angry.wav")
            self.assertEqual((r.status, r.out), (2, b""))
            self.assertIn("one by one", r.err)

    def test_too_little_speech_changes_nothing(self):
        part("short.wav", (0, 3))
        with open("kept.utbl", "wb") as f:
            f.write(self.blob)
        r = run("replay", "--save-baseline", "kept.utbl", "short.wav")
        self.assertEqual(r.status, 1, r.err)
        self.assertIn("less than 2 s", r.err)
        with open("kept.utbl", "rb") as f:
            self.assertEqual(f.read(), self.blob)
        self.assertFalse(os.path.exists("kept.utbl.part"))

    def test_where_nothing_can_be_written(self):
        os.makedirs("folder", exist_ok=True)
        for path in ("nosuch/a.utbl", "folder"):
            r = run("replay", "--save-baseline", path, "calm.wav")
            self.assertEqual((r.status, r.out), (2, b""))
            self.assertIn("name another file", r.err)


if __name__ == "__main__":
    unittest.main()
