#!/usr/bin/env python3
"""Golden data of the gallery's search: random clustered unit vectors (float32) and, for every probe, the people by the cosine
of their best template, brute force in numpy float64.

Run: python3 generate.py   (writes search.json beside itself; Debian 12: python3-numpy 1.24.2)
"""
import json
import os

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
DIMENSION = 37  # no multiple of any vector width
TOP = 5


def unit(v):
    return v / np.linalg.norm(v, axis=-1, keepdims=True)


def main():
    rng = np.random.default_rng(512)
    centres = unit(rng.normal(size=(30, DIMENSION)))
    people = []
    for centre in centres:
        count = int(rng.integers(1, 5))
        people.append(unit(centre + 0.12 * rng.normal(size=(count, DIMENSION))).astype(np.float32))
    probes = unit(np.vstack([
        centres[:14] + 0.15 * rng.normal(size=(14, DIMENSION)),
        rng.normal(size=(6, DIMENSION))])).astype(np.float32)
    answers = []
    for probe in probes:
        p = unit(probe.astype(np.float64))
        best = np.array([(unit(t.astype(np.float64)) @ p).max() for t in people])
        order = np.argsort(-best)[:TOP + 1]
        assert np.all(-np.diff(best[order]) > 1e-5), "too close to call in float32"
        answers.append([{"person": int(i), "similarity": float(best[i])} for i in order[:TOP]])
    numbers = lambda v: [float(str(x)) for x in v]
    data = {"dimension": DIMENSION,
            "people": [[numbers(t) for t in person] for person in people],
            "probes": [numbers(p) for p in probes],
            "answers": answers}
    with open(os.path.join(HERE, "search.json"), "w", encoding="utf-8") as file:
        json.dump(data, file, separators=(",", ":"))
        file.write("\n")


main()
