"""Packs a checkpoint for keeping: weights and averages stay fp32, the optimiser's moments become bf16 (it loads as it is). With a pool the
averaged weights alone, their separable heads scaled to the whole range of their bytes (graft.scale_heads): what is exported and kept."""
import argparse

import torch

from .evaluate import load, save
from .graft import scale_heads
from .reconstruct import crops

if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("checkpoint")
    p.add_argument("result")
    p.add_argument("--pool")
    a = p.parse_args()
    if a.pool:
        save(a.result, scale_heads(load(a.checkpoint), crops(a.pool, 160)))
        raise SystemExit
    saved = torch.load(a.checkpoint, map_location="cpu")
    for state in saved.get("optimizer", {}).get("state", {}).values():
        for k, v in state.items():
            if torch.is_tensor(v) and v.ndim:
                state[k] = v.to(torch.bfloat16)
    saved["arguments"] = {k: v for k, v in saved["arguments"].items() if k not in ("data", "teacher", "out", "start")}
    torch.save(saved, a.result)
