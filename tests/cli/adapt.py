#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What is usual at a site is learnt from an archive without labels, and used by the other commands."""
import glob
import math
import os
import stat
import unittest
import zlib

from undertone import SAMPLES, run, voice, wav

CALLS = 36


def resealed(text):
    body = text[:text.rindex(b"checksum")]
    return body + b"checksum %08x\n" % zlib.crc32(body)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def sound_of(path):
    """What a file of two channels in G.711 holds."""
    text = read(path)
    return text[text.index(b"data") + 8:]


class Adapt(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        os.makedirs("archive")
        sounds = [sound_of(path) for path in sorted(glob.glob(os.path.join(SAMPLES, "*.wav")))]
        for i in range(CALLS):  # Calls that begin a little later each time: no two are the same.
            sound = sounds[i % len(sounds)]
            wav(f"archive/{i:02}.wav", [], channels=2, tag=7, bits=8, data=sound[i // len(sounds) * 1600:])
        cls.learnt = run("adapt", "--out", "site.txt", "archive")
        assert cls.learnt.status == 0, cls.learnt.err
        cls.text = read("site.txt")

    def refused(self, text, *said):
        with open("bad.txt", "wb") as f:
            f.write(text)
        for command in (("replay",), ("tune",), ("replay", "--json")):
            r = run(*command, "--site", "bad.txt", "archive/00.wav")
            self.assertEqual((r.status, r.out), (2, b""), r.err)
            for words in ("bad.txt", *said):
                self.assertIn(words, r.err)

    def test_it_says_what_changes_and_how_sure_it_is(self):
        said = self.learnt.out.decode()
        self.assertIn(f"learnt from {CALLS} calls", said)
        for words in ("log odds", "+-", "site.txt"):
            self.assertIn(words, said)
        for line in ("calls 36", "usual -", "shift ", "shift_error "):
            self.assertIn(line, self.text.decode())

    def test_the_same_archive_gives_the_same_bytes(self):
        r = run("adapt", "--jobs", "1", "archive")
        self.assertEqual((r.status, r.out), (0, self.text), r.err)

    def test_a_shift_moves_scores(self):
        def peak(*options):
            return run("replay", "--json", *options, "archive/00.wav").lines("summary")[0]["peak"]
        with open("keen.txt", "wb") as f:
            start = self.text.index(b"\nshift ") + 1
            f.write(resealed(self.text[:start] + b"shift 0.7500" + self.text[self.text.index(b"\n", start):]))
        def log_odds(p):
            return math.log(p / (1 - p))
        self.assertAlmostEqual(log_odds(peak("--site", "keen.txt")) - log_odds(peak()), .75, delta=.1)

    def test_score_takes_it(self):
        with open("list.csv", "w") as f:
            f.write("path,speaker,baseline\narchive/00.wav,a,0\n")
        r = run("score", "--site", "site.txt", "list.csv")
        self.assertEqual(r.status, 0, r.err)

    def test_too_little_is_refused(self):
        with open("kept.txt", "wb") as f:
            f.write(b"as it was")
        r = run("adapt", "--out", "kept.txt", "archive/00.wav", "archive/01.wav", "archive/02.wav")
        self.assertEqual((r.status, r.out), (3, b""))
        for words in ("3 calls", "30 calls", "nothing was written"):
            self.assertIn(words, r.err)
        self.assertEqual(read("kept.txt"), b"as it was")

    def test_a_call_that_is_there_again_counts_once(self):
        os.makedirs("again", exist_ok=True)
        for i in range(4):
            if not os.path.islink(f"again/{i:02}.wav"):
                os.symlink(f"../archive/{i % 2:02}.wav", f"again/{i:02}.wav")
        r = run("adapt", "again")
        self.assertEqual((r.status, r.out), (3, b""))
        for words in ("2 calls are copies", "2 calls with", "30 calls"):
            self.assertIn(words, r.err)
        r = run("adapt", "archive", "again")
        self.assertEqual((r.status, r.out), (0, self.text), r.err)

    def test_where_nobody_speaks(self):
        quiet = wav("quiet.wav", [0] * 80000)
        r = run("adapt", "--mono-is", "caller", quiet)
        self.assertEqual((r.status, r.out), (3, b""))
        self.assertIn("can be scored", r.err)
        r = run("adapt", wav("mono.wav", voice(8)))
        self.assertEqual(r.status, 3)
        self.assertIn("--mono-is caller", r.err)
        self.assertEqual(run("adapt").status, 2)

    def test_what_is_no_profile_is_refused(self):
        t = self.text
        model = t.index(b"model ") + 6
        self.refused(b"Dear all,\n", "no site's profile")
        self.refused(b"", "no site's profile")
        self.refused(t[:-9], "cut short")
        self.refused(t.replace(b"calls 36", b"calls 37"), "checksum")
        self.refused(resealed(t.replace(b"undertone-site 1", b"undertone-site 9")), "another version")
        self.refused(resealed(t[:model] + b"00000000" + t[model + 8:]), "another model")
        start = t.index(b"\nshift ") + 1
        self.refused(resealed(t[:start] + b"shift nan" + t[t.index(b"\n", start):]), "holds a line")
        # As a store's memory of few calls is written, and no call is to be heard by.
        self.refused(resealed(t.replace(b"calls 36", b"calls 3")), "too few calls", "undertone adapt")
        r = run("replay", "--site", "nosuch.txt", "archive/00.wav")
        self.assertEqual((r.status, r.out), (2, b""))
        self.assertIn("check --site", r.err)

    def test_where_nothing_can_be_written(self):
        os.mkfifo("pipe")
        os.symlink("loop", "loop")
        for out in ("nosuch/site.txt", "pipe", "loop"):
            r = run("adapt", "--out", out, "archive")
            self.assertEqual((r.status, r.out), (2, b""))
            self.assertIn("name another file", r.err)
        self.assertTrue(stat.S_ISFIFO(os.stat("pipe").st_mode) and os.path.islink("loop"))

    def test_serve_names_the_file(self):
        with open("bad.txt", "wb") as f:
            f.write(b"#!/bin/sh\n")
        r = run("serve", "--site", "bad.txt", timeout=20)
        self.assertNotEqual(r.status, 0)
        self.assertIn("bad.txt: is no site's profile", r.err)


if __name__ == "__main__":
    unittest.main()
