#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""replay --export: each file is read back by its own program, or held against what its format asks, and says what
the JSON Lines of the same replay say."""
import base64
import csv
import json
import os
import re
import shutil
import subprocess
import unittest
import xml.etree.ElementTree as tree
from urllib.parse import unquote, urlparse

import srt
import webvtt

from undertone import SAMPLES, run, voice, wav

HERE = os.path.dirname(os.path.abspath(__file__))
CALL = os.path.join(SAMPLES, "escalating-en.wav")
ALL = "vtt,srt,textgrid,audacity,elan,emotionml,csv,html"
EML = "{http://www.w3.org/2009/10/emotionml}"
STATES = {"calm", "elevated", "alert"}


def seconds(text):
    h, m, s = re.split(":", text.replace(",", "."))
    return int(h) * 3600 + int(m) * 60 + float(s)


def valid(schema, path):
    r = subprocess.run(["xmllint", "--noout", "--relaxng", os.path.join(HERE, schema), path],
                       capture_output=True, text=True)
    assert r.returncode == 0, r.stderr
    return tree.parse(path).getroot()


class Exports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # A name that XML, Praat and URLs would trip over.
        cls.path = os.path.abspath('a & "b" <é>.wav')
        shutil.copy(CALL, cls.path)
        r = run("replay", "--json", "--export", ALL, "--out", "all", cls.path)
        assert r.status == 0, r.err
        cls.events = r.lines()
        cls.name = cls.events[0]["call"]
        cls.base = os.path.join("all", cls.name)
        cls.scores = [e for e in cls.events if e["type"] == "score"]
        cls.alerts = [e for e in cls.events if e["type"] == "alert"]
        cls.turns, = [e for e in cls.events if e["type"] == "turns"]
        cls.summary, = [e for e in cls.events if e["type"] == "summary"]
        cls.scored = [s for s in cls.scores if s["state"] in STATES]

    def check_cues(self, cues):
        """(from, to, text) of each."""
        for a, b in zip(cues, cues[1:]):
            self.assertLessEqual(a[0], b[0])
        alert, = [c for c in cues if c[2].startswith("Alert")]
        self.assertAlmostEqual(alert[0], self.alerts[0]["t"], places=2)
        self.assertIn(self.alerts[0]["text"], alert[2])
        episode, = [c for c in cues if c[2].startswith("Episode")]
        told = self.summary["episodes"][0]
        self.assertAlmostEqual(episode[0], told["onset"], delta=.02)
        self.assertAlmostEqual(episode[1], told["end"], delta=.02)
        talk = sum(c[1] - c[0] for c in cues if c[2].startswith("Caller"))
        self.assertAlmostEqual(talk, self.turns["caller_talk_s"], delta=1)

    def test_webvtt(self):
        self.check_cues([(seconds(c.start), seconds(c.end), c.text) for c in webvtt.read(self.base + ".vtt")])

    def test_srt(self):
        with open(self.base + ".srt", encoding="utf-8") as f:
            cues = list(srt.parse(f.read()))
        self.assertEqual([c.index for c in cues], list(range(1, len(cues) + 1)))
        self.check_cues([(c.start.total_seconds(), c.end.total_seconds(), c.content) for c in cues])

    def praat(self, base):
        r = subprocess.run(["praat", "--run", os.path.join(HERE, "read_textgrid.praat"), os.path.abspath(base)],
                           capture_output=True, text=True, timeout=60)
        self.assertEqual(r.returncode, 0, r.stderr)
        return [line.split("\t") for line in r.stdout.splitlines()]

    @unittest.skipUnless(shutil.which("praat"), "praat is not installed: tools/packages.test names it")
    def test_praat(self):
        facts = self.praat(self.base)
        self.assertAlmostEqual(float(facts[0][1]), self.summary["duration_s"], delta=.05)
        tiers = {}
        for f in facts[1:]:
            tiers.setdefault(f[0], []).append([float(x) for x in f[1:3]] + f[3:])
        stress = tiers.pop("stress")
        self.assertEqual(set(tiers), {"caller", "agent", "state", "episodes", "alerts"})
        for intervals in tiers.values():  # Praat has no holes in a tier.
            self.assertEqual(intervals[0][0], 0)
            for a, b in zip(intervals, intervals[1:]):
                self.assertEqual(a[1], b[0])
        for tier, key in (("caller", "caller_talk_s"), ("agent", "agent_talk_s")):
            self.assertAlmostEqual(sum(b - a for a, b, text in tiers[tier] if text), self.turns[key], delta=.02)
        alerts = [x for x in tiers["alerts"] if x[2]]
        self.assertEqual(len(alerts), 1)
        self.assertAlmostEqual(alerts[0][0], self.alerts[0]["t"], places=2)
        for s in self.scores:
            state, = [text for a, b, text in tiers["state"] if a <= s["t"] - .5 < b]
            self.assertEqual(state, s["state"] if s["state"] in STATES else "no score: " + s["why"])
        self.assertEqual(stress, [[round(s["t"] - .5, 3), round(s["stress"] * 100, 1)] for s in self.scored])

    def test_audacity(self):
        with open(self.base + ".labels.txt", encoding="utf-8") as f:
            rows = [line.rstrip("\n").split("\t") for line in f]
        for row in rows:
            self.assertEqual(len(row), 3)
            self.assertRegex(row[0], r"^\d+\.\d{6}$")
            self.assertLess(float(row[0]), float(row[1]))
        self.check_cues([(float(a), float(b), text) for a, b, text in rows if not text.startswith("state")])
        states = [text for _, _, text in rows if text.startswith("state")]
        self.assertEqual(states, ["state no score: speech", "state calm", "state elevated", "state alert"])

    def test_elan(self):
        root = valid("eaf.rng", self.base + ".eaf")
        url = root.find("HEADER/MEDIA_DESCRIPTOR").get("MEDIA_URL")
        self.assertEqual(unquote(urlparse(url).path), self.path)
        slots = {s.get("TIME_SLOT_ID"): int(s.get("TIME_VALUE")) for s in root.iter("TIME_SLOT")}
        for tier in root.iter("TIER"):
            at = 0
            for a in tier.iter("ALIGNABLE_ANNOTATION"):
                begin, end = slots[a.get("TIME_SLOT_REF1")], slots[a.get("TIME_SLOT_REF2")]
                self.assertLessEqual(at, begin)  # ELAN refuses what overlaps in a tier.
                self.assertLess(begin, end)
                at = end
        alert, = root.find("TIER[@TIER_ID='alerts']").iter("ALIGNABLE_ANNOTATION")
        self.assertAlmostEqual(slots[alert.get("TIME_SLOT_REF1")] / 1000, self.alerts[0]["t"], places=2)
        self.assertIn(self.alerts[0]["text"], alert.find("ANNOTATION_VALUE").text)

    def test_emotionml(self):
        root = valid("emotionml.rng", self.base + ".emotionml")
        got = []
        for e in root.iter(EML + "emotion"):
            d = {x.get("name"): x for x in e.iter(EML + "dimension")}
            got.append((int(e.get("offset-to-start")) + 1000, float(d["arousal"].get("value")),
                        float(d["valence"].get("value"))))
        self.assertEqual(len(got), len(self.scored))
        for (ms, arousal, valence), s in zip(got, self.scored):
            self.assertEqual(ms, round(s["t"] * 1000))
            self.assertAlmostEqual(arousal, s["arousal"], delta=.0011)
            self.assertAlmostEqual(valence, (s["valence"] + 1) / 2, delta=.0011)

    def test_csv(self):
        with open(self.base + ".csv", newline="", encoding="utf-8") as f:
            rows = list(csv.DictReader(f))
        self.assertEqual([float(r["stress"]) for r in rows if r["stress"]], [s["stress"] for s in self.scored])
        self.assertEqual([r["why"] for r in rows if not r["stress"]],
                         [s["why"] for s in self.scores if s["state"] == "abstain"])
        with open("all/calls.csv", newline="", encoding="utf-8") as f:
            row, = csv.DictReader(f)
        self.assertEqual((row["call"], row["file"], row["alerts"]), (self.name, self.path, "1"))
        for key in ("peak", "peak_end", "end", "recovery"):
            self.assertAlmostEqual(float(row[key]), self.summary[key], delta=.002)

    def report(self, path):
        with open(path, encoding="utf-8") as f:
            text = f.read()
        self.assertEqual(re.findall(r"""(?:src|href)=["']?\w+:|url\(|@import|<link|<img""", text.split("<script>")[0]), [])
        return json.loads(text.split('id="data">')[1].split("</script>")[0]), text

    def test_report(self):
        data, text = self.report(self.base + ".html")
        self.assertEqual((data["call"], data["file"], data["audio"]), (self.name, self.path, None))
        self.assertEqual([s[1] for s in data["seconds"] if s[1] is not None], [s["stress"] for s in self.scored])
        self.assertEqual([(a["t"], a["text"]) for a in data["alerts"]], [(a["t"], a["text"]) for a in self.alerts])
        self.assertEqual({**data["summary"], "file": self.path}, self.summary)
        self.assertAlmostEqual(data["talk"][-1][1], data["turns"]["t"], delta=.02)
        self.assertEqual(text.count("<title>"), 1)

    def test_report_with_its_sound(self):
        name = "x</script><script>alert(1)<!--.wav".replace("/", "")
        shutil.copy(CALL, name)
        for audio in ("link", "embed"):
            r = run("replay", "--export", "html", "--audio", audio, "--out", audio, name)
            self.assertEqual(r.status, 0, r.err)
            path, = (os.path.join(audio, f) for f in os.listdir(audio) if f.endswith(".html"))
            data, text = self.report(path)
            self.assertEqual(text.count("</script>"), 3)
            self.assertEqual(data["file"], name)
            if audio == "link":
                self.assertEqual(unquote(urlparse(data["audio"]).path), os.path.abspath(name))
            else:
                with open(CALL, "rb") as f:
                    self.assertEqual(base64.b64decode(data["audio"].split("data:audio/wav;base64,")[1]), f.read())
        r = run("replay", "--export", "csv", "--audio", "link", "--out", "x", CALL)
        self.assertEqual(r.status, 2)
        self.assertIn("--export html", r.err)

    def test_many_calls_and_one_that_fails(self):
        wav("mono.wav", voice(3))
        with open("broken.wav", "wb") as f:
            f.write(b"RIFF")
        r = run("replay", "--export", "csv,vtt", "--out", "many", CALL, "broken.wav", "mono.wav",
                os.path.join(SAMPLES, "calm-es.wav"))
        self.assertEqual(r.status, 1)
        with open("many/calls.csv", newline="", encoding="utf-8") as f:
            rows = list(csv.DictReader(f))
        self.assertEqual([r["call"] for r in rows], ["escalating-en", "mono", "calm-es"])
        self.assertEqual((rows[1]["scored"], rows[1]["why"], rows[1]["peak"]), ("no", "role", ""))
        self.assertEqual(sorted(os.listdir("many")),
                         sorted(["calls.csv"] + [n + e for n in ("escalating-en", "mono", "calm-es")
                                                 for e in (".csv", ".vtt")]))

    def test_wrong_wishes(self):
        open("file", "w").close()
        for args, words in ((("--export", "vtt,doc", "--out", "x"), "vtt,srt,textgrid"),
                            (("--export", "vtt,", "--out", "x"), "vtt,srt,textgrid"),
                            (("--export", "vtt"), "--out"), (("--out", "x"), "--export"),
                            (("--export", "vtt", "--out", "file"), "--out"),
                            (("--export", "vtt", "--out", "no/such/folder"), "--out")):
            r = run("replay", *args, CALL)
            self.assertEqual((r.status, r.out), (2, b""), args)
            self.assertIn(words, r.err)
        self.assertFalse(os.path.exists("x"))


if __name__ == "__main__":
    unittest.main()
