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


def descend(model, optimizer, loss, step, l1, norm=10.0, share=None):
    """One step of the optimiser, with gradients cut to `norm` and, when l1 is not 0, the subgradient that slims. `share(model)` is
    called once the gradients are there: processes that train together bring them to their mean."""
    if not math.isfinite(loss.item()):
        raise FloatingPointError(f"Loss is {loss.item()} at step {step}; lower --rate.")
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    if share is not None:
        share(model)
    if l1:
        subgradient(model, l1)
    torch.nn.utils.clip_grad_norm_(model.parameters(), norm)
    optimizer.step()


@torch.no_grad()
def shrink_gammas(model, amount):
    """The proximal step of amount * sum |gamma|: every gamma moves towards 0 by `amount` and stays there. AdamW divides a subgradient by
    the size of all gradients that this gamma had: where the L1 is the larger part every gamma falls at the full rate, whatever it is
    worth, elsewhere it hardly counts. Apart from the optimiser (as decoupled weight decay, Loshchilov 2019) the pull is the same
    everywhere and the task's push, which is at most the rate, decides; amounts near the rate leave nothing."""
    if amount:
        for m in model.modules():
            if isinstance(m, nn.BatchNorm2d):
                m.weight.copy_(nn.functional.softshrink(m.weight, amount))


@torch.no_grad()
def level(model, gamma=1.0):
    """The same function (in place) with the largest gamma of every channel `gamma`: its size goes into the weights that read it, so
    that one threshold, and one step towards 0, means the same in every layer."""
    size = {g: s.clamp(min=1e-6) / gamma for g, s in importance(model).items()}
    for m in model.modules():
        if not isinstance(m, (Unit, Head)):
            continue
        if m.target is not None:
            m.bn.weight /= size[m.target]
            m.bn.bias /= size[m.target]
        if m.sources != ("image",):
            m.reads.weight *= torch.cat([size[g] for g in m.sources])[:, None, None]
    return model


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
    """Channels to keep per group: those above one global threshold on gamma, the lowest at which `ratio` of all channels go although
    every group keeps at least `least` and a multiple of `multiple` (its strongest ones). Returns group -> indices."""
    if not 0 <= ratio < 1:
        raise ValueError(f"ratio is {ratio}; it must be at least 0 and below 1.")
    scores = importance(model)
    ranks = torch.cat(list(scores.values())).argsort().argsort()
    total = len(ranks)
    ranks = dict(zip(scores, ranks.split([len(s) for s in scores.values()])))
    for gone in range(int(ratio * total), total):
        count = {g: min(len(r), max(least, -(-int((r >= gone).sum()) // multiple) * multiple)) for g, r in ranks.items()}
        if sum(count.values()) <= (1 - ratio) * total:
            break
    return {g: r.topk(count[g]).indices.sort().values for g, r in ranks.items()}


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
        theirs[name].reads.weight.copy_(m.reads.weight[rows][:, torch.cat(inputs)])
        if m.point is not None:
            theirs[name].conv.weight.copy_(m.conv.weight[rows])
            theirs[name].point.bias.copy_(m.point.bias[rows])
        if m.conv.bias is not None:
            theirs[name].conv.bias.copy_(m.conv.bias[rows])
        if isinstance(m, Unit):
            for k in ("weight", "bias", "running_mean", "running_var"):
                getattr(theirs[name].bn, k).copy_(getattr(m.bn, k)[rows])
            theirs[name].bn.num_batches_tracked.copy_(m.bn.num_batches_tracked)
    return target.train(source.training)


def kept_widths(model, keep):
    """The widths of `model` with the channels to `keep`."""
    return {g: len(keep[g]) if g in keep else 0 for g in model.widths}


def slim(model, ratio, keep=None):
    """An ordinary narrower detector with the strongest channels of `model`, or with those to `keep`."""
    keep = keep or choose(model, ratio)
    narrower = Detector(**{**model.shape(), "widths": kept_widths(model, keep)})
    narrower.scale = model.scale
    return operate(model, narrower, keep)
