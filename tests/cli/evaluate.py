#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""tools/evaluate: figures of clips whose answer is plain, and what is said of wrong input."""
import json
import os
import subprocess
import sys
import unittest

import numpy as np
import soundfile as sf

from undertone import PROGRAM, SAMPLES, refused

TOOL = os.path.join(os.environ["UT_SOURCE"], "tools", "evaluate")


def clips():
    """The callers of the escalating samples in pieces of 3 s with speech: neutral before the onset, anger after it."""
    lines = ["path,corpus,speaker,sex,label"]
    for name in ("escalating-en", "escalating-es"):
        x, rate = sf.read(os.path.join(SAMPLES, name + ".wav"))
        with open(os.path.join(SAMPLES, name + ".json"), encoding="utf-8") as f:
            onset = json.load(f)["onset_s"]
        for i in range(int(len(x) / rate / 3)):
            piece = x[3 * i * rate:3 * (i + 1) * rate, 0]
            if np.mean(np.abs(piece) > 0.01) < 0.3 or 3 * i < onset < 3 * (i + 1):
                continue
            sf.write(f"{name}-{i}.wav", piece, rate)
            lines.append(f"{name}-{i}.wav,samples,{name},f,{'neutral' if 3 * i < onset else 'anger'}")
    with open("clips.csv", "w", encoding="utf-8") as f:
        f.write("\n".join(lines) + "\n")


def evaluate(*args):
    return subprocess.run([sys.executable, TOOL, "--program", PROGRAM, *args], capture_output=True, text=True)


class Evaluate(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        clips()

    def test_anger_of_the_samples(self):
        r = evaluate("clips.csv", "--json", "--draws", "20", "--baselines", "1")
        self.assertEqual(r.returncode, 0, r.stderr)
        out = json.loads(r.stdout)
        anger = out["with_baseline"]["samples"]["B"]
        self.assertGreater(anger["clips"], 5)
        self.assertGreater(anger["auc"], 0.95)
        self.assertEqual(out["with_baseline"]["samples"]["speakers"], 2)
        self.assertEqual(sorted(out["baseline_clips"]), ["0", "1", "5"])

    def test_wrong_input(self):
        for name, text in (("short.csv", b"path,speaker,label\na.wav,1\n"), ("bytes.csv", b"path,speaker,label\n\xff,1,x\n"),
                           ("columns.csv", b"path,label\na.wav,anger\n"),
                           ("lost.csv", b"path,speaker,label\nno-such.wav,1,anger\n")):
            with open(name, "wb") as f:
                f.write(text)
        refused(self, evaluate, [
            (["short.csv"], "clip 1"), (["bytes.csv"], "no CSV"), (["columns.csv"], "columns are missing"),
            (["lost.csv"], "--root"), (["clips.csv", "--loss", "150"], "0 to 90"),
            (["clips.csv", "--jobs", "0"], "1 to 256")])


if __name__ == "__main__":
    unittest.main()
