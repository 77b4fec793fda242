#!/usr/bin/python3
"""Golden data of EdgeFace.Inference, from an independent way to the same numbers.

Reference: OpenCV's own DNN engine (cv2.dnn) runs the models; cv2.resize, cv2.warpAffine, scikit-image's
SimilarityTransform and numpy do what is around them. The detector in integers is run by numpy alone (qdq.py), at the size and the
thresholds of its manifest. Debian 12: python3-opencv 4.6.0, python3-skimage, python3-numpy, python3-onnx.
Also writes the answers that the program itself checks a device by (src/EdgeFace.Agent/Diagnosis/known-answer.json).
Run from anywhere: env -u PYTHONPATH /usr/bin/python3 generate.py
"""
import json
import os

import cv2
import numpy as np
from skimage.transform import SimilarityTransform

import qdq

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..", "..")
MODELS = os.path.join(ROOT, "models")
SCORE, NMS = 0.7, 0.4
TEMPLATE = np.array([[38.29, 51.70], [73.53, 51.50], [56.03, 71.74], [41.55, 92.37], [70.73, 92.20]])


def net(name):
    return cv2.dnn.readNetFromONNX(os.path.join(MODELS, name, name + ".onnx"))


DETECTOR, LANDMARKS, EMBEDDER = net("detector-rfb320"), net("landmarks-68"), net("embedder-mobilefacenet")


def describe(name):
    with open(os.path.join(MODELS, name, "manifest.json"), encoding="utf-8") as file:
        return json.load(file)


def identity(name):
    return f"{name}@{describe(name)['sha256'][:12]}"


def input_of(name):
    """Width and height."""
    tensor = describe(name)["input"]
    height, width = tensor["shape"][1:3] if tensor["layout"] == "NHWC" else tensor["shape"][2:]
    return [width, height]


def write(name, value):
    with open(os.path.join(HERE, name), "w", encoding="utf-8") as file:
        json.dump(value, file, indent=1)
        file.write("\n")


def noise(count, seed):
    """Bytes of a linear congruential generator (Numerical Recipes), easily made again in any language."""
    state, out = seed, np.empty(count, np.uint8)
    for i in range(count):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        out[i] = state >> 24
    return out


def face(picture, cx, cy, s, skin):
    """A drawn face: head, hair, eyes, brows, nose, mouth; s is half the height of the head."""
    def ellipse(x, y, w, h, colour, thick=-1, end=360, start=0):
        cv2.ellipse(picture, (round(x), round(y)), (round(w), round(h)), 0, start, end, colour, thick, cv2.LINE_AA)

    ellipse(cx, cy - 0.15 * s, 0.82 * s, 1.05 * s, (40, 50, 60))
    ellipse(cx, cy, 0.72 * s, s, skin)
    for side in (-1, 1):
        x, y = cx + side * 0.3 * s, cy - 0.15 * s
        ellipse(x, y, 0.15 * s, 0.08 * s, (240, 240, 240))
        ellipse(x, y, 0.07 * s, 0.07 * s, (30, 30, 40))
        ellipse(x, y - 0.16 * s, 0.19 * s, 0.05 * s, (40, 50, 60), max(1, round(0.05 * s)), 360, 180)
    ellipse(cx, cy + 0.25 * s, 0.12 * s, 0.05 * s, (100, 125, 170), max(1, round(0.04 * s)), 180)
    ellipse(cx, cy + 0.52 * s, 0.26 * s, 0.09 * s, (90, 90, 190))
    ellipse(cx, cy + 0.52 * s, 0.26 * s, 0.01 * s, (60, 50, 120))


def draw():
    picture = np.full((360, 640, 3), (110, 125, 120), np.uint8)
    face(picture, 200, 180, 90, (150, 180, 220))
    face(picture, 470, 150, 50, (90, 120, 170))
    return cv2.GaussianBlur(picture, (0, 0), 1.5)


def detect_tensor(tensor):
    DETECTOR.setInput(tensor)
    scores, boxes = DETECTOR.forward(["scores", "boxes"])
    return scores[0], boxes[0]


def iou(a, b):
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    inner = max(w, 0) * max(h, 0)
    return inner / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inner)


def decode(scores, boxes, scale):
    """Corners as fractions of 320x240 -> boxes of the picture, greedy suppression."""
    corners = boxes.astype(np.float64) * [320, 240, 320, 240]
    kept = []
    for i in np.argsort(-scores[:, 1], kind="stable"):
        if scores[i, 1] < SCORE:
            break
        if all(iou(corners[i], corners[k]) <= NMS for k in kept):
            kept.append(i)
    return [{"x": c[0] / scale, "y": c[1] / scale, "width": (c[2] - c[0]) / scale, "height": (c[3] - c[1]) / scale,
             "score": float(s)} for c, s in ((corners[i], scores[i, 1]) for i in kept)]


def suppress(faces, nms):
    """Greedy, best first; boxes are x, y, width, height."""
    corners = lambda f: (f["x"], f["y"], f["x"] + f["width"], f["y"] + f["height"])
    kept = []
    for face in sorted(faces, key=lambda f: -f["score"]):
        if all(iou(corners(face), corners(k)) <= nms for k in kept):
            kept.append(face)
    return kept


def detect_slim(picture):
    """Three maps, a cell each 8, 16 and 32 pixels: score's logit, centre, logarithms of width and height, in strides."""
    manifest = describe("detector-slim-int8")
    (width, height), limits = input_of("detector-slim-int8"), manifest["thresholds"]
    scale = min(width / picture.shape[1], height / picture.shape[0])
    fitted = cv2.resize(picture, (round(picture.shape[1] * scale), round(picture.shape[0] * scale)), interpolation=cv2.INTER_LINEAR)
    padded = np.zeros((1, height, width, 3), np.uint8)
    padded[0, :fitted.shape[0], :fitted.shape[1]] = fitted
    faces = []
    for name, cells in qdq.Model(os.path.join(MODELS, "detector-slim-int8", "detector-slim-int8.onnx")).run(image=padded).items():
        stride = int(name.split("_")[1])
        for i, cell in enumerate(cells[0]):
            score = 1 / (1 + np.exp(-cell[0]))
            if score < limits["score"]:
                continue
            row, column = divmod(i, width // stride)
            w, h = np.exp(cell[3:5]) * stride
            x, y = (column + cell[1]) * stride - w / 2, (row + cell[2]) * stride - h / 2
            faces.append({"x": x / scale, "y": y / scale, "width": w / scale, "height": h / scale, "score": float(score)})
    return suppress(faces, limits["nms"])


def locate(picture, box):
    size = np.sqrt(box["width"] * box["height"])
    side = 1.1 * size
    left = box["x"] + box["width"] / 2 - side / 2
    top = box["y"] + box["height"] / 2 + 0.05 * size - side / 2
    step = side / 64
    back = np.array([[step, 0, left + step / 2 - 0.5], [0, step, top + step / 2 - 0.5]])
    crop = cv2.warpAffine(picture, back, (64, 64), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    gray = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
    LANDMARKS.setInput((gray.astype(np.float32) / 256)[None, None])
    points = LANDMARKS.forward().reshape(68, 2).astype(np.float64) * side + [left, top]
    mean = lambda *indices: points[list(indices)].mean(axis=0)
    return np.array([mean(37, 38, 40, 41), mean(43, 44, 46, 47), mean(30), mean(48, 60), mean(54, 64)])


def embed(picture, points):
    transform = SimilarityTransform()
    transform.estimate(points, TEMPLATE)
    aligned = cv2.warpAffine(picture, transform.params[:2], (112, 112), flags=cv2.INTER_LINEAR)
    EMBEDDER.setInput(((aligned.astype(np.float32) - 127) / 128).transpose(2, 0, 1)[None])
    raw = EMBEDDER.forward()[0].astype(np.float64)
    return raw / np.linalg.norm(raw)


def raw_outputs():
    tensor = ((noise(3 * 240 * 320, 1).astype(np.float32) - 127) / 128).reshape(1, 3, 240, 320)
    scores, boxes = detect_tensor(tensor)
    write("detector-raw.json", {"seed": 1, "stride": 20, "scores": scores[::20].ravel().tolist(), "boxes": boxes[::20].ravel().tolist()})
    LANDMARKS.setInput((noise(64 * 64, 2).astype(np.float32) / 256).reshape(1, 1, 64, 64))
    write("landmarks-raw.json", {"seed": 2, "values": LANDMARKS.forward().ravel().tolist()})
    EMBEDDER.setInput(((noise(3 * 112 * 112, 3).astype(np.float32) - 127) / 128).reshape(1, 3, 112, 112))
    write("embedder-raw.json", {"seed": 3, "values": EMBEDDER.forward().ravel().tolist()})


def decoding():
    """Made-up outputs: overlapping, degenerate and below-threshold boxes."""
    random = np.random.default_rng(7)
    centres, sizes = random.uniform(0.1, 0.9, (60, 2)), random.uniform(0.05, 0.4, (60, 2))
    boxes = np.concatenate([centres - sizes / 2, centres + sizes / 2], axis=1).astype(np.float32)
    face_score = random.permutation(np.linspace(0.3, 0.99, 60)).astype(np.float32)
    scores = np.stack([1 - face_score, face_score], axis=1)
    write("decoding.json", {"scores": scores.ravel().tolist(), "boxes": boxes.ravel().tolist(), "scale": 0.5,
                            "expected": decode(scores, boxes, 0.5)})


def whole_picture():
    picture = draw()
    cv2.imwrite(os.path.join(HERE, "drawn.png"), picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    padded = np.full((240, 320, 3), 127, np.uint8)
    padded[:180] = cv2.resize(picture, (320, 180), interpolation=cv2.INTER_LINEAR)
    tensor = ((padded[:, :, ::-1].astype(np.float32) - 127) / 128).transpose(2, 0, 1)[None]
    answers = []
    for name, detector, faces in (("drawn.json", "detector-rfb320", decode(*detect_tensor(np.ascontiguousarray(tensor)), 0.5)),
                                  ("drawn-slim.json", "detector-slim-int8", detect_slim(picture))):
        for box in faces:
            points = locate(picture, box)
            box["points"] = points.tolist()
            box["embedding"] = [round(float(v), 7) for v in embed(picture, points)]
        write(name, {"faces": faces})
        best = faces[0]
        answers.append({"source": f"tests/golden/inference/{name}", "models": [identity(n) for n in (detector, "landmarks-68", "embedder-mobilefacenet")],
                        "input": input_of(detector),
                        "box": [best[side] for side in ("x", "y", "width", "height")], "embedding": best["embedding"]})
    with open(os.path.join(ROOT, "src", "EdgeFace.Agent", "Diagnosis", "known-answer.json"), "w", encoding="utf-8") as file:
        json.dump(answers, file)


raw_outputs()
decoding()
whole_picture()
