"""Small things that make training converge: schedule, decay groups, averaged weights, hard-negative mining."""
import copy
import math

import torch
from torch import nn


def learning_rate(step, warmup, total, peak, floor=0.02):
    """Linear warm-up to `peak`, then a half cosine down to floor * peak (He et al. 2019)."""
    if step < warmup:
        return peak * (step + 1) / warmup
    done = min(1.0, (step - warmup) / max(1, total - warmup))
    return peak * (floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * done)))


def parameter_groups(model, decay):
    """Weight decay for convolution weights only: never on biases and BatchNorm."""
    heavy = [p for p in model.parameters() if p.ndim > 1]
    light = [p for p in model.parameters() if p.ndim <= 1]
    return [{"params": heavy, "weight_decay": decay}, {"params": light, "weight_decay": 0.0}]


class Ema:
    """Exponential average of weights and statistics; the decay grows with the step, so early averages are not stale."""

    def __init__(self, model, decay=0.999):
        self.model, self.decay = copy.deepcopy(model).eval().requires_grad_(False), decay

    @torch.no_grad()
    def update(self, model, step):
        d = min(self.decay, (1 + step) / (10 + step))
        for mine, other in zip(self.model.state_dict().values(), model.state_dict().values()):
            if mine.dtype.is_floating_point:
                mine.lerp_(other, 1 - d)
            else:
                mine.copy_(other)


def hard_negatives(losses, positive, ratio=3):
    """Mask of all positives and of the `ratio` times as many negatives with the highest loss (OHEM 1:3)."""
    count = min(int((~positive).sum()), ratio * max(1, int(positive.sum())))
    chosen = positive.clone()
    chosen[losses.masked_fill(positive, -math.inf).topk(count).indices] = True
    return chosen
