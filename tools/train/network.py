# SPDX-License-Identifier: MIT
"""The network of src/stress/shape.h in PyTorch, and its export to a model file's arrays."""
from collections import OrderedDict

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from frames import INPUTS, LEVEL

EMOTIONS = ("anger", "fear", "happy", "surprise", "neutral", "sad", "boredom", "disgust")
STRESS, HOT, AROUSAL = 8, 9, 10
OUTPUTS = 11
UNITS = (96, 128, 128)
HIDDEN = 96
TRUST_HALF_S = 1.0   # baseline.c
VARIANCE_FLOOR = 1e-4


class Net(nn.Module):
    def __init__(self, dropout):
        super().__init__()
        a, b, c = UNITS
        self.norm_in = nn.BatchNorm1d(INPUTS, affine=False)
        self.conv1, self.norm1 = nn.Conv1d(INPUTS, a, 5, stride=2), nn.BatchNorm1d(a)
        self.conv2, self.norm2 = nn.Conv1d(a, b, 3, stride=2), nn.BatchNorm1d(b)
        self.conv3 = nn.Conv1d(b, c, 3, dilation=2)
        self.size = 2 * c + 1
        self.norm_self = nn.BatchNorm1d(self.size, affine=False)
        self.norm_diff = nn.BatchNorm1d(self.size, affine=False)
        self.hidden, self.out = nn.Linear(2 * self.size + 1, HIDDEN), nn.Linear(HIDDEN, OUTPUTS)
        self.drop = nn.Dropout(dropout)

    def segment(self, x, frames, gain_db):
        """x: [clips][time][COLUMNS], frames: [clips] valid ones, gain_db: [clips] -> [clips][size]."""
        time = x.shape[1]
        inside = (torch.arange(time)[None] < frames[:, None]).float()
        level = ((x[:, :, LEVEL] * inside).sum(1) / frames + gain_db) / 10
        h = self.norm_in(x[:, :, :INPUTS].transpose(1, 2))
        h = F.relu(self.norm1(self.conv1(h)))
        h = F.relu(self.norm2(self.conv2(h)))
        h = F.relu(self.conv3(h))
        valid = torch.clamp((((frames - 5) // 2 + 1) - 3) // 2 + 1 - 4, min=1)
        m = (torch.arange(h.shape[2])[None] < valid[:, None]).float()[:, None]
        n = valid[:, None].float()
        mean = (h * m).sum(2) / n
        var = ((h * h * m).sum(2) / n - mean * mean).clamp_min(VARIANCE_FLOOR)
        return torch.cat([mean, var.sqrt(), level[:, None]], 1)

    def head(self, vector, baseline, trust):
        """trust: [clips][1], 0 where there is no baseline."""
        diff = self.norm_diff(vector - baseline) * trust
        own = self.norm_self(vector) * torch.cat([torch.ones(self.size - 1), torch.zeros(1)])
        z = torch.cat([self.drop(diff), self.drop(own), trust], 1)
        return self.out(self.drop(F.relu(self.hidden(z))))


def stress_logit(z, mix, fear):
    """The raw log odds of stress, as judge.c computes them."""
    p = torch.softmax(z[:, :len(EMOTIONS)], 1)
    at_ease = p[:, 2] + p[:, 4] + p[:, 5] + p[:, 6]
    return mix * z[:, STRESS] + torch.log(p[:, 0] + fear * p[:, 1] + 1e-6) - torch.log(at_ease + 1e-6)


def _fold(conv, norm):
    """A convolution with the batch normalisation after it, as [taps * inputs][units] and bias."""
    w, b = conv.weight.detach().numpy(), conv.bias.detach().numpy()
    if norm is not None:
        g = (norm.weight / torch.sqrt(norm.running_var + norm.eps)).detach().numpy()
        w = w * g[:, None, None]
        b = (b - norm.running_mean.numpy()) * g + norm.bias.detach().numpy()
    return w.transpose(2, 1, 0).reshape(-1, w.shape[0]), b


def arrays(net):
    """The weights by the names of src/stress/model.c."""
    out = OrderedDict()
    for i, (conv, norm) in enumerate(((net.conv1, net.norm1), (net.conv2, net.norm2), (net.conv3, None)), 1):
        out[f"enc{i}.w"], out[f"enc{i}.b"] = _fold(conv, norm)
    for key, norm in (("input", net.norm_in), ("diff", net.norm_diff), ("self", net.norm_self)):
        out[f"{key}.mean"] = norm.running_mean.numpy()
        out[f"{key}.scale"] = 1 / np.sqrt(norm.running_var.numpy() + norm.eps)
    out["hidden.w"], out["hidden.b"] = net.hidden.weight.detach().numpy().T, net.hidden.bias.detach().numpy()
    out["out.w"], out["out.b"] = net.out.weight.detach().numpy().T, net.out.bias.detach().numpy()
    return out
