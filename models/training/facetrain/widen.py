"""A wider net with the function of a narrow one: new channels draw their own weights, and what reads them starts at zero
(Net2Net's idea, Chen et al. 2016, with zeros in place of copies)."""
import argparse

import torch

from .detector import Detector, Unit, macs
from .evaluate import load, save


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
    p.add_argument("widths", nargs="+", metavar="GROUP=CHANNELS")
    a = p.parse_args()
    narrow = load(a.checkpoint)
    wide = widen(narrow, {g: int(w) for g, w in (v.split("=") for v in a.widths)})
    save(a.result, wide)
    print(f"{macs(narrow) / 1e6:.1f} -> {macs(wide) / 1e6:.1f} M MACs at 320x320: {wide.widths}")


if __name__ == "__main__":
    main()
