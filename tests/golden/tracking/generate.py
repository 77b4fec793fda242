#!/usr/bin/env python3
"""Golden data of the tracker, from numpy and scipy in float64.

kalman.json      an 8x8 Kalman filter in matrix form: F = expm(A dt), Q by Van Loan's integral (1978) of the continuous white
                 noise, update in Joseph's form. Nothing of it knows that the filter falls apart into four.
assignment.json  rectangular cost matrices with the least total cost by scipy.optimize.linear_sum_assignment.

Run: python3 generate.py   (writes beside itself; Debian 12: python3-numpy 1.24.2, python3-scipy 1.10.1)
"""
import json
import os

import numpy as np
from scipy.linalg import expm
from scipy.optimize import linear_sum_assignment

HERE = os.path.dirname(os.path.abspath(__file__))


def van_loan(dt, position_std, velocity_std):
    a = np.zeros((8, 8))
    a[:4, 4:] = np.eye(4)
    density = np.diag(np.concatenate([position_std, velocity_std]) ** 2)
    block = np.zeros((16, 16))
    block[:8, :8] = -a
    block[:8, 8:] = density
    block[8:, 8:] = a.T
    e = expm(block * dt)
    f = e[8:, 8:].T
    return f, f @ e[:8, 8:]


def stds(h):
    return np.array([h / 20, h / 20, 1e-2, h / 20]), np.array([h / 160, h / 160, 1e-5, h / 160])


def run(rng):
    h = rng.uniform(30, 200)
    z = np.array([rng.uniform(0, 1000), rng.uniform(0, 700), rng.uniform(0.6, 0.9), h])
    # The boxes are what the tracker is given, in float32: the reference starts from the same numbers.
    def box(z):
        w = z[2] * z[3]
        return np.array([z[0] - w / 2, z[1] - z[3] / 2, w, z[3]], dtype=np.float32)

    def measured(b):
        x, y, w, h = b
        # FaceBox.CenterX is computed in float32.
        return np.array([float(x + w / np.float32(2)), float(y + h / np.float32(2)), float(w) / float(h), float(h)])

    start = box(z)
    m = measured(start)
    position_std, velocity_std = stds(m[3])
    x = np.concatenate([m, np.zeros(4)])
    p = np.diag(np.concatenate([
        [2 * position_std[0], 2 * position_std[1], 1e-2, 2 * position_std[3]],
        [10 * velocity_std[0], 10 * velocity_std[1], 1e-5, 10 * velocity_std[3]]]) ** 2)
    hm = np.hstack([np.eye(4), np.zeros((4, 4))])
    v = np.array([rng.uniform(-6, 6), rng.uniform(-3, 3), rng.uniform(-0.001, 0.001), rng.uniform(-0.3, 0.5)])
    steps = []
    for _ in range(24):
        dt = float(rng.choice([0.0, 0.5, 1.0, 1.0, 2.0, 6.0, rng.uniform(0.1, 3)]))
        position_std, velocity_std = stds(x[3])
        f, q = van_loan(dt, position_std, velocity_std)
        x = f @ x
        p = f @ p @ f.T + q
        predicted = x.copy()
        z = z + v * dt
        step = {"dt": dt, "predicted": predicted.tolist(), "box": None}
        if rng.uniform() < 0.75:
            b = box(z + rng.normal(size=4) * np.array([1.5, 1.5, 0.02, 1.5]))
            step["box"] = [float(s) for s in b]
            r = np.diag(np.array([x[3] / 20, x[3] / 20, 1e-1, x[3] / 20]) ** 2)
            k = np.linalg.solve((hm @ p @ hm.T + r).T, (p @ hm.T).T).T
            x = x + k @ (measured(b) - hm @ x)
            i_kh = np.eye(8) - k @ hm
            p = i_kh @ p @ i_kh.T + k @ r @ k.T
        assert x[3] > 5 and x[2] > 0.1, "the sequence must stay clear of the tracker's floors"
        step["state"] = x.tolist()
        step["variances"] = np.diag(p).tolist()
        step["covariances"] = [p[i, i + 4] for i in range(4)]
        steps.append(step)
    return {"start": [float(s) for s in start], "steps": steps}


def kalman():
    rng = np.random.default_rng(20220713)
    return {"runs": [run(rng) for _ in range(4)]}


def assignment():
    rng = np.random.default_rng(1987)
    cases = []
    shapes = [(1, 1), (1, 6), (6, 1), (2, 2), (3, 5), (5, 3), (8, 8), (7, 12), (12, 7), (16, 16), (20, 9), (9, 20)]
    for rows, columns in shapes:
        for kind in ("uniform", "integers", "overlaps", "signed"):
            if kind == "uniform":
                cost = rng.uniform(0, 1, (rows, columns)).round(4)
            elif kind == "integers":
                cost = rng.integers(0, 4, (rows, columns)).astype(float)  # many ties
            elif kind == "overlaps":
                cost = np.where(rng.uniform(size=(rows, columns)) < 0.8, 0.8, rng.uniform(0, 0.8, (rows, columns))).round(3)
            else:
                cost = rng.normal(0, 100, (rows, columns)).round(2)
            cost = cost.astype(np.float32)
            r, c = linear_sum_assignment(cost.astype(np.float64))
            cases.append({"kind": kind, "rows": rows, "columns": columns,
                          "cost": [float(str(s)) for s in cost.ravel()],
                          "total": float(cost.astype(np.float64)[r, c].sum())})
    return {"cases": cases}


def write(name, value):
    with open(os.path.join(HERE, name), "w", encoding="utf-8") as file:
        json.dump(value, file, separators=(",", ":"))
        file.write("\n")


write("kalman.json", kalman())
write("assignment.json", assignment())
