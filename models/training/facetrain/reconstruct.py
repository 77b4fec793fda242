"""A narrow net from YuNet's dense twin without training: keep some channels of every layer and solve each layer anew.

Layer by layer from the input to the output, the narrow layer's weights are the ridge regression from the narrow net's own
input to the twin's values before the ReLU in the kept channels (asymmetric reconstruction, Zhang et al. 2015, eq. 7; channel
pruning, He et al. 2017). Channels are kept by the spread of their activation times the norm of the weights that read them.
"""
import argparse

import numpy as np
import torch
from torch.nn import functional as F

from .detector import HEADS, LAYERS, NARROW_WIDTHS, YUNET_WIDTHS, Detector, scaled, with_norm
from .evaluate import save
from .pool import Pool
from .slimming import level
from .yunet import dense_twin

@torch.no_grad()
def targets(twin, images):
    """Every layer's values before its ReLU (heads: their raw outputs), by name."""
    seen = {}
    twin.walk(images, lambda name, x: seen.__setitem__(name, getattr(twin, name).before(x)))
    return seen


def chosen(twin, seen, widths):
    """Per group the kept channels, in rising order."""
    kept, layers = {}, twin.layers()
    for name, _, group, _ in layers:
        if not widths[group] or group in kept:
            continue
        spread = F.relu(seen[name]).std((0, 2, 3))
        readers = [n for n, source, *_ in (*layers, *HEADS) if source == group]
        use = torch.stack([getattr(twin, r).conv.weight.pow(2).sum((0, 2, 3)) for r in readers]).sum(0).sqrt()
        kept[group] = torch.topk(spread * use, widths[group]).indices.sort().values
    return kept


def solve(x, y, stride, positions, generator, weight=None, kernel=3, ridge=1e-4):
    """Least squares for a padded convolution from maps x (N x I x H x W) to maps y (N x O x h x w): weight, bias, and the
    share of the variance of y that is left. `weight` (N x h x w) counts positions; `positions` are sampled."""
    pads = (4, 0, 4, 0) if kernel == 8 else (kernel // 2,) * 4
    columns = F.pad(x, pads).unfold(2, kernel, stride).unfold(3, kernel, stride)  # N I h w k k
    n, i, h, w = columns.shape[:4]
    at = torch.randperm(n * h * w, generator=generator)[:positions]
    a, b, c = at // (h * w), at // w % h, at % w
    rows = columns[a, :, b, c].reshape(len(at), -1).double()
    rows = torch.cat([rows, torch.ones(len(at), 1, dtype=torch.double)], 1)
    wanted = y[a, :, b, c].double()
    scale = torch.ones(len(at), 1).double() if weight is None else weight[a, b, c][:, None].double()
    gram = rows.T @ (rows * scale)
    gram += ridge * torch.diag(gram.diagonal() + 1e-9)
    solution = torch.linalg.solve(gram, rows.T @ (wanted * scale))
    left = ((rows @ solution - wanted) ** 2 * scale).sum() / (((wanted - (wanted * scale).sum(0) / scale.sum()) ** 2) * scale).sum()
    return solution[:-1].T.reshape(-1, i, kernel, kernel).float(), solution[-1].float(), float(left)


@torch.no_grad()
def reconstruct(twin, widths, images, entry="patch", positions=60000, seed=1, outputs=16, head=1, kept=None):
    """The narrow net, per layer the share of variance that it does not explain, and the channels it keeps. `kept`: those, if they are
    settled already; then `twin` is a net of one score logit, as the narrow one."""
    seen = targets(twin, images)
    head_target = one_logit if kept else two_logits
    kept = kept or chosen(twin, seen, widths)
    narrow = Detector(widths, entry, False, outputs, head).eval()
    narrow.scale = twin.scale
    stride = {n: s for n, _, _, s in narrow.layers()}
    group = {n: t for n, _, t, _ in LAYERS}
    generator = torch.Generator().manual_seed(seed)
    left = {}

    def visit(name, x):
        conv, weight = getattr(narrow, name).conv, None
        if name in group:
            wanted = seen[name][:, kept[group[name]]]
        else:
            wanted, weight = head_target(seen[name])
        kernel, bias, left[name] = solve(x, wanted, stride.get(name, 1), positions, generator, weight, conv.kernel_size[0])
        conv.weight[:len(kernel)], conv.bias[:len(kernel)] = kernel, bias
        conv.weight[len(kernel):], conv.bias[len(kernel):] = 0, 0

    narrow.walk(images, visit)
    return narrow, left, kept


def two_logits(raw):
    """Score logit (of sqrt(cls * obj)), box and landmarks of the twin's 16 outputs; and how much each cell counts."""
    score = (raw[:, 0].sigmoid() * raw[:, 1].sigmoid()).sqrt()
    logit = torch.logit(score.clamp(1e-3, 0.99))
    return torch.cat([logit[:, None], raw[:, 2:]], 1), 0.02 + score


def one_logit(raw):
    """The narrow net's own outputs; and how much each cell counts."""
    return raw, 0.02 + raw[:, 0].sigmoid()


def crops(pool, count):
    """Pictures of the pool, always the same ones of a full pool."""
    pool = Pool(pool)
    return torch.from_numpy(pool.image[pool.draw(np.random.default_rng(1), count)]).permute(0, 3, 1, 2).float().contiguous()


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("pool")
    p.add_argument("teacher")
    p.add_argument("out")
    p.add_argument("--crops", type=int, default=160)
    p.add_argument("--keep", type=float, help="this share of every layer of the twin in place of the narrow net")
    p.add_argument("--norm", action="store_true", help="with BatchNorm, which trains faster")
    p.add_argument("--level", type=float, default=0.0, metavar="GAMMA", help="with --norm: all gammas of this size, the beginning of slimming")
    a = p.parse_args()
    torch.set_num_threads(1)
    images = crops(a.pool, a.crops)
    if a.keep:
        narrow, left, _ = reconstruct(dense_twin(a.teacher), scaled(a.keep, YUNET_WIDTHS), images, "pool", head=3)
    else:
        narrow, left, _ = reconstruct(dense_twin(a.teacher), NARROW_WIDTHS, images)
    print("  ".join(f"{k} {v:.3f}" for k, v in left.items()))
    narrow = with_norm(narrow, images) if a.norm else narrow
    narrow = level(narrow, a.level) if a.norm and a.level else narrow
    save(a.out, narrow)


if __name__ == "__main__":
    main()
