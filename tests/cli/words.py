#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""undertone words: formats of files, whose lines are judged, what is printed, exit statuses."""
import json
import os
import subprocess
import unittest

from undertone import PROGRAM, run

VTT = """WEBVTT - call

NOTE made by hand
over two rows

1
00:00:01.000 --> 00:00:04.000 align:start
<v Customer>I am calling for the <b>third time</b> &amp; nobody helps</v>

00:00:05.000 --> 00:00:07.500
<v Agent>You are an idiot

00:01:05.000 --> 00:01:07.500
Customer: my card is 4111 1111 1111 1111
and I will cancel my contract!!!
"""
MBOX = b"""From ana@example.org Thu May 12 10:00:00 2026
From: =?utf-8?q?Ana_Mu=C3=B1oz?= <ana@example.org>
Message-ID: <1@example.org>
Date: Tue, 12 May 2026 10:00:00 +0200
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Es la tercera vez que escribo. Es una verg=FCenza.

On Mon, Bob wrote:
> you idiot

From help@shop.example Thu May 12 11:00:00 2026
From: Help <help@shop.example>
Date: Tue, 12 May 2026 11:00:00 +0200
Content-Type: text/html; charset=utf-8

<p>We are <b>sorry</b>, you idiot</p>

From ana@example.org Thu May 12 12:00:00 2026
From: ana@example.org
References: <1@example.org> <2@shop.example>
Date: Tue, 12 May 2026 12:00:00 +0200
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/html

<p>Voy a demandarlos&nbsp;con mi <b>abogado</b>, es una verg&uuml;enza, idiotas</p>
--b--
"""


def write(name, content):
    with open(name, "wb") as f:
        f.write(content if isinstance(content, bytes) else content.encode())
    return name


class Words(unittest.TestCase):
    def lines(self, name, content, *options, status=0):
        r = run("words", "--json", "--text", *options, write(name, content))
        self.assertEqual(r.status, status, r.err)
        self.err = r.err
        return r.lines("line"), r.lines("alert"), r.lines("summary")[0]

    def test_cues(self):
        lines, _, summary = self.lines("a.vtt", VTT)
        self.assertEqual([(o["t"], o["language"]) for o in lines], [(1, "en"), (65, "en")])
        self.assertEqual([r["kind"] for r in lines[0]["reasons"]], ["again", "anger"])
        self.assertEqual(lines[0]["reasons"][0]["phrase"], "third time")
        self.assertIn("#### #### #### ####", lines[1]["text"])
        self.assertEqual((summary["lines"], summary["judged"]), (3, 2))

    def test_srt(self):
        text = "1\n00:00:01,250 --> 00:00:04,000\nCustomer: es la tercera vez que llamo\n\n2\n" \
               "00:00:05,000 --> 00:00:06,000\nAgent: idiota\n"
        lines, _, summary = self.lines("a.srt", text)
        self.assertEqual([(o["t"], o["language"]) for o in lines], [(1.3, "es")])

    def test_json_lines(self):
        rows = [{"who": "customer", "t": 1.5, "text": "tôi sẽ kiện công ty", "conversation": "x"},
                {"who": "agent", "t": 2, "text": "you idiot", "conversation": "x"},
                {"role": "khách", "t": 9, "text": "không ai giải quyết, gọi lần thứ ba rồi", "conversation": "x"},
                {"who": "customer", "t": 9, "text": "12", "conversation": "y"}]
        text = "\n".join(json.dumps(r) for r in rows[:2]) + "\nnot json\n" + "\n".join(json.dumps(r) for r in rows[2:])
        lines, alerts, summary = self.lines("a.jsonl", text, status=1)
        self.assertIn("line 3", self.err)
        self.assertEqual([o["conversation"] for o in lines], ["x", "x"])
        self.assertEqual([(a["action"], a["conversation"], a["n"]) for a in alerts], [("raised", "x", 1)])
        self.assertAlmostEqual(sum(r["share"] for r in alerts[0]["reasons"]), 1, delta=.02)
        summary = self.lines("b.json", json.dumps(rows))[2]
        self.assertEqual((summary["judged"], summary["no_language"]), (2, 1))

    def test_csv(self):
        text = 'conversation,who,t,text\r\n1,customer,2026-05-12T10:00:00Z,"I am ""very"" angry, really"\r\n' \
               '1,agent,2026-05-12T10:00:05Z,sorry\r\n2,customer,10,"cancel my account\nnow"\r\n'
        lines, _, summary = self.lines("a.csv", text)
        self.assertEqual([o["t"] for o in lines], [1778580000, 10])
        self.assertEqual(run("words", write("b.csv", "a,b\n1,2\n")).status, 1)

    def test_whatsapp(self):
        iphone = "[12/05/24, 10:33:21] Ana: hola, es la tercera vez que llamo\nsigo sin internet\n" \
                 "\u200e[12/05/24, 10:34:00] Tienda: \u200e<image omitted>\n[12/05/24, 10:35:00] Tienda: inútil\n" \
                 "[12/05/24, 10:36:10] Ana: voy a demandarlos con mi abogado\n"
        lines, alerts, summary = self.lines("_chat.txt", iphone, "--agent", "Tienda")
        self.assertEqual([o["t"] for o in lines], [1715510001, 1715510170])
        self.assertEqual((summary["judged"], summary["alerts"]), (2, 1))
        android = "12/31/23, 9:05\u202fPM - Messages are encrypted\n12/31/23, 9:05 PM - Bob: you are useless idiots\n" \
                  "1/1/24, 12:06 AM - Shop: sorry\n"
        lines, _, summary = self.lines("android.txt", android, "--caller", "Bob")
        self.assertEqual([o["t"] for o in lines], [1704056700])

    def test_mail(self):
        r = run("words", "--json", "--text", "--agent", "shop.example", write("a.mbox", MBOX))
        if "built without" in r.err:
            self.skipTest("no GMime")
        lines = r.lines("line")
        self.assertEqual([o["t"] for o in lines], [1778572800, 1778580000])
        self.assertEqual({o["conversation"] for o in lines}, {"1@example.org"})
        self.assertNotIn("you idiot", json.dumps(lines))
        self.assertIn("vergüenza", lines[0]["text"])
        self.assertEqual(r.lines("alert")[0]["action"], "raised")

    def test_agents_are_never_judged(self):
        for name in ("Agent", "agente", "nhân viên", "Bot"):
            r = run("words", "--unknown-is", "caller", "--json", "-", data=(name + ": you stupid idiot\n").encode())
            self.assertEqual(r.status, 3, name)
            self.assertEqual(r.lines("line"), [])

    def test_who_is_not_known_is_not_judged_and_told(self):
        r = run("words", "-", data=b"you idiot\n")
        self.assertEqual(r.status, 3)
        self.assertIn("--unknown-is caller", r.err)
        self.assertEqual(run("words", "--unknown-is", "caller", "-", data=b"what an idiot you are\n").status, 0)

    def test_a_language_without_a_list_is_told(self):
        r = run("words", "-", "--format", "jsonl", data=b'{"who":"caller","text":"du Idiot","language":"de"}\n')
        self.assertEqual(r.status, 3)
        self.assertIn("--language", r.err)

    def test_nothing_steers_the_terminal(self):
        r = run("words", "--text", "--unknown-is", "caller", "--language", "en", "-",
                data=b"you idiot \x1b[31m\x00\x07 \xe2\x80\xae x\n")
        self.assertEqual(r.status, 0, r.err)
        self.assertNotRegex(r.out, rb"[\x00-\x09\x0b-\x1f]")

    def test_a_line_of_a_megabyte(self):
        r = run("words", "--unknown-is", "caller", "--language", "en", "-", data=b"word " * 200000 + b"idiot\n")
        self.assertEqual(r.status, 0, r.err)
        self.assertIn(b"idiot", r.out)

    def test_lists(self):
        folder = os.path.join(os.environ["UT_SOURCE"], "models", "words")
        r = run("words", "--check", *(os.path.join(folder, n + ".tsv") for n in ("en", "es", "vi")))
        self.assertEqual(r.status, 0, r.err)
        self.assertEqual(r.out.count(b"no fault"), 3)
        r = run("words", "--check", write("bad.tsv", "# language: en\nanger\t.5\t(a|) (b|) (c|) (d|) (e|) (f|) (g|) x\n"
                                                     "anger\t2\tx\n"))
        self.assertEqual(r.status, 1)
        self.assertIn("bad.tsv: line 2: the parts that may be left out multiply", r.err)
        self.assertIn("bad.tsv: line 3: the weight", r.err)
        own = write("own.tsv", "# language: en\nanger\t.9\tmarmalade\n")
        r = run("words", "--list", own, "--unknown-is", "caller", "--language", "en", "-", data=b"Marmalade\nidiot\n")
        self.assertEqual(r.out.count(b"(anger)"), 1)
        self.assertNotIn(b"insult", r.out)

    def test_lists_are_as_good_as_their_card_says(self):
        tool = os.path.join(os.environ["UT_SOURCE"], "tools", "measure-words")
        done = subprocess.run([tool, "--program", PROGRAM], capture_output=True, text=True, check=True)
        halves = [o for o in map(json.loads, done.stdout.splitlines()) if o["half"] == "aside"]
        self.assertEqual([o["language"] for o in halves], ["en", "es", "vi"])
        for o in halves:
            self.assertGreaterEqual(o["lines"], 249, o)
            self.assertGreaterEqual(o["precision"], .81, o)
            self.assertGreaterEqual(o["recall"], .66, o)

    def test_usage(self):
        for args, said in ((["words"], "needs a file"), (["words", "--treshold", "1", "x"], "--treshold"),
                           (["words", "--threshold", "2", "x"], "--threshold"), (["words", "--format", "pdf", "x"], "mbox"),
                           (["words", "--language", "tlh", "x"], "--language"), (["words", "--list", "none.tsv", "x"], "none.tsv")):
            r = run(*args)
            self.assertEqual(r.status, 2, args)
            self.assertIn(said, r.err)
        self.assertEqual(run("words", "none.vtt").status, 1)
        r = run("words", write("utf16.csv", "\ufefftext\n".encode("utf-16-le")))
        self.assertEqual(r.status, 1)
        self.assertIn("UTF-8", r.err)


if __name__ == "__main__":
    unittest.main()
