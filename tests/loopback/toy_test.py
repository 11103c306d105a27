#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A way in that lies in a folder of its own and was added by one line: the daemon offers, checks, starts, counts
and stops it without knowing it."""
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import daemon  # noqa: E402
from daemon import Daemon  # noqa: E402

WITH_TOY, WITHOUT = os.environ["UNDERTONE_WITH_TOY"], daemon.UNDERTONE


def said(program, *args):
    r = subprocess.run([program, *args], capture_output=True, text=True)
    return r.returncode, r.stdout + r.stderr


class Toy(unittest.TestCase):
    def test_it_is_offered(self):
        self.assertIn("Toy:\n  --toy FILE", said(WITH_TOY, "serve", "--help")[1])
        self.assertIn(".It Ic toy = Ar FILE\nPlay raw mu-law as one call.\n", said(WITH_TOY, "--manual", "conf")[1])
        self.assertIn(" --toy", said(WITH_TOY, "--manual", "bash")[1])
        self.assertNotIn("--toy", said(WITHOUT, "serve", "--help")[1])

    def test_it_is_checked(self):
        with open("toy.conf", "w") as f:
            f.write("http = 127.0.0.1:0\ntoy = missing.ulaw\n")
        code, text = said(WITH_TOY, "serve", "--config", "toy.conf", "--check-config")
        self.assertEqual(code, 2)
        self.assertIn("toy.conf:2: 'missing.ulaw' cannot be read", text)
        self.assertIn("there is no option 'toy'", said(WITHOUT, "serve", "--config", "toy.conf")[1])

    def test_its_call_is_scored_and_counted(self):
        with open("call.ulaw", "wb") as f:
            f.write(b"\xff" * 8000 * 3)
        daemon.UNDERTONE = WITH_TOY
        d = Daemon("--toy", "call.ulaw", "--http", "127.0.0.1:0", name="toy")
        d.wait_until(lambda events: any(e.get("phase") == "ended" for e in events))
        begun = [e for e in d.events if e.get("phase") == "started"]
        self.assertEqual([e["source"] for e in begun], ["toy"])
        self.assertEqual([e["reason"] for e in d.events if e.get("phase") == "ended"], ["end of file"])
        self.assertGreaterEqual(len([e for e in d.events if e["type"] == "score"]), 2)
        self.assertEqual(d.metric('undertone_ingress_accepted_total{kind="toy"}'), 1)
        self.assertEqual(d.metric('undertone_ingress_open{kind="toy"}'), 0)
        d.close()


if __name__ == "__main__":
    unittest.main()
