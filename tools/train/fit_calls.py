# SPDX-License-Identifier: MIT
"""Builds callers' sides of calls, on which fit.py fits the filter over time.

fit_calls.py --corpora DIR --out DIR [--held CORPUS[:A-B]...] [--seeds 3]

Each caller speaks calmly, and then angrily or in fear (escalation), calmly again (recovery), or only ever
calmly, sadly and happily (control), over one simulated line a call. Some are stressed from the first word,
unknown (first) or after a calm call (returning), and some call calmly again (calm): every other time over
the line of the call before. --held names the speakers: those that a network of train.py did not hear.
Writes WAV files and calls.csv with the columns of the calls that measure-calls takes. Measuring is done on
other calls than these.
"""
import argparse
import csv
import os
import zlib

import numpy as np
import soundfile as sf

import telephone
from make_corpus import Caller, load, read_rows, speaker_gains

CALM_NAMES = {"calm": "neutral", "boredom": "neutral"}
KINDS = (("escalation", "anger"), ("escalation", "fear"), ("recovery", "anger"), ("control", ""), ("first", "anger"),
         ("first", "fear"), ("calm", ""), ("returning", "anger"), ("returning", "fear"), ("again", ""))
BEFORE = {"returning": "calm", "again": "calm"}  # kind -> that of the call before
STRESSED, CALM_MIN, CALM_MAX, AFTER, OTHER = 6, 3, 8, 5, 4  # utterances
COLUMNS = "file corpus speaker sex kind emotion onset_s recovery_s caller_speech_s duration_s before".split()


def plan(by, kind, emotion, rng):
    """Utterances in order, each with its phase: 0 before, 1 stressed, 2 after."""
    calm = list(rng.permutation(len(by["neutral"])))
    pick = [by["neutral"][i] for i in calm]
    if kind == "control":
        lively = [r for name in ("sad", "happy") for r in list(rng.permutation(by.get(name, [])))[:OTHER]]
        return [(r, 0) for r in pick[:6] + list(rng.permutation(lively)) + pick[6:10]]
    if kind in ("first", "returning"):
        return [(r, 1) for r in list(rng.permutation(by[emotion]))[:STRESSED + 2]]
    if kind in ("calm", "again"):
        half = len(by["neutral"]) // 2
        some = by["neutral"][:half] if kind == "calm" else by["neutral"][half:]
        return [(r, 0) for r in list(rng.permutation(some))[:CALM_MAX]]
    before = int(rng.integers(CALM_MIN, min(CALM_MAX, len(pick)) + 1))
    stressed = [(r, 1) for r in list(rng.permutation(by[emotion]))[:STRESSED]]
    after = [(r, 2) for r in (pick[before:] or pick)[:AFTER]] if kind == "recovery" else []
    return [(r, 0) for r in pick[:before]] + stressed + after


def build(corpora, gain, utterances, rng):
    """The caller's channel, when each phase began (None if it never did), seconds of speech."""
    pieces, begun, speech, at = [np.zeros(int(telephone.RATE_HZ * rng.uniform(1, 3)), np.float32)], {}, 0.0, 0
    at = len(pieces[0])
    for i, (row, phase) in enumerate(utterances):
        pause = rng.uniform(0.2, 0.7) + (rng.uniform(1.5, 4) if i % 2 else 0)  # while the agent speaks
        x = load(corpora, row["path"]) * gain
        begun.setdefault(phase, at / telephone.RATE_HZ)
        speech += len(x) / telephone.RATE_HZ
        pieces += [x, np.zeros(int(telephone.RATE_HZ * pause), np.float32)]
        at += len(x) + len(pieces[-1])
    return np.concatenate(pieces), begun.get(1), begun.get(2), speech


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--corpora", required=True)
    p.add_argument("--out", required=True)
    p.add_argument("--held", nargs="+", default=["crema:1046-1060", "banglaser", "emodb"])
    p.add_argument("--seeds", type=int, default=3)
    a = p.parse_args()
    os.makedirs(a.out, exist_ok=True)
    rows = read_rows(a.corpora)
    gains = speaker_gains(a.corpora, rows)
    speakers = {}
    for spec in a.held:
        corpus, _, span = spec.partition(":")
        low, high = span.split("-") if span else ("", "~")
        for r in rows:
            if r["corpus"] == corpus and low <= r["speaker"] <= high and r["split"] != "dev" and r["intensity"] != "LO":
                label = CALM_NAMES.get(r["label"], r["label"])
                speakers.setdefault((corpus, r["speaker"]), {}).setdefault(label, []).append(r)
    with open(f"{a.out}/calls.csv", "w", newline="") as f:
        index = csv.writer(f)
        index.writerow(COLUMNS)
        for seed in range(1, a.seeds + 1):
            for (corpus, who), by in sorted(speakers.items()):
                for kind, emotion in KINDS:
                    if len(by.get("neutral", [])) < 6 or emotion and len(by.get(emotion, [])) < 4:
                        continue
                    rng = np.random.default_rng([seed, zlib.crc32(f"{corpus}{who}{kind}{emotion}".encode())])
                    x, onset, recovery, speech = build(a.corpora, gains[corpus, who], plan(by, kind, emotion, rng), rng)
                    own_line = np.random.default_rng([seed, zlib.crc32(f"{corpus}{who}line".encode())])
                    same = kind == "calm" or kind in BEFORE and rng.random() < 0.5
                    x = Caller(own_line if same else rng, True).channel(x, rng, None)
                    name = f"{corpus}_{who}_{kind}_{emotion or 'none'}_{seed}.wav"
                    before = f"{corpus}_{who}_{BEFORE[kind]}_none_{seed}.wav" if kind in BEFORE else ""
                    if kind in ("first", "returning"):
                        onset = 0
                    sf.write(f"{a.out}/{name}", x, telephone.RATE_HZ, subtype="ULAW", format="WAV")
                    at = ["" if t is None else f"{t:.2f}" for t in (onset, recovery)]
                    index.writerow([name, corpus, who, by["neutral"][0]["sex"], kind, emotion, *at, f"{speech:.1f}",
                                    f"{len(x) / telephone.RATE_HZ:.1f}", before])


if __name__ == "__main__":
    main()
