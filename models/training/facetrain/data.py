"""Pictures and boxes from the shared folder; crops and augmentation. Pictures are decoded once and kept as uint8."""
import csv
from pathlib import Path

import cv2
import numpy as np
import torch
from torch.utils.data import Dataset

LONGEST = 640  # side to which larger pictures are shrunk when they are read
SMALLEST_FACE = 5  # pixels of the crop; smaller ones are neither face nor background


class Pictures(Dataset):
    """`length` random crops; crop i depends on (seed, epoch, i) only, so a run can be repeated and resumed."""

    def __init__(self, root, size=320, length=8192, seed=1, lfw=0, nonface=False):
        self.size, self.length, self.seed, self.epoch = size, length, seed, 0
        self.items = _boxes(root, "wider/train") + _boxes(root, "mask")
        if nonface:  # for synthetic data; the real ones measure false positives and are held out
            self.items += [(p, np.zeros((0, 4), np.float32)) for p in sorted(Path(root, "nonface").glob("*.jpg"))]
        self.items += [(p, None) for p in _files(Path(root, "unlabelled"))]
        self.items += [(p, None) for p in _files(Path(root, "lfw/images"))[:: 13][:lfw]]
        # masked faces are a third of the pictures and far from that in a street
        self.weights = np.array([0.4 if "mask" in p.parts else 1.0 if b is not None else 0.5 for p, b in self.items])
        self.weights /= self.weights.sum()
        self.cache = {}

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        rng = np.random.default_rng((self.seed, self.epoch, index))
        if rng.random() < 0.15:
            image, boxes, labelled = self._mosaic(rng)
        else:
            image, boxes, labelled = self._crop(rng, self.size)
        image, boxes = flip(image, boxes) if rng.random() < 0.5 else (image, boxes)
        image = colour(image, rng)
        side = np.minimum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]) if len(boxes) else np.zeros(0)
        big = side >= SMALLEST_FACE
        return torch.from_numpy(np.ascontiguousarray(image)), torch.from_numpy(boxes[big]), torch.from_numpy(boxes[~big]), labelled

    def _picture(self, i):
        if i not in self.cache:
            image = cv2.imread(str(self.items[i][0]))
            longest = max(image.shape[:2])
            if longest > LONGEST:
                scale = LONGEST / longest
                image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
                if self.items[i][1] is not None:
                    self.items[i] = (self.items[i][0], self.items[i][1] * np.float32(scale))
            self.cache[i] = image
        return self.cache[i]

    def _crop(self, rng, size):
        i = int(rng.choice(len(self.items), p=self.weights))
        picture = self._picture(i)  # before the boxes: a large picture is shrunk together with them
        boxes = self.items[i][1]
        image, boxes = random_crop(picture, boxes if boxes is not None else np.zeros((0, 4), np.float32), size, rng)
        return image, boxes, self.items[i][1] is not None

    def _mosaic(self, rng):
        half = self.size // 2
        image, boxes, labelled = np.empty((self.size, self.size, 3), np.uint8), [], True
        for k in range(4):
            x, y = (k % 2) * half, (k // 2) * half
            part, found, known = self._crop(rng, half)
            image[y:y + half, x:x + half] = part
            boxes.append(found + np.float32([x, y, x, y]))
            labelled &= known
        return image, np.concatenate(boxes), labelled


def random_crop(image, boxes, size, rng):
    """A square of random side and place, brought to size x size; boxes with less than half of their area inside are dropped."""
    h, w = image.shape[:2]
    longest = max(h, w)
    side = int(longest * rng.choice([0.3, 0.45, 0.6, 0.8, 1.0, 1.2]))
    x = int(rng.integers(min(0, w - side), max(0, w - side) + 1))
    y = int(rng.integers(min(0, h - side), max(0, h - side) + 1))
    scale = size / side
    move = np.float32([[scale, 0, -x * scale], [0, scale, -y * scale]])
    way = cv2.INTER_AREA if scale < 0.6 else cv2.INTER_LINEAR
    out = np.zeros((size, size, 3), np.uint8)
    x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + side, w), min(y + side, h)
    left, top = round((x0 - x) * scale), round((y0 - y) * scale)
    right, bottom = min(size, round((x1 - x) * scale)), min(size, round((y1 - y) * scale))
    out[top:bottom, left:right] = cv2.resize(image[y0:y1, x0:x1], (right - left, bottom - top), interpolation=way)
    if not len(boxes):
        return out, boxes.reshape(0, 4)
    moved = boxes * scale + np.float32([move[0, 2], move[1, 2]] * 2)
    clipped = moved.clip(0, size)
    share = np.prod(clipped[:, 2:] - clipped[:, :2], 1) / np.maximum(np.prod(moved[:, 2:] - moved[:, :2], 1), 1e-6)
    return out, clipped[share > 0.5].astype(np.float32)


def flip(image, boxes):
    out = boxes.copy()
    out[:, [0, 2]] = image.shape[1] - boxes[:, [2, 0]]
    return image[:, ::-1], out


def colour(image, rng):
    """Contrast, brightness, now and then grey or blurred."""
    if rng.random() < 0.15:
        image = cv2.blur(np.ascontiguousarray(image), (3, 3))
    if rng.random() < 0.1:
        image = np.repeat(image.mean(2, keepdims=True), 3, 2).astype(np.uint8)
    table = (np.arange(256) - 128) * rng.uniform(0.7, 1.3) + 128 + rng.uniform(-32, 32)
    return table.clip(0, 255).astype(np.uint8)[image]


def collate(batch):
    images, faces, ignored, labelled = zip(*batch)
    return torch.stack(images).permute(0, 3, 1, 2), list(faces), list(ignored), torch.tensor(labelled)


def read_boxes(csv_path):
    """faces.csv -> {image: list of rows}; every row keeps its columns."""
    rows = {}
    with open(csv_path, newline="") as f:
        for row in csv.DictReader(f):
            rows.setdefault(row["image"], []).append(row)
    return rows


def _files(folder):
    return sorted(p for p in folder.rglob("*") if p.suffix in (".jpg", ".png"))


def _boxes(root, name):
    rows = read_boxes(Path(root, name, "faces.csv"))
    out = []
    for path in _files(Path(root, name)):
        xywh = np.float32([[float(r[k]) for k in "xywh"] for r in rows.get(path.name, [])]).reshape(-1, 4)
        xywh = xywh[(xywh[:, 2] > 0) & (xywh[:, 3] > 0)]
        out.append((path, np.concatenate([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]], 1)))
    return out
