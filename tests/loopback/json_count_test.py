#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How often an alert is turned into JSON and back, with one webhook and nobody at the page: at most three parses
and two prints. Counted as the difference between few alerts and many, so that what happens anyway is left out."""
import os
import shutil
import unittest

from supervise import Daemon, Receiver

FEW, MANY = 20, 220


def count(alerts):
    shutil.rmtree("data", ignore_errors=True)
    hook = Receiver()
    os.environ.update(LD_PRELOAD=os.environ["COUNT_JSON_LIBRARY"], COUNT_JSON=os.path.abspath("count"))
    d = Daemon("data=data", "webhook=" + hook.url, "escalate=0")
    for name in ("LD_PRELOAD", "COUNT_JSON"):
        del os.environ[name]
    d.do("start c q a", *(f"alert c {n} {n} raised" for n in range(1, alerts + 1)))
    hook.wait([f"c-{n}" for n in range(1, alerts + 1)])
    d.quit()
    hook.stop()
    with open("count") as f:
        return [int(n) for n in f.read().split()]


class Count(unittest.TestCase):
    def test_one_alert(self):
        few, many = count(FEW), count(MANY)
        parses, prints = ((m - f) / (MANY - FEW) for f, m in zip(few, many))
        print(f"an alert with one webhook: {parses:.2f} parses, {prints:.2f} prints")
        self.assertLessEqual(parses, 3.1)
        self.assertLessEqual(prints, 2.1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
