#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Renew tests/golden/network.txt for a model that exists: golden.py MODEL DUMP SAMPLE FILE

For features that changed while the model did not. What fit.py writes with the framework that trained
the network comes here from its file, in NumPy: another implementation than the one in C.
MODEL: .utm; DUMP: the program dump-features; SAMPLE: a recording, its first channel heard.
"""
import subprocess
import sys
import tempfile

import numpy as np

import frames
import model_file

GOLDEN_FRAMES = 300
VARIANCE_FLOOR = 1e-4
FEAR, STRESS, AROUSAL = 1, 8, 10
AT_EASE = [2, 4, 5, 6]


def convolve(x, w, b, width, stride, dilation):
    """x: [time][inputs], w: [width * inputs][units]."""
    n = (len(x) - (width - 1) * dilation - 1) // stride + 1
    taps = [x[k * dilation:k * dilation + (n - 1) * stride + 1:stride] for k in range(width)]
    return np.maximum(np.concatenate(taps, axis=1) @ w + b, 0)


def judge(arrays, x):
    a = {k: np.asarray(v, np.float64) for k, v in arrays.items()}
    h = (x[:, :frames.INPUTS] - a["input.mean"].ravel()) * a["input.scale"].ravel()
    for layer, shape in (("enc1", (5, 2, 1)), ("enc2", (3, 2, 1)), ("enc3", (3, 1, 2))):
        h = convolve(h, a[layer + ".w"], a[layer + ".b"].ravel(), *shape)
    spread = np.sqrt(np.maximum((h * h).mean(0) - h.mean(0) ** 2, VARIANCE_FLOOR))
    vector = np.concatenate([h.mean(0), spread, [x[:, frames.LEVEL].mean() / 10]])
    own = (vector - a["self.mean"].ravel()) * a["self.scale"].ravel()
    own[-1] = 0
    z = np.concatenate([np.zeros(len(vector)), own, [0]])
    y = np.maximum(z @ a["hidden.w"] + a["hidden.b"].ravel(), 0) @ a["out.w"] + a["out.b"].ravel()
    p = np.exp(y[:STRESS] - y[:STRESS].max())
    p /= p.sum()
    scale, offset, arousal_scale, arousal_offset = a["tune"].ravel()[:4]
    mix, fear = a["tune"].ravel()[12:14]
    raw = mix * y[STRESS] + np.log(p[0] + fear * p[FEAR] + 1e-6) - np.log(p[AT_EASE].sum() + 1e-6)
    return vector, scale * raw + offset, 1 / (1 + np.exp(-arousal_scale * y[AROUSAL] - arousal_offset))


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    model, dump, sample, out = sys.argv[1:]
    with tempfile.TemporaryDirectory() as tmp:
        with open(f"{tmp}/list", "w") as f:
            f.write(sample + "\n")
        subprocess.run([dump, f"{tmp}/list", f"{tmp}/frames"], check=True)
        names, clips = frames.read(f"{tmp}/frames")
    x = frames.inputs(names, clips[0], np.float32)[:GOLDEN_FRAMES]
    vector, logit, arousal = judge(model_file.read(model)[1], x.astype(np.float64))
    with open(out, "w") as f:
        f.write(f"{GOLDEN_FRAMES} {logit:.6f} {arousal:.6f}\n")
        f.writelines(f"{value:.6f}\n" for value in vector)


if __name__ == "__main__":
    main()
