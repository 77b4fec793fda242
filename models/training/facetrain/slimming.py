"""Network slimming (Liu et al. 2017): L1 on BatchNorm gammas, one global threshold, channel surgery."""
import math

import torch
from torch import nn

from .detector import Detector, Head, Unit


def subgradient(model, weight):
    """Adds the subgradient of weight * sum |gamma|; call between backward and the optimiser's step."""
    for m in model.modules():
        if isinstance(m, nn.BatchNorm2d) and m.weight.grad is not None:
            m.weight.grad.add_(weight * m.weight.detach().sign())


def descend(model, optimizer, loss, step, l1, norm=10.0):
    """One step of the optimiser, with gradients cut to `norm` and, when l1 is not 0, the subgradient that slims."""
    if not math.isfinite(loss.item()):
        raise FloatingPointError(f"Loss is {loss.item()} at step {step}; lower --rate.")
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    if l1:
        subgradient(model, l1)
    torch.nn.utils.clip_grad_norm_(model.parameters(), norm)
    optimizer.step()


def sparsity(model, small=1e-2):
    """Share of gammas below `small`."""
    gammas = [m.weight.detach().abs() for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
    return float((torch.cat(gammas) < small).float().mean()) if gammas else 0.0


def importance(model):
    """Per channel group the largest |gamma| of all layers that write it: partners of an addition stand or fall together."""
    best = {}
    for m in model.modules():
        if isinstance(m, Unit):
            g = m.bn.weight.detach().abs()
            best[m.target] = torch.maximum(best[m.target], g) if m.target in best else g.clone()
    return best


def choose(model, ratio, least=4, multiple=4):
    """Channels to keep per group: the `ratio` smallest gammas of the whole net go (one global threshold), but every
    group keeps at least `least` channels and a multiple of `multiple`, the strongest ones. Returns group -> indices."""
    scores = importance(model)
    everything = torch.cat(list(scores.values())).sort().values
    if not 0 <= ratio < 1:
        raise ValueError(f"ratio is {ratio}; it must be at least 0 and below 1.")
    threshold = everything[int(ratio * len(everything))]
    keep = {}
    for group, s in scores.items():
        count = int((s >= threshold).sum())
        count = min(len(s), max(least, -(-count // multiple) * multiple))
        keep[group] = s.topk(count).indices.sort().values
    return keep


@torch.no_grad()
def operate(source, target, keep):
    """Copies the kept channels of every layer of `source` into the layer of the same name in `target` (already narrower)."""
    theirs = dict(target.named_modules())
    widths = {m.target: m.bn.num_features for m in source.modules() if isinstance(m, Unit)}
    for name, m in source.named_modules():
        if not isinstance(m, (Unit, Head)):
            continue
        inputs, offset = [], 0
        for group in m.sources:
            size = 3 if group == "image" else widths[group]
            inputs.append((torch.arange(3) if group == "image" else keep[group]) + offset)
            offset += size
        rows = torch.arange(m.conv.out_channels) if m.target is None else keep[m.target]
        theirs[name].conv.weight.copy_(m.conv.weight[rows][:, torch.cat(inputs)])
        if m.conv.bias is not None:
            theirs[name].conv.bias.copy_(m.conv.bias[rows])
        if isinstance(m, Unit):
            for k in ("weight", "bias", "running_mean", "running_var"):
                getattr(theirs[name].bn, k).copy_(getattr(m.bn, k)[rows])
            theirs[name].bn.num_batches_tracked.copy_(m.bn.num_batches_tracked)
    return target.train(source.training)


def slim(model, ratio):
    """An ordinary narrower detector with the strongest channels of `model`."""
    keep = choose(model, ratio)
    narrower = Detector(**{**model.shape(), "widths": {g: len(keep[g]) if g in keep else 0 for g in model.widths}})
    narrower.scale = model.scale
    return operate(model, narrower, keep)
