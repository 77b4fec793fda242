"""One pass of slimming: reads a checkpoint trained with L1, removes a share of all channels, writes a checkpoint for `train --start` or
`finetune --start`. Repeat train / slim / train for the iterative schedule. With --pool the layers that stay are not only cut out: each is
solved anew, so that it gives what it gave before from what is left of its input (see reconstruct; He et al. 2017)."""
import argparse

import torch

from .detector import macs, with_norm, without_norm
from .evaluate import load, save
from .reconstruct import crops, reconstruct
from .slimming import choose, kept_widths, level, slim


def mend(wide, keep, images):
    """The dense net of the channels to `keep`, every layer solved by least squares; the share of variance each leaves."""
    shape = wide.shape()
    if shape["separable"]:
        raise SystemExit("--pool solves dense layers only, and this net has separable ones: " + ", ".join(shape["separable"]) + ".")
    widths = kept_widths(wide, keep)
    narrow, left, _ = reconstruct(without_norm(wide), widths, images, shape["entry"], outputs=shape["outputs"], head=shape["head"], kept=keep)
    return with_norm(narrow, images), left


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("checkpoint")
    p.add_argument("result")
    p.add_argument("--ratio", type=float, required=True, help="share of the channels to remove, 0..1")
    p.add_argument("--level", type=float, default=0.0, metavar="GAMMA", help="and bring all gammas to this size, the function as it is (for the next pass)")
    p.add_argument("--pool", help="solve the layers anew on crops of this pool")
    p.add_argument("--crops", type=int, default=160)
    a = p.parse_args()
    torch.set_num_threads(1)
    wide = load(a.checkpoint)
    keep = choose(wide, a.ratio)
    if a.pool:
        narrow, left = mend(wide, keep, crops(a.pool, a.crops))
        print("variance left: " + "  ".join(f"{k} {v:.3f}" for k, v in left.items()))
    else:
        narrow = slim(wide, a.ratio, keep)
    narrow = level(narrow, a.level) if a.level else narrow
    save(a.result, narrow)
    print(f"{sum(wide.widths.values())} -> {sum(narrow.widths.values())} channels, "
          f"{macs(wide) / 1e6:.1f} -> {macs(narrow) / 1e6:.1f} M MACs at 320x320: {narrow.widths}")


if __name__ == "__main__":
    main()
