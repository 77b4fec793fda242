"""A wider net with the function of a narrow one: new channels draw their own weights, and what reads them starts at zero
(Net2Net's idea, Chen et al. 2016, with zeros in place of copies). A unit that was not there passes its input through."""
import argparse

import torch
from torch import nn

from .detector import LAYERS, YUNET_WIDTHS, Detector, Unit, macs, see_through
from .evaluate import load, save
from .reconstruct import crops

OPTIONAL = tuple(name for name, _, target, _ in LAYERS if not YUNET_WIDTHS[target])


@torch.no_grad()
def widen(model, widths, seed=1):
    """`model` with the groups named in `widths` made wider; the other groups stay."""
    unknown = {g: w for g, w in widths.items() if w < model.widths.get(g, w + 1) or not model.widths[g]}
    if unknown:
        raise ValueError(f"{unknown} are no wider groups of {model.widths}.")
    torch.manual_seed(seed)
    wide = Detector(**{**model.shape(), "widths": {**model.widths, **widths}})
    wide.scale = model.scale
    for name, mine in wide.named_children():
        theirs = getattr(model, name)
        _grow(mine.conv, theirs.conv)
        if mine.point is not None:
            _grow(mine.point, theirs.point)
        out = theirs.conv.out_channels
        if isinstance(mine, Unit) and mine.bn is not None:
            mine.bn.weight.fill_(float(theirs.bn.weight.mean()))
            mine.bn.bias.fill_(float(theirs.bn.bias.mean()))
            mine.bn.running_var.fill_(float(theirs.bn.running_var.mean()))
            for k in ("weight", "bias", "running_mean", "running_var"):
                getattr(mine.bn, k)[:out] = getattr(theirs.bn, k)
    return wide.to(memory_format=torch.channels_last)


@torch.no_grad()
def deepen(model, name, images=None):
    """`model` with the separable unit `name`, which hands on what it is given: a ReLU changes nothing that comes from one. Exact in
    evaluation mode, and with `images`, whose statistics its BatchNorm begins with, near to it in training."""
    inputs = next(source for layer, source, *_ in LAYERS if layer == name)
    if model.widths[name] or not model.widths[inputs]:
        raise ValueError(f"{name} is no layer that can be put behind {inputs} into {model.widths}.")
    width = model.widths[inputs]
    deep = Detector(**{**model.shape(), "widths": {**model.widths, name: width}, "separable": (*model.separable, name)})
    deep.scale = model.scale
    deep.load_state_dict({**deep.state_dict(), **model.state_dict()})
    return pass_through(deep.to(memory_format=torch.channels_last).train(model.training), name, images)


@torch.no_grad()
def pass_through(model, name, images=None):
    """Makes the separable unit `name` of `model` hand on its input (in place)."""
    unit = getattr(model, name)
    nn.init.dirac_(unit.point.weight)
    nn.init.zeros_(unit.point.bias)
    nn.init.zeros_(unit.conv.weight)[:, :, 1, 1] = 1
    if unit.bn is None:
        nn.init.zeros_(unit.conv.bias)
        return model
    mean, variance = torch.zeros_like(unit.bn.bias), torch.ones_like(unit.bn.bias)
    if images is not None:
        seen, training = {}, model.training
        model.eval().walk(images, seen.__setitem__)
        x = unit.conv(unit.point(seen[name]))
        mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3))
        model.train(training)
    see_through(unit.bn, mean, variance)
    return model


def _grow(mine, theirs):
    out, inputs = theirs.weight.shape[:2]
    mine.weight.normal_(std=float(theirs.weight.std()))
    mine.weight[:, inputs:] = 0  # what reads a new channel
    mine.weight[:out, :inputs] = theirs.weight
    if mine.bias is not None:
        mine.bias.zero_()
        mine.bias[:out] = theirs.bias


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("checkpoint")
    p.add_argument("result")
    p.add_argument("widths", nargs="*", metavar="GROUP=CHANNELS")
    p.add_argument("--unit", nargs="+", default=(), choices=OPTIONAL, help="separable units to put in")
    p.add_argument("--pool", help="its crops' statistics are what the new units' BatchNorm begins with")
    a = p.parse_args()
    narrow = wide = load(a.checkpoint)
    if a.widths:
        wide = widen(wide, {g: int(w) for g, w in (v.split("=") for v in a.widths)})
    for name in a.unit:
        wide = deepen(wide, name, crops(a.pool, 160) if a.pool else None)
    save(a.result, wide)
    print(f"{macs(narrow) / 1e6:.1f} -> {macs(wide) / 1e6:.1f} M MACs at 320x320: {wide.widths}")


if __name__ == "__main__":
    main()
