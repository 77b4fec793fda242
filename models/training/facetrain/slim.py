"""One pass of slimming: reads a checkpoint trained with --l1, removes a share of all channels, writes a checkpoint for
`train --start`. Repeat train / slim / train for the iterative schedule."""
import argparse

import torch

from .detector import macs
from .evaluate import load
from .slimming import level, slim


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("checkpoint")
    p.add_argument("result")
    p.add_argument("--ratio", type=float, required=True, help="share of the channels to remove, 0..1")
    p.add_argument("--level", type=float, default=0.0, metavar="GAMMA", help="and bring all gammas to this size, the function as it is (for the next pass)")
    a = p.parse_args()
    wide = load(a.checkpoint)
    narrow = slim(wide, a.ratio)
    narrow = level(narrow, a.level) if a.level else narrow
    torch.save({"shape": narrow.shape(), "model": narrow.state_dict(), "ema": narrow.state_dict()}, a.result)
    print(f"{sum(wide.widths.values())} -> {sum(narrow.widths.values())} channels, "
          f"{macs(wide) / 1e6:.1f} -> {macs(narrow) / 1e6:.1f} M MACs at 320x320: {narrow.widths}")


if __name__ == "__main__":
    main()
