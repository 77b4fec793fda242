"""A pool of crops with their teacher's maps in shared memory: producers refresh it, the trainer draws from it again and again.

So the teacher's cost is paid once per crop however often it is seen, and neither side waits for the other. Run a producer:
`python3 -m facetrain.pool POOL --data DATA --teacher yunet_n_dynamic.onnx --ort libonnxruntime.so.1`; several may run.
"""
import argparse
import json
import time
from pathlib import Path

import cv2
import numpy as np
import torch

from .data import Pictures, SMALLEST_FACE
from .ort import OrtTeacher

FACES = 96  # boxes kept per crop


class Pool:
    """Arrays of `slots` crops in one folder (best in /dev/shm); `made[slot]` counts how often a slot was written."""

    def __init__(self, folder, slots=None, size=None, far=False):
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        note = folder / "pool.json"
        if not note.exists():
            note.write_text(json.dumps({"slots": slots, "size": size, "far": far}))
        known = json.loads(note.read_text())
        self.slots, self.size = known["slots"], known["size"]
        cells = sum((self.size // s) ** 2 for s in (8, 16, 32))
        shapes = {"image": ((self.size, self.size, 3), np.uint8), "near": ((cells, 15), np.float16),
                  "faces": ((FACES, 5), np.float32), "count": ((2,), np.int32), "made": ((), np.int32)}
        if known.get("far"):
            shapes["far"] = shapes["near"]
        for name, (shape, kind) in shapes.items():
            path = folder / (name + ".bin")
            if not path.exists():
                np.memmap(path, kind, "w+", shape=(self.slots, *shape))
            setattr(self, name, np.memmap(path, kind, "r+", shape=(self.slots, *shape)))

    def draw(self, rng, count, labelled=False):
        """Indices of filled slots (of those whose boxes are known), or None when there are too few."""
        made, known = self.made.copy(), self.count[:, 1].copy()  # copies: producers write meanwhile
        filled = np.flatnonzero((made > 0) & (known > 0) if labelled else made)
        return rng.choice(filled, count, replace=False) if len(filled) >= count else None


def larger_view(one, two):
    """Teacher maps of a crop seen at once (`one`) and at twice the size (`two`; both: cells x 15 for strides 8, 16, 32, in
    their own strides), merged for a student that sees it at once: each cell takes the more certain of its own size's
    answer and of the larger view's next coarser map; 2x2 cells of the larger view's finest map give their best."""
    fine = _halved(two[0])
    level8 = _better(_better(one[0], two[1]), fine)
    return [level8, _better(one[1], two[2]), one[2]]


def _better(a, b):
    return np.where(b[:, :1] > a[:, :1], b, a)


def _halved(m):
    """The best cell of each 2x2 block, its codes rewritten for the block as one cell of twice the stride."""
    side = int(len(m) ** 0.5)
    half = side // 2
    blocks = m.reshape(half, 2, half, 2, 15).transpose(0, 2, 1, 3, 4).reshape(half * half, 4, 15)
    best = blocks[:, :, 0].argmax(1)
    out = blocks[np.arange(len(best)), best].copy()
    column, row = best % 2, best // 2
    out[:, 1:2] = 0.5 * (out[:, 1:2] + column[:, None])
    out[:, 2:3] = 0.5 * (out[:, 2:3] + row[:, None])
    out[:, 3:5] -= np.log(2.0)
    out[:, 5::2] = 0.5 * (out[:, 5::2] + column[:, None])
    out[:, 6::2] = 0.5 * (out[:, 6::2] + row[:, None])
    return out


class Crops:
    """Random crops from training pictures at the scales of the evaluation: a picture's long side becomes about 320 or 640."""

    def __init__(self, root, size, seed):
        self.size, self.rng = size, np.random.default_rng(seed)
        self.source = Pictures(root, size, 1, seed, lfw=0, nonface=False)

    def picture(self):
        return int(self.rng.choice(len(self.source.items), p=self.source.weights))

    def one(self, twice=False):
        """The crop (with `twice` also at twice the size), boxes in pixels of the crop, whether they are complete."""
        if not twice and self.rng.random() < 0.2:
            big, small, faces, labelled = self._mosaic()
        else:
            big, small, faces, labelled = self._crop(self.size, twice)
        return big, small if twice else degraded(small, self.rng), faces, labelled

    def _mosaic(self):
        """Four crops of half the side: more pictures, more borders, no context across them."""
        half = self.size // 2
        out, faces, known = np.empty((self.size, self.size, 3), np.uint8), [], True
        for y in (0, half):
            for x in (0, half):
                _, out[y:y + half, x:x + half], found, labelled = self._crop(half)
                faces.append(np.column_stack([found[:, :4].clip(0, half) + np.float32([x, y, x, y]), found[:, 4]]))
                known &= labelled
        return None, out, np.concatenate(faces).astype(np.float32), known

    def _crop(self, size, twice=False):
        rng = self.rng
        i = self.picture()
        picture = self.source._picture(i)
        boxes = self.source.items[i][1]
        h, w = picture.shape[:2]
        long = 320 * 2 ** rng.uniform(-0.4, 0.5) if rng.random() < 0.5 else 640 * 2 ** rng.uniform(-0.5, 0.7)
        scale = long / max(h, w)
        side = size / scale
        x = rng.uniform(min(0, w - side), max(0, w - side))
        y = rng.uniform(min(0, h - side), max(0, h - side))
        if boxes is not None and len(boxes) and rng.random() < 0.6:  # more crops with a face in them
            b = boxes[rng.integers(len(boxes))]
            x = np.clip((b[0] + b[2]) / 2 - side * rng.uniform(0.15, 0.85), min(0, w - side), max(0, w - side))
            y = np.clip((b[1] + b[3]) / 2 - side * rng.uniform(0.15, 0.85), min(0, h - side), max(0, h - side))
        if not twice and rng.random() < 0.2:  # turned: the boxes no longer fit, the teacher's maps do
            angle = rng.uniform(-30, 30)
            return None, _window(picture, x, y, side, size, angle=angle), np.zeros((0, 5), np.float32), False
        big = _window(picture, x, y, side, 2 * size) if twice else None
        small = _window(picture, x, y, side, size, area=rng.random() < 0.5)
        if boxes is None or not len(boxes):
            return big, small, np.zeros((0, 5), np.float32), boxes is not None
        moved = (boxes - np.float32([x, y, x, y])) * np.float32(scale)
        clipped = moved.clip(0, size)
        share = np.prod(clipped[:, 2:] - clipped[:, :2], 1) / np.maximum(np.prod(moved[:, 2:] - moved[:, :2], 1), 1e-6)
        return big, small, np.concatenate([moved, share[:, None]], 1)[share > 0.05].astype(np.float32), True


def degraded(image, rng):
    """What cameras do, on three crops in ten: blur, motion, noise or JPEG's blocks."""
    kind = rng.random()
    if kind < 0.08:
        return cv2.GaussianBlur(image, (0, 0), rng.uniform(0.5, 1.4))
    if kind < 0.14:
        kernel = np.zeros((7, 7), np.float32)
        turn = cv2.getRotationMatrix2D((3, 3), rng.uniform(0, 180), 1)
        kernel[3, 3 - rng.integers(1, 3):] = 1
        kernel = cv2.warpAffine(kernel, turn, (7, 7))
        return cv2.filter2D(image, -1, kernel / max(kernel.sum(), 1e-3))
    if kind < 0.22:
        noise = rng.standard_normal(image.shape, np.float32) * np.float32(rng.uniform(2, 12))
        return (image + noise).clip(0, 255).astype(np.uint8)
    if kind < 0.3:
        return cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 80))])[1], cv2.IMREAD_COLOR)
    return image


def _window(picture, x, y, side, size, area=False, angle=0.0):
    """size x size pixels of the square at (x, y) of this side, turned by `angle` degrees; what lies outside is the letterbox's 127."""
    scale = size / side
    if angle:
        turn = cv2.getRotationMatrix2D((x + side / 2, y + side / 2), angle, scale)
        turn[:, 2] += size / 2 - np.float64([x + side / 2, y + side / 2])
        return cv2.warpAffine(picture, turn, (size, size), flags=cv2.INTER_LINEAR, borderValue=(127, 127, 127))
    move = np.float32([[scale, 0, -x * scale + (scale - 1) / 2], [0, scale, -y * scale + (scale - 1) / 2]])
    if area and scale < 1:
        h, w = picture.shape[:2]
        small = cv2.resize(picture, (max(1, round(w * scale)), max(1, round(h * scale))), interpolation=cv2.INTER_AREA)
        move = np.float32([[1, 0, -x * scale], [0, 1, -y * scale]])
        picture = small
    return cv2.warpAffine(picture, move, (size, size), flags=cv2.INTER_LINEAR, borderValue=(127, 127, 127))


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("pool")
    p.add_argument("--data", required=True)
    p.add_argument("--teacher", required=True)
    p.add_argument("--ort", required=True, help="libonnxruntime.so.1")
    p.add_argument("--slots", type=int, default=16000)
    p.add_argument("--size", type=int, default=256)
    p.add_argument("--far", action="store_true", help="also the teacher's maps at twice the size (five times the work)")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--per-second", type=float, default=1e9, help="at most so many crops a second once every slot was written, for the other work's sake")
    p.add_argument("--seconds", type=float, default=1e9)
    p.add_argument("--until-full", action="store_true", help="stop when every slot was written once")
    a = p.parse_args()
    cv2.setNumThreads(1)
    pool = Pool(a.pool, a.slots, a.size, a.far)
    if a.until_full and pool.made.all():
        return
    crops = Crops(a.data, pool.size, (a.seed, int(pool.made.sum())))
    far = hasattr(pool, "far")
    at_once, twice = OrtTeacher(a.ort, a.teacher, pool.size), OrtTeacher(a.ort, a.teacher, 2 * pool.size) if far else None
    order, begun, made, mark, due = np.random.default_rng(a.seed).permutation(pool.slots), time.monotonic(), 0, time.monotonic(), 0.0
    while time.monotonic() - begun < a.seconds and not (a.until_full and pool.made.all()):
        slot = int(order[int(pool.made.sum()) % pool.slots]) if not pool.made.all() else int(crops.rng.integers(pool.slots))
        big, small, faces, labelled = crops.one(far)
        one = at_once(small)
        pool.image[slot] = small
        pool.near[slot] = np.concatenate(one).clip(-60000, 60000)
        if far:
            pool.far[slot] = np.concatenate(larger_view(one, twice(big))).clip(-60000, 60000)
        n = min(len(faces), FACES)
        pool.faces[slot, :n] = faces[:n] if n else 0
        pool.count[slot] = n, labelled
        pool.made[slot] += 1
        made += 1
        if a.per_second < 1e9 and pool.made.all():
            due = max(due, time.monotonic() - 1) + 1 / a.per_second
            time.sleep(max(0.0, due - time.monotonic()))
        if time.monotonic() - mark > 30:
            print(f"{made} crops, {made / (time.monotonic() - begun):.0f}/s, {int((pool.made.copy() > 0).sum())} slots filled", flush=True)
            mark = time.monotonic()


if __name__ == "__main__":
    main()
