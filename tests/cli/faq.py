#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""undertone faq: questions of three languages are found, joined, ranked, and written as asked."""
import csv
import json
import random
import time
import unittest

from undertone import run

ASKED = {
    "en": ["Where is my refund?", "when do I get my refund", "I need to know where my refund is", "Hello, where is my refund please?"],
    "es": ["¿Cuándo llega mi pedido?", "cuando llega mi pedido", "Hola, quisiera saber cuándo llega mi pedido"],
    "vi": ["đơn hàng của tôi bao giờ giao?", "cho em hỏi bao giờ giao đơn hàng ạ", "bao gio giao don hang vay?"],
}
ORDINARY = ["I moved house last week.", "The box arrived.", "Gracias por todo.", "Cảm ơn bạn nhiều."]


def write(name, rows):
    with open(name, "w") as f:
        f.write("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows))
    return name


def rows(order):
    rng, out = random.Random(order), []
    for lang, texts in ASKED.items():
        for n, text in enumerate(texts * 3):
            out.append({"who": "customer", "t": 100 + n, "text": text, "conversation": lang + str(n), "language": lang})
            out.append({"who": "agent", "t": 160 + n, "text": "Where is my hat?", "conversation": lang + str(n)})
    out += [{"who": "customer", "t": 1, "text": t, "conversation": "z"} for t in ORDINARY]
    rng.shuffle(out)
    return out


class Faq(unittest.TestCase):
    def questions(self, *args):
        r = run("faq", "--json", *args)
        self.assertEqual(r.status, 0, r.err)
        return r.lines("question")

    def test_the_same_question_is_one_however_it_is_put(self):
        found = self.questions(write("a.jsonl", rows(1)))
        self.assertEqual({(q["language"], q["asked"]) for q in found}, {("en", 12), ("es", 9), ("vi", 9)})
        self.assertEqual([q["rank"] for q in found], [1, 2, 3])
        self.assertEqual(found[0]["conversations"], 12)
        self.assertNotIn("hat", json.dumps(found))

    def test_any_order_gives_the_same(self):
        self.assertEqual(self.questions(write("a.jsonl", rows(1))), self.questions(write("b.jsonl", rows(2))))

    def test_rank_knows_stress_and_return(self):
        data = []
        for n in range(6):
            data += [{"who": "customer", "t": 10, "text": "How do I change my address?", "conversation": "a%d" % n},
                     {"who": "customer", "t": 10, "text": "You idiots, where is my parcel?", "conversation": "b%d" % n},
                     {"who": "customer", "t": 20, "text": "Where is my parcel?", "conversation": "b%d" % n},
                     {"who": "agent", "t": 310, "text": "ok", "conversation": "b%d" % n}]
        first, second = self.questions(write("c.jsonl", data))
        self.assertIn("parcel", first["text"])
        self.assertEqual((first["asked"], first["conversations"], first["again"]), (12, 6, 6))
        self.assertGreater(first["stress"], .5)
        self.assertEqual((second["stress"], second["again"]), (0, 0))
        self.assertAlmostEqual(first["minutes"], 4.9, delta=.1)

    def test_numbers_and_names_do_not_part_questions(self):
        data = [{"who": "customer", "text": "Where is my order number %d please, it is late" % n} for n in range(300)]
        things = [c + v + d + w for c in "bdfgklmnpr" for v in "aeiou" for d in "lm" for w in ("apo", "eno")]
        data += [{"who": "customer", "text": "How do I change the %s of my %s" % (t, t[::-1])} for t in things]
        data += [{"who": "customer", "text": "Where is my refund, I am %s" % name} for name in ("Xylda", "Brmov", "Quintz")]
        found = self.questions("--language", "en", write("e.jsonl", data))
        self.assertEqual(found[0]["asked"], 300)
        self.assertEqual([q["asked"] for q in found if "refund" in q["text"]], [3])

    def test_what_is_written_is_safe(self):
        data = [{"who": "customer", "text": '=cmd|x, "y" <script>alert(1)</script> where is | my card 4111111111111111?'}]
        write("d.jsonl", data)
        for name, bad in (("o.html", "<script"), ("o.md", "where is |"), ("o.csv", ",=cmd")):
            r = run("faq", "--out", name, "d.jsonl")
            self.assertEqual(r.status, 0, r.err)
            text = open(name).read()
            self.assertIn("my card", text)
            self.assertNotIn(bad, text)
            self.assertNotIn("4111", text)
        head, row = csv.reader(open("o.csv"))
        self.assertEqual(len(row), len(head))

    def test_usage(self):
        self.assertEqual(run("faq").status, 2)
        self.assertEqual(run("faq", "--keep", "a.csv").status, 2)
        self.assertEqual(run("faq", "--data", "none").status, 1)
        self.assertEqual(run("faq", "--out", "x.pdf", "a").status, 2)
        self.assertEqual(run("faq", "none.csv").status, 1)
        self.assertEqual(run("faq", "-", data=b"where is it now?\n").status, 3)

    def test_a_hundred_thousand_lines(self):
        rng = random.Random(3)
        things = ["refund", "parcel", "invoice", "password", "address", "router", "contract", "delivery", "card", "booking"]
        words = [c + v + d + w for c in "bdfgklmnprst" for v in "aeiou" for d in "lmnrst" for w in ("a", "o", "en", "ar")]
        with open("big.csv", "w") as f:
            f.write("who,t,conversation,text\n")
            for n in range(100000):
                thing = rng.choice(things) if rng.random() < .5 else rng.choice(words)
                f.write("customer,%d,%d,where is my %s %s?\n" % (n, n // 5, thing, rng.choice(words)))
        began = time.monotonic()
        r = run("faq", "--language", "en", "--json", "--top", "20", "big.csv")
        self.assertEqual(r.status, 0, r.err)
        self.assertEqual(len(r.lines("question")), 20)
        self.assertLess(time.monotonic() - began, 60)


if __name__ == "__main__":
    unittest.main()
