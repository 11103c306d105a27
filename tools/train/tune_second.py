# SPDX-License-Identifier: MIT
"""Fine-tunes the second ear's last blocks through the telephones.

tune_second.py --data DIR --dump-second PROGRAM --teacher NPZ --out NPZ [--hold CORPUS] [--hold-speakers A-B]
               [--copies N]

The teacher's blocks before FROM stay as they are, and so do all means and variances of its normalisations. The later
ones learn from what its read-outs are for: clips against 1 to 5 neutral ones of the same speaker, and by themselves,
say how stressed, how afraid and of which label they sound. Who is held, as in train.py, trains nothing. Writes the
running mean of the weights under the teacher's names, so that second.Mobile reads them in its place.
"""
import argparse
import csv
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

import fit_second
import second
from network import EMOTIONS

FROM = 7                # the first block that learns
EPOCHS, RATE = 5, 8e-4
HEAD_EPOCHS, HEAD_RATE = 1, (3e-3, 1e-3)  # of the heads alone, and then
SPEAKERS, CLIPS, WINDOWS = 12, 8, 4       # of a batch; windows of a clip
TASKS = ((fit_second.TAGS, 1.0), (fit_second.FEAR_OR_JOY, 0.5), (fit_second.FEAR_ALONE, 0.5))
LABELS = 0.5            # what telling the labels counts beside TASKS
BALANCE = 0.7           # exponent of a corpus's size in drawing
SMOOTH, DROPOUT = 0.03, 0.3


class Part:
    """A copy's clips that may train, as what block FROM takes: windows, and by speaker who is calm."""

    def __init__(self, program, folder, copy, net, held):
        with open(f"{folder}/copy{copy}.csv", newline="") as f:
            rows = list(csv.DictReader(f))
        clips = second.read(fit_second.dump(program, f"{folder}/copy{copy}", rows))
        keep = [i for i, c in enumerate(clips) if len(c) >= fit_second.MIN_FRAMES and not held(rows[i])]
        rows, steps, self.span = [rows[i] for i in keep], [], []
        for i in keep:
            mine = [clips[i][a:b] for a, b in second.windows(len(clips[i]))]
            self.span.append((len(steps), len(steps) + len(mine)))
            steps += mine
        with torch.no_grad():
            self.x = torch.cat([net.part(second.image(torch.from_numpy(second.values(np.stack(steps[k:k + 512])))), 0, FROM)[0].half()
                                for k in range(0, len(steps), 512)])
        self.corpus = np.array([r["corpus"] for r in rows])
        self.label = np.array([EMOTIONS.index(r["label"]) for r in rows])
        self.task = [np.array([t.get(r["label"], -1) for r in rows]) for t, _ in TASKS]
        self.weight = [self.balanced(y) for y in self.task]
        self.speaker, self.calm = {}, {}
        for i, r in enumerate(rows):
            self.speaker.setdefault((r["corpus"], r["speaker"]), []).append(i)
            if r["label"] == "neutral":
                self.calm.setdefault((r["corpus"], r["speaker"]), []).append(i)

    def balanced(self, y):
        """Both sides count alike within a corpus; one that has no such pair, nothing."""
        w = np.zeros(len(y), np.float32)
        for c in np.unique(self.corpus):
            sides = [(self.corpus == c) & (y == side) for side in (0, 1)]
            if all(m.any() for m in sides):
                for m in sides:
                    w[m] = sum(s.sum() for s in sides) / 2 / m.sum()
        return w


class Heads(nn.Module):
    """What the vector says against the baseline, and by itself: TASKS, then EMOTIONS."""

    def __init__(self, mean, spread):
        super().__init__()
        self.mean, self.spread, n = mean, spread, len(TASKS) + len(EMOTIONS)
        self.both, self.alone = nn.Linear(2 * second.VECTOR, n), nn.Linear(second.VECTOR, n)
        nn.init.zeros_(self.both.weight)
        nn.init.zeros_(self.alone.weight)
        self.drop = nn.Dropout(DROPOUT)

    def forward(self, v, base):
        own, diff = (v - self.mean) / self.spread, (v - base) / self.spread
        return self.both(self.drop(torch.cat([diff, own], 1))), self.alone(self.drop(own))


def draw(part, share, rng):
    """A batch: windows, whose clip each is, the judged clips with their places, and each one's enrolment."""
    wanted, owner, judged, enrolled, n = [], [], [], [], 0
    corpora = sorted(share)
    for _ in range(SPEAKERS):
        corpus = corpora[rng.choice(len(corpora), p=[share[c] for c in corpora])]
        who = [w for w in part.speaker if w[0] == corpus]
        who = who[rng.integers(len(who))]
        mine, calm = part.speaker[who], part.calm.get(who, [])
        if not calm:
            continue
        enrol = list(rng.permutation(calm)[:min(rng.integers(1, 6), max(1, len(calm) - 1))])
        picked = [i for i in rng.choice(mine, CLIPS, replace=len(mine) < CLIPS) if i not in enrol]
        for k, i in enumerate(enrol + picked):
            at = rng.permutation(np.arange(*part.span[i]))[:WINDOWS]
            wanted += list(at)
            owner += [n + k] * len(at)
        judged += [(n + len(enrol) + k, i) for k, i in enumerate(picked)]
        enrolled += [slice(n, n + len(enrol))] * len(picked)
        n += len(enrol) + len(picked)
    return wanted, torch.tensor(owner), n, judged, enrolled


def loss_of(net, heads, part, batch):
    wanted, owner, n, judged, enrolled = batch
    each = torch.cat(net.part(part.x[wanted].float(), FROM, None)[1], 1)
    v = torch.zeros(n, second.VECTOR).index_add(0, owner, each) / torch.bincount(owner, minlength=n)[:, None]
    ids = [i for _, i in judged]
    loss = 0
    for z in heads(v[[k for k, _ in judged]], torch.stack([v[e].mean(0) for e in enrolled])):
        loss = loss + LABELS * F.cross_entropy(z[:, len(TASKS):], torch.from_numpy(part.label[ids]), label_smoothing=0.1)
        for t, (_, scale) in enumerate(TASKS):
            y, w = part.task[t][ids], torch.from_numpy(part.weight[t][ids])
            target = torch.from_numpy(np.clip(y, SMOOTH, 1 - SMOOTH).astype(np.float32))
            off = F.binary_cross_entropy_with_logits(z[:, t], target, reduction="none")
            loss = loss + scale * (off * w).sum() / max(1, int((y >= 0).sum()))
    return loss


def held_by(a):
    low, high = a.hold_speakers.split("-") if a.hold_speakers else ("~", "")
    return lambda r: (r["split"] == "dev" or r["corpus"] == a.hold
                      or (r["corpus"] == "crema" and low <= r["speaker"] <= high))


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for key in ("--data", "--dump-second", "--teacher", "--out"):
        p.add_argument(key, required=True)
    p.add_argument("--hold", default="")
    p.add_argument("--hold-speakers", default="")
    p.add_argument("--copies", type=int, default=3, help="beside the plain one")
    p.add_argument("--seed", type=int, default=1)
    a = p.parse_args()
    torch.manual_seed(a.seed)
    torch.set_num_threads(1)
    rng = np.random.default_rng(a.seed)
    net = second.Mobile(a.teacher).eval()  # so that the normalisations stay
    parts = [Part(a.dump_second, a.data, c, net, held_by(a)) for c in range(a.copies + 1)]
    names, size = np.unique(parts[0].corpus, return_counts=True)
    share = dict(zip(names, size ** BALANCE / (size ** BALANCE).sum()))
    steps = int(size.sum()) // (SPEAKERS * CLIPS)
    with torch.no_grad():
        v = torch.cat([torch.cat(net.part(x.float(), FROM, None)[1], 1) for x in parts[0].x.split(512)])
    heads = Heads(v.mean(0), v.std(0) + 1e-3)

    def learn(epochs, groups, clipped):
        opt = torch.optim.AdamW(groups)
        plan = torch.optim.lr_scheduler.OneCycleLR(opt, [g["lr"] for g in groups], total_steps=epochs * steps + 1, pct_start=0.15)
        for epoch in range(epochs):
            start, losses = time.time(), 0.0
            for _ in range(steps):
                part = parts[rng.integers(len(parts))]
                loss = loss_of(net, heads, part, draw(part, share, rng))
                opt.zero_grad()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(clipped, 1.0)
                opt.step()
                plan.step()
                losses += loss.item()
                for to, now in zip(mean.values(), net.state_dict().values()):
                    if to.dtype.is_floating_point:
                        to.lerp_(now, 0.01)
            print(f"epoch {epoch} loss {losses / steps:.3f} {time.time() - start:.1f} s", flush=True)

    mean = {k: v.clone() for k, v in net.state_dict().items()}
    late = [w for f in net.features[FROM:] for w in f.parameters()]
    learn(HEAD_EPOCHS, [dict(params=heads.parameters(), lr=HEAD_RATE[0], weight_decay=0.05)], list(heads.parameters()))
    learn(EPOCHS, [dict(params=late, lr=RATE, weight_decay=0.0),
                   dict(params=heads.parameters(), lr=HEAD_RATE[1], weight_decay=0.05)], late)
    with open(a.out, "wb") as f:
        np.savez(f, **{k: v.numpy() for k, v in mean.items()})


if __name__ == "__main__":
    main()
