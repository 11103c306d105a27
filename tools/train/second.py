# SPDX-License-Identifier: MIT
"""The second ear's network in PyTorch: EfficientAT mn04 (Schmid, Koutini, Widmer 2023; MIT licence, Copyright
(c) 2022 Florian Schmid), cut to the telephone band, and its view of sound.

Only the 10 ms frames of speech enter, joined; of the 128 mel bands those below 4 kHz. Speech is cut into
windows of WINDOW frames, and what the layers in TAPS say is averaged over time in each window and then over
windows: src/stress/second.h says the same of the C code.
"""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

BANDS = 80                  # of 128
STEP, FLOOR = 0.016, (np.log(1e-5) + 4.5) / 5
WINDOW, MIN_FRAMES = 50, 32  # frames of speech
TAPS, VECTOR = (10, 12), 400  # blocks whose means are read out
STRIDES = (1, 2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1)
HARD_FROM = 7               # blocks from here on use hard swish, earlier ones ReLU


def read(path):
    """Per recording what tools/dump-second wrote: [frames of speech][BANDS] bytes."""
    data, clips, at = np.fromfile(path, np.uint8), [], 0
    while at < len(data):
        n = max(0, int(data[at:at + 4].view("<i4")[0]))
        clips.append(data[at + 4:at + 4 + n * BANDS].reshape(n, BANDS))
        at += 4 + n * BANDS
    return clips


def values(steps):
    """The bytes as the network takes them: (ln(power) + 4.5) / 5, in steps of src/stress/second_net.h."""
    return steps.astype(np.float32) * STEP + FLOOR


def image(x):
    """[windows][frames][BANDS] as the first block takes it."""
    return x.transpose(1, 2)[:, None]


class Squeeze(nn.Module):
    def __init__(self, width, inner):
        super().__init__()
        self.conc_se_layers = nn.ModuleList([nn.Module()])
        self.conc_se_layers[0].fc1, self.conc_se_layers[0].fc2 = nn.Linear(width, inner), nn.Linear(inner, width)

    def forward(self, x):
        s = self.conc_se_layers[0]
        g = torch.sigmoid(s.fc2(F.relu(s.fc1(x.mean((2, 3))))))
        return x * g[:, :, None, None]


def conv(a, b, k, stride, groups, act):
    layers = [nn.Conv2d(a, b, k, stride, k // 2, groups=groups, bias=False), nn.BatchNorm2d(b, eps=1e-3)]
    return nn.Sequential(*layers, *([act] if act else []))


class Block(nn.Module):
    def __init__(self, weights, n, stride):
        super().__init__()
        act = nn.Hardswish() if n >= HARD_FROM else nn.ReLU()
        key = f"features.{n}.block."
        layers, i = [], 0
        while f"{key}{i}.0.weight" in weights or f"{key}{i}.conc_se_layers.0.fc1.weight" in weights:
            if f"{key}{i}.0.weight" not in weights:
                inner, width = weights[f"{key}{i}.conc_se_layers.0.fc1.weight"].shape
                layers.append(Squeeze(width, inner))
            else:
                b, a, k, _ = weights[f"{key}{i}.0.weight"].shape
                depthwise = k > 1
                last = f"{key}{i + 1}.0.weight" not in weights and f"{key}{i + 1}.conc_se_layers.0.fc1.weight" not in weights
                layers.append(conv(b if depthwise else a, b, k, stride if depthwise else 1, b if depthwise else 1,
                                   None if last else act))
            i += 1
        self.block = nn.Sequential(*layers)
        first, out = (w.shape for w in (weights[f"{key}0.0.weight"], weights[f"{key}{i - 1}.0.weight"]))
        self.residual = stride == 1 and (first[0] if first[1] == 1 and first[2] > 1 else first[1]) == out[0]

    def forward(self, x):
        return x + self.block(x) if self.residual else self.block(x)


class Mobile(nn.Module):
    """The teacher's first layer and its blocks up to the last one that is read; path: its weights, or tune_second.py's."""

    def __init__(self, path):
        super().__init__()
        weights = {k: torch.from_numpy(v) for k, v in np.load(path).items()}
        first = conv(1, 8, 3, 2, 1, nn.Hardswish())
        self.features = nn.ModuleList([first] + [Block(weights, n, STRIDES[n - 1]) for n in range(1, TAPS[-1] + 1)])
        missing, _ = self.load_state_dict({k: v for k, v in weights.items() if k.startswith("features.")}, strict=False)
        missing = [k for k in missing if not k.endswith("num_batches_tracked")]
        if missing:
            raise SystemExit(f"{path}: holds no {missing[0]}; wanted EfficientAT's mn04_as")

    def part(self, x, first, end):
        """x after block end - 1, as it was before block first, and the means over time at the TAPS among them."""
        out = []
        for n, f in enumerate(self.features[first:end], first):
            x = f(x)
            if n in TAPS:
                out.append(x.mean(3).flatten(1))
        return x, out

    def forward(self, x):
        """x: [windows][frames][BANDS] -> [windows][VECTOR]: means over time at TAPS."""
        return torch.cat(self.part(image(x), 0, None)[1], 1)


def windows(count):
    """Where the windows of a clip begin and end, as src/call/scorer.c lays them."""
    if count <= WINDOW:
        return [(0, count)]
    at = [(k, k + WINDOW) for k in range(0, count - WINDOW + 1, WINDOW)]
    return at + ([(count - WINDOW, count)] if count % WINDOW >= WINDOW // 4 else [])


def vectors(net, clips):
    """[clips][VECTOR] of clips in steps: the mean over each one's windows; zeros for one that is too short."""
    jobs, out, count = {}, np.zeros((len(clips), VECTOR), np.float32), np.zeros(len(clips))
    for i, c in enumerate(clips):
        for a, b in windows(len(c)):
            if b - a >= MIN_FRAMES:
                jobs.setdefault(b - a, []).append((i, a))
    net.eval()
    with torch.no_grad():
        for length, mine in jobs.items():
            for k in range(0, len(mine), 64):
                part = mine[k:k + 64]
                x = torch.from_numpy(values(np.stack([clips[i][a:a + length] for i, a in part])))
                ids = [i for i, _ in part]
                np.add.at(out, ids, net(x).numpy())
                np.add.at(count, ids, 1)
    return out / np.maximum(count, 1)[:, None].astype(np.float32)


TILE = 16


def _fold(layer):
    conv, norm = layer[0], layer[1]
    g = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    return (conv.weight * g[:, None, None, None]).detach().numpy(), (norm.bias - norm.running_mean * g).detach().numpy()


def _up(n):
    return n if n == 8 else (n + TILE - 1) // TILE * TILE


def _vector(b):
    return np.pad(b, (0, _up(len(b)) - len(b)))


def _tiles(w):
    """[units][inputs] in the order of src/stress/dense.h; eight units are one tile of their own."""
    w = np.pad(w, ((0, _up(w.shape[0]) - w.shape[0]), (0, _up(w.shape[1]) - w.shape[1])))
    tile = min(TILE, w.shape[0])
    return w.reshape(w.shape[0] // tile, tile, -1).transpose(0, 2, 1)


def _taps(w):
    """A depthwise kernel as [taps][channels]."""
    w = w.reshape(w.shape[0], -1).T
    return np.pad(w, ((0, 0), (0, _up(w.shape[1]) - w.shape[1])))


def weights(net):
    """All layers' weights in one row, as src/stress/second_net.c takes them."""
    w, b = _fold(net.features[0])
    # torch's image is [band][time], the C code's [time][band]
    out = [w.transpose(0, 1, 3, 2).reshape(8, 9).T, b]
    for block in list(net.features)[1:]:
        for layer in block.block:
            if isinstance(layer, Squeeze):
                s = layer.conc_se_layers[0]
                inner = -len(s.fc1.bias) % TILE
                a, b = (np.pad(fc.weight.detach().numpy(), p) for fc, p in ((s.fc1, ((0, inner), (0, 0))), (s.fc2, ((0, 0), (0, inner)))))
                out += [_tiles(a), np.pad(s.fc1.bias.detach().numpy(), (0, inner)), _tiles(b), s.fc2.bias.detach().numpy()]
                continue
            w, b = _fold(layer)
            depthwise = layer[0].groups > 1
            out += [_taps(w.transpose(0, 1, 3, 2)) if depthwise else _tiles(w[:, :, 0, 0]), _vector(b)]
    return np.concatenate([np.asarray(x, np.float32).ravel() for x in out])


def write_golden(path, net, steps):
    """What PyTorch says of a window: its rows of bands in steps, then its vector."""
    net.eval()
    with torch.no_grad():
        v = net(torch.from_numpy(values(steps[:WINDOW]))[None])[0]
    with open(path, "w") as f:
        f.writelines(" ".join(map(str, row)) + "\n" for row in steps[:WINDOW])
        f.writelines(f"{float(x):.6f}\n" for x in v)
