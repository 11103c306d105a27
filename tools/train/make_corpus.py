# SPDX-License-Identifier: MIT
"""Builds the training sound: every clip through simulated telephones.

make_corpus.py --corpora DIR --out DIR [--copies 20] [--seed 1]

Copy 0 is the plain telephone (300-3400 Hz, mu-law) of every clip, for measuring. Copies 1.. hold the
clips of the training speakers: in each copy a speaker gets one telephone connection and one change of
speed, kept for all clips, as one caller on one call has: so how loud a clip is against the speaker's
others survives. From copy WIDE on voices and tempos differ more, some lines are without any noise, and
in every second copy the silence around a clip stays. Writes copyN.f32 (float32, 8 kHz, clips one after the other) and copyN.csv (the
manifest's columns, offset, samples).
"""
import argparse
import csv
import multiprocessing
import os
import zlib

import numpy as np
import soundfile as sf

import telephone

LABELLED = ("crema", "emodb", "banglaser")
WIDE = 11


def read_rows(corpora):
    with open(f"{corpora}/manifest.csv", newline="") as f:
        return [r for r in csv.DictReader(f) if r["corpus"] in LABELLED]


def trim(x):
    """The clip from its first to its last sound, with 50 ms around, as a caller's utterance."""
    e = np.convolve(x * x, np.ones(240) / 240, "same")
    k = np.where(e > e.max() * 1e-3)[0]
    return x[max(0, k[0] - 400):k[-1] + 400] if len(k) else x


def load(corpora, path, whole=False):
    x, rate = sf.read(f"{corpora}/{path}", dtype="float32")
    if rate != telephone.RATE_HZ or x.ndim != 1:
        raise SystemExit(f"{path}: {rate} Hz, {x.ndim} dimensions; wanted 8000 Hz mono")
    return x if whole else trim(x)


def speaker_gains(corpora, rows):
    """What brings the mean level of each speaker's clips to the reference."""
    levels = {}
    for r in rows:
        x = load(corpora, r["path"])
        levels.setdefault((r["corpus"], r["speaker"]), []).append(np.log(np.sqrt(np.mean(x ** 2)) + 1e-9))
    return {who: telephone.REFERENCE / np.exp(np.mean(v)) for who, v in levels.items()}


def plain(x):
    """Copy 0: one level a speaker, the band, mu-law."""
    rng = np.random.default_rng(len(x))
    x = x + rng.standard_normal(len(x)) * 10 ** (-58 / 20)
    return telephone.ulaw(telephone.band_limit(x))


class Caller:
    """A speaker in one copy: the telephone, how high the voice is and how fast it speaks."""

    def __init__(self, rng, wide):
        self.channel = telephone.Channel(rng, silent=0.3 if wide else 0.0)
        self.speed = float(np.exp(rng.normal(0, 0.1 if wide else 0.07)))
        self.tempo = float(np.exp(rng.normal(0, 0.12))) if wide else None

    def __call__(self, x, rng, babble):
        x = telephone.change_speed(x, self.speed)
        if self.tempo:
            x = telephone.change_tempo(x, self.tempo / self.speed)
        return self.channel(x, rng, babble)


def build(job):
    copy, corpora, out, seed, rows, gains = job
    callers = {}
    with open(f"{out}/copy{copy}.f32", "wb") as raw, open(f"{out}/copy{copy}.csv", "w", newline="") as idx:
        w = csv.writer(idx)
        w.writerow("path,corpus,speaker,sex,label,intensity,vote,votelevel,split,offset,samples".split(","))
        at = 0
        for r in rows:
            who = (r["corpus"], r["speaker"])
            x = load(corpora, r["path"], copy >= WIDE and copy % 2 == 1) * gains[who]
            if copy > 0:
                if who not in callers:
                    rng = np.random.default_rng([seed, copy, zlib.crc32(repr(who).encode())])
                    callers[who] = Caller(rng, copy >= WIDE)
                rng = np.random.default_rng([seed, copy, zlib.crc32(r["path"].encode())])
                babble = None
                if callers[who].channel.noise_kind == "babble":
                    some = [load(corpora, rows[i]["path"]) for i in rng.integers(0, len(rows), 4)]
                    n = max(map(len, some))
                    babble = sum(np.resize(s / (s.std() + 1e-9), n) for s in some)
                x = callers[who](x, rng, babble)
            else:
                x = plain(x)
            raw.write(x.astype("<f4").tobytes())
            w.writerow([r[k] for k in ("path", "corpus", "speaker", "sex", "label", "intensity", "vote", "votelevel",
                                       "split")] + [at, len(x)])
            at += len(x)
    return copy


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--corpora", required=True)
    p.add_argument("--out", required=True)
    p.add_argument("--copies", type=int, default=20)
    p.add_argument("--first", type=int, default=0)
    p.add_argument("--seed", type=int, default=1)
    a = p.parse_args()
    os.makedirs(a.out, exist_ok=True)
    rows = read_rows(a.corpora)
    train = [r for r in rows if r["split"] != "dev"]
    gains = speaker_gains(a.corpora, rows)
    jobs = [(c, a.corpora, a.out, a.seed, train if c else rows, gains) for c in range(a.first, a.copies + 1)]
    with multiprocessing.Pool(min(os.cpu_count(), len(jobs))) as pool:
        for copy in pool.imap_unordered(build, jobs):
            print(f"copy {copy} done", flush=True)


if __name__ == "__main__":
    main()
