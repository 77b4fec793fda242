"""Golden data for the vision tests from OpenCV, scikit-image and numpy.

Debian: python3-opencv (4.6), python3-skimage (0.19), python3-numpy. Run: env -u PYTHONPATH /usr/bin/python3 make.py
All pictures are synthetic and come from a fixed seed. Each case is a folder of .npy files, format 1.0, C order.
"""
import json
import pathlib

import cv2
import numpy as np
from skimage.transform import SimilarityTransform

HERE = pathlib.Path(__file__).parent
rng = np.random.default_rng(20240611)


def save(name, array):
    path = HERE / f"{name}.npy"
    np.save(path, np.ascontiguousarray(array))
    assert path.stat().st_size < 100_000, path


def noise(height, width):
    return rng.integers(0, 256, (height, width, 3), dtype=np.uint8)


def smooth(height, width):
    """Waves with slopes of at most about 12 levels a pixel: OpenCV's warp quantises positions to 1/32 pixel."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    planes = [127 + 100 * np.sin(x / 11 + p) * np.cos(y / 13 - p) + 20 * np.sin((x + y) / 7) for p in (0.0, 0.7, 1.9)]
    return np.clip(np.round(np.stack(planes, -1)), 0, 255).astype(np.uint8)


def fade(picture):
    """To black towards the border, where a step against the 0 outside would make the same quantisation visible."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[0:height, 0:width]
    edge = np.minimum(np.minimum(x, width - 1 - x), np.minimum(y, height - 1 - y))
    return np.round(picture * np.minimum(edge / 16, 1)[..., None]).astype(np.uint8)


def colour():
    for width, height in ((64, 48), (34, 18)):
        i420 = rng.integers(0, 256, (height * 3 // 2, width), dtype=np.uint8)
        save(f"i420-{width}x{height}", i420.reshape(-1))
        save(f"i420-{width}x{height}-bgr", cv2.cvtColor(i420, cv2.COLOR_YUV2BGR_I420))
    picture = noise(37, 61)
    save("gray-source", picture)
    save("gray", cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY))


def resize():
    cases = []
    for source, target in (((64, 48), (32, 32)), ((61, 37), (17, 23)), ((23, 17), (70, 41)), ((64, 48), (32, 24)), ((1, 1), (5, 3)),
                           ((50, 1), (20, 4)), ((2, 40), (3, 7)), ((90, 60), (90, 20)), ((33, 21), (33, 21))):
        name = f"resize-{source[0]}x{source[1]}-{target[0]}x{target[1]}"
        picture = noise(source[1], source[0])
        save(name + "-source", picture)
        save(name, cv2.resize(picture, target, interpolation=cv2.INTER_LINEAR))
        cases.append(name)
    (HERE / "resize.json").write_text(json.dumps(cases, indent=1) + "\n")


def exact_warp(picture, matrix, size):
    """Bilinear with constant 0 border in float64: what OpenCV's warp approximates."""
    inverse = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))
    y, x = np.mgrid[0:size[1], 0:size[0]].astype(np.float64)
    sx = inverse[0, 0] * x + inverse[0, 1] * y + inverse[0, 2]
    sy = inverse[1, 0] * x + inverse[1, 1] * y + inverse[1, 2]
    return sample(picture, sx, sy)


def sample(picture, sx, sy):
    left, top = np.floor(sx).astype(np.int64), np.floor(sy).astype(np.int64)
    fx, fy = (sx - left)[..., None], (sy - top)[..., None]

    def tap(column, row):
        inside = (column >= 0) & (row >= 0) & (column < picture.shape[1]) & (row < picture.shape[0])
        column, row = column.clip(0, picture.shape[1] - 1), row.clip(0, picture.shape[0] - 1)
        return np.where(inside[..., None], picture[row, column].astype(np.float64), 0)

    upper = tap(left, top) * (1 - fx) + tap(left + 1, top) * fx
    lower = tap(left, top + 1) * (1 - fx) + tap(left + 1, top + 1) * fx
    return upper * (1 - fy) + lower * fy


def warp():
    cases = []
    matrices = {"align": (0.55, 0.12, -3.0, 2.5), "enlarge": (2.2, -0.7, 11.25, -20.5), "turn": (-0.1, 1.05, 70.0, 3.0), "shrink": (0.31, 0.02, 9.0, 14.0)}
    for kind, make in (("smooth", smooth), ("noise", noise)):
        picture = make(80, 100) if kind == "noise" else fade(make(80, 100))
        save(f"warp-{kind}", picture)
        for name, (a, b, tx, ty) in matrices.items():
            matrix = np.float32([[a, -b, tx], [b, a, ty]]).astype(np.float64)
            cases.append({"name": f"{kind}-{name}", "source": f"warp-{kind}", "a": a, "b": b, "tx": tx, "ty": ty, "cv": kind == "smooth"})
            save(f"warp-{kind}-{name}-exact", np.round(exact_warp(picture, matrix, (56, 48))).clip(0, 255).astype(np.uint8))
            if kind == "smooth":
                save(f"warp-{kind}-{name}-cv", cv2.warpAffine(picture, matrix, (56, 48), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT))
    (HERE / "warp.json").write_text(json.dumps(cases, indent=1) + "\n")


def crop():
    cases = []
    picture = noise(50, 70)
    save("crop-source", picture)
    for index, (x, y, width, height, tw, th) in enumerate(((10.25, 7.5, 33.0, 30.5, 24, 20), (-8.0, 20.0, 40.0, 45.0, 30, 30), (5.0, 5.0, 6.5, 6.5, 32, 28))):
        column = x + (np.arange(tw) + 0.5) * width / tw - 0.5
        row = y + (np.arange(th) + 0.5) * height / th - 0.5
        sx, sy = np.meshgrid(column, row)
        save(f"crop-{index}", np.round(sample(picture, sx, sy)).astype(np.uint8))
        cases.append({"x": x, "y": y, "width": width, "height": height, "targetWidth": tw, "targetHeight": th})
    (HERE / "crop.json").write_text(json.dumps(cases, indent=1) + "\n")


def suppress():
    cases = []
    for seed, count, threshold in ((1, 40, 0.4), (2, 200, 0.3), (3, 120, 0.6), (4, 1, 0.5), (5, 300, 0.45)):
        local = np.random.default_rng(seed)
        boxes = np.concatenate([local.uniform(0, 200, (count, 2)), local.uniform(5, 80, (count, 2))], 1).astype(np.float32)
        scores = local.permutation(np.linspace(0.05, 0.99, count)).astype(np.float32)
        kept = cv2.dnn.NMSBoxes(boxes.tolist(), scores.tolist(), 0.0, threshold)
        cases.append({"seed": seed, "threshold": threshold, "boxes": boxes.tolist(), "scores": scores.tolist(), "kept": np.asarray(kept).reshape(-1).tolist()})
    (HERE / "nms.json").write_text(json.dumps(cases) + "\n")


def similarity():
    cases = []
    for count in (2, 3, 5, 12):
        for _ in range(6):
            source = rng.uniform(-50, 400, (count, 2)).astype(np.float32)
            angle, scale = rng.uniform(-np.pi, np.pi), rng.uniform(0.2, 4)
            turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
            target = (source @ turn.T + rng.uniform(-100, 100, 2) + rng.normal(0, 5, source.shape)).astype(np.float32)
            transform = SimilarityTransform()
            assert transform.estimate(source.astype(np.float64), target.astype(np.float64))
            (a, _, tx), (b, _, ty) = transform.params[:2]
            cases.append({"from": source.tolist(), "to": target.tolist(), "a": a, "b": b, "tx": tx, "ty": ty})
    (HERE / "similarity.json").write_text(json.dumps(cases) + "\n")


def sharpness():
    """Grey faces of exactly 64 x 64, where no resampling takes part."""
    values = []
    for sigma in (0, 0.8, 1.5, 3):
        picture = smooth(64, 64) // 2 + noise(64, 64) // 2
        if sigma:
            picture = cv2.GaussianBlur(picture, (0, 0), sigma)
        grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        name = f"sharpness-{len(values)}"
        save(name, picture)
        values.append({"source": name, "variance": float(cv2.Laplacian(grey, cv2.CV_64F)[1:-1, 1:-1].var()), "mean": float(grey.mean())})
    (HERE / "sharpness.json").write_text(json.dumps(values, indent=1) + "\n")


for make in (colour, resize, warp, crop, suppress, similarity, sharpness):
    make()
