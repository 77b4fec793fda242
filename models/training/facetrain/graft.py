"""A new, cheap beginning for YuNet-n: its layers behind stride 8 stay as they are, what comes before is one convolution of 4x4 pixels,
a separable unit, a dense 3x3 layer of stride 2 and another unit, which learn YuNet's own map at stride 8 (a hint, Romero et al. 2015).
One more unit at stride 16 passes its input through at first. `finetune` goes on from there."""
import argparse
import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import nn
from torch.nn import functional as F

from .batch import Batch
from .detector import CLIP, HEADS, LAYERS, grafted
from .evaluate import save
from .ort import OrtModel
from .pool import Pool
from .slimming import descend
from .tricks import learning_rate, parameter_groups
from .widen import pass_through
from .yunet import adopt

NEW = ("c3", "c4", "c5", "c5b")  # the layers up to the map at stride 8; the rest is YuNet's,
MORE = ("c8b",)  # but for these, which do nothing yet
WARMUP = 50


def graft(teacher):
    """The net with YuNet's own layers and a beginning that knows nothing yet."""
    model = grafted()
    for name in NEW:
        for conv in filter(None, (getattr(model, name).point, getattr(model, name).conv)):
            nn.init.kaiming_normal_(conv.weight)
    rest = [n for n, *_ in LAYERS if hasattr(model, n) and n not in NEW + MORE] + [n for n, _ in HEADS]
    for name in MORE:
        pass_through(model, name)
    return adopt(model, teacher, rest)


@torch.no_grad()
def scale_heads(model, images, share=1.0):
    """Brings what lies between a head's two convolutions within `share` of the clip wherever a score depends on it: around the cells
    that are not plainly background."""
    seen = {}
    model.eval().walk(images, seen.__setitem__)
    for name, _ in HEADS:
        head = getattr(model, name)
        if head.point is None:
            continue
        between = head.point(seen[name])
        score = head.conv(between)[:, :1].sigmoid()
        matters = F.max_pool2d((score > 0.01).float(), 3, 1, 1)
        matters = matters if matters.any() else torch.ones_like(matters)
        peaks = (between.abs() * matters).amax((0, 2, 3))
        factor = torch.where(peaks > 0, share * CLIP / peaks, torch.ones_like(peaks))
        head.point.weight *= factor[:, None, None, None]
        head.point.bias *= factor
        head.conv.weight /= factor[:, None, None, None]
    return model


class Target:
    """YuNet's map at stride 8, as its own file computes it."""

    def __init__(self, library, teacher, size):
        graph = onnx.load(str(teacher)).graph
        name = [n.output[0] for n in graph.node if n.op_type == "MaxPool"][1]
        with tempfile.TemporaryDirectory() as folder:
            part = Path(folder) / "part.onnx"
            onnx.utils.extract_model(str(teacher), str(part), [graph.input[0].name], [name])
            self.model = OrtModel(library, part, {name: (1, 64, size // 8, size // 8)}, size, size, graph.input[0].name)

    def __call__(self, images):
        out = []
        for image in images.numpy():
            self.model.image[0] = image
            out.append(torch.from_numpy(next(iter(self.model.run().values()))[0].copy()))
        return torch.stack(out)


def beginning(model, images):
    """The map at stride 8 (N x 64 x h x w) of the new layers."""
    x = images / model.scale
    for name in NEW:
        x = getattr(model, name)(x)
    return x


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("pool")
    p.add_argument("teacher")
    p.add_argument("out")
    p.add_argument("--ort", required=True, help="libonnxruntime.so.1")
    p.add_argument("--crops", type=int, default=24000)
    p.add_argument("--batch", type=int, default=32)
    p.add_argument("--rate", type=float, default=2e-3)
    p.add_argument("--seed", type=int, default=1)
    a = p.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(a.seed)
    pool, rng, generator = Pool(a.pool), np.random.default_rng(a.seed), torch.Generator().manual_seed(a.seed)
    model, target = graft(a.teacher).eval().to(memory_format=torch.channels_last), Target(a.ort, a.teacher, pool.size)
    new = nn.ModuleList(getattr(model, n) for n in NEW).train()
    optimizer = torch.optim.AdamW(parameter_groups(new, 1e-4), lr=a.rate)
    variance, steps, recent = None, max(1, a.crops // a.batch), []
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = optimizer.param_groups[1]["lr"] = learning_rate(step, WARMUP, steps, a.rate)
        batch = Batch(pool, pool.draw(rng, a.batch), False, generator)
        wanted = target(batch.images)
        if variance is None:  # rare channels count, silent ones do not
            variance = wanted.var((0, 2, 3))
            variance = variance.clamp(min=float(0.1 * variance.median()))
            with torch.no_grad():  # the last layer begins at about the size of what it learns
                new[-1].bn.weight.copy_(1.2 * variance.sqrt())
                new[-1].bn.bias.copy_(wanted.mean((0, 2, 3)) - 0.5 * variance.sqrt())
        with torch.autocast("cpu", dtype=torch.bfloat16):
            out = beginning(model, batch.images.bfloat16())
        loss = ((out.float() - wanted).square() / variance[:, None, None]).mean()
        descend(new, optimizer, loss, step, 0)
        recent = recent[-99:] + [loss.item()]
        if step % 100 == 99 or step + 1 == steps:
            print(f"{(step + 1) * a.batch} crops, {np.mean(recent):.3f} of the variance is left", flush=True)
    save(a.out, model)


if __name__ == "__main__":
    main()
