"""Crops of the pool as a batch of tensors: mirrored and recoloured, with the teacher's maps and the known boxes."""
import torch

from .data import SMALLEST_FACE
from .detector import STRIDES


class Batch:
    """Slots of the pool as tensors; flipped and recoloured picture by picture. `told`: with the teacher's maps."""

    def __init__(self, pool, slots, told, generator):
        n, size = len(slots), pool.size
        turn = torch.rand(n, generator=generator) < 0.5
        images = pool.image[slots]  # N x H x W x 3: seen as N x 3 x H x W it is already channels_last
        images[turn.numpy()] = images[turn.numpy(), :, ::-1]
        self.images = recolour(torch.from_numpy(images).float(), generator).permute(0, 3, 1, 2)
        self.told = teacher_maps(pool.told[slots], turn, size) if told else None
        self.faces, self.ignored = [], []
        for slot, turned in zip(slots, turn.tolist()):
            f = torch.from_numpy(pool.faces[slot, :pool.count[slot, 0]].copy())
            if turned and len(f):
                f[:, [0, 2]] = size - f[:, [2, 0]]
            small = torch.minimum(f[:, 2] - f[:, 0], f[:, 3] - f[:, 1]) < SMALLEST_FACE
            cut = (f[:, 4] < 0.5) | small
            self.faces.append(f[~cut, :4])
            self.ignored.append(f[cut, :4])
        self.labelled = pool.count[slots, 1] > 0


def teacher_maps(rows, turn, size):
    """Per stride N x 15 x h x w of the teacher's cells (N x A x 15), mirrored where `turn`."""
    told, at, out = torch.from_numpy(rows).float(), 0, []
    for s in STRIDES:
        side = size // s
        m = told[:, at:at + side * side].transpose(1, 2).reshape(len(rows), 15, side, side)
        out.append(torch.where(turn[:, None, None, None], mirrored(m), m))
        at += side * side
    return out


# Landmarks: right eye, left eye, nose, right and left corner of the mouth; a mirror swaps the sides.
_SWAP = torch.tensor([0, 1, 2, 3, 4, 7, 8, 5, 6, 9, 10, 13, 14, 11, 12])


def mirrored(m):
    """Output maps (score, box, landmarks) of the mirrored picture: an x offset d becomes 1 - d."""
    m = m.flip(3)[:, _SWAP].clone()
    for x in (1, 5, 7, 9, 11, 13):
        m[:, x] = 1 - m[:, x]
    return m


def recolour(images, generator):
    """Gain, shift and a cast of each picture (N x H x W x 3, changed in place); one in ten without colour."""
    n = len(images)
    draw = lambda low, high: (low + (high - low) * torch.rand(n, generator=generator))[:, None, None, None]
    grey = torch.rand(n, generator=generator) < 0.1
    if grey.any():
        images[grey] = images[grey].mean(3, keepdim=True).expand(-1, -1, -1, 3)
    factor = draw(0.7, 1.3) * (1 + 0.08 * torch.randn(n, 1, 1, 3, generator=generator))
    return images.mul_(factor).add_(128 * (1 - factor) + draw(-30, 30)).clamp_(0, 255)
