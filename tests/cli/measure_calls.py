#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""tools/measure-calls: what counts as alerted, false and cleared, and the sweep over thresholds."""
import csv
import json
import os
import shutil
import subprocess
import sys
import unittest

from undertone import PROGRAM, SAMPLES, refused

TOOL = os.path.join(os.environ["UT_SOURCE"], "tools", "measure-calls")
COLUMNS = ["file", "corpus", "speaker", "sex", "kind", "emotion", "onset_s", "recovery_s"]
# The alert of escalating-en is raised at 41.2 s and stands to the end, at 62.1 s.
CALLS = [("hit.wav", "escalating-en", "escalation", "37.11", ""),
         ("late-onset.wav", "escalating-en", "escalation", "50", ""),   # The alert comes before the onset.
         ("stands.wav", "escalating-en", "recovery", "37.11", "50"),    # Much speech after the recovery.
         ("too-short.wav", "escalating-en", "recovery", "37.11", "61"),
         ("calm.wav", "calm-en", "control", "", "")]


def folder(name, calls):
    os.makedirs(name, exist_ok=True)
    with open(f"{name}/calls.csv", "w", newline="") as f:
        out = csv.writer(f)
        out.writerow(COLUMNS)
        for file, sample, kind, onset, recovery in calls:
            shutil.copy(os.path.join(SAMPLES, sample + ".wav"), f"{name}/{file}")
            out.writerow([file, "sample", "1", "f", kind, "anger", onset, recovery])
    return name


def measure(*args):
    return subprocess.run([sys.executable, TOOL, "--program", PROGRAM, *args], capture_output=True, text=True)


class MeasureCalls(unittest.TestCase):
    def table(self, name, calls, *more):
        r = measure(folder(name, calls), "--json", *more)
        self.assertEqual(r.returncode, 0, r.stderr)
        return json.loads(r.stdout)

    def test_counts(self):
        s = self.table("all", CALLS)
        every = s["all"]
        self.assertEqual((every["calls"], every["escalations"], every["alerted"], every["false"]), (5, 4, 3, 1))
        self.assertTrue(2 < every["delay_speech_s"] < 10, every)
        self.assertEqual((every["stood"], every["cleared"], every["stood_too_short"]), (1, 0, 1))
        self.assertEqual((s["kind control"]["calls"], s["kind control"]["false"]), (1, 0))

    def test_sweep_ends_where_evidence_does(self):
        name = folder("sweep", CALLS[:1] + CALLS[4:])
        r = measure(name, "--sweep", "--steps", "5", "--svg", "curve.svg")
        self.assertEqual(r.returncode, 0, r.stderr)
        self.assertEqual(len(r.stdout.splitlines()), 5, r.stdout)  # Head, and all thresholds but the last.
        self.assertIn("evidence ends at", r.stderr)
        with open("curve.svg") as f:
            self.assertIn("<svg", f.read())

    def test_calls(self):
        name = folder("each", CALLS[:1] + CALLS[4:])
        lines = [json.loads(line) for line in measure(name, "--calls", "--json").stdout.splitlines()]
        self.assertEqual([c.get("file") for c in lines], ["hit.wav", "calm.wav", None])
        self.assertTrue(2 < lines[0]["delay_speech_s"] < 10, lines[0])
        self.assertEqual(lines[2]["all"]["alerted"], 1)
        text = measure(name, "--calls").stdout.splitlines()
        self.assertEqual(text[1], "calm.wav: delay -, false 0")

    def test_ordinary_calls(self):
        os.makedirs("ordinary/deep", exist_ok=True)
        for sample in ("escalating-en", "calm-en"):
            shutil.copy(os.path.join(SAMPLES, sample + ".wav"), "ordinary/deep")
        with open("ordinary/text.wav", "w") as f:
            f.write("no sound\n")
        r = measure("ordinary", "--json")
        self.assertEqual(r.returncode, 0, r.stderr)
        self.assertIn("1 of 3 files could not be replayed", r.stderr)
        s = json.loads(r.stdout)
        self.assertEqual((s["calls"], s["alerts"], s["calls_alerted"]), (2, 1, 1))

    def test_many_names_and_a_refusal(self):
        # More names than a pipe holds, and nobody who reads them.
        os.makedirs("many", exist_ok=True)
        for i in range(3000):
            open(f"many/{'x' * 40}{i}.wav", "w").close()
        r = measure("many", "--threshold", "2")
        self.assertEqual(r.returncode, 2, r.stderr)
        self.assertIn("--threshold 2", r.stderr)
        self.assertNotIn("Traceback", r.stderr)

    def test_bad_input(self):
        empty = folder("empty", [])
        os.makedirs("text", exist_ok=True)
        with open("text/a.wav", "w") as f:
            f.write("no sound\n")
        no_time = folder("no-time", [("a.wav", "calm-en", "escalation", "soon", "")])
        one = folder("one", CALLS[:1])
        refused(self, measure, [
            ([empty], "no calls"), ([no_time], "call 1"), (["text"], "none of the files"),
            ([one, "--sweep", "--steps", "0"], "1 or more"), ([one, "--jobs", "0"], "1 or more"),
            ([one, "--sweep", "--calls"], "leave --sweep out"),
            ([one, "--sweep", "--svg", "no/such.svg"], "no/such.svg"), (["nowhere"], "no such folder"),
            ([one, "--threshold", "0.99999"], "never alert"),
            ([one, "--sweep", "--model", "nowhere.utm"], "nowhere.utm")])


if __name__ == "__main__":
    unittest.main()
