"""Cells, boxes and landmarks: flattening of output maps, encoding, decoding, IoU and NMS. Boxes are x1, y1, x2, y2 in pixels."""
import torch

from .detector import STRIDES


def flatten(maps):
    """Per-stride N x C x h x w maps -> N x A x C, strides in order, cells row by row."""
    return torch.cat([m.flatten(2).transpose(1, 2) for m in maps], 1)


def grid(height, width, strides=STRIDES):
    """A x 3: column * stride, row * stride and stride of every cell of an input of this size."""
    rows = []
    for s in strides:
        y, x = torch.meshgrid(torch.arange(height // s), torch.arange(width // s), indexing="ij")
        rows.append(torch.stack([x * s, y * s, torch.full_like(x, s)], -1).reshape(-1, 3))
    return torch.cat(rows).float()


def decode(codes, cells):
    """Box codes ... x A x 4 -> corners in pixels."""
    s = cells[:, 2:3]
    centre = cells[:, :2] + codes[..., :2] * s
    half = codes[..., 2:4].clamp(-8, 8).exp() * s / 2
    return torch.cat([centre - half, centre + half], -1)


def encode(boxes, cells):
    """Inverse of `decode`; boxes must have positive sides."""
    s = cells[:, 2:3]
    centre = (boxes[..., :2] + boxes[..., 2:]) / 2
    size = boxes[..., 2:] - boxes[..., :2]
    return torch.cat([(centre - cells[:, :2]) / s, (size / s).log()], -1)


def decode_landmarks(codes, cells):
    """Codes ... x A x 10 -> ... x A x 5 x 2 in pixels."""
    return codes.unflatten(-1, (5, 2)) * cells[:, None, 2:3] + cells[:, None, :2]


def iou(a, b):
    """Element-wise (broadcasting) IoU of corner boxes."""
    side = (torch.minimum(a[..., 2:], b[..., 2:]) - torch.maximum(a[..., :2], b[..., :2])).clamp(min=0)
    inter = side[..., 0] * side[..., 1]
    area = lambda r: ((r[..., 2:] - r[..., :2]).clamp(min=0)).prod(-1)
    return inter / (area(a) + area(b) - inter + 1e-9)


def nms(boxes, scores, threshold=0.45):
    """Greedy suppression in numpy; returns the kept indices, best first."""
    import numpy as np
    order = np.argsort(-scores, kind="stable")
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    kept = []
    while order.size:
        i, rest = order[0], order[1:]
        kept.append(int(i))
        w = np.minimum(boxes[i, 2], boxes[rest, 2]) - np.maximum(boxes[i, 0], boxes[rest, 0])
        h = np.minimum(boxes[i, 3], boxes[rest, 3]) - np.maximum(boxes[i, 1], boxes[rest, 1])
        inter = np.maximum(w, 0) * np.maximum(h, 0)
        order = rest[inter / (area[i] + area[rest] - inter + 1e-9) <= threshold]
    return kept
