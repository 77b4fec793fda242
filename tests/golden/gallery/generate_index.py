#!/usr/bin/env python3
"""Golden data of the template index: what brute force in numpy float64 answers over random clustered unit vectors of 48
values (float32), before and after some owners have left and others were replaced.

Run: python3 generate_index.py   (writes index.json beside itself; Debian 12: python3-numpy 1.24.2)
"""
import json
import os

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
DIMENSION = 48
TOP = 4


def unit(v):
    return v / np.linalg.norm(v, axis=-1, keepdims=True)


def answers(people, probes):
    found = []
    for probe in probes:
        p = unit(probe.astype(np.float64))
        best = {owner: (unit(t.astype(np.float64)) @ p).max() for owner, t in people.items()}
        order = sorted(best, key=lambda owner: -best[owner])[:TOP + 1]
        assert np.all(-np.diff([best[o] for o in order]) > 1e-5), "too close to call in float32"
        found.append([{"owner": o, "similarity": float(best[o])} for o in order[:TOP]])
    return found


def main():
    rng = np.random.default_rng(48)
    centres = unit(rng.normal(size=(40, DIMENSION)))
    make = lambda centre: unit(centre + 0.1 * rng.normal(size=(int(rng.integers(1, 4)), DIMENSION))).astype(np.float32)
    people = {owner: make(centre) for owner, centre in enumerate(centres)}
    probes = unit(centres[:12] + 0.12 * rng.normal(size=(12, DIMENSION))).astype(np.float32)
    numbers = lambda v: [float(str(x)) for x in v]
    data = {"dimension": DIMENSION, "people": [[numbers(t) for t in people[o]] for o in range(40)],
            "probes": [numbers(p) for p in probes], "answers": answers(people, probes)}
    gone = [1, 4, 7, 20, 39]
    replaced = {owner: make(centres[(owner + 1) % 12]) for owner in (2, 3, 30)}
    for owner in gone:
        del people[owner]
    people.update(replaced)
    data |= {"gone": gone, "replaced": {str(o): [numbers(t) for t in v] for o, v in replaced.items()}, "answers_after": answers(people, probes)}
    with open(os.path.join(HERE, "index.json"), "w", encoding="utf-8") as file:
        json.dump(data, file, separators=(",", ":"))
        file.write("\n")


main()
