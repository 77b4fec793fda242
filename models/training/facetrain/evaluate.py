"""A quick average precision for choosing epochs: WIDER's protocol (IoU 0.5, faces outside the set are ignored), letterbox
top-left, sides a multiple of 32, score >= 0.02, NMS 0.45. The product's own evaluator has the last word."""
import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import torch

from .boxes import decode, flatten, grid, nms
from .data import read_boxes
from .detector import Detector
from .teacher import OnnxTeacher
from .yunet import Joint, dense_twin

SETS = ("easy", "medium", "hard")


def letterbox(image, longest):
    """Picture scaled to the given long side, at the top left of a canvas of 127 with sides a multiple of 32; and the scale."""
    scale = longest / max(image.shape[:2])
    h, w = (max(1, round(n * scale)) for n in image.shape[:2])
    small = cv2.resize(image, (w, h), interpolation=cv2.INTER_LINEAR)
    return cv2.copyMakeBorder(small, 0, -h % 32, 0, -w % 32, cv2.BORDER_CONSTANT, value=(127, 127, 127)), scale


@torch.no_grad()
def detect(model, image, longest, logits, least=0.02, overlap=0.45):
    """K x 5: corners in pixels of `image`, score; best first."""
    canvas, scale = letterbox(image, longest)
    x = torch.from_numpy(canvas).permute(2, 0, 1)[None].float().contiguous(memory_format=torch.channels_last)
    out = flatten(model(x))[0]
    score = out[:, 0].sigmoid() if logits else out[:, 0]
    seen = score >= least
    boxes = (decode(out[seen][:, 1:5], grid(*canvas.shape[:2])[seen]) / scale).numpy()
    score = score[seen].numpy()
    kept = nms(boxes, score, overlap)[:750]
    return np.concatenate([boxes[kept], score[kept, None]], 1)


def match(found, faces, counts):
    """Per detection 1 hit, 0 miss, -1 ignored. Boxes are compared with WIDER's inclusive pixels; a face is hit once, a
    second detection of it is a miss; a detection whose best face does not count is ignored."""
    state = np.zeros(len(found), int)
    if not len(faces):
        return state
    taken = np.zeros(len(faces), bool)
    area = np.prod(faces[:, 2:] - faces[:, :2] + 1, 1)
    for i, box in enumerate(found[:, :4]):
        side = np.minimum(box[2:], faces[:, 2:]) - np.maximum(box[:2], faces[:, :2]) + 1
        inter = np.prod(side.clip(0), 1)
        overlap = inter / (area + np.prod(box[2:] - box[:2] + 1) - inter)
        best = int(overlap.argmax())
        if overlap[best] < 0.5:
            continue
        if not counts[best]:
            state[i] = -1
        elif not taken[best]:
            state[i], taken[best] = 1, True
    return state


def average_precision(scores, states, total, steps=1000):
    """Area under the precision envelope. Scores are brought to 0..1 over the whole set and sampled at `steps` thresholds."""
    counted = states >= 0
    scores, hits = scores[counted], states[counted] == 1
    if not total or not len(scores):
        return 0.0
    order = np.argsort(-scores, kind="stable")
    scores, hits = scores[order], hits[order]
    span = max(scores[0] - scores[-1], 1e-9)
    levels = 1 - np.arange(1, steps + 1) / steps
    upto = np.searchsorted(-(scores - scores[-1]) / span, -levels, side="right")
    sums = np.concatenate([[0], hits.cumsum()])
    recall = np.concatenate([[0], sums[upto] / total, [1]])
    precision = np.concatenate([[0], sums[upto] / np.maximum(upto, 1), [0]])
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    change = np.flatnonzero(recall[1:] != recall[:-1])
    return float(((recall[change + 1] - recall[change]) * envelope[change + 1]).sum())


def evaluate(model, root, longest, logits=True, limit=None):
    """AP easy, medium, hard of a wider/val folder, 0..1."""
    rows = sorted(read_boxes(Path(root) / "faces.csv").items())[:limit]
    scores, states, totals = [], {s: [] for s in SETS}, dict.fromkeys(SETS, 0)
    for name, faces in rows:
        path = next(p for p in (Path(root, name), Path(root, "images", name)) if p.exists())
        found = detect(model, cv2.imread(str(path)), longest, logits)
        xywh = np.float64([[float(f[k]) for k in "xywh"] for f in faces])
        corners = np.concatenate([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]], 1)
        scores.append(found[:, 4])
        for s in SETS:
            counts = np.array([f[s] == "1" for f in faces])
            totals[s] += int(counts.sum())
            states[s].append(match(found, corners, counts))
    scores = np.concatenate(scores)
    return {s: average_precision(scores, np.concatenate(states[s]), totals[s]) for s in SETS}


def load(path, which="ema"):
    saved = torch.load(path, map_location="cpu")
    model = Detector(**saved["shape"])
    model.load_state_dict(saved[which])
    return model.eval().to(memory_format=torch.channels_last)


def save(path, model):
    """A checkpoint that `load` and `finetune --start` take."""
    state = model.state_dict()
    torch.save({"shape": model.shape(), "model": state, "ema": state}, path)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("model", help="checkpoint.pt, or the teacher's .onnx")
    p.add_argument("--twin", action="store_true", help="the teacher as its dense twin")
    p.add_argument("--val", required=True)
    p.add_argument("--sides", type=int, nargs="+", default=[640, 320])
    a = p.parse_args()
    torch.set_num_threads(1)
    teacher = a.model.endswith(".onnx")
    model = Joint(dense_twin(a.model)) if a.twin else OnnxTeacher(a.model) if teacher else load(a.model)
    for side in a.sides:
        ap = evaluate(model, a.val, side, a.twin or not teacher)
        print(json.dumps({"model": a.model, "side": side, **{k: round(100 * v, 2) for k, v in ap.items()}}), flush=True)


if __name__ == "__main__":
    main()
