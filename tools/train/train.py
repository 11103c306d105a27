# SPDX-License-Identifier: MIT
"""Trains one network.

train.py --data DIR --dump PROGRAM --votes CSV --out NAME [--hold CORPUS] [--hold-speakers A-B]
         [--fold K/N] [--teachers NPZ...] ...

DIR is make_corpus.py's. A corpus in --hold, the CREMA-D actors A to B in --hold-speakers and every clip
of the split "dev" train nothing. Writes NAME.pt and NAME.npz: the outputs for all clips of copy 0, each
against a baseline of at most five neutral clips of its speaker (which are marked as used).

With --fold the speakers of fold K of N train nothing either, and NAME.fold.npz holds what the network says
of them: networks of all folds together are a teacher that never heard the clip in question. What the
--teachers say counts TEACH of a clip's target and its label the rest: clips that do not sound like their
label pull less. That is what carries over to languages never heard.
"""
import argparse
import copy
import csv
import time
import zlib

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.metrics import roc_auc_score

import frames
from network import AROUSAL, EMOTIONS, HOT, STRESS, TRUST_HALF_S, Net, stress_logit

CALM = ("neutral", "boredom")
TASKS = {  # output -> label -> wanted; other labels are left out
    STRESS: dict(anger=1, fear=1, neutral=0, sad=0, happy=0, boredom=0),
    HOT: dict(anger=1, neutral=0, boredom=0),
    AROUSAL: dict(anger=1, fear=1, happy=1, surprise=1, neutral=0, sad=0, boredom=0),
}
SPEAKERS, CLIPS = 12, 8            # of a batch
CROP_MIN, CROP_MAX = 60, 260       # frames
SMOOTH = 0.03                      # of the binary targets
MIX, FEAR = 1.0, 2.0               # of stress_logit: what each part counts
TEACH = 0.5                        # share of the teachers in a target
SAID_COPIES = 5                    # over which a fold's network is asked


def read_votes(path):
    """Share of the listeners' votes per clip name, in EMOTIONS' order."""
    votes = {}
    with open(path, newline="") as f:
        for r in csv.DictReader(f):
            v = np.array([float(r.get(e, 0) or 0) for e in EMOTIONS], np.float32)
            if v.sum() > 0:
                votes[r["name"]] = v / v.sum()
    return votes


def emotion_target(row, votes, share):
    y = np.zeros(len(EMOTIONS), np.float32)
    y[EMOTIONS.index(row["label"])] = 1
    v = votes.get(row["path"].split("/")[-1].rsplit(".", 1)[0])
    return y if v is None else (1 - share) * y + share * v


def fold_of(row, folds):
    return zlib.crc32((row["corpus"] + row["speaker"]).encode()) // 7 % folds


def read_teachers(paths):
    """By clip: shares of EMOTIONS, then the probabilities of TASKS, as the teachers who did not hear it say."""
    said = {}
    for path in paths:
        with np.load(path) as z:
            for clip, y in zip(z["paths"], z["y"]):
                said.setdefault(str(clip), []).append(y)
    return {clip: np.mean(y, 0) for clip, y in said.items()}


class Part:
    """What a copy offers for training: clips by speaker, targets."""

    def __init__(self, data, held, votes, share, taught):
        self.x, rows = data.x, data.rows
        self.by_speaker, self.calm = {}, {}
        for i, r in enumerate(rows):
            if held(r):
                continue
            who = (r["corpus"], r["speaker"])
            self.by_speaker.setdefault(who, []).append(i)
            if r["label"] == "neutral":
                self.calm.setdefault(who, []).append(i)
        self.by_corpus = {}
        for who in self.by_speaker:
            self.by_corpus.setdefault(who[0], []).append(who)
        self.emotion = np.stack([emotion_target(r, votes, share) for r in rows])
        self.task = {t: np.array([m.get(r["label"], -1) for r in rows]) for t, m in TASKS.items()}
        self.target = {t: np.clip(y, SMOOTH, 1 - SMOOTH).astype(np.float32) for t, y in self.task.items()}
        for i, r in enumerate(rows):
            y = taught.get(r["path"])
            if y is not None:
                self.emotion[i] += TEACH * (y[:len(EMOTIONS)] - self.emotion[i])
                for t, p in zip(TASKS, y[len(EMOTIONS):]):
                    self.target[t][i] += TEACH * (p - self.target[t][i])
        self.corpus = [r["corpus"] for r in rows]


def pad(clips):
    n = [len(c) for c in clips]
    out = np.zeros((len(clips), max(n), frames.COLUMNS), np.float16)
    for i, c in enumerate(clips):
        out[i, :n[i]] = c
    return torch.from_numpy(out.astype(np.float32)), torch.tensor(n)


def crop(x, rng):
    k = min(len(x), CROP_MAX)
    k = rng.integers(max(CROP_MIN, k * 6 // 10), k + 1) if k > CROP_MIN else k
    at = rng.integers(0, len(x) - k + 1)
    return x[at:at + k]


def trust_of(n_frames):
    s = n_frames / 100.0
    return s / (s + TRUST_HALF_S)


def draw(part, share, rng):
    """A batch: clips, their gain in dB, which are to be judged, and each one's enrolment."""
    corpora = sorted(share)
    clips, gain, judged, enrolled = [], [], [], []
    for _ in range(SPEAKERS):
        corpus = corpora[rng.choice(len(corpora), p=[share[c] for c in corpora])]
        who = part.by_corpus[corpus][rng.integers(len(part.by_corpus[corpus]))]
        mine, calm = part.by_speaker[who], part.calm.get(who, [])
        picked = rng.choice(mine, CLIPS, replace=len(mine) < CLIPS)
        count = rng.choice([0, 1, 2, 3, 5], p=[0.15, 0.2, 0.2, 0.2, 0.25]) if len(calm) >= 3 else 0
        enrol = list(rng.permutation(calm)[:count])
        if enrol and rng.random() < 0.06:  # one who is stressed from the first word
            enrol = [rng.choice(mine)]
        # Many lines level out how loud people are: with some speakers, level must not help.
        jitter = rng.choice([0.0, 1.0, 5.0], p=[0.35, 0.3, 0.35])
        first = len(clips)
        clips += [crop(part.x[i], rng) for i in list(picked) + enrol]
        gain += list(jitter * rng.standard_normal(CLIPS + len(enrol)))
        judged += [(first + k, i) for k, i in enumerate(picked)]
        enrolled += [list(range(first + CLIPS, len(clips)))] * CLIPS
    return clips, np.array(gain, np.float32), judged, enrolled


def baselines(vectors, n, enrolled):
    """The mean vector of each clip's enrolment, weighed by its speech, and its trust."""
    anyone = vectors.mean(0).detach()
    base, trust = [], []
    for e in enrolled:
        w = n[e].float()
        base.append((vectors[e] * (w / w.sum())[:, None]).sum(0) if e else anyone)
        trust.append([trust_of(float(w.sum())) if e else 0.0])
    return torch.stack(base), torch.tensor(trust)


def loss_of(z, part, judged, weight):
    index = [i for _, i in judged]
    target = torch.from_numpy(part.emotion[index])
    loss = -(target * F.log_softmax(z[:, :len(EMOTIONS)], 1)).sum(1).mean()
    for task, scale in ((STRESS, 1.0), (HOT, 0.5), (AROUSAL, 0.5)):
        y = part.task[task][index]
        w = torch.tensor([weight[task, part.corpus[i], k] if k >= 0 else 0.0 for i, k in zip(index, y)])
        t = torch.from_numpy(part.target[task][index])
        each = F.binary_cross_entropy_with_logits(z[:, task], t, reduction="none")
        loss = loss + scale * (each * w).sum() / max(1, int((y >= 0).sum()))
    return loss


def class_weights(part):
    """Both sides of a task count the same within each corpus."""
    weight = {}
    for task in TASKS:
        for corpus in part.by_corpus:
            ids = [i for who in part.by_corpus[corpus] for i in part.by_speaker[who]]
            y = part.task[task][ids]
            for k in (0, 1):
                weight[task, corpus, k] = (y >= 0).sum() / (2 * max(1, (y == k).sum()))
    return weight


def outputs(net, data, seed=1):
    """z with and without baseline for every clip of a copy, vectors, and which clips enrolled."""
    net.eval()
    vectors, n = [], np.array([len(x) for x in data.x])
    with torch.no_grad():
        for k in range(0, len(data.x), 64):
            x, m = pad(data.x[k:k + 64])
            vectors.append(net.segment(x, m, torch.zeros(len(m))))
        v = torch.cat(vectors)
        base, trust, used = v.clone(), torch.zeros(len(v), 1), np.zeros(len(v), bool)
        speakers = {}
        for i, r in enumerate(data.rows):
            speakers.setdefault((r["corpus"], r["speaker"]), []).append(i)
        for mine in speakers.values():
            calm = [i for i in mine if data.rows[i]["label"] == "neutral"]
            enrol = list(np.random.RandomState(seed).permutation(calm)[:5])
            if not enrol:
                continue
            used[enrol] = True
            w = torch.from_numpy(n[enrol] / n[enrol].sum()).float()
            base[mine] = (v[enrol] * w[:, None]).sum(0)
            trust[mine] = trust_of(n[enrol].sum())
        z, z0 = net.head(v, base, trust), net.head(v, base, trust * 0)
    net.train()
    return z, z0, v, base, used


def auc_by_corpus(data, z, used):
    scores = {STRESS: stress_logit(z, MIX, FEAR).numpy(), HOT: z[:, HOT].numpy(), AROUSAL: z[:, AROUSAL].numpy()}
    out = {}
    for corpus in ("crema", "emodb", "banglaser"):
        for name, task in zip("ABC", TASKS):
            keep = [(TASKS[task][r["label"]], s) for r, s, u in zip(data.rows, scores[task], used)
                    if not u and r["corpus"] == corpus and r["label"] in TASKS[task]
                    and (corpus != "crema" or r["split"] == "dev")]
            out[corpus + name] = roc_auc_score(*zip(*keep))
    return out


def write_said(path, net, copies, mine):
    """What read_teachers reads: what net says of mine(row), the mean over the copies."""
    said = {}
    for data in copies:
        z = outputs(net, data)[0]
        y = torch.cat([torch.softmax(z[:, :len(EMOTIONS)], 1), torch.sigmoid(z[:, list(TASKS)])], 1).numpy()
        for i, r in enumerate(data.rows):
            if mine(r):
                said.setdefault(r["path"], []).append(y[i])
    np.savez(path, paths=np.array(list(said)), y=np.array([np.mean(v, 0) for v in said.values()]))


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--data", required=True)
    p.add_argument("--dump", required=True)
    p.add_argument("--votes", required=True)
    p.add_argument("--out", required=True)
    p.add_argument("--hold", default="")
    p.add_argument("--hold-speakers", default="")
    p.add_argument("--fold", default="0/0", help="K/N: the speakers of fold K of N train nothing")
    p.add_argument("--teachers", nargs="*", default=[], help="NAME.fold.npz of every fold")
    p.add_argument("--copies", type=int, default=20)
    p.add_argument("--epochs", type=int, default=10)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--rate", type=float, default=2e-3)
    p.add_argument("--decay", type=float, default=2e-2)
    p.add_argument("--dropout", type=float, default=0.45)
    p.add_argument("--vote-share", type=float, default=0.1)
    p.add_argument("--balance", type=float, default=0.7, help="exponent of a corpus's size in drawing")
    a = p.parse_args()
    torch.manual_seed(a.seed)
    torch.set_num_threads(1)
    rng = np.random.default_rng(a.seed)
    low, high = a.hold_speakers.split("-") if a.hold_speakers else ("~", "")
    hold = a.hold.split(",")
    fold, folds = map(int, a.fold.split("/"))

    def in_fold(r):
        return folds > 0 and r["split"] != "dev" and fold_of(r, folds) == fold

    def held(r):
        return (r["split"] == "dev" or r["corpus"] in hold or in_fold(r)
                or (r["corpus"] == "crema" and low <= r["speaker"] <= high))

    votes, taught = read_votes(a.votes), read_teachers(a.teachers)
    copies = [frames.Copy(a.dump, a.data, c) for c in range(a.copies + 1)]
    plain = copies[0]
    parts = [Part(c, held, votes, a.vote_share, taught) for c in copies]
    weight = class_weights(parts[0])
    size = {c: sum(len(parts[0].by_speaker[w]) for w in ws) for c, ws in parts[0].by_corpus.items()}
    total = sum(n ** a.balance for n in size.values())
    share = {c: n ** a.balance / total for c, n in size.items()}
    print("corpora", {c: (size[c], round(share[c], 2)) for c in size}, flush=True)

    net = Net(a.dropout)
    mean = copy.deepcopy(net)  # running mean of the weights, which generalises better than the last ones
    steps = sum(size.values()) // (SPEAKERS * CLIPS)
    opt = torch.optim.AdamW(net.parameters(), lr=a.rate, weight_decay=a.decay)
    plan = torch.optim.lr_scheduler.OneCycleLR(opt, a.rate, total_steps=steps * a.epochs, pct_start=0.15)
    for epoch in range(a.epochs):
        start, losses = time.time(), 0.0
        for _ in range(steps):
            part = parts[rng.integers(len(parts))]
            clips, gain, judged, enrolled = draw(part, share, rng)
            x, n = pad(clips)
            v = net.segment(x, n, torch.from_numpy(gain))
            base, trust = baselines(v, n, enrolled)
            z = net.head(v[[k for k, _ in judged]], base, trust)
            loss = loss_of(z, part, judged, weight)
            opt.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            opt.step()
            plan.step()
            losses += loss.item()
            with torch.no_grad():
                for to, now in zip(mean.state_dict().values(), net.state_dict().values()):
                    to.lerp_(now, 0.01) if to.dtype.is_floating_point else to.copy_(now)
        line = f"epoch {epoch} loss {losses / steps:.3f} {time.time() - start:.1f} s"
        if epoch % 5 == 4 or epoch == a.epochs - 1:
            z, z0, _, _, used = outputs(mean, plain)
            line += " | " + " ".join(f"{k} {v:.3f}" for k, v in auc_by_corpus(plain, z, used).items())
            line += " | no baseline " + " ".join(f"{k} {v:.3f}" for k, v in auc_by_corpus(plain, z0, used).items()
                                                if k.endswith("A"))
        print(line, flush=True)
    torch.save(mean.state_dict(), a.out + ".pt")
    z, z0, v, base, used = outputs(mean, plain)
    if folds:
        write_said(a.out + ".fold.npz", mean, copies[:SAID_COPIES], in_fold)
    np.savez(a.out + ".npz", z=z, z0=z0, v=v, base=base, used=used)  # The last: run takes it for the whole.


if __name__ == "__main__":
    main()
