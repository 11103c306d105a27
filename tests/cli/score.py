#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""features and score: CSV in and out."""
import csv
import io
import json
import os
import pty
import subprocess
import unittest

from undertone import PROGRAM, SAMPLES, run, voice, wav


class Features(unittest.TestCase):
    def rows(self, *args):
        r = run("features", *args)
        self.assertEqual(r.status, 0, r.err)
        return list(csv.DictReader(io.StringIO(r.out.decode())))

    def test_columns_and_frames(self):
        rows = self.rows(os.path.join(SAMPLES, "calm-en.wav"))
        self.assertEqual(list(rows[0])[:7],
                         ["time_s", "level_dbfs", "speech", "f0_hz", "voicing", "syllables", "rate_syll_s"])
        with open(os.path.join(SAMPLES, "calm-en.json")) as f:
            frames = json.load(f)["duration_s"] * 100  # The last frame is filled up.
        self.assertTrue(frames <= len(rows) < frames + 2, (frames, len(rows)))
        self.assertEqual([r["time_s"] for r in rows[:3]], ["0.00", "0.01", "0.02"])
        self.assertEqual(rows[-1]["time_s"], "%.2f" % ((len(rows) - 1) / 100))
        speech = [r for r in rows if r["speech"] == "1"]
        self.assertTrue(1000 < len(speech) < 3500, len(speech))
        for r in rows:
            f0 = float(r["f0_hz"])
            self.assertTrue(f0 == 0 or 60 <= f0 <= 500)
            self.assertEqual(f0 > 0, r["voiced"] == "1")

    def test_wide_band_is_brought_down(self):
        rows = self.rows(wav("wide.wav", voice(1, rate=44100), rate=44100))
        self.assertTrue(99 <= len(rows) <= 101, len(rows))

    def test_channel(self):
        a = run("features", os.path.join(SAMPLES, "calm-en.wav")).out
        b = run("features", "--caller-channel", "2", os.path.join(SAMPLES, "calm-en.wav")).out
        self.assertNotEqual(a, b)
        self.assertEqual(run("features", "--caller-channel", "3", os.path.join(SAMPLES, "calm-en.wav")).status, 1)

    def test_bad_files(self):
        self.assertEqual(run("features", "nosuch.wav").status, 1)
        self.assertEqual(run("features").status, 2)
        self.assertEqual(run("features", "a", "b").status, 2)


class Score(unittest.TestCase):
    def write(self, name, text):
        with open(name, "w", newline="") as f:
            f.write(text)
        return name

    def setUp(self):
        os.makedirs("speech", exist_ok=True)
        for i in range(6):
            wav("speech/u%d.wav" % i, voice(3, f0=140 if i < 3 else 190, seed=i))

    def test_columns_are_copied_and_baselines_left_out(self):
        m = self.write("speech/m.csv", "speaker,path,note,baseline\n"
                                       "s1,u0.wav,\"calm, first\",1\ns1,u1.wav,calm,1\n"
                                       "s1,u3.wav,\"said \"\"no\"\"\",0\ns2,u4.wav,,\n,u5.wav,alone,0\n")
        r = run("score", m)
        self.assertIn(r.status, (0, 3), r.err)
        rows = list(csv.reader(io.StringIO(r.out.decode())))
        self.assertEqual(rows[0], "speaker,path,note,baseline,stress,arousal,valence,speech_s,abstain".split(","))
        self.assertEqual([x[1] for x in rows[1:]], ["u3.wav", "u4.wav", "u5.wav"])
        self.assertEqual(rows[1][2], 'said "no"')
        for x in rows[1:]:
            self.assertIn(x[8], "01")
            self.assertEqual(x[8] == "1", x[4] == "")
        self.assertEqual(r.out, run("score", "--jobs", "1", m).out)

    def test_one_bad_file(self):
        m = self.write("speech/bad.csv", "path,speaker,baseline\nu0.wav,s,1\nnosuch.wav,s,0\nu3.wav,s,0\n")
        r = run("score", m)
        self.assertEqual(r.status, 1)
        self.assertIn("nosuch.wav", r.err)
        rows = list(csv.DictReader(io.StringIO(r.out.decode())))
        self.assertEqual([(x["path"], x["abstain"]) for x in rows][0], ("nosuch.wav", "1"))
        self.assertEqual(len(rows), 2)

    def test_bad_manifests(self):
        for text, said in (("", "no column `path`"), ("file,speaker\nx,y\n", "no column `path`"),
                           ("path,speaker\nx\n", "line 2"), ("path,baseline\nx,yes\n", "neither 0 nor 1"),
                           ("path\n\"x\n", "quote"), ("path,speaker\n,s\n", "path is empty")):
            r = run("score", self.write("m.csv", text))
            self.assertEqual(r.status, 2, r.err)
            self.assertIn(said, r.err)
        self.assertEqual(run("score", "nosuch.csv").status, 2)
        self.assertEqual(run("score").status, 2)

    def test_a_manifest_with_nul_bytes(self):
        wide = "path,speaker\n" + "u3.wav,s\n" * 1000
        for data in (wide.encode("utf-16"), b"path,speaker\na\0b,s\n" + b"x,s\n" * 100000):
            with open("nul.csv", "wb") as f:
                f.write(data)
            r = run("score", "nul.csv")
            self.assertEqual(r.status, 2, r.err)
            self.assertIn("nul.csv: is no CSV in UTF-8", r.err)

    def test_progress_on_a_terminal_alone(self):
        sample = os.path.abspath(os.path.join(SAMPLES, "escalating-en.wav"))
        m = self.write("many.csv", "path\n" + (sample + "\n") * 60)
        for terminal in (True, False):
            main, side = pty.openpty()
            with subprocess.Popen([PROGRAM, "score", m], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=side if terminal else subprocess.PIPE) as p:
                os.close(side)
                out = b"" if terminal else p.stderr.read()
                while terminal:
                    try:
                        out += os.read(main, 65536)
                    except OSError:  # All who could write are gone.
                        break
            os.close(main)
            self.assertEqual(p.returncode, 0)
            self.assertEqual(b"/60 files" in out and b"real time" in out, terminal, out[:200])

    def test_byte_order_mark_and_windows_lines(self):
        m = self.write("speech/win.csv", "\ufeffpath,speaker\r\nu3.wav,s\r\n")
        r = run("score", m)
        self.assertIn(r.status, (0, 3), r.err)
        self.assertIn(b"u3.wav,s,", r.out)


if __name__ == "__main__":
    unittest.main()
