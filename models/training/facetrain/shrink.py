"""What is kept and exported of one or more checkpoints: the averaged weights, with separable heads scaled to the whole range of their bytes.

Of several nets of one shape, each the end of a schedule that began at the one before, the mean is better than the best of them (stochastic
weight averaging, Izmailov et al. 2018). Its BatchNorm statistics are those of none of them and are taken anew from the pool."""
import argparse

import numpy as np
import torch
from torch import nn

from .batch import Batch
from .evaluate import load, save
from .graft import scale_heads
from .pool import Pool
from .reconstruct import crops


@torch.no_grad()
def mean(models):
    """The first of `models`, with the mean of all weights; heads must be scaled alike before."""
    shapes = [m.shape() for m in models]
    if any(s != shapes[0] for s in shapes):
        raise ValueError(f"Only nets of one shape have a mean: {shapes}.")
    states = [m.state_dict() for m in models]
    for name, values in states[0].items():
        if values.is_floating_point():
            values.copy_(torch.stack([s[name] for s in states]).mean(0))
    return models[0]


@torch.no_grad()
def measure(model, pool, batch=32, batches=60, seed=1):
    """Takes BatchNorm's statistics of `model` anew from crops of the pool, as training shows them."""
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
    usual = [m.momentum for m in norms]
    for m in norms:
        m.reset_running_stats()
        m.momentum = None  # the mean of all batches
    model.train()
    rng, generator = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    for _ in range(batches):
        model(Batch(pool, pool.draw(rng, batch), False, generator).images)
    for m, momentum in zip(norms, usual):
        m.momentum = momentum
    return model.eval()


def shrink(paths, pool):
    images = crops(pool, 160)
    models = [scale_heads(load(p), images) for p in paths]
    if len(models) == 1:
        return models[0]
    return scale_heads(measure(mean(models), Pool(pool)), images)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("checkpoint", nargs="+")
    p.add_argument("result")
    p.add_argument("--pool", required=True)
    a = p.parse_args()
    save(a.result, shrink(a.checkpoint, a.pool))


if __name__ == "__main__":
    main()
