#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""undertone report: its figures are those that a query of its own finds in the record, and it claims no more."""
import csv
import datetime
import io
import json
import math
import os
import random
import re
import shutil
import sqlite3
import sys
import unittest

from undertone import run

sys.path.insert(0, os.path.join(os.environ["UT_SOURCE"], "tests/loopback"))
from mail_server import Server

TO = datetime.datetime(2026, 11, 29, 23, 59, 59)
FROM = datetime.datetime(2026, 11, 23)
BEFORE = datetime.datetime(2026, 11, 16)
WORDS = {"en": ("Calls from 2026-11-23 to 2026-11-29", "Queue Hot heats up", "Rescued calls"),
         "es": ("Llamadas del 2026-11-23 al 2026-11-29", "La cola Hot se calienta", "Llamadas salvadas"),
         "vi": ("Cuộc gọi từ 2026-11-23 đến 2026-11-29", "Hàng chờ Hot nóng lên", "Cuộc gọi được cứu")}


def ms(t):
    return int(t.timestamp() * 1000)


def wilson(k, n, z=1.959963984540054):
    p, d = k / n, 1 + z * z / n
    mid, half = (p + z * z / (2 * n)) / d, z / d * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0, mid - half), min(1, mid + half)


class Report(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        shutil.rmtree("rec", ignore_errors=True)
        assert run("token", "add", "x", "--role", "viewer", "--data", "rec").status == 0
        cls.db = sqlite3.connect("rec/undertone.db")
        cls.db.row_factory = sqlite3.Row
        cls.fill()

    @classmethod
    def tearDownClass(cls):
        cls.db.close()

    @classmethod
    def fill(cls):
        rng = random.Random(4)
        queues = ["Hot", "Even", "Few", "", 'A&B <"x">']
        for i in range(1600):
            now = i % 2
            queue = rng.choice(queues[:2] * 6 + queues[2:])
            start = ms(FROM if now else BEFORE) + rng.randrange(7 * 86400 * 1000)
            scored = rng.random() < .9
            share = .35 if queue == "Hot" and now else .1
            alerted = scored and rng.random() < share
            peak, end = rng.random(), rng.random()
            source = "import" if rng.random() < .2 else "sip"
            live = rng.random() < .01
            c = cls.db.execute(
                "INSERT INTO calls(call, node, source, queue, agent, has_agent, caller_key, started_ms, ended_ms, scored, peak, end_stress,"
                " peak_end, recovery, duration_s, alerts, elevated_s, alert_s, summary) VALUES(?,?,?,?,?,1,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                (f"c{i}", "n", source, queue, rng.choice(["ana", "bob", "Đào", ""]), rng.choice([None, "%016x" % rng.randrange(300)]), start,
                 None if live else start + 60000, scored, peak if scored else None, end if scored else None, (peak + end) / 2 if scored else None,
                 max(0, (peak - end) / peak) if scored else None, 60.5, alerted, rng.randrange(30), rng.randrange(9),
                 None if scored else json.dumps({"why": rng.choice(["noise", "music", "role"])}).replace(" ", "")))
            if alerted:
                ack = start + 5000 + rng.randrange(60000) if rng.random() < .7 else None
                cls.db.execute("INSERT INTO alerts(alert, call_id, n, t, stress, for_s, reasons, text, state, raised_ms, due_ms, acknowledged_ms,"
                               " escalated_ms, outcome) VALUES(?,?,1,3,.8,2,'[]','','resolved',?,?,?,?,?)",
                               (f"c{i}-1", c.lastrowid, start + 3000, start, ack, start + 33000 if rng.random() < .4 else None,
                                rng.choice([None, "helped", "false_alarm", "other", "no_action"])))
        cls.db.commit()

    def report(self, *args, status=0):
        r = run("report", "--data", "rec", "--from", "2026-11-23", "--to", "2026-11-29", *args)
        self.assertEqual(r.status, status, r.err)
        return r.out.decode()

    def one(self, sql, *args):
        return self.db.execute(sql, args).fetchone()[0]

    def test_figures(self):
        span = f"started_ms >= {ms(FROM)} AND started_ms <= {ms(TO)} AND ended_ms IS NOT NULL"
        hour = "CAST(strftime('%H', started_ms / 1000, 'unixepoch', 'localtime') AS TEXT)"
        for by, column in (("queue", "queue"), ("agent", "agent"), ("hour", hour)):
            rows = list(csv.DictReader(io.StringIO(self.report("--by", by, "--csv", "-"))))
            self.assertEqual((rows[0]["by"], rows[0]["name"]), ("all", ""))
            names = [n for n, in self.db.execute(f"SELECT DISTINCT {column} FROM calls WHERE {span} ORDER BY 1")]
            self.assertEqual([r["name"] for r in rows[1:]], names)
            for row in rows:
                where = span if row["by"] == "all" else f"{span} AND {column} = '{row['name']}'"
                q = self.db.execute(
                    "SELECT count(*) calls, sum(source = 'import') imported, sum(scored) scored, sum(scored AND alerts > 0) alerted,"
                    f" avg(peak) mean_peak, avg(end_stress) mean_end, sum(duration_s) / 60 minutes, sum(elevated_s) / 60.0 stressed_minutes,"
                    f" sum(alert_s) / 60.0 alert_minutes FROM calls WHERE {where}").fetchone()
                a = self.db.execute(
                    "SELECT coalesce(sum(source <> 'import'), 0) live_alerts, coalesce(sum(source <> 'import' AND acknowledged_ms IS NOT NULL), 0) answered,"
                    " coalesce(sum(source <> 'import' AND acknowledged_ms IS NOT NULL AND coalesce(acknowledged_ms < escalated_ms, 1)), 0) in_time,"
                    " coalesce(sum(outcome <> 'other'), 0) verdicts, coalesce(sum(outcome IN ('helped', 'no_action')), 0) \"right\""
                    f" FROM alerts JOIN calls c ON c.id = call_id WHERE {where}").fetchone()
                for key, value in [(k, q[k]) for k in q.keys()] + [(k, a[k]) for k in a.keys()]:
                    if value is None:
                        self.assertEqual(row[key], "", (key, row))
                    else:
                        self.assertAlmostEqual(float(row[key]), value, delta=.051 if "minutes" in key else .00051, msg=f"{key} {row}")
                if q["scored"]:
                    for key, end in zip(("alerted_low", "alerted_high"), wilson(q["alerted"], q["scored"])):
                        self.assertAlmostEqual(float(row[key]), end, delta=.0001)

    def test_changes(self):
        rows = {r["name"]: r for r in csv.DictReader(io.StringIO(self.report("--csv", "-"))) if r["by"] == "queue"}
        self.assertEqual({n: r["change"] for n, r in rows.items() if r["change"]}, {"Hot": "up"})
        text = self.report()
        self.assertEqual(re.findall(r"Queue (\w+) (?:heats up|cools down)", text), ["Hot"])

    def test_lists(self):
        span = f"started_ms >= {ms(FROM)} AND started_ms <= {ms(TO)} AND ended_ms IS NOT NULL AND scored"
        page = self.report("--html", "-", "--base-url", "https://u.example/")
        links = re.findall(r'href="https://u\.example/#/call/(c\d+)"', page)
        worst = [c for c, in self.db.execute(f"SELECT call FROM calls WHERE {span} ORDER BY peak_end DESC LIMIT 5")]
        rescued = f"FROM calls WHERE {span} AND alerts > 0 AND end_stress < peak / 2"
        praised = [c for c, in self.db.execute(f"SELECT call {rescued} ORDER BY recovery DESC LIMIT 5")]
        self.assertEqual(links, worst + praised)
        self.assertIn(f"{self.one('SELECT count(*) ' + rescued)} calls with an alert ended below half", page)
        again = {k: (n, a) for k, n, a in self.db.execute(
            "SELECT caller_key, 1, max(scored AND alerts > 0) FROM calls c WHERE ended_ms IS NOT NULL AND caller_key IS NOT NULL AND started_ms >= ?"
            " AND started_ms <= ? AND EXISTS(SELECT 1 FROM calls e WHERE e.caller_key = c.caller_key AND e.ended_ms IS NOT NULL AND e.started_ms <"
            " c.started_ms AND e.started_ms >= ?) GROUP BY 1", (ms(FROM), ms(TO), ms(BEFORE)))}
        self.assertIn(f"Callers who called again: {len(again)}; with an alert when they came back: {sum(a for _, a in again.values())},", page)
        whys = dict(self.db.execute(f"SELECT summary ->> 'why', count(*) FROM calls WHERE {span.replace('AND scored', 'AND NOT scored')} GROUP BY 1"))
        self.assertIn(f"music or tone {whys['music']}, too much noise {whys['noise']}", page)

    def test_languages_and_forms(self):
        for lang, words in WORDS.items():
            text, page = self.report("--language", lang), self.report("--language", lang, "--html", "-")
            for w in words:
                self.assertIn(w, text)
                self.assertIn(w, page)
            self.assertIn(f'<html lang="{lang}">', page)
            self.assertNotIn("<script", page)
            self.assertNotIn("{", text)
            self.assertIn("A&amp;B &lt;&quot;x&quot;&gt;", page)
        self.assertEqual(self.report("--html", "r.html", "--csv", "r.csv"), "")
        self.assertEqual(sorted(f for f in os.listdir(".") if f.startswith("r.")), ["r.csv", "r.html"])

    MAIL = ("--mail", "qa@example.org", "--mail", "boss@example.org", "--mail-from", "undertone@example.org")

    def kept(self):
        return sorted(os.listdir("rec/mail")) if os.path.isdir("rec/mail") else []

    def test_by_mail(self):
        with Server() as server:
            self.assertEqual(self.report(*self.MAIL, "--smtp", server.url, "--language", "vi"), "")
        self.assertEqual([(m.sender, m.receivers) for m in server.mails], [("undertone@example.org", ["qa@example.org", "boss@example.org"])])
        mail = server.mails[0].parsed
        self.assertEqual(mail["Subject"], WORDS["vi"][0])
        self.assertEqual(mail["To"], "qa@example.org, boss@example.org")
        parts = {p.get_content_type(): p.get_content() for p in mail.walk() if not p.is_multipart()}
        same = lambda a, b: self.assertEqual(a.replace("\r\n", "\n"), b.replace("\r\n", "\n"))
        same(parts["text/plain"], self.report("--language", "vi"))
        same(parts["text/html"], self.report("--language", "vi", "--html", "-"))
        same(parts["text/csv"], self.report("--csv", "-"))
        self.assertEqual(self.kept(), [])

    def test_a_mail_server_that_is_away(self):
        server = Server()
        for again in range(2):  # The same report is kept once.
            r = run("report", "--data", "rec", "--from", "2026-11-23", "--to", "2026-11-29", *self.MAIL, "--smtp", server.url)
            self.assertEqual(r.status, 1)
            self.assertIn("kept and tried again", r.err)
        self.assertEqual(len(self.kept()), 1)
        self.assertEqual(os.stat("rec/mail/" + self.kept()[0]).st_mode & 0o777, 0o600)
        with server:
            self.assertEqual(self.report(*self.MAIL, "--smtp", server.url, "--by", "hour"), "")
        self.assertEqual((len(server.mails), self.kept()), (2, []))
        with Server(refuse=b"550 no such receiver") as server:
            r = run("report", "--data", "rec", *self.MAIL, "--smtp", server.url)
        self.assertEqual((r.status, self.kept()), (1, []))
        self.assertIn("refuses the message with 550", r.err)

    def test_mail_that_is_wrongly_asked_for(self):
        for args, words in ((("--mail", "a@b, c@d"), "--mail"), (("--mail", "a@b\nBcc: x@y"), "--mail"), (("--mail", "<a@b>"), "--mail"),
                            (("--mail", "a@b"), "--mail-from"), (("--mail", "a@b", "--mail-from", "c@d"), "--smtp"),
                            (("--mail", "a@b", "--mail-from", "c@d", "--smtp", "file:///etc/passwd"), "--smtp"),
                            (("--mail", "a@b", "--mail-from", "c@d", "--smtp", "smtp://127.0.0.1:9", "--smtp-password-file", "no"), "no: the password")):
            r = run("report", "--data", "rec", *args)
            self.assertEqual((r.status, r.out), (2, b""), (args, r.err))
            self.assertIn(words, r.err)

    def test_nothing_there(self):
        r = run("report", "--data", "rec", "--from", "2020-01-01", "--to", "2020-01-07", "--by", "agent")
        self.assertEqual(r.status, 0)
        self.assertIn("No call of this time is on record.", r.out.decode())
        self.assertEqual(run("report", "--data", "rec").status, 0)

    def test_wrong_wishes(self):
        for args, words in (((), "--data"), (("--data", "rec", "--from", "23/11/2026"), "2026-11-23"), (("--data", "rec", "--by", "week"), "queue"),
                            (("--data", "rec", "--from", "2026-11-29", "--to", "2026-11-23"), "first day comes first"),
                            (("--data", "rec", "--langage", "en"), "no such option"), (("--data",), "value")):
            r = run("report", *args)
            self.assertEqual((r.status, r.out), (2, b""), args)
            self.assertIn(words, r.err)
        r = run("report", "--data", "nowhere")
        self.assertEqual(r.status, 1)
        self.assertIn("nowhere/undertone.db", r.err)
        self.assertFalse(os.path.exists("nowhere"))
        r = run("report", "--data", "rec", "--html", "no/such/folder.html")
        self.assertEqual(r.status, 1)
        self.assertIn("no/such/folder.html", r.err)


if __name__ == "__main__":
    unittest.main()
