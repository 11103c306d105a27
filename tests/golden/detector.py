#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The shipped model on CREMA-D's dev actors: no task's AUC may fall by more than .01.

The speech is not in the tree: $UNDERTONE_SPEECH, or ../shared/speech beside it, holds
corpora/manifest.csv. Without it the test is skipped. `detector.py --write` renews detector.json by
the built program (in build/, or $UNDERTONE) when another model is meant to be shipped.
"""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.environ.get("UT_SOURCE") or os.path.dirname(os.path.dirname(HERE))
GOLDEN = os.path.join(HERE, "detector.json")
MAY_FALL = 0.01
SKIPPED = 77


def skip(why):
    print("skipped: " + why)
    sys.exit(SKIPPED)


def measure(manifest):
    cmd = [os.path.join(SOURCE, "tools", "evaluate"), manifest, "--corpus", "crema", "--split", "dev", "--json",
           "--draws", "20", "--jobs", "2"]
    run = subprocess.run(cmd, stdout=subprocess.PIPE, check=True)
    figures = json.loads(run.stdout)["with_baseline"]["crema"]
    return {"clips": figures["clips"], **{task: round(figures[task]["auc"], 4) for task in "ABC"}}


def main():
    write = sys.argv[1:] == ["--write"]
    if os.environ.get("UT_SANITIZE") and not write:
        skip("a sanitizer changes the time, not the figures")
    speech = os.environ.get("UNDERTONE_SPEECH") or os.path.join(SOURCE, "..", "shared", "speech")
    manifest = os.path.join(speech, "corpora", "manifest.csv")
    if not os.path.exists(manifest):
        skip(f"{manifest} is missing; name the folder with CREMA-D's dev clips in UNDERTONE_SPEECH")
    now = measure(manifest)
    print("measured", now)
    if write:
        with open(GOLDEN, "w", encoding="utf-8") as f:
            json.dump(now, f, indent=1)
            f.write("\n")
        return 0
    with open(GOLDEN, encoding="utf-8") as f:
        golden = json.load(f)
    print("golden  ", golden)
    if now["clips"] != golden["clips"]:
        skip(f"{golden['clips']} clips were measured then, {now['clips']} are here: other data")
    fell = {t: (golden[t], now[t]) for t in "ABC" if now[t] < golden[t] - MAY_FALL}
    for task, (before, after) in fell.items():
        print(f"task {task}: AUC {after} is more than {MAY_FALL} below {before}; keep the better model, or, when "
              "the loss is meant, run tests/golden/detector.py --write and say why in the commit")
    return 1 if fell else 0


if __name__ == "__main__":
    sys.exit(main())
