#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The sample calls give what stands beside them."""
import glob
import json
import os
import unittest

from undertone import SAMPLES, run


class Samples(unittest.TestCase):
    def test_expected_events(self):
        paths = sorted(glob.glob(os.path.join(SAMPLES, "*.json")))
        self.assertEqual(len(paths), 4)
        for path in paths:
            with open(path) as f:
                want = json.load(f)
            with self.subTest(want["file"]):
                r = run("replay", "--json", os.path.join(SAMPLES, want["file"]))
                call, = r.lines("call")
                self.assertEqual(r.status, 0, r.err)
                self.assertEqual((call["caller_channel"], call["agent_channel"]), (1, 2))
                self.assertAlmostEqual(call["duration_s"], want["duration_s"], delta=.02)
                summary, = r.lines("summary")
                low, high = want["alerts"]
                self.assertTrue(low <= summary["alerts"] <= high, summary)
                raised = [a for a in r.lines("alert") if a["action"] == "raised"]
                self.assertEqual(len(raised), summary["alerts"])
                if low:
                    self.assertTrue(want["first_alert_s"][0] <= raised[0]["t"] <= want["first_alert_s"][1], raised[0])
                    self.assertAlmostEqual(sum(x["share"] for x in raised[0]["reasons"]), 1, delta=.03)
                turns, = r.lines("turns")
                self.assertGreaterEqual(turns["caller_turns"], 3)
                self.assertGreaterEqual(turns["agent_turns"], 3)


if __name__ == "__main__":
    unittest.main()
