#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""undertone import: recordings become calls on record, once each, with what a table says of them."""
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import time
import unittest

from undertone import PROGRAM, SAMPLES, run, voice, wav

ANGRY, CALM = (os.path.join(SAMPLES, n) for n in ("escalating-en.wav", "calm-en.wav"))


def ask(sql, *args, data="rec"):
    db = sqlite3.connect(os.path.join(data, "undertone.db"))
    rows = db.execute(sql, args).fetchall()
    db.commit()
    db.close()
    return rows


def one(sql, *args):
    return ask(sql, *args)[0][0]


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


class Import(unittest.TestCase):
    def setUp(self):
        for d in ("rec", "in", "moved"):
            shutil.rmtree(d, ignore_errors=True)
        os.mkdir("in")
        shutil.copy(ANGRY, "in/angry.wav")
        shutil.copy(CALM, "in/calm.wav")

    def taken(self, r, calls, status=0):
        self.assertEqual(r.status, status, r.err)
        self.assertRegex(r.out.decode(), rf"^{calls} calls imported, ")
        return r.out.decode()

    def test_the_record_says_what_a_replay_says(self):
        self.taken(run("import", "--data", "rec", "in"), 2)
        for call, path in (("angry", "in/angry.wav"), ("calm", "in/calm.wav")):
            r = run("replay", "--json", path)
            summary, = r.lines("summary")
            row = ask("SELECT source, scored, peak, end_stress, peak_end, recovery, duration_s, alerts, started_ms, ended_ms"
                      " FROM calls WHERE call = ?", call)[0]
            self.assertEqual(row[:2], ("import", 1))
            for got, key in zip(row[2:6], ("peak", "end", "peak_end", "recovery")):
                self.assertAlmostEqual(got, summary[key], delta=.002)
            self.assertEqual(row[7], summary["alerts"])
            self.assertAlmostEqual(row[9], os.stat(path).st_mtime * 1000, delta=2)  # The file's time is the end.
            self.assertAlmostEqual((row[9] - row[8]) / 1000, summary["duration_s"], delta=.01)
            scores = ask("SELECT t, stress FROM scores WHERE call_id = (SELECT id FROM calls WHERE call = ?) ORDER BY t", call)
            self.assertEqual(scores, [(s["t"], s.get("stress")) for s in r.lines("score")])
        raised = [a for a in run("replay", "--json", "in/angry.wav").lines("alert") if a["action"] == "raised"]
        self.assertEqual(ask("SELECT t, text, state FROM alerts"), [(raised[0]["t"], raised[0]["text"], "expired")])
        self.assertEqual(ask("SELECT count(*) FROM outbox"), [(0,)])

    def test_once_each(self):
        shutil.copy("in/angry.wav", "in/copy.wav")
        self.assertIn("on record already: 1, moved since: 0", self.taken(run("import", "--data", "rec", "in"), 2))
        self.assertIn("on record already: 3, moved since: 0", self.taken(run("import", "--data", "rec", "in"), 0))
        os.remove("in/copy.wav")
        os.rename("in", "moved")
        self.assertIn("on record already: 2, moved since: 2", self.taken(run("import", "--data", "rec", "moved"), 0))
        self.assertEqual({p for p, in ask("SELECT path FROM recordings")},
                         {os.path.abspath("moved/angry.wav"), os.path.abspath("moved/calm.wav")})
        angry = one("SELECT call FROM calls WHERE call <> 'calm'")  # Whichever of the two was done first.
        self.assertEqual(run("erase", "--data", "rec", "--call", angry).status, 0)
        self.assertIn("calls were erased: 1", self.taken(run("import", "--data", "rec", "moved"), 0))
        self.assertEqual(ask("SELECT call FROM calls"), [("calm",)])
        self.assertEqual(sorted(p for p, in ask("SELECT path FROM recordings")), ["", os.path.abspath("moved/calm.wav")])

    def test_table(self):
        write("meta.csv", "\ufefffile,call,queue,agent,caller,start,direction,survey\r\n"
              'in/angry.wav,C-1,"Billing, EU",ana,+34 600 111 222,2026-11-02T10:00:00+01:00,in,1\r\n'
              "calm.wav,,Sales,bob,0034600111222,1762000000,out,\r\ngone.wav,,,,,,,\r\n")
        r = run("import", "--data", "rec", "--meta", "meta.csv", "--recordings", "https://x.example/{date}/{name}?q={queue}", "in",
                env={"TZ": "UTC"})
        self.taken(r, 2)
        self.assertIn("1 of 3 rows name recordings that are not there, such as gone.wav", r.err)
        rows = ask("SELECT call, queue, agent, started_ms, caller_key FROM calls ORDER BY call")
        self.assertEqual([x[:4] for x in rows], [("C-1", "Billing, EU", "ana", 1793610000000), ("calm", "Sales", "bob", 1762000000000)])
        self.assertTrue(all(len(x[4]) == 16 for x in rows))
        with open("rec/undertone.db", "rb") as f:
            self.assertNotIn(b"600111222", f.read().replace(b" ", b""))
        self.assertEqual(ask("SELECT call, name, value FROM tags JOIN calls ON call_id = calls.id ORDER BY 1, 2"),
                         [("C-1", "direction", "in"), ("C-1", "survey", "1"), ("calm", "direction", "out")])
        self.assertEqual(sorted(x for x, in ask("SELECT link FROM recordings")),
                         ["https://x.example/2025-11-01/calm.wav?q=Sales", "https://x.example/2026-11-02/angry.wav?q=Billing%2C%20EU"])
        run("erase", "--data", "rec", "--call", "C-1")
        self.assertEqual(one("SELECT count(*) FROM tags"), 1)

    def test_tables_that_are_wrong(self):
        for text, words in (("", "no head line"), ("call,queue\na,b\n", "line 1: the column `file`"), ("file;queue\na;b\n", "commas"),
                            ("file,queue,queue\n", "two columns have one name: queue"),
                            ("file,start\na.wav,02/11/2026\n", "line 2: `start` must be"),
                            ("file,start\na.wav,2026-02-30 10:00:00\n", "`start` must be"),
                            ("file,start\na.wav,2026-02-20 10:00:00+99:00\n", "`start` must be"),
                            ("file,start\na.wav,2126-11-02T10:00:00Z\n", "in the future"),
                            ("file,call\na.wav,x y\n", "`call` may hold"), ("file,queue\na.wav\n", "line 2: it has another number"),
                            ("file,queue\na.wav,%s\n" % ("q" * 64), "63 bytes"), ("file,call\n,x\n", "line 2: no recording"),
                            ("file,x\na.wav,1\nb.wav,1\na.wav,2\n", "line 4: a second row (line 2"),
                            ("file,call\na.wav,C\nb.wav,D\nc.wav,C\n", "line 4: line 2 has the same call"),
                            ('file,x\na.wav,"y\n', "no CSV"), ("file\x00,x\n", "UTF-8")):
            r = run("import", "--data", "rec", "--meta", write("bad.csv", text), "in")
            self.assertEqual((r.status, r.out), (2, b""), (text, r.err))
            self.assertIn(words, r.err)
        self.assertFalse(os.path.exists("rec"))  # Nothing was begun.
        for args, words in (((), "--data"), (("--data", "rec"), "recordings"), (("--data", "rec", "--meta", "none.csv", "in"), "none.csv"),
                            (("--data", "rec", "--recordings", "{number}", "in"), "{path}"),
                            (("--data", "rec", "--json", "in"), "--json")):
            r = run("import", *args)
            self.assertEqual(r.status, 2, args)
            self.assertIn(words, r.err)

    def test_names(self):
        os.makedirs("in/b")
        wav("in/b/angry.wav", voice(3))
        with open("in/broken.wav", "wb") as f:
            f.write(b"RIFF")
        write("meta.csv", "file,queue\nb/angry.wav,second\nangry.wav,first\n")
        r = run("import", "--data", "rec", "--meta", "meta.csv", "in")
        self.assertIn("recordings that failed: 1", self.taken(r, 3, status=1))
        self.assertIn("broken.wav", r.err)
        rows = dict(ask("SELECT queue, call FROM calls WHERE queue <> ''"))
        self.assertEqual(set(rows), {"first", "second"})
        self.assertEqual(len(set(rows.values())), 2)  # Two of one name: each carries its path's mark.
        for call in rows.values():
            self.assertRegex(call, r"^angry-[0-9a-f]{8}$")
        self.assertEqual(ask("SELECT scored, summary ->> 'why' FROM calls WHERE queue = 'second'"), [(0, "role")])
        wav("in/more.wav", voice(2))
        write("meta.csv", "file,call\nmore.wav,calm\n")  # That one is on record.
        r = run("import", "--data", "rec", "--meta", "meta.csv", "in/more.wav")
        self.taken(r, 0, status=1)
        self.assertIn("A call calm is on record.", r.err)

    def test_thresholds_and_age_of_the_record(self):
        self.taken(run("import", "--data", "rec", "in/calm.wav"), 1)
        ask("INSERT INTO thresholds(queue, threshold) VALUES('Nervous', 0.2)")
        ask("INSERT INTO meta VALUES('retain_days', 30)")
        wav("in/old.wav", voice(2))
        os.utime("in/old.wav", (time.time() - 40 * 86400,) * 2)
        write("meta.csv", "file,queue\nangry.wav,Nervous\n")
        r = run("import", "--data", "rec", "--meta", "meta.csv", "in")
        self.taken(r, 1)
        t = [[a["t"] for a in run("replay", "--json", *args, "in/angry.wav").lines("alert") if a["action"] == "raised"][0]
             for args in ((), ("--threshold", .2))]
        self.assertLess(t[1], t[0])
        self.assertEqual(one("SELECT t FROM alerts"), t[1])
        self.assertIn("1 recordings are older", r.err)
        ask("UPDATE meta SET value = 0 WHERE name = 'retain_days'")
        self.taken(run("import", "--data", "rec", "in"), 1)

    def many(self, n):
        with open(CALM, "rb") as f:
            sound = bytearray(f.read())
        for i in range(n):
            sound[-1 - i] ^= 1  # Another recording to who looks at the bytes.
            with open(f"in/many{i}.wav", "wb") as f:
                f.write(sound)

    def whole(self, calls):
        self.assertEqual(one("PRAGMA integrity_check"), "ok")
        self.assertEqual(one("SELECT count(*) FROM calls WHERE ended_ms IS NOT NULL AND summary IS NOT NULL"), calls)
        self.assertEqual(one("SELECT count(*) FROM calls"), calls)
        seconds = {n for n, in ask("SELECT count(*) FROM scores GROUP BY call_id")}
        self.assertLessEqual(seconds, {47, 62})

    def test_cut_short_and_begun_again(self):
        self.many(14)
        p = subprocess.Popen([PROGRAM, "import", "--data", "rec", "--jobs", "2", "in"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        deadline = time.time() + 60
        while time.time() < deadline and p.poll() is None:
            try:
                if one("SELECT count(*) FROM calls"):
                    break
            except (sqlite3.Error, IndexError):
                pass
        p.send_signal(signal.SIGINT)
        out = p.communicate(timeout=60)[0].decode()
        calls = one("SELECT count(*) FROM calls")
        if p.returncode:  # It may have been done by then.
            self.assertIn("not finished", out)
        self.whole(calls)
        self.taken(run("import", "--data", "rec", "in"), 16 - calls)
        self.whole(16)

    def test_a_disk_that_fills(self):
        self.taken(run("import", "--data", "rec", "in/calm.wav"), 1)
        self.many(14)
        size = os.path.getsize("rec/undertone.db") + 40000
        r = run("import", "--data", "rec", "in", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)))
        self.assertEqual(r.status, 1, r.err)
        self.assertEqual(r.err.count("not imported: "), 1, r.err)
        self.assertIn("not finished", r.out.decode())
        calls = one("SELECT count(*) FROM calls")
        self.assertLess(calls, 16)
        self.whole(calls)
        self.taken(run("import", "--data", "rec", "in"), 16 - calls)
        self.whole(16)


if __name__ == "__main__":
    unittest.main()
