# SPDX-License-Identifier: MIT
"""Fits what the second ear reads out, and how both ears join.

fit_second.py --data DIR --dump PROGRAM --dump-second PROGRAM --net NAME --held NAME:CORPUS ... --ordinary DIR
              [--copies N] [--golden SAMPLE FILE]

NAME.ear.npz is the network, of tune_second.py: only linear read-outs are learnt here, of the vectors' difference
from the speaker's baseline and of the vectors themselves, by logistic regression over all copies, with 1 to 5
neutral clips drawn as the baseline. What strangers read out learns also from the ordinary calls in DIR, all of
which count as at ease: acted speech through a simulated line does not tell how a real one sounds. NAME:CORPUS is
a network of train.py and the corpus that it left out ("crema:1046-1060": these actors), as did its NAME.ear.npz;
its read-outs leave out the same. Their joint log odds are calibrated on those clips. Writes NAME.second.npz for each network: arrays "second", "second.read", "second.tune"
of the model file; and with read-outs that left out the ordinary calls 0, 2, 4... or 1, 3, 5... in sorted order, --net's NAME.half0 and NAME.half1.
"""
import argparse
import csv
import os
import subprocess
import tempfile

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

import fit
import frames
import second
import telephone
from network import stress_logit
from train import FEAR, MIX, STRESS, TASKS, TRUST_HALF_S

TAGS = dict(anger=1, fear=1, neutral=0, sad=0, happy=0, boredom=0)
FEAR_ALONE = dict(fear=1, neutral=0, sad=0, happy=0, boredom=0)
FEAR_OR_JOY = dict(fear=1, happy=0)
STRENGTH = 7e-4       # of the read-outs: the inverse of their penalty
FAST = (1.5, 2.0)     # times as fast as it was spoken
FAST_COPIES = 2       # whose clips are played so; the plain one is the first
MIN_FRAMES = 60       # segment.h
ORDINARY = 0.5        # what all ordinary calls count beside a corpus's speech at ease
PIECE = 300           # frames of speech of an ordinary call that are one vector, as of a clip
# Found over clips and calls of corpora that neither ear had heard, for A, B and fear against joy together.
JOIN = dict(stress_first=0.45, stress=0.25, fear_first=0.32, fear=0.6, fear_bias=-0.1, limit=8.0)
TUNES = ("scale offset stress_first stress fear_first fear fear_bias limit calm_stress calm_fear "
         "bias_stress bias_stress_alone bias_fear bias_fear_alone bias_fast bias_fast_alone").split()


class Vectors:
    """The second ear's vectors of a copy's clips, [clips][VECTOR]."""

    def __init__(self, program, folder, copy, net, name):
        with open(f"{folder}/copy{copy}.csv", newline="") as f:
            rows = list(csv.DictReader(f))
        clips = second.read(dump(program, f"{folder}/copy{copy}", rows))
        kept = f"{folder}/copy{copy}.{os.path.basename(name)}.second.npy"
        if not os.path.exists(kept):
            np.save(kept + ".part.npy", second.vectors(net, clips))
            os.rename(kept + ".part.npy", kept)
        keep = [i for i, c in enumerate(clips) if len(c) >= MIN_FRAMES]
        self.v, self.rows = np.load(kept)[keep], [rows[i] for i in keep]
        self.frames = np.array([len(clips[i]) for i in keep])
        self.label = np.array([r["label"] for r in self.rows])
        self.speaker = np.array([r["corpus"] + r["speaker"] for r in self.rows])

    def baselines(self, enrolled):
        """enrolled: speaker -> indices. Mean vector and trust per clip; 0 where there is none."""
        base, trust = np.zeros_like(self.v), np.zeros(len(self.v), np.float32)
        for who, e in enrolled.items():
            n = self.frames[e]
            mine = self.speaker == who
            base[mine] = (self.v[e] * (n / n.sum())[:, None]).sum(0)
            trust[mine] = n.sum() / (n.sum() + 100 * TRUST_HALF_S)
        return base, trust


def dump(program, copy, rows):
    return dump_all(program, copy, [f"{copy}.f32\t{r['offset']}\t{r['samples']}" for r in rows])


def dump_all(program, name, recordings):
    """The file that tools/dump-second writes of them; it stays and is not made again."""
    out = name + ".second"
    if not os.path.exists(out):
        with open(out + ".list", "w") as f:
            f.writelines(r + "\n" for r in recordings)
        subprocess.run([program, out + ".list", out + ".part"], check=True)
        os.rename(out + ".part", out)
    return out


def table(copies, held, seed=3):
    """What trains: vectors, baselines, labels, corpora."""
    rng, parts = np.random.default_rng(seed), []
    for c in copies:
        enrolled = {}
        for who in np.unique(c.speaker):
            calm = np.flatnonzero((c.speaker == who) & (c.label == "neutral"))
            if len(calm) > 1:
                enrolled[who] = rng.permutation(calm)[:min(rng.integers(1, 6), len(calm) - 1)]
        base, trust = c.baselines(enrolled)
        used = np.concatenate(list(enrolled.values()))
        keep = np.array([r["split"] != "dev" and not held(r) for r in c.rows]) & (trust > 0)
        keep[used] = False
        parts.append((c.v[keep], base[keep], c.label[keep], np.array([r["corpus"] for r in c.rows])[keep]))
    return [np.concatenate(p) for p in zip(*parts)]


def ordinary_vectors(program, folder, work, net, half=None):
    """The second ear's vectors of ordinary calls, by pieces; half: 0 or 1, every second call is left out from there on."""
    calls = [f"{folder}/{f}" for f in sorted(os.listdir(folder))]
    clips = second.read(dump_all(program, f"{work}/ordinary", calls))
    clips = clips if half is None else clips[1 - half::2]
    pieces = [c[k:k + PIECE] for c in clips for k in range(0, len(c), PIECE)]
    return second.vectors(net, [p for p in pieces if len(p) >= MIN_FRAMES])


def regression(x, label, corpus, task, ordinary=()):
    """Weights and bias; corpora, both sides, and the labels of a side count alike. ordinary: vectors on the calm side."""
    y, w = np.array([task.get(k, -1) for k in label]), np.zeros(len(label))
    for c in np.unique(corpus):
        if all(((corpus == c) & (y == side)).any() for side in (0, 1)):
            for side in (0, 1):
                kinds = np.unique(label[(corpus == c) & (y == side)])
                for k in kinds:
                    mine = (corpus == c) & (label == k)
                    w[mine] = 1 / len(kinds) / mine.sum()
    m = w > 0
    x, y, w = x[m], y[m], w[m]
    if len(ordinary):
        x, y = np.concatenate([x, ordinary]), np.append(y, np.zeros(len(ordinary)))
        w = np.append(w, np.full(len(ordinary), ORDINARY / len(ordinary)))
    mean, spread = x.mean(0), x.std(0) + 1e-4
    f = LogisticRegression(C=STRENGTH, max_iter=200, tol=1e-3).fit((x - mean) / spread, y, sample_weight=w / w.mean())
    weights = f.coef_[0] / spread
    return weights, float(f.intercept_[0] - weights @ mean)


def readouts(copies, fast, ordinary, held):
    """[9][VECTOR] and six biases: stress, then fear, then fast speech."""
    v, base, label, corpus = table(copies, held)
    rows, biases = [], []
    for task in (TAGS, FEAR_ALONE):
        both, bias = regression(np.concatenate([v - base, v], 1), label, corpus, task)
        alone, bias_alone = regression(v, label, corpus, task, ordinary)
        rows += [both[:second.VECTOR], both[second.VECTOR:], alone]
        biases += [bias, bias_alone]
    w, b = fast_readout(copies, fast, held)
    return np.array(rows + [np.zeros_like(w), w, w], np.float32), biases + [b, b]


class Fast:
    """The second ear's vectors of clips played too fast, and then through the telephone's band."""

    def __init__(self, program, folder, copy, net):
        with open(f"{folder}/copy{copy}.csv", newline="") as f:
            self.rows = list(csv.DictReader(f))
        raw, rng, at = np.memmap(f"{folder}/copy{copy}.f32", np.float32, "r"), np.random.default_rng(copy), 0
        jobs = []
        with open(f"{folder}/fast{copy}.f32", "wb") as out:
            for r in self.rows:
                x = np.array(raw[int(r["offset"]):int(r["offset"]) + int(r["samples"])])
                x = telephone.band_limit(telephone.change_speed(x, rng.choice(FAST)))
                out.write(np.pad(x, 1000).astype("<f4").tobytes())
                jobs.append(dict(offset=at, samples=len(x) + 2000))
                at += len(x) + 2000
        self.v = second.vectors(net, second.read(dump(program, f"{folder}/fast{copy}", jobs)))


def fast_readout(copies, fast, held):
    """Weights and bias: speech played fast against speech as it was, no caller's baseline."""
    parts = [(c.v, c.rows, 0) for c in copies[:len(fast)]] + [(f.v, f.rows, 1) for f in fast]
    keep = [[r["split"] != "dev" and not held(r) and v.any() for r, v in zip(rows, x)] for x, rows, _ in parts]
    x = np.concatenate([v[k] for (v, _, _), k in zip(parts, keep)])
    y = np.concatenate([np.full(sum(k), side) for (_, _, side), k in zip(parts, keep)])
    mean, spread = x.mean(0), x.std(0) + 1e-4
    f = LogisticRegression(C=STRENGTH, max_iter=300, tol=1e-3, class_weight="balanced").fit((x - mean) / spread, y)
    weights = f.coef_[0] / spread
    return weights, float(f.intercept_[0] - weights @ mean)


def read_out(read, biases, v, base, trust):
    """[clips][2] of stress and fear, as judge.c reads."""
    out = []
    for a in (0, 1):
        diff, own, alone = read[3 * a:3 * a + 3]
        stranger = biases[2 * a + 1] + v @ alone
        both = trust * (biases[2 * a] + (v - base) @ diff + v @ own) + (1 - trust) * stranger
        out.append(np.minimum(both, stranger) if a else both)
    return np.stack(out, 1)


def join(first, axes):
    """Raw log odds of both ears; in noise, which these clips have little of, judge.c asks the first more."""
    a = np.clip(axes, -JOIN["limit"], JOIN["limit"])
    return np.logaddexp(JOIN["stress_first"] * first + JOIN["stress"] * a[:, 0],
                        JOIN["fear_first"] * first + JOIN["fear"] * a[:, 1] + JOIN["fear_bias"])


def heard_by_both(vectors, data, name, spec, scale, read, biases):
    """Joint raw log odds of the clips that neither ear heard, whether each is stressed, and what calm ones read out."""
    with np.load(name + ".npz") as z:
        raw, used = stress_logit(torch.from_numpy(z["z"]), MIX, FEAR).numpy(), z["used"]
    first = {r["path"]: (scale[0] * x + scale[1], u) for r, x, u in zip(data.rows, raw, used)}
    mine = set(fit.clips_of(vectors, spec))
    enrolled = {}
    for i, r in enumerate(vectors.rows):
        if i in mine and first.get(r["path"], (0, False))[1]:
            enrolled.setdefault(vectors.speaker[i], []).append(i)
    base, trust = vectors.baselines(enrolled)
    axes = read_out(read, biases, vectors.v, base, trust)
    ids = [i for i in sorted(mine) if trust[i] > 0 and vectors.label[i] in TASKS[STRESS]
           and not first.get(vectors.rows[i]["path"], (0, True))[1]]
    y = np.array([TASKS[STRESS][vectors.label[i]] for i in ids])
    calm = axes[[i for i in ids if vectors.label[i] == "neutral"]]
    feared = [(vectors.label[i] == "fear", axes[i, 1]) for i in ids if vectors.label[i] in FEAR_OR_JOY]
    if len({f for f, _ in feared}) == 2:
        print(spec, "fear against joy by its read-out", round(roc_auc_score(*zip(*feared)), 3))
    return join(np.array([first[vectors.rows[i]["path"]][0] for i in ids]), axes[ids]), y, np.median(calm, 0)


def write_golden(path, program, sample, net):
    with tempfile.TemporaryDirectory() as tmp:
        with open(f"{tmp}/list", "w") as f:
            f.write(sample + "\n")
        subprocess.run([program, f"{tmp}/list", f"{tmp}/second"], check=True)
        second.write_golden(path, net, second.read(f"{tmp}/second")[0])


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for key in ("--data", "--dump", "--dump-second", "--net", "--ordinary"):
        p.add_argument(key, required=True)
    p.add_argument("--held", nargs="+", required=True)
    p.add_argument("--copies", type=int, default=1, help="beside the plain one")
    p.add_argument("--golden", nargs=2, metavar=("SAMPLE", "FILE"))
    a = p.parse_args()
    torch.set_num_threads(1)
    data = frames.Copy(a.dump, a.data, 0)
    held = [tuple(h.split(":", 1)) for h in a.held]
    scale = fit.calibrate([data], held)["stress"]
    found, nets, xs, ys, ws, calm = {}, {}, [], [], [], []
    for name, spec in held + [(a.net, None)]:
        net = nets[name] = second.Mobile(name + ".ear.npz")
        copies = [Vectors(a.dump_second, a.data, c, net, name) for c in range(a.copies + 1)]
        fast = [Fast(a.dump_second, a.data, c, net) for c in range(FAST_COPIES)]
        out = {copies[0].rows[i]["path"] for i in fit.clips_of(copies[0], spec)} if spec else ()
        for half in (None,) if spec else (None, 0, 1):  # so that the shipped one, too, can be asked of calls that it did not hear
            ordinary = ordinary_vectors(a.dump_second, a.ordinary, a.data, net, half)
            part = name if half is None else f"{name}.half{half}"
            nets[part], found[part] = net, readouts(copies, fast, ordinary, lambda r: r["path"] in out)
        if not spec:
            continue
        x, y, usual = heard_by_both(copies[0], data, name, spec, scale, *found[name])
        xs.append(x)
        ys.append(y)
        ws.append(np.where(y == 1, 0.5 / (y == 1).mean(), 0.5 / (y == 0).mean()) / len(y))
        calm.append(usual)
        print(spec, "A", round(roc_auc_score(y, x), 3), flush=True)
    x, y, w = map(np.concatenate, (xs, ys, ws))
    platt = LogisticRegression(C=1e6).fit(x[:, None], y, sample_weight=w / w.mean())
    usual = np.mean(calm, 0)
    for name, (read, biases) in found.items():
        tune = dict(JOIN, scale=float(platt.coef_[0, 0]), offset=float(platt.intercept_[0]),
                    calm_stress=usual[0], calm_fear=usual[1], bias_stress=biases[0], bias_stress_alone=biases[1],
                    bias_fear=biases[2], bias_fear_alone=biases[3], bias_fast=biases[4], bias_fast_alone=biases[5])
        np.savez(name + ".second.npz", **{"second": second.weights(nets[name]), "second.read": read,
                                          "second.tune": np.array([tune[k] for k in TUNES])})
    print("joined", {k: round(float(tune[k]), 4) for k in TUNES})
    if a.golden:
        write_golden(a.golden[1], a.dump_second, a.golden[0], nets[a.net])


if __name__ == "__main__":
    main()
