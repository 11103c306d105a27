# SPDX-License-Identifier: MIT
"""Frames as tools/dump-features writes them, and the model's view of them.

inputs() is what src/stress/encoder.c computes frame by frame; tests/golden holds them together.
"""
import csv
import os
import subprocess

import numpy as np

LEVEL_FRAMES = 150  # the running level's memory, as in encoder.c
MELS = 32
MEL_FLOOR_DB = -58    # listener.c
INPUTS = MELS + 10
LEVEL = INPUTS      # column of the mean log-mel level, which no convolution sees
COLUMNS = INPUTS + 1
LINE_FLAGS = 0x3d   # gap, silence, DTMF, tone, music: listener.c passes them by


def dump(program, folder, copy):
    """Runs the C extractor over one copy of the corpus, unless its result is there."""
    out = f"{folder}/copy{copy}.frames"
    if os.path.exists(out):
        return out
    with open(f"{folder}/copy{copy}.csv", newline="") as f:
        lines = [f"{folder}/copy{copy}.f32\t{r['offset']}\t{r['samples']}\n" for r in csv.DictReader(f)]
    with open(out + ".list", "w") as f:
        f.writelines(lines)
    subprocess.run([program, out + ".list", out + ".part"], check=True)
    os.rename(out + ".part", out)
    return out


def read(path):
    """Column names, and per recording a matrix [frames][columns]."""
    with open(path, "rb") as f:
        names = f.readline().decode().split()[3:]
        data = np.frombuffer(f.read(), np.uint8)
    clips, at = [], 0
    while at < len(data):
        n = int(data[at:at + 4].view("<i4")[0])
        at += 4
        size = max(n, 0) * len(names) * 4
        clips.append(data[at:at + size].view("<f4").reshape(-1, len(names)))
        at += size
    return names, clips


def heard(col, frames):
    """The frames that the model hears: speech on a sound line."""
    flags = frames[:, col["flags"]].astype(np.int64)
    return frames[(frames[:, col["speech"]] > 0) & (flags & LINE_FLAGS == 0)]


def inputs(names, frames, kind=np.float16):
    """[speech frames][COLUMNS] of a kind: the encoder's inputs before standardising, then the level."""
    col = {n: i for i, n in enumerate(names)}
    f = heard(col, frames)
    mel = np.maximum(f[:, col["mel_db_0"]:col["mel_db_0"] + MELS], MEL_FLOOR_DB)
    level = mel.mean(1)
    running, acc = np.empty(len(f), np.float32), np.float32(0)
    for i, x in enumerate(level):
        acc += (x - acc) / min(i + 1, LEVEL_FRAMES)
        running[i] = acc
    voiced = f[:, col["voiced"]]
    octaves = np.where(voiced > 0, np.log2(np.maximum(f[:, col["f0_hz"]], 50) / 160), 0)
    rest = [(level - running) / 10, voiced, octaves, f[:, col["voicing"]], f[:, col["hnr_db"]] / 20,
            f[:, col["flux"]] / 3, f[:, col["f0_jitter"]] / 0.05, f[:, col["shimmer_db"]] / 2,
            f[:, col["nucleus"]], f[:, col["nuclei_syll_s"]] / 5 - 0.8, level]
    return np.concatenate([(mel - level[:, None]) / 10, np.stack(rest, 1)], 1).astype(kind)


def measures(names, frames):
    """What segment.c measures of a clip, by enum ut_reason_kind; None with too little voiced speech."""
    col = {n: i for i, n in enumerate(names)}
    f = heard(col, frames)
    v = f[f[:, col["voiced"]] > 0]
    if len(v) < 20:
        return None
    semitones = 12 * np.log2(np.maximum(v[:, col["f0_hz"]], 50) / 100)
    rate = f[:, col["rate_syll_s"]]
    return np.array([semitones.mean(), v[:, col["alpha_ratio_db"]].mean(), rate.sum() / max(1, (rate > 0).sum()),
                     -v[:, col["hnr_db"]].mean(), semitones.std()], np.float32)


class Copy:
    """One copy of the corpus: rows of the manifest, model inputs and measures per clip.

    The inputs of all copies fill memory, so that they are kept in a file and read from there as needed.
    """

    def __init__(self, program, folder, copy):
        kept = f"{folder}/copy{copy}.inputs"
        if not os.path.exists(kept + ".npy"):
            names, clips = read(dump(program, folder, copy))
            x = [inputs(names, c) for c in clips]
            np.savez(kept + ".npz", frames=[len(c) for c in x], measures=np.array(
                [np.full(5, np.nan) if m is None else m for m in (measures(names, c) for c in clips)], np.float32))
            np.save(kept + ".part.npy", np.concatenate(x))
            os.rename(kept + ".part.npy", kept + ".npy")
        with open(f"{folder}/copy{copy}.csv", newline="") as f:
            rows = list(csv.DictReader(f))
        with np.load(kept + ".npz") as z:
            count, measured = z["frames"], z["measures"]
        end = np.cumsum(count)
        x = np.load(kept + ".npy", mmap_mode="r")
        keep = np.flatnonzero(count >= 60)
        self.rows = [rows[i] for i in keep]
        self.x = [x[end[i] - count[i]:end[i]] for i in keep]
        self.measures = [None if np.isnan(measured[i]).any() else measured[i] for i in keep]
