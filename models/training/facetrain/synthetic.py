"""Writes a small data folder of drawn heads (ovals with eyes and a mouth) in the layout of the real one, for the smoke run."""
import csv
import sys
from pathlib import Path

import cv2
import numpy as np


def scene(rng, heads, size=320):
    """A picture of soft noise with up to `heads` drawn heads, and their boxes."""
    image = cv2.resize(rng.integers(0, 200, (12, 12, 3), np.uint8), (size, size), interpolation=cv2.INTER_CUBIC)
    boxes = []
    for _ in range(heads):
        w = int(rng.integers(24, 80))
        h = int(w * 1.3)
        x, y = int(rng.integers(0, size - w)), int(rng.integers(0, size - h))
        if any(x < b[0] + b[2] and b[0] < x + w and y < b[1] + b[3] and b[1] < y + h for b in boxes):
            continue
        skin = tuple(int(v) for v in rng.integers(120, 230, 3))
        cv2.ellipse(image, (x + w // 2, y + h // 2), (w // 2, h // 2), 0, 0, 360, skin, -1, cv2.LINE_AA)
        for ex in (0.3, 0.7):
            cv2.circle(image, (int(x + ex * w), int(y + 0.4 * h)), max(2, w // 10), (20, 20, 20), -1, cv2.LINE_AA)
        cv2.line(image, (int(x + 0.3 * w), int(y + 0.75 * h)), (int(x + 0.7 * w), int(y + 0.75 * h)), (20, 20, 120), max(1, w // 14))
        boxes.append((x, y, w, h))
    return image, boxes


def write(root, train=60, val=20, seed=1):
    rng = np.random.default_rng(seed)
    for name, count, heads in (("wider/train", train, 5), ("wider/val", val, 5), ("mask", 4, 2), ("nonface", 4, 0),
                               ("unlabelled", 4, 3), ("lfw/images", 26, 1)):
        folder = Path(root, name)
        pictures = folder / "images" if name == "wider/val" else folder  # as the data at hand has it
        pictures.mkdir(parents=True, exist_ok=True)
        rows = []
        for i in range(count):
            image, boxes = scene(rng, heads)
            cv2.imwrite(str(pictures / f"{i}.jpg"), image)
            rows += [(f"{i}.jpg", *b, 1, 1, 1) for b in boxes]
        with open(folder / "faces.csv", "w", newline="") as f:
            csv.writer(f).writerows([("image", "x", "y", "w", "h", "easy", "medium", "hard"), *rows])


if __name__ == "__main__":
    write(sys.argv[1])
