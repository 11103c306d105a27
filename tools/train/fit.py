# SPDX-License-Identifier: MIT
"""Fits what stands beside the weights, and writes the model file.

fit.py --data DIR --dump PROGRAM --updates PROGRAM --net NAME --held NAME:CORPUS ... --fit-calls DIR
       --calls DIR --ordinary DIR [--trials N] [--golden SAMPLE FILE] --name TEXT --out FILE
fit.py --filter-only [--afresh] --updates PROGRAM --held NAME:CORPUS ... --fit-calls DIR --calls DIR
       --ordinary DIR [--trials N] --out FILE

Calibration comes from networks that did not hear the clips: NAME:CORPUS is a network of train.py and
the corpus that it left out ("crema:1046-1060": these actors). Explanation: regression of the segment
vector on what people understand of a voice. The filter over time and the threshold: searched on calls of
fit_calls.py, each judged by the network that did not hear its caller. The table of thresholds: other built
calls and ordinary ones, which the shipped network did not hear.
"""
import argparse
import csv
import glob
import io
import os
import subprocess
import tempfile

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

import evidence
import frames
import model_file
from network import AROUSAL, Net, arrays, stress_logit
from train import FEAR, MIX, STRESS, TASKS, outputs

TUNES = ("stress_scale stress_offset arousal_scale arousal_offset evidence_weight evidence_bias rate_up "
         "rate_down own_share own_prior own_count elevated mix fear threshold evidence_cap stranger_bias").split()
FILTER = "evidence_weight evidence_bias rate_up rate_down own_share own_prior own_count threshold evidence_cap stranger_bias".split()
TUNES_ROOM = 24  # model.h
BUDGET_ROWS = 16
ELEVATED = 0.5
# Of the search. own_prior is what ordinary callers read whom no read-out has learnt from, and stays.
START = dict(evidence_weight=0.596, evidence_bias=0.45, rate_up=0.0112, rate_down=0.015, own_share=0.359,
             own_prior=-1.9, own_count=1.65, evidence_cap=7.41, stranger_bias=0.481)
FALSE_LIMIT = 0.4  # alerts an hour on the calls of the search at the shipped threshold
REACHED_SHARE = 0.1  # of escalations that are still alerted at the last threshold of the table
CALIBRATED_COPIES = 4  # the plain one, and through simulated telephones
GOLDEN_FRAMES = 300  # speech frames, six blocks


def load(name, dropout=0.0):
    net = Net(dropout)
    net.load_state_dict(torch.load(name + ".pt"))
    net.eval()
    return net


def clips_of(data, spec):
    corpus, _, span = spec.partition(":")
    low, high = span.split("-") if span else ("", "~")
    return [i for i, r in enumerate(data.rows) if r["corpus"] == corpus and low <= r["speaker"] <= high
            and r["split"] != "dev"]


def calibrate(copies, held):
    """Platt scaling (1999) on clips that the networks did not hear, plainly and through telephones, corpora
    and classes alike."""
    scale = {}
    said = [(data, outputs(load(name), data), spec) for data in copies for name, spec in held]
    for key, task in (("stress", STRESS), ("arousal", AROUSAL)):
        xs, ys, ws = [], [], []
        for data, (z, _, _, _, used), spec in said:
            raw = (stress_logit(z, MIX, FEAR) if task == STRESS else z[:, AROUSAL]).numpy()
            ids = [i for i in clips_of(data, spec) if not used[i] and data.rows[i]["label"] in TASKS[task]]
            y = np.array([TASKS[task][data.rows[i]["label"]] for i in ids])
            xs.append(raw[ids])
            ys.append(y)
            ws.append(np.where(y == 1, 0.5 / (y == 1).mean(), 0.5 / (y == 0).mean()) / len(y))
        x, y, w = map(np.concatenate, (xs, ys, ws))
        fit = LogisticRegression(C=1e6).fit(x[:, None], y, sample_weight=w / w.mean())
        scale[key] = float(fit.coef_[0, 0]), float(fit.intercept_[0])
    return scale


def explain(data, net):
    """How the vector moves with one unit of each measure: ridge regression of differences."""
    _, _, v, base, used = outputs(net, data)
    speakers = {}
    for i, r in enumerate(data.rows):
        if data.measures[i] is not None:
            speakers.setdefault((r["corpus"], r["speaker"]), []).append(i)
    dv, dm = [], []
    for mine in speakers.values():
        calm = [i for i in mine if used[i]]
        if not calm:
            continue
        own = np.mean([data.measures[i] for i in calm], 0)
        for i in mine:
            if not used[i] and data.rows[i]["split"] != "dev":
                dv.append((v[i] - base[i]).numpy())
                dm.append(data.measures[i] - own)
    dv, dm = np.array(dv), np.array(dm)
    spread = dm.std(0)
    m = dm / spread
    return np.linalg.solve(m.T @ m + 0.02 * len(m) * np.eye(5), m.T @ dv) / spread[:, None]


def padded(tune):
    values = np.zeros(TUNES_ROOM)
    values[:len(TUNES)] = [tune[k] for k in TUNES]
    return values


def write(path, name, net, tables, explained, second):
    a = arrays(net)
    a["explain"] = explained
    with np.load(second + ".second.npz") as z:  # fit_second.py's
        a.update(z)
    a.update(tables)
    return model_file.write(path, name, a)


def updates(program, model, files, before=None):
    """Per recording what tools/dump-updates prints: time, speech, logit. before: of some, the call before."""
    if not files:
        return {}
    after = [["--after", before[f], f] if before and f in before else [f] for f in files]
    text = subprocess.run([program, "--model", model] + sum(after, []), check=True, capture_output=True,
                          text=True).stdout
    out = {os.path.basename(f): [] for f in files}
    for r in csv.reader(io.StringIO(text)):
        out[os.path.basename(r[0])].append([float(x) for x in r[1:4]])
    return {k: np.array(v).reshape(-1, 3) for k, v in out.items()}


def judged(judges, program, folder):
    """The calls of a folder by corpus, each heard by its judge: corpus -> Calls."""
    with open(f"{folder}/calls.csv", newline="") as f:
        rows = list(csv.DictReader(f))
    out = {}
    for corpus, name in judges.items():
        mine = [r for r in rows if r["corpus"] == corpus]
        before = {f"{folder}/{r['file']}": f"{folder}/{r['before']}" for r in mine if r.get("before")}
        out[corpus] = evidence.Calls(mine, updates(program, f"{name}.utm", [f"{folder}/{r['file']}" for r in mine], before))
    return out


def print_curve(groups, ordinary, hours, tune):
    each = [evidence.measure(g, evidence.believe(g, tune)) for g in groups.values()]
    real = evidence.measure(ordinary, evidence.believe(ordinary, tune))[1] / hours
    print("threshold: share alerted, false an hour, median delay of", *groups, "; false an hour on ordinary calls")
    for k, x in enumerate(evidence.THRESHOLDS):
        print(f"{1 / (1 + np.exp(-x)):.4f}:", " ".join(f"{s[k]:.2f}" for s, _, _ in each),
              " ".join(f"{f[k] / g.hours:.2f}" for (_, f, _), g in zip(each, groups.values())),
              " ".join(f"{d[k]:.1f}" for _, _, d in each), f"{real[k]:.2f}", flush=True)


def budget_table(calls, ordinary, hours, tune):
    """False alerts per hundred hours against the threshold, made monotone, at BUDGET_ROWS places.

    Counted where the shipped network is a stranger: ordinary calls, and built calls of dev actors. It ends
    where evidence does: a threshold that nothing reaches keeps every budget and is of no use.
    """
    fine = np.arange(0, 8, 0.05)
    x = fine[evidence.measure(calls, evidence.believe(calls, tune), fine)[0] >= REACHED_SHARE]
    false = sum(evidence.measure(c, evidence.believe(c, tune), x)[1] for c in (calls, ordinary))
    hours += calls.hours
    # What was never seen in all these hours is put at a third of one alert, and falls on from there.
    floor = 100 / hours / 3
    log_rate = np.minimum.accumulate(np.log(np.maximum(100 * false / hours, floor)))
    seen = log_rate > np.log(floor) + 1e-9
    if not seen.all():
        first = int(np.argmin(seen))
        slope = min(-0.5, (log_rate[first] - log_rate[0]) / max(x[first] - x[0], 0.1))
        log_rate[first:] = np.log(floor) + slope * (x[first:] - x[first])
    at = np.linspace(0, len(x) - 1, BUDGET_ROWS).round().astype(int)
    falling = np.exp(log_rate[at]) * (1 - 1e-4 * np.arange(BUDGET_ROWS))
    return np.stack([falling, 1 / (1 + np.exp(-x[at]))], 1)


def write_golden(path, program, sample, net, scale):
    """What the framework says of the first speech of a sample call, for the C code to agree with."""
    with tempfile.TemporaryDirectory() as tmp:
        with open(f"{tmp}/list", "w") as f:
            f.write(sample + "\n")
        subprocess.run([program, f"{tmp}/list", f"{tmp}/frames"], check=True)
        names, clips = frames.read(f"{tmp}/frames")
    x = torch.from_numpy(frames.inputs(names, clips[0], np.float32)[:GOLDEN_FRAMES][None].copy())
    net.eval()
    with torch.no_grad():
        v = net.segment(x, torch.tensor([GOLDEN_FRAMES]), torch.zeros(1))
        z = net.head(v, v, torch.zeros(1, 1))
        logit = scale["stress"][0] * stress_logit(z, MIX, FEAR) + scale["stress"][1]
        arousal = torch.sigmoid(scale["arousal"][0] * z[:, AROUSAL] + scale["arousal"][1])
    with open(path, "w") as f:
        f.write(f"{GOLDEN_FRAMES} {float(logit):.6f} {float(arousal):.6f}\n")
        f.writelines(f"{float(value):.6f}\n" for value in v[0])


def hours_of(files):
    import soundfile as sf
    return sum(sf.info(f).duration for f in files) / 3600


def fit_filter(a, held, net, tune):
    """Filter, threshold and table of thresholds, from model files that lie beside the networks already."""
    strangers = {spec.split(":")[0]: name for name, spec in held}  # corpus -> who did not hear its callers
    calm = sorted(glob.glob(f"{a.ordinary}/*"))
    base = net[:-len(".utm")]
    halves = [f"{base}.half{k}.utm" for k in (0, 1)]  # whose read-outs did not learn from these calls
    said = {}
    for k, half in enumerate(halves):
        said |= updates(a.updates, half if os.path.exists(half) else net, calm[k::2])
    hours = hours_of(calm)
    long = {os.path.basename(f): 3600 * hours_of([f]) for f in calm}
    ordinary = evidence.Calls([dict(file=f, kind="control", onset_s="", duration_s=long[f]) for f in said], said)
    groups = list(judged(strangers, a.updates, a.fit_calls).values())
    tune = evidence.search(groups, ordinary, hours, tune, a.trials)
    tune["threshold"] = evidence.threshold_of(groups, ordinary, hours, tune, FALSE_LIMIT)
    measured = judged({**strangers, "crema": net[:-len(".utm")]}, a.updates, a.calls)
    print_curve(measured, ordinary, hours, tune)
    print("tune", {k: round(float(tune[k]), 4) for k in TUNES})
    return tune, dict(tune=padded(tune), budget=budget_table(measured["crema"], ordinary, hours, tune),
                      site=evidence.near_alerts(ordinary, tune))


def refit(a, held):
    """The filter alone, in model files whose weights and calibration stay."""
    paths = [f"{name}.utm" for name, _ in held] + [a.out]
    read = {path: model_file.read(path) for path in paths}
    tune = dict(zip(TUNES, map(float, read[a.out][1]["tune"][0])))
    fitted, tables = fit_filter(a, held, a.out, {**tune, **START} if a.afresh else tune)
    for path, (name, arrays_of) in read.items():
        own = dict(zip(TUNES, map(float, arrays_of["tune"][0])))
        own.update({k: fitted[k] for k in FILTER})
        arrays_of.update(tables, tune=padded(own))
        print(f"written {path}, CRC {model_file.write(path, name, arrays_of):08x}")


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for key in ("--data", "--dump", "--updates", "--net", "--fit-calls", "--calls", "--ordinary", "--name", "--out"):
        p.add_argument(key, required=key in ("--updates", "--fit-calls", "--calls", "--ordinary", "--out"))
    p.add_argument("--held", nargs="+", required=True)
    p.add_argument("--trials", type=int, default=400, help="of the search for the filter")
    p.add_argument("--golden", nargs=2, metavar=("SAMPLE", "FILE"))
    p.add_argument("--filter-only", action="store_true", help="keep the weights and calibration of --out and of --held")
    p.add_argument("--afresh", action="store_true", help="with --filter-only: search from where the whole chain begins")
    a = p.parse_args()
    held = [tuple(h.split(":", 1)) for h in a.held]
    if a.filter_only:
        return refit(a, held)
    data = frames.Copy(a.dump, a.data, 0)
    net = load(a.net)
    scale = calibrate([data] + [frames.Copy(a.dump, a.data, c) for c in range(1, CALIBRATED_COPIES)], held)
    print("calibration", scale)
    tune = dict(stress_scale=scale["stress"][0], stress_offset=scale["stress"][1], arousal_scale=scale["arousal"][0],
                arousal_offset=scale["arousal"][1], elevated=ELEVATED, mix=MIX, fear=FEAR,
                threshold=0.9, **START)
    explained = explain(data, net)
    none = dict(tune=padded(tune), site=np.ones(len(evidence.SHIFTS)),
                budget=np.stack([np.linspace(1000, 1, BUDGET_ROWS), np.linspace(0.5, 0.99, BUDGET_ROWS)], 1))
    for name in {a.net, *(name for name, _ in held)}:  # with no filter yet, for dump-updates
        write(f"{name}.utm", "unfinished", load(name), none, explained, name)
    for half in (f"{a.net}.half0", f"{a.net}.half1"):
        write(f"{half}.utm", "unfinished", net, none, explained, half)
    tune, tables = fit_filter(a, held, f"{a.net}.utm", tune)
    for name, spec in held:  # for tools/evaluate and tools/measure-calls
        write(f"{name}.utm", f"{a.name} not {spec}", load(name), tables, explained, name)
    print(f"written {a.out}, CRC {write(a.out, a.name, net, tables, explained, a.net):08x}")
    if a.golden:
        write_golden(a.golden[1], a.dump, a.golden[0], net, scale)
    print("budget", np.round(tables["budget"], 4).tolist())


if __name__ == "__main__":
    main()
