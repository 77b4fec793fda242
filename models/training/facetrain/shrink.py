"""What is kept and exported of a checkpoint: the averaged weights, with separable heads scaled to the whole range of their bytes."""
import argparse

from .evaluate import load, save
from .graft import scale_heads
from .reconstruct import crops

if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("checkpoint")
    p.add_argument("result")
    p.add_argument("--pool", required=True)
    a = p.parse_args()
    save(a.result, scale_heads(load(a.checkpoint), crops(a.pool, 160)))
