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

from .batch import mirrored
from .data import Pictures
from .ort import OrtTeacher

FACES = 96  # boxes kept per crop
WAYS = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_NEAREST)  # by the last half a picture is as harsh as one of 1,024 that is brought to 320 bilinearly


class Pool:
    """Arrays of `slots` crops in one folder (best in /dev/shm); `made[slot]` counts how often a slot was written."""

    def __init__(self, folder, slots=None, size=None):
        self.folder = folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        note = folder / "pool.json"
        if not note.exists():
            note.write_text(json.dumps({"slots": slots, "size": size}))
        known = json.loads(note.read_text())
        self.slots, self.size = known["slots"], known["size"]
        cells = sum((self.size // s) ** 2 for s in (8, 16, 32))
        shapes = {"image": ((self.size, self.size, 3), np.uint8), "told": ((cells, 15), np.float16),
                  "faces": ((FACES, 5), np.float32), "count": ((2,), np.int32), "made": ((), np.int32)}
        for name, (shape, kind) in shapes.items():
            path = folder / (name + ".bin")
            if not path.exists():
                np.memmap(path, kind, "w+", shape=(self.slots, *shape))
            setattr(self, name, np.memmap(path, kind, "r+", shape=(self.slots, *shape)))

    def draw(self, rng, count, labelled=False):
        """Indices of filled slots (of those whose boxes are known); SystemExit when there are too few."""
        made, known = self.made.copy(), self.count[:, 1].copy()  # copies: producers write meanwhile
        filled = np.flatnonzero((made > 0) & (known > 0) if labelled else made)
        if len(filled) < count:
            raise SystemExit(f"{self.folder}: holds fewer than {count} crops; fill it with facetrain.pool first.")
        return rng.choice(filled, count, replace=False)


def both_ways(teacher, image):
    """What the teacher says of the picture and of its mirror image, averaged cell by cell; the more certain answer has more weight in
    boxes and landmarks. A better teacher than one look: 93.7 / 92.4 / 76.7 against 92.7 / 91.5 / 75.5 at long side 640."""
    out = []
    for one, two in zip(teacher(image), teacher(np.ascontiguousarray(image[:, ::-1]))):
        side = int(len(two) ** 0.5)
        two = mirrored(torch.from_numpy(two.T.reshape(1, 15, side, side))).numpy().reshape(15, -1).T
        weight = one[:, :1] / np.maximum(one[:, :1] + two[:, :1], 1e-6)
        mean = weight * one + (1 - weight) * two
        mean[:, :1] = 0.5 * (one[:, :1] + two[:, :1])
        out.append(mean)
    return out


class Crops:
    """Random crops from training pictures at the scales of the evaluation: a picture's long side becomes about 320 or 640. `spoil`: times
    the usual share of crops is composed, turned, covered or degraded."""

    def __init__(self, root, size, seed, spoil=1.0):
        self.size, self.rng, self.spoil = size, np.random.default_rng(seed), spoil
        self.source = Pictures(root, size, 1, seed, lfw=0, nonface=False)

    def picture(self):
        return int(self.rng.choice(len(self.source.items), p=self.source.weights))

    def one(self):
        """The crop, boxes in its pixels with the share of each that lies inside, whether they are complete."""
        image, faces, labelled = self._mosaic() if self.rng.random() < 0.2 * self.spoil else self._crop(self.size)
        return degraded(image, self.rng, self.spoil), faces, labelled

    def _mosaic(self):
        """Four crops of half the side: more pictures, more borders, no context across them."""
        half = self.size // 2
        out, faces, known = np.empty((self.size, self.size, 3), np.uint8), [], True
        for y in (0, half):
            for x in (0, half):
                out[y:y + half, x:x + half], found, labelled = self._crop(half)
                faces.append(np.column_stack([found[:, :4].clip(0, half) + np.float32([x, y, x, y]), found[:, 4]]))
                known &= labelled
        return out, np.concatenate(faces).astype(np.float32), known

    def _crop(self, size):
        rng = self.rng
        i = self.picture()
        picture = self.source._picture(i)
        boxes = self.source.items[i][1]
        h, w = picture.shape[:2]
        long = 320 * 2 ** rng.uniform(-0.4, 0.5) if rng.random() < 0.5 else 640 * 2 ** rng.uniform(-0.5, 0.7)
        scale = np.array([long / max(h, w)] * 2)
        if rng.random() < 0.3:  # faces seen from the side are narrow
            scale[0] *= 2 ** rng.uniform(-0.4, 0.25)
        side, room = size / scale, np.array([w, h])
        corner = rng.uniform(np.minimum(0, room - side), np.maximum(0, room - side))
        if boxes is not None and len(boxes) and rng.random() < 0.6:  # more crops with a face in them
            b = boxes[rng.integers(len(boxes))]
            corner = (b[:2] + b[2:]) / 2 - side * rng.uniform(0.15, 0.85, 2)
            corner = np.clip(corner, np.minimum(0, room - side), np.maximum(0, room - side))
        pad = int(rng.choice([0, 127]))  # around the agent's frames, around facetrain.evaluate's
        turned = rng.random() / self.spoil if self.spoil else 1.0
        if turned < 0.24:  # the boxes no longer fit, the teacher's maps do; half of them lie or stand on their heads
            angle = rng.uniform(-35, 35) if turned < 0.12 else rng.uniform(-180, 180)
            return _window(picture, corner, side, size, angle=angle, pad=pad), np.zeros((0, 5), np.float32), False
        image = _window(picture, corner, side, size, way=int(rng.choice(WAYS, p=(0.4, 0.35, 0.25))), pad=pad)
        if boxes is None or not len(boxes):
            return image, np.zeros((0, 5), np.float32), boxes is not None
        moved = (boxes - np.tile(corner, 2).astype(np.float32)) * np.tile(scale, 2).astype(np.float32)
        clipped = moved.clip(0, size)
        share = np.prod(clipped[:, 2:] - clipped[:, :2], 1) / np.maximum(np.prod(moved[:, 2:] - moved[:, :2], 1), 1e-6)
        if rng.random() < 0.25 * self.spoil:
            cover(image, clipped[share > 0.5], rng)
        return image, np.concatenate([moved, share[:, None]], 1)[share > 0.05].astype(np.float32), True


def cover(image, boxes, rng, most=0.45):
    """One face in three loses up to `most` of itself, from one side, to a flat patch or to a coarse piece of the same crop (random
    erasing, Zhong et al. 2020)."""
    for x0, y0, x1, y1 in boxes[rng.random(len(boxes)) < 0.33].round().astype(int):
        w, h = x1 - x0, y1 - y0
        if min(w, h) < 10:
            continue
        share, way = rng.uniform(0.15, most), rng.integers(4)
        x1, x0 = (x0 + int(share * w), x0) if way == 0 else (x1, x1 - int(share * w)) if way == 1 else (x1, x0)
        y1, y0 = (y0 + int(share * h), y0) if way == 2 else (y1, y1 - int(share * h)) if way == 3 else (y1, y0)
        side = int(rng.choice([1, 4]))
        v, u = rng.integers(0, image.shape[0] - side), rng.integers(0, image.shape[1] - side)
        image[y0:y1, x0:x1] = cv2.resize(image[v:v + side, u:u + side], (x1 - x0, y1 - y0))


def degraded(image, rng, spoil=1.0):
    """What cameras and light do, on four crops in ten (times `spoil`): dusk, blur, motion, noise or JPEG's blocks."""
    kind = rng.random() / spoil if spoil else 1.0
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
    if kind < 0.38:
        if rng.random() < 0.5:
            image = (image * np.float32(rng.uniform(0.2, 0.7))).astype(np.uint8)
        return (255 * (image / np.float32(255)) ** np.float32(2 ** rng.uniform(-1, 1))).astype(np.uint8)
    if kind < 0.46:
        return cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 80))])[1], cv2.IMREAD_COLOR)
    return image


def _window(picture, corner, side, size, way=cv2.INTER_LINEAR, angle=0.0, pad=127):
    """size x size pixels of the window at this corner, of these sides (both horizontal, vertical), turned by `angle` degrees; what lies
    outside is `pad`."""
    scale = size / side
    if angle:
        centre = corner + side / 2
        turn = cv2.getRotationMatrix2D(centre, angle, 1)
        turn = scale[:, None] * (turn - [[0, 0, centre[0]], [0, 0, centre[1]]])
        turn[:, 2] += size / 2
        return cv2.warpAffine(picture, turn, (size, size), flags=cv2.INTER_LINEAR, borderValue=(pad,) * 3)
    (x, y), (a, b), half = corner, scale, (scale - 1) / 2
    move = np.float32([[a, 0, half[0] - x * a], [0, b, half[1] - y * b]])
    if way == cv2.INTER_AREA and max(scale) < 1:
        h, w = picture.shape[:2]
        small = cv2.resize(picture, (max(1, round(w * a)), max(1, round(h * b))), interpolation=cv2.INTER_AREA)
        move = np.float32([[1, 0, -x * a], [0, 1, -y * b]])
        picture = small
    if way == cv2.INTER_AREA or max(scale) > 0.65:  # the nearest pixel alone would tear a picture that is not made much smaller
        way = cv2.INTER_LINEAR
    return cv2.warpAffine(picture, move, (size, size), flags=way, borderValue=(pad,) * 3)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("pool")
    p.add_argument("--data", required=True)
    p.add_argument("--teacher", required=True)
    p.add_argument("--ort", required=True, help="libonnxruntime.so.1")
    p.add_argument("--slots", type=int, default=16000)
    p.add_argument("--size", type=int, default=256)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--per-second", type=float, default=1e9, help="at most so many crops a second once every slot was written, for the other work's sake")
    p.add_argument("--spoil", type=float, default=1.0, metavar="SHARE", help="times as many crops composed, turned, covered and degraded; less for the end of a training")
    p.add_argument("--seconds", type=float, default=1e9)
    p.add_argument("--until-full", action="store_true", help="stop when every slot was written once")
    a = p.parse_args()
    cv2.setNumThreads(1)
    pool = Pool(a.pool, a.slots, a.size)
    if a.until_full and pool.made.all():
        return
    crops = Crops(a.data, pool.size, (a.seed, int(pool.made.sum())), a.spoil)
    teacher = OrtTeacher(a.ort, a.teacher, pool.size)
    begun, made, mark, due = time.monotonic(), 0, time.monotonic(), 0.0
    while time.monotonic() - begun < a.seconds and not (a.until_full and pool.made.all()):
        empty = np.flatnonzero(pool.made == 0)  # other producers may fill them too
        slot = int(crops.rng.choice(empty)) if len(empty) else int(crops.rng.integers(pool.slots))
        image, faces, labelled = crops.one()
        pool.image[slot] = image
        pool.told[slot] = np.concatenate(both_ways(teacher, image)).clip(-60000, 60000)
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
