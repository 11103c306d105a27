#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""tune: the table agrees with replays, the budget is kept, bad input is told."""
import csv
import json
import os
import shutil
import sqlite3
import sys
import time
import unittest
import xml.etree.ElementTree

from undertone import SAMPLES, run

sys.path.insert(0, os.path.join(os.environ["UT_SOURCE"], "tests", "loopback"))
from sound import read_ulaw_wav, write_ulaw_wav  # noqa: E402


def archive():
    os.makedirs("calls/deep/er", exist_ok=True)
    for name, folder in (("calm-en", "calls"), ("calm-es", "calls/deep"), ("escalating-en", "calls/deep/er"),
                         ("escalating-es", "calls")):
        shutil.copy(os.path.join(SAMPLES, name + ".wav"), folder)
    with open("calls/notes.txt", "w") as f:
        f.write("no recording\n")
    return "calls"


def labels(text, name="labels.csv"):
    with open(name, "w") as f:
        f.write(text)
    return name


class Tune(unittest.TestCase):
    def tune(self, *args):
        r = run("tune", "--json", *args)
        self.assertEqual(r.status, 0, r.err)
        return json.loads(r.out)

    def test_rows_are_what_replays_give(self):
        table = self.tune("--budget", "5", archive())
        self.assertEqual((table["calls"], table["unscored"], table["labelled"]), (4, 0, False))
        rows = table["rows"]
        for row in (rows[0], rows[60], rows[130], rows[-1]):
            raised = 0
            for line in run("replay", "--json", "--threshold", str(row["threshold"]), "calls/calm-en.wav",
                            "calls/escalating-es.wav", "calls/deep/calm-es.wav",
                            "calls/deep/er/escalating-en.wav").out.splitlines():
                raised += json.loads(line).get("action") == "raised"
            self.assertEqual(raised, row["alerts"], row)
        chosen = table["chosen"]
        self.assertTrue(chosen is None or chosen["alerts_per_100h"] <= 5)
        self.assertEqual(table, self.tune("--jobs", "1", "--budget", "5", "calls/"))

    def test_every_threshold_shown_is_taken(self):
        text = run("tune", archive()).out.decode()
        shown = [line.replace("*", " ").split()[0] for line in text.splitlines() if "(at most" in line]
        self.assertGreater(len(shown), 10)
        self.assertEqual(run("replay", "--threshold", shown[-1], "calls/calm-en.wav").status, 0, shown)

    def test_labels_and_drawing(self):
        truth = labels("file,onset_s,note\ndeep\\er\\escalating-en.wav,20,x\nescalating-es.wav,20,\ncalm-en.wav,,\n"
                       "calm-es.wav,,\n")
        table = self.tune("--labels", truth, "--svg", "t.svg", archive())
        self.assertTrue(table["labelled"])
        self.assertEqual(table["escalations"], 2)
        self.assertLess(table["calm_h"], table["call_h"])
        self.assertTrue(all(0 <= r["caught"] <= 2 for r in table["rows"]))
        self.assertTrue(xml.etree.ElementTree.parse("t.svg").getroot().tag.endswith("svg"))
        r = run("tune", "--labels", truth, "calls")
        self.assertIn(b"2 escalations", r.out)
        self.assertIn(b"100 h", r.out)

    def test_labels_of_spreadsheets(self):
        with open("marked.csv", "w", encoding="utf-8-sig", newline="") as f:
            f.write("file,onset_s\r\nescalating-en.wav,20\r\n")
        self.assertEqual(self.tune("--labels", "marked.csv", archive())["escalations"], 1)
        with open("wide.csv", "w", encoding="utf-16") as f:
            f.write("file,onset_s\nescalating-en.wav,20\n")
        r = run("tune", "--labels", "wide.csv", "calls")
        self.assertEqual(r.status, 2)
        self.assertIn("UTF-16", r.err)

    def test_unlabelled_calls_are_told(self):
        r = run("tune", "--labels", labels("file,onset_s\ncalm-en.wav,\n"), archive())
        self.assertEqual(r.status, 0)
        self.assertIn("3 of 4 calls are not in it", r.err)

    def test_labels_by_path(self):
        """Recorders give many files one name, a folder a call: which is meant the path tells, and a doubt is no truth."""
        caller, agent = read_ulaw_wav(os.path.join(SAMPLES, "escalating-en.wav"))
        for folder, end_s in (("a", 16), ("b", 12)):
            os.makedirs(f"same/{folder}", exist_ok=True)
            write_ulaw_wav(f"same/{folder}/call.wav", caller[48000:end_s * 8000], agent[48000:end_s * 8000])
        here = os.getcwd()
        for row in ("a/call.wav", f"{here}/same/a/call.wav", "./same/a/call.wav"):
            r = run("tune", "--json", "--labels", labels(f"file,onset_s\n{row},8\nb/call.wav,\n"), "same")
            self.assertEqual((r.status, json.loads(r.out)["escalations"], r.err), (0, 1, ""), row)  # b ends at 6 s.
        for text, said in (("call.wav,2\n", "line 2: call.wav may be same/"),
                           ("a/call.wav,2\nsame/a/call.wav,3\n", "lines 2 and 3 speak of one recording")):
            r = run("tune", "--labels", labels("file,onset_s\n" + text), "same")
            self.assertEqual(r.status, 2)
            self.assertIn(said, r.err)
        r = run("tune", "--json", "--labels", labels("file,onset_s\nc/call.wav,2\nd/call.wav,2\na/call.wav,500\nb/call.wav,\n"), "same")
        self.assertEqual(r.status, 0)
        self.assertIn("line 2: c/call.wav is none of the recordings", r.err)
        self.assertIn("2 of 4 rows are of none of the recordings", r.err)
        self.assertIn("line 4: the onset of a/call.wav, 500.0 s, lies behind its end", r.err)

    def test_bad_labels(self):
        for text, said in (("path,onset\na,1\n", "columns are missing"), ("file,onset_s\na,soon\n", "no number"),
                           ("file,onset_s\na\n", "too short"), ("", "columns are missing")):
            r = run("tune", "--labels", labels(text), archive())
            self.assertEqual(r.status, 2, text)
            self.assertIn(said, r.err)
        self.assertEqual(run("tune", "--labels", "nosuch.csv", "calls").status, 2)

    def test_nothing_to_tune_on(self):
        self.assertEqual(run("tune").status, 2)
        os.makedirs("empty", exist_ok=True)
        r = run("tune", "empty")
        self.assertEqual(r.status, 3)
        self.assertIn("holds no recordings", r.err)
        self.assertEqual(run("tune", "nosuch").status, 3)

    def test_one_bad_file_stops_nothing(self):
        archive()
        with open("calls/broken.wav", "w") as f:
            f.write("this is no sound\n")
        r = run("tune", "--json", "calls")
        os.remove("calls/broken.wav")
        self.assertEqual(r.status, 1)
        self.assertIn("broken.wav", r.err)
        self.assertEqual(json.loads(r.out)["calls"], 4)

    def test_record(self):
        """Of 100 calls of half an hour 40 have a verdict; the strongest alerts were right."""
        shutil.rmtree("rec", ignore_errors=True)
        self.assertEqual(run("tune", "--from-store", "rec").status, 1)
        self.assertEqual(run("token", "add", "x", "--role", "viewer", "--data", "rec").status, 0)
        r = run("tune", "--from-store", "rec")
        self.assertEqual((r.status, r.out), (3, b""))
        now = int(time.time() * 1000)
        with sqlite3.connect("rec/undertone.db") as db:
            for i in range(200):
                row = db.execute("INSERT INTO calls(call, node, source, queue, agent, has_agent, started_ms, ended_ms, scored, peak, duration_s, alerts, top_evidence,"
                                 " summary) VALUES(?, 'n', 'sip', ?, '', 0, ?, ?, 1, .5, 1800, ?, ?, '{}')",
                                 (f"c{i}", "Few" if i < 100 else "Billing", now - 9 * 86400000, now - 8 * 86400000, i >= 160, (i % 100) / 100)).lastrowid
                if i >= 160:
                    db.execute("INSERT INTO alerts(alert, call_id, n, t, stress, for_s, reasons, text, state, raised_ms, due_ms, outcome)"
                               " VALUES(?, ?, 1, 3, .8, 2, '[]', '', 'resolved', ?, 0, ?)", (f"c{i}-1", row, now, "helped" if i >= 180 else "false_alarm"))
        got = json.loads(run("tune", "--from-store", "rec", "--json").out)
        billing, few = got["rows"]
        self.assertEqual([billing[k] for k in ("queue", "calls", "hours", "judged", "right", "budget")], ["Billing", 100, 50, 40, 20, 20])
        # 20 in 100 hours are 10 in these 50: the false ones from .70 to .79, and all that were right.
        keeps = [p["threshold"] for p in billing["curve"] if p["threshold"] > .69 and p["false"] <= 20]
        self.assertEqual(billing["proposed"]["threshold"], keeps[0])
        self.assertTrue(.69 < keeps[0] < .72, keeps)
        self.assertIsNone(few["proposed"])
        tight = json.loads(run("tune", "--from-store", "rec", "--json", "--budget", "2").out)["rows"][0]
        self.assertGreater(tight["proposed"]["threshold"], .78)
        text = run("tune", "--from-store", "rec").out.decode()
        self.assertIn("of 40 alerts with a verdict 20 right: 50 % [35, 65]; 0 missed", text)
        self.assertIn(f"For at most 20 false alerts in 100 hours: {keeps[0]:.4f}, set on", text)
        self.assertIn("Nothing is proposed yet: it takes 20 verdicts and 10 hours.", text)
        r = run("tune", "--from-store", "rec", "calls")
        self.assertEqual(r.status, 2)
        self.assertIn("leave out recordings", r.err)

    def test_what_people_said_as_labels(self):
        """Verdicts and marks on imported recordings, out of the record and into tune: the same truth."""
        shutil.rmtree("said", ignore_errors=True)
        self.assertEqual(run("import", "--data", "said", archive()).status, 0)
        save = ("tune", "--from-store", "said", "--save-labels", "said.csv")
        r = run(*save)
        self.assertEqual((r.status, r.out, os.path.exists("said.csv")), (3, b"", False))
        with sqlite3.connect("said/undertone.db") as db:
            ids = dict(db.execute("SELECT call, id FROM calls"))
            t, for_s = db.execute("SELECT t, for_s FROM alerts WHERE call_id = ? ORDER BY t", (ids["escalating-en"],)).fetchone()
            db.execute("UPDATE alerts SET outcome = 'helped' WHERE call_id = ?", (ids["escalating-en"],))
            mark = "INSERT INTO marks(call_id, t, kind, text, by, time_ms) VALUES(?, ?, ?, '', 'qa', 0)"
            for call, at, kind in (("escalating-es", 2.5, "stressed"), ("calm-en", 5, "calm"), ("calm-es", 9, "note")):
                db.execute(mark, (ids[call], at, kind))
            live = db.execute("INSERT INTO calls(call, node, source, queue, agent, has_agent, started_ms, scored, summary)"
                              " VALUES('live', 'n', 'sip', '', '', 0, 1, 1, '{}')").lastrowid
            db.execute(mark, (live, 3, "stressed"))
        r = run(*save)
        self.assertEqual((r.status, r.out), (0, b"3 recordings, in 2 of them an alert is right\n"), r.err)
        self.assertIn("1 calls that were heard live are left out", r.err)
        with open("said.csv", newline="") as f:
            rows = {os.path.basename(row["file"]): row["onset_s"] for row in csv.DictReader(f)}
        self.assertEqual(set(rows), {"escalating-en.wav", "escalating-es.wav", "calm-en.wav"})
        self.assertAlmostEqual(float(rows["escalating-en.wav"]), t - for_s, delta=.006)
        self.assertEqual((rows["escalating-es.wav"], rows["calm-en.wav"]), ("2.50", ""))
        r = run("tune", "--json", "--labels", "said.csv", "calls")
        self.assertEqual((r.status, json.loads(r.out)["escalations"]), (0, 2), r.err)
        self.assertIn("1 of 4 calls are not in it", r.err)
        for args, status, said in ((("tune", "--save-labels", "x.csv", "calls"), 2, "--from-store"),
                                   ((*save[:-1], "no/such.csv"), 1, "no/such.csv"), (("tune", "--from-store", "none", "--save-labels", "x"), 1, "none/")):
            r = run(*args)
            self.assertEqual(r.status, status, r.err)
            self.assertIn(said, r.err)

    def test_drawing_that_cannot_be_written(self):
        r = run("tune", "--svg", "nosuch/t.svg", archive())
        self.assertEqual(r.status, 1)
        self.assertIn("nosuch/t.svg", r.err)


if __name__ == "__main__":
    unittest.main()
