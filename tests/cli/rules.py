#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Operators' rules over recordings: at which seconds they alert, and what is said of those that will not do."""
import json
import os
import tempfile
import unittest

from undertone import SAMPLES, run

CALL = os.path.join(SAMPLES, "escalating-en.wav")
RULES = """# Tried on a sample.
rule "loud"
    when stress > 0.6 for 5s
    severity high
rule "billing"
    when length > 10s
    queue Billing
rule "quiet"
    when length > 10s
    off
"""


class Rules(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)

    def write(self, text):
        path = os.path.join(self.dir.name, "a.rules")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def test_a_rule_alerts_at_its_second_beside_the_voice(self):
        rules = self.write(RULES)
        plain = run("replay", "--json", CALL)
        r = run("replay", "--json", "--rules", rules, CALL)
        self.assertEqual(r.status, 0, r.err)
        mine = [a for a in r.lines("alert") if "rule" in a]
        self.assertEqual([(a["n"], a["action"], a["rule"]["name"]) for a in mine], [(2001, "raised", "loud")])
        scores = {s["t"]: s.get("stress", 0) for s in r.lines("score")}
        t = mine[0]["t"]
        # The first second that ends five in a row above .6, and no earlier one.
        held = [all(scores.get(u - k, 0) > .6 for k in range(5)) for u in sorted(scores)]
        self.assertEqual(t, sorted(scores)[held.index(True)])
        self.assertEqual(mine[0]["rule"]["severity"], "high")
        self.assertEqual(mine[0]["rule"]["facts"], [{"what": "stress", "value": round(scores[t], 2)}])
        self.assertEqual(mine[0]["text"], f"rule “loud”: stress {scores[t]:.2f} for 5 s")
        # All else is as it was, byte for byte.
        others = [line for line in r.out.decode().splitlines() if '"rule":' not in line]
        self.assertEqual(others, plain.out.decode().splitlines())

    def test_a_queue_s_rule_wants_its_queue(self):
        rules = self.write(RULES)
        r = run("replay", "--json", "--rules", rules, "--queue", "Billing", CALL)
        mine = [(a["rule"]["name"], a["t"]) for a in r.lines("alert") if "rule" in a]
        self.assertEqual(mine[0], ("billing", 11.0))
        text = run("replay", "--rules", rules, "--queue", "Billing", CALL).out.decode()
        self.assertIn("rule “billing”: the call lasts 11 s", text)

    def test_what_will_not_do_is_told_with_its_line(self):
        for text, says in (('rule "a"\n  when stress > 2\n', ":2: '2' is always or never so"),
                           ('rule "a"\n  when stress > .6 and stress < .3\n', ":1: these conditions can never"),
                           ('rule "a"\n  when anger\n', ":2: 'anger' is nothing that a rule can look at"),
                           ("\0", ":1: this is no text"),
                           ("#" * 70000, "more than 64 KiB")):
            r = run("replay", "--json", "--rules", self.write(text), CALL)
            self.assertEqual((r.status, r.out), (2, b""), text[:40])
            self.assertIn(says, r.err)
        r = run("replay", "--rules", "/no/such.rules", CALL)
        self.assertEqual(r.status, 2)
        self.assertIn("/no/such.rules", r.err)
        r = run("replay", "--queue", "Billing", CALL)
        self.assertEqual(r.status, 2)
        self.assertIn("--rules", r.err)

    def test_the_manual_s_rules_are_rules(self):
        """The example of undertone-rules(5) can be read as it stands."""
        page = os.path.join(os.environ["UT_SOURCE"], "src/alert/undertone-rules.5")
        with open(page, encoding="utf-8") as f:
            example = f.read().split(".Bd -literal -offset indent\n")[1].split(".Ed")[0]
        r = run("replay", "--json", "--rules", self.write(example), CALL)
        self.assertEqual(r.status, 0, r.err)
        self.assertTrue(json.loads(r.out.decode().splitlines()[0]))


unittest.main()
