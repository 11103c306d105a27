#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A model file with any field wrong is refused, by the field, before anything of it is used."""
import os
import struct
import unittest
import zlib

from undertone import SAMPLES, run, wav

MODEL = os.path.join(os.environ["UT_SOURCE"], "models", "undertone.utm")
CALL = os.path.join(SAMPLES, "calm-en.wav")
HEAD, ENTRY = 64, 32


def sealed(data):
    """The same with its length and checksum made right."""
    data = data[:16] + struct.pack("<I", len(data)) + data[20:]
    crc = zlib.crc32(data[24:], zlib.crc32(data[:20]))
    return data[:20] + struct.pack("<I", crc) + data[24:]


def put(data, at, fmt, value):
    return data[:at] + struct.pack(fmt, value) + data[at + struct.calcsize(fmt):]


class Model(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(MODEL, "rb") as f:
            cls.good = f.read()

    def refused(self, data, *said):
        with open("bad.utm", "wb") as f:
            f.write(data)
        r = run("replay", "--json", "--model", "bad.utm", CALL)
        self.assertEqual(r.status, 2, (said, r.err))
        self.assertEqual(r.out, b"")
        self.assertIn("bad.utm", r.err)
        self.assertIn("--model", r.err)
        for words in said:
            self.assertIn(words, r.err)

    def test_the_file_is_the_model_that_is_built_in(self):
        self.assertEqual(sealed(self.good), self.good)
        self.assertEqual(run("replay", "--json", "--model", MODEL, CALL).out, run("replay", "--json", CALL).out)

    def test_head(self):
        self.refused(b"", "not a file of this kind")
        self.refused(b"X" + self.good[1:], "not a file of this kind")
        self.refused(sealed(put(self.good, 8, "<I", 2)), "version")
        self.refused(sealed(put(self.good, 12, "<I", 0xdeadbeef)), "another set of features")
        self.refused(put(self.good, 16, "<I", len(self.good) + 1), "ends early")
        self.refused(put(self.good, 20, "<I", 0), "checksum")
        for count in (0, 1, 0xffffffff):
            self.refused(sealed(put(self.good, 24, "<I", count)), "shapes")

    def test_cut(self):
        for n in (1, 7, 8, 20, 63, 64, 100, 700, len(self.good) // 2, len(self.good) - 1):
            self.refused(self.good[:n])
            self.refused(sealed(self.good[:n])) if n >= 64 else None
        self.refused(self.good + b"\0")

    def test_every_field_of_every_entry(self):
        count, = struct.unpack_from("<I", self.good, 24)
        self.assertGreater(count, 5)
        for i in range(count):
            at = HEAD + i * ENTRY
            self.refused(sealed(put(self.good, at, "<B", ord("?"))), "shapes")
            self.refused(sealed(put(self.good, at + 16, "<I", 0xffffffff)), "shapes")
            self.refused(sealed(put(self.good, at + 20, "<I", 0)), "shapes")
            self.refused(sealed(put(self.good, at + 24, "<I", 0xfffffffc)))
            self.refused(sealed(put(self.good, at + 24, "<I", len(self.good) - 3)))

    def test_values_that_are_no_numbers(self):
        count, = struct.unpack_from("<I", self.good, 24)
        for i in range(count):
            offset, = struct.unpack_from("<I", self.good, HEAD + i * ENTRY + 24)
            for value in (float("nan"), float("inf")):
                self.refused(sealed(put(self.good, offset, "<f", value)), "breaks the rules")

    def test_each_byte_of_the_head_damaged(self):
        for at in range(HEAD):
            self.refused(put(self.good, at, "<B", self.good[at] ^ 0x55))

    def test_values_of_any_size_give_finite_scores(self):
        with open(CALL, "rb") as f:
            start = f.read()[58:58 + 2 * 8000 * 12]
        call = wav("start.wav", [], channels=2, tag=7, bits=8, data=start)
        count, = struct.unpack_from("<I", self.good, 24)
        for i in range(count):
            offset, = struct.unpack_from("<I", self.good, HEAD + i * ENTRY + 24)
            for value in (3e38, -3e38, 0):
                with open("odd.utm", "wb") as f:
                    f.write(sealed(put(self.good, offset, "<f", value)))
                r = run("replay", "--json", "--model", "odd.utm", call)
                self.assertIn(r.status, (0, 2, 3), r.err)
                for o in r.lines("score") if r.status == 0 else []:
                    if o["state"] != "abstain":
                        self.assertTrue(0 <= o["stress"] <= 1 and 0 <= o["arousal"] <= 1, o)


if __name__ == "__main__":
    unittest.main()
