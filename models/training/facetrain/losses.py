"""The detector's losses: quality focal score loss, GIoU, label assignment in the manner of SimOTA, dense-map distillation."""
import torch
from torch.nn import functional as F

from .boxes import decode, flatten, iou


def quality_focal(logits, target, beta=2.0):
    """|t - p|^beta * BCE(p, t), element-wise; t in 0..1 is the wanted IoU-aware score (Li et al. 2020, eq. 6)."""
    weight = (target - logits.sigmoid()).abs().pow(beta)
    return weight * F.binary_cross_entropy_with_logits(logits, target, reduction="none")


def giou(a, b):
    """Generalised IoU of corner boxes, -1..1 (Rezatofighi et al. 2019)."""
    side = (torch.minimum(a[..., 2:], b[..., 2:]) - torch.maximum(a[..., :2], b[..., :2])).clamp(min=0)
    hull = torch.maximum(a[..., 2:], b[..., 2:]) - torch.minimum(a[..., :2], b[..., :2])
    inter = side.prod(-1)
    union = (a[..., 2:] - a[..., :2]).prod(-1) + (b[..., 2:] - b[..., :2]).prod(-1) - inter + 1e-9
    area = hull.prod(-1) + 1e-9
    return inter / union - (area - union) / area


def within(boxes, cells):
    """G x A: which cells' centres lie inside which boxes (G x 4)."""
    point = cells[:, :2] + cells[:, 2:3] / 2
    return ((point[None] > boxes[:, None, :2]) & (point[None] < boxes[:, None, 2:])).all(-1)


@torch.no_grad()
def assign(scores, boxes, faces, cells, radius=1.5, candidates=10):
    """Dynamic assignment for one picture (Ge et al. 2021): scores A in 0..1, predicted boxes A x 4, faces G x 4.

    A cell may serve a face when its centre lies inside the box or within `radius` strides of the box's centre. Each
    face takes its k cheapest cells, k = the sum of its best IoUs; a cell wanted twice goes to the cheaper face.
    Returns A: index of the face, -1 for background.
    """
    s = cells[:, 2]
    point = cells[:, :2] + s[:, None] / 2
    inside = within(faces, cells)
    centre = (faces[:, :2] + faces[:, 2:]) / 2
    near = ((point[None] - centre[:, None]).abs() < radius * s[None, :, None]).all(-1)
    # A cell much coarser or finer than the face would only learn noise.
    ratio = (faces[:, 2:] - faces[:, :2]).prod(-1).sqrt()[:, None] / s[None]
    allowed = (inside | near) & (ratio > 0.5) & (ratio < 24)
    overlap = iou(faces[:, None], boxes[None]) * allowed
    both = inside & near
    cost = -3 * (overlap + 1e-8).log() - (scores[None] + 1e-8).log() + 1e3 * ~both + 1e6 * ~allowed
    k = overlap.topk(min(candidates, cells.shape[0]), 1).values.sum(1).int().clamp(min=1)
    owner = torch.full((cells.shape[0],), -1, dtype=torch.long)
    best = torch.full((cells.shape[0],), 1e5)
    order = cost.topk(min(candidates, cells.shape[0]), 1, largest=False)
    for face in range(faces.shape[0]):
        price, cell = order.values[face, :k[face]], order.indices[face, :k[face]]
        better = price < best[cell]
        owner[cell[better]], best[cell[better]] = face, price[better]
    return owner


def emphasis(boxes, low=16.0, high=64.0, factor=1.4):
    """How much a face counts, by its size in pixels (corner boxes): those of `low` to `high` more. A crop holds about two smaller ones for
    each of them, and a narrow net learns most of what it sees most."""
    side = (boxes[..., 2:] - boxes[..., :2]).clamp(min=0).prod(-1).sqrt()
    return torch.where((side >= low) & (side < high), factor, 1.0)


def hard_label_loss(maps, faces, ignored, labelled, cells):
    """Score and box loss against boxes. `faces`: list of G x 4 per picture; `labelled`: N bool; `ignored`: list of I x 4
    (too small or invalid: their cells are left out of the score loss)."""
    out = flatten(maps).float()
    boxes = decode(out[..., 1:5], cells)
    score_loss, box_loss, count = out.sum() * 0, out.sum() * 0, 0
    for n in range(out.shape[0]):
        if not labelled[n]:
            continue
        target, weight = torch.zeros(cells.shape[0]), torch.ones(cells.shape[0])
        if len(ignored[n]):
            weight[within(ignored[n], cells).any(0)] = 0
        if len(faces[n]):
            owner = assign(out[n, :, 0].sigmoid(), boxes[n].detach(), faces[n], cells)
            taken = owner >= 0
            if taken.any():
                wanted = faces[n][owner[taken]]
                target[taken] = iou(boxes[n][taken].detach(), wanted).clamp(0, 1)
                weight[taken] = emphasis(wanted)
                box_loss = box_loss + ((1 - giou(boxes[n][taken], wanted)) * weight[taken]).sum()
                count += int(taken.sum())
        score_loss = score_loss + (quality_focal(out[n, :, 0], target) * weight).sum()
    return score_loss / max(count, 1), box_loss / max(count, 1)


@torch.no_grad()
def overlooked(teacher_maps, faces, labelled, cells, least=0.3):
    """N x A: cells inside a known face to which the teacher gives less than `least`. It misses most faces below ten pixels; what it
    says there would teach the net to miss them too."""
    score = flatten(teacher_maps)[..., 0]
    out = torch.zeros(score.shape, dtype=torch.bool)
    for n, known in enumerate(labelled):
        if known and len(faces[n]):
            out[n] = within(faces[n], cells).any(0) & (score[n] < least)
    return out


def dense_map_loss(maps, teacher_maps, cells, beta=2.0, skip=None):
    """Every cell of every picture, but those to `skip`, learns the teacher's score; where the teacher sees a face also its box and
    landmarks. Box: GIoU, landmarks: L1 in strides, both weighted by the teacher's score."""
    out, told = flatten(maps).float(), flatten(teacher_maps)
    score = told[..., 0]
    weight = score * (score > 0.1)
    norm = weight.sum().clamp(min=1)
    each = quality_focal(out[..., 0], score, beta)
    seen = weight > 0
    place = cells.expand(out.shape[0], -1, -1)[seen]
    wanted = decode(told[seen][:, 1:5], place)
    size = emphasis(wanted)
    each[seen] = each[seen] * size
    score_loss = (each if skip is None else each.masked_fill(skip, 0)).sum() / norm
    w = weight[seen] * size
    box_loss = ((1 - giou(decode(out[seen][:, 1:5], place), wanted)) * w).sum() / norm
    marks = (F.smooth_l1_loss(out[seen][:, 5:15], told[seen][:, 5:15], reduction="none", beta=0.2).mean(1) * w).sum() / norm
    return score_loss, box_loss, marks
