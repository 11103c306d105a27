# SPDX-License-Identifier: MIT
"""What the measuring tools share: the program, intervals, AUC, tables, a plot as SVG."""
import argparse
import importlib.machinery
import importlib.util
import os
import sys

import numpy as np
from scipy.stats import chi2, rankdata

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SOUND = (".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".au", ".snd", ".ulaw", ".ul", ".alaw",
         ".al", ".gsm", ".sln", ".raw", ".vox", ".pcap", ".pcapng")  # As undertone tune takes from a folder.


def die(message, remedy):
    name = os.path.basename(sys.argv[0])
    print(f"{name}: {message}\n{name}: remedy: {remedy}", file=sys.stderr)
    sys.exit(2)


def neighbour(name):
    """The tool of that name beside this file, as a module."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name)
    loader = importlib.machinery.SourceFileLoader(name.replace("-", "_"), path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    return module


def number_from(least, most=float("inf"), kind=int):
    """A type for argparse: a number from least to most."""
    def read(text):
        value = kind(text)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text}: takes {least:g} or more" if most == float("inf") else
                                             f"{text}: takes {least:g} to {most:g}")
        return value
    read.__name__ = kind.__name__  # argparse names it when text is no number.
    return read


def writable(path):
    """path, if a file can be written there: told before the work, not after it."""
    try:
        open(path, "a", encoding="utf-8").close()
    except OSError as e:
        die(f"{path}: {e.strerror}", "name a file that can be written")
    return path


def readable(path, remedy):
    """path, if it can be read."""
    try:
        open(path, "rb").close()
    except OSError as e:
        die(f"{path}: {e.strerror}", remedy)
    return path


BUILD_REMEDY = "build it: cmake -B build -DUT_BUILD_TESTS=ON && cmake --build build"
CORPORA_REMEDY = "name the folder of manifest.csv and the clips with --corpora"


def find_program(given):
    path = given or os.environ.get("UNDERTONE") or os.path.join(ROOT, "build", "undertone")
    if not os.access(path, os.X_OK):
        die(f"{path}: no such program",
            "build it (cmake -B build && cmake --build build), or name it with --program")
    return os.path.abspath(path)


# ---------------------------------------------------------------- intervals, all of 95 %

def wilson(hits, n):
    """Interval of a share (Wilson, 1927)."""
    if n == 0:
        return 0.0, 1.0
    z = 1.959964
    p, d = hits / n, 1 + z * z / n
    mid, half = p + z * z / (2 * n), z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, (mid - half) / d), min(1.0, (mid + half) / d)


def poisson_rate(events, hours):
    """Interval of events per hour (Garwood, 1936)."""
    if hours <= 0:
        return 0.0, float("inf")
    low = chi2.ppf(0.025, 2 * events) / 2 if events else 0.0
    return low / hours, chi2.ppf(0.975, 2 * events + 2) / 2 / hours


def bootstrap(statistic, groups, draws=1000, seed=1):
    """Interval of statistic(indices) when whole groups, such as speakers, are drawn anew.

    groups: [n] label of each item. Draws on which the statistic is not defined are left out.
    """
    _, inverse = np.unique(np.asarray(groups), return_inverse=True)
    members = [np.flatnonzero(inverse == g) for g in range(inverse.max() + 1)]
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(draws):
        take = rng.integers(0, len(members), len(members))
        values.append(statistic(np.concatenate([members[g] for g in take])))
    values = [v for v in values if np.isfinite(v)]
    return tuple(np.percentile(values, [2.5, 97.5])) if values else (np.nan, np.nan)


def auc(score, positive):
    """Area under the ROC curve, ties counted by half; NaN without both classes."""
    p = int(positive.sum())
    n = len(positive) - p
    if p == 0 or n == 0:
        return np.nan
    return (rankdata(score)[positive].sum() - p * (p + 1) / 2) / (p * n)


# ---------------------------------------------------------------- output

def print_table(head, rows):
    """Columns as wide as they need to be, the first to the left."""
    cells = [head] + [[str(c) for c in r] for r in rows]
    wide = [max(len(r[i]) for r in cells) for i in range(len(head))]
    for r in cells:
        print("  ".join(c.ljust(wide[i]) if i == 0 else c.rjust(wide[i]) for i, c in enumerate(r)).rstrip())


def share_text(hits, n):
    if n == 0:
        return "-"
    low, high = wilson(hits, n)
    return f"{hits}/{n} {hits / n:.2f} [{low:.2f},{high:.2f}]"


def rate_text(events, hours):
    if hours <= 0:
        return "-"
    low, high = poisson_rate(events, hours)
    return f"{events / hours:.2f} [{low:.2f},{high:.2f}]"


def write_svg(path, title, x_name, y_name, points, labels):
    """A curve through points (x >= 0, y in 0..1), each with a label to point at."""
    w, h, left, top, right, bottom = 640, 420, 64, 40, 24, 56
    most = max([x for x, _ in points] + [1e-9])

    def at(x, y):
        return left + x / most * (w - left - right), top + (1 - y) * (h - top - bottom)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" font-family="sans-serif" font-size="12">',
           f'<rect width="{w}" height="{h}" fill="#fff"/>',
           f'<text x="{left}" y="24" font-size="15">{title}</text>']
    for i in range(6):
        x, y = at(most * i / 5, i / 5)
        x0, y0 = at(0, 0)
        out.append(f'<path d="M{x0:.1f} {y:.1f}H{w - right}M{x:.1f} {top}V{y0:.1f}" stroke="#ddd"/>')
        out.append(f'<text x="{x0 - 8:.1f}" y="{y + 4:.1f}" text-anchor="end">{i / 5:.1f}</text>')
        out.append(f'<text x="{x:.1f}" y="{y0 + 18:.1f}" text-anchor="middle">{most * i / 5:.3g}</text>')
    out.append(f'<text x="{(left + w - right) / 2}" y="{h - 12}" text-anchor="middle">{x_name}</text>')
    out.append(f'<text transform="translate(16,{(top + h - bottom) / 2}) rotate(-90)" text-anchor="middle">{y_name}</text>')
    line = " ".join("%.1f,%.1f" % at(x, y) for x, y in points)
    out.append(f'<polyline points="{line}" fill="none" stroke="#1f5fa8" stroke-width="2"/>')
    for (x, y), label in zip(points, labels):
        cx, cy = at(x, y)
        out.append(f'<circle cx="{cx:.1f}" cy="{cy:.1f}" r="4" fill="#1f5fa8"><title>{label}</title></circle>')
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(out) + "\n</svg>\n")
