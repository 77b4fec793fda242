#!/usr/bin/python3
"""Golden data of the detector's evaluation and of the anchor-free decoder, from numpy.

ap.json      WIDER FACE's average precision on made-up boxes. Written from the description of the official evaluation
             (wider_eval.m: norm_score, image_eval, img_pr_info, dataset_pr_info, VOCap), step by step and without the shortcuts
             of a fast implementation: recall and proposal lists per detection, thresholds over whole arrays.
decoder.json A head of strides 8, 16 and 32 with random maps, decoded by the equations of OpenCV's FaceDetectorYN (4.8 on,
             face_detect.cpp, postProcess) in double precision.
yunet.json   Only with the path of yunet_n_640_640.onnx as argument: OpenCV's own DNN engine runs YuNet on the drawn picture
             of ../inference, then the same equations and cv2.dnn.NMSBoxes. No weights go into the file.

Debian 12: python3-opencv 4.6.0, python3-numpy. Run from anywhere: env -u PYTHONPATH /usr/bin/python3 generate.py [YUNET]
"""
import json
import os
import sys

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
THRESHOLDS = 1000


def write(name, value):
    with open(os.path.join(HERE, name), "w", encoding="utf-8") as file:
        json.dump(value, file, separators=(",", ":"))
        file.write("\n")


# --- average precision ---------------------------------------------------------------------------------------------

def norm_score(predictions):
    scores = np.concatenate([p[:, 4] for p in predictions])
    low, high = scores.min(), scores.max()
    return [np.column_stack([p[:, :4], (p[:, 4] - low) / (high - low)]) for p in predictions]


def overlaps(box, faces):
    """boxoverlap.m: corners, with + 1."""
    x1, y1 = np.maximum(box[0], faces[:, 0]), np.maximum(box[1], faces[:, 1])
    x2, y2 = np.minimum(box[0] + box[2], faces[:, 0] + faces[:, 2]), np.minimum(box[1] + box[3], faces[:, 1] + faces[:, 3])
    w, h = x2 - x1 + 1, y2 - y1 + 1
    inner = w * h
    whole = (box[2] + 1) * (box[3] + 1) + (faces[:, 2] + 1) * (faces[:, 3] + 1) - inner
    result = inner / whole
    result[(w <= 0) | (h <= 0)] = 0
    return result


def image_eval(predictions, faces, in_set):
    recall_list, proposal_list, recall = np.zeros(len(faces)), np.ones(len(predictions)), np.zeros(len(predictions))
    for h in range(len(predictions)):
        o = overlaps(predictions[h], faces)
        best = int(o.argmax())
        if o[best] >= 0.5:
            if not in_set[best]:
                recall_list[best] = -1
                proposal_list[h] = -1
            elif recall_list[best] == 0:
                recall_list[best] = 1
        recall[h] = np.sum(recall_list == 1)
    return recall, proposal_list


def average_precision(predictions, faces, in_sets):
    curve, total = np.zeros((THRESHOLDS, 2)), 0
    for p, f, s in zip(norm_score(predictions), faces, in_sets):
        total += int(np.sum(s))
        if len(p) == 0 or len(f) == 0:
            continue
        p = p[np.argsort(-p[:, 4], kind="stable")]
        recall, proposal = image_eval(p, f, s)
        for t in range(THRESHOLDS):
            at = np.where(p[:, 4] >= 1 - (t + 1) / THRESHOLDS)[0]
            if len(at):
                curve[t] += (np.sum(proposal[:at[-1] + 1] == 1), recall[at[-1]])
    precision = np.divide(curve[:, 1], curve[:, 0], out=np.zeros(THRESHOLDS), where=curve[:, 0] > 0)
    m_recall, m_precision = np.r_[0, curve[:, 1] / total, 1], np.r_[0, precision, 0]
    for i in range(len(m_precision) - 2, -1, -1):
        m_precision[i] = max(m_precision[i], m_precision[i + 1])
    steps = np.where(m_recall[1:] != m_recall[:-1])[0]
    return float(np.sum((m_recall[steps + 1] - m_recall[steps]) * m_precision[steps + 1]))


def make_pictures(random):
    """Boxes in eighths of a pixel, scores in 1/4096: exact in single precision."""
    def box(low, high):
        w = random.uniform(low, high)
        return np.round(8 * np.array([random.uniform(0, 900), random.uniform(0, 600), w, w * random.uniform(0.9, 1.5)])) / 8

    pictures = []
    for number in range(14):
        faces = [box(6, 120) for _ in range(int(random.integers(0, 12)))] if number else []
        found = []
        for face in faces:
            for _ in range(int(random.integers(0, 4))):
                shaken = face + random.normal(0, 0.09, 4) * np.array([face[2], face[3], face[2], face[3]])
                found.append([*np.maximum(np.round(8 * shaken) / 8, 0.5), random.beta(4, 2)])
        found += [[*box(6, 150), random.beta(1.5, 4)] for _ in range(int(random.integers(0, 8)))] if number != 5 else []
        found = np.array(found).reshape(-1, 5)
        found[:, 4] = np.round(4096 * (0.02 + 0.97 * found[:, 4])) / 4096
        found = found[np.argsort(-found[:, 4], kind="stable")]
        pictures.append((np.array(faces).reshape(-1, 4), found))
    return pictures


def golden_ap():
    random = np.random.default_rng(20240307)
    pictures = make_pictures(random)
    sets = []
    for faces, _ in pictures:
        hard = random.random(len(faces)) < 0.85
        medium = hard & (faces[:, 3] > 25) & (random.random(len(faces)) < 0.9)
        sets.append(np.column_stack([medium & (faces[:, 3] > 50), medium, hard]))
    found = [f for _, f in pictures]
    faces = [f for f, _ in pictures]
    write("ap.json", {
        "pictures": [{"faces": np.column_stack([f, s]).tolist(), "found": p.tolist()} for f, s, p in zip(faces, sets, found)],
        "expected": [average_precision(found, faces, [s[:, i] for s in sets]) for i in range(3)],
    })


# --- decoder -------------------------------------------------------------------------------------------------------

def decode(maps, width, height, threshold):
    """FaceDetectorYNImpl::postProcess: one row per candidate: x, y, w, h, ten coordinates, score."""
    rows = []
    for stride, cls, obj, box, points in maps:
        columns = width // stride
        for cell in range(columns * (height // stride)):
            row, column = divmod(cell, columns)
            score = cls[cell] if obj is None else np.sqrt(np.clip(cls[cell], 0, 1) * np.clip(obj[cell], 0, 1))
            if score < threshold:
                continue
            cx, cy = (column + box[cell, 0]) * stride, (row + box[cell, 1]) * stride
            w, h = np.exp(box[cell, 2]) * stride, np.exp(box[cell, 3]) * stride
            marks = []
            for n in range(5):
                marks += [(points[cell, 2 * n] + column) * stride, (points[cell, 2 * n + 1] + row) * stride]
            rows.append([cx - w / 2, cy - h / 2, w, h, *marks, score])
    return np.array(rows).reshape(-1, 15)


def golden_decoder():
    random, width, height = np.random.default_rng(7), 96, 64
    levels, maps, single = [], [], []
    for stride in (8, 16, 32):
        cells = (width // stride) * (height // stride)
        # Beyond 0..1 on purpose: both are clipped before they are multiplied.
        cls, obj = random.uniform(-0.1, 1.1, cells).astype(np.float32), random.uniform(-0.1, 1.1, cells).astype(np.float32)
        box, points = random.normal(0.3, 0.6, (cells, 4)).astype(np.float32), random.normal(0.5, 1, (cells, 10)).astype(np.float32)
        levels.append({"stride": stride, "cls": cls.tolist(), "obj": obj.tolist(), "bbox": box.ravel().tolist(), "kps": points.ravel().tolist()})
        maps.append((stride, *(a.astype(np.float64) for a in (cls, obj, box, points))))
        single.append((stride, maps[-1][1], None, *maps[-1][3:]))
    write("decoder.json", {
        "width": width, "height": height, "threshold": 0.6, "levels": levels,
        "expected": np.round(decode(maps, width, height, 0.6), 5).tolist(),
        "expectedSingle": np.round(decode(single, width, height, 0.6), 5).tolist(),
    })


def golden_yunet(path):
    import cv2
    picture = cv2.imread(os.path.join(HERE, "..", "inference", "drawn.png"))
    height, width = picture.shape[:2]
    padded = np.zeros((-(-height // 32) * 32, -(-width // 32) * 32, 3), np.uint8)
    padded[:height, :width] = picture
    net = cv2.dnn.readNetFromONNX(path)
    net.setInput(cv2.dnn.blobFromImage(padded))
    names = [f"{kind}_{stride}" for kind in ("cls", "obj", "bbox", "kps") for stride in (8, 16, 32)]
    out = dict(zip(names, net.forward(names)))
    maps = [(s, out[f"cls_{s}"].ravel(), out[f"obj_{s}"].ravel(), out[f"bbox_{s}"].reshape(-1, 4), out[f"kps_{s}"].reshape(-1, 10)) for s in (8, 16, 32)]
    rows = decode(maps, padded.shape[1], padded.shape[0], 0.02)
    kept = np.array(cv2.dnn.NMSBoxes(rows[:, :4].tolist(), rows[:, 14].tolist(), 0.02, 0.45)).ravel()
    write("yunet.json", {"width": padded.shape[1], "height": padded.shape[0], "threshold": 0.02, "nms": 0.45, "expected": np.round(rows[kept], 4).tolist()})


golden_ap()
golden_decoder()
if len(sys.argv) > 1:
    golden_yunet(sys.argv[1])
