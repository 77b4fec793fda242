#!/usr/bin/env python3
"""FAISS on the vectors that `edgeface bench search --export` wrote, beside that run's table; called by faiss.sh.

Prints one line an index: median ms of a query (one at a time, all cores), recall@1 against the float64 matches, and the step of
EdgeFace that keeps the same form of template. To compare the two, FAISS is timed before and EdgeFace's quick steps again after it:
the ratio is to the same step 1 only as far as the machine was as busy.
"""
import json
import subprocess
import sys
import time

import faiss
import numpy as np


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def measure(search, probes, truth, limit=20.0):
    for i in range(3):
        search(probes[i:i + 1])
    times, found = [], []
    begin = time.perf_counter()
    for i in range(len(probes)):
        start = time.perf_counter()
        found.append(search(probes[i:i + 1]))
        times.append((time.perf_counter() - start) * 1000)
        if time.perf_counter() - begin > limit and i >= 20:
            break
    right = np.mean(np.array(found) == truth[:len(found)])
    return float(np.median(times)), float(np.min(times)), right, len(found)


def main():
    folder, agent, count, dim = sys.argv[1:5]
    before = json.load(open(f"{folder}/edgeface.json", encoding="utf-8"))
    gallery = np.load(f"{folder}/run-gallery.npy")
    probes = unit(np.load(f"{folder}/run-probes.npy"))
    truth = np.load(f"{folder}/run-truth.npy")[:, 0]
    bits, probe_bits = np.packbits(gallery > 0, axis=1), np.packbits(probes > 0, axis=1)
    rows = []

    flat = faiss.IndexFlatIP(gallery.shape[1])
    flat.add(gallery)
    rows.append(("flat float32", 5, *measure(lambda q: flat.search(q, 1)[1][0, 0], probes, truth)))
    scalar = faiss.IndexScalarQuantizer(gallery.shape[1], faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
    scalar.train(gallery[::max(1, len(gallery) // 20000)])
    scalar.add(gallery)
    rows.append(("int8", 9, *measure(lambda q: scalar.search(q, 1)[1][0, 0], probes, truth)))
    binary = faiss.IndexBinaryFlat(gallery.shape[1])
    binary.add(bits)
    rows.append(("binary alone", 10, *measure(lambda q: binary.search(q, 1)[1][0, 0], probe_bits, truth)))
    packed = dict(zip(map(bytes, probe_bits), probes))

    def rerank(query):
        near = binary.search(query, 1024)[1][0]
        return near[np.argmax(gallery[near] @ packed[bytes(query[0])])]

    rows.append(("binary, 1024 reranked by numpy", 10, *measure(rerank, probe_bits, truth)))
    after = json.loads(subprocess.run(
        ["dotnet", agent, "bench", "search", "--count", count, "--dim", dim, "--probes", "300", "--rounds", "3", "--json"], check=True, capture_output=True, text=True).stdout)
    own = {step["step"]: (step, again) for step, again in zip(before["steps"], after["steps"])}
    print(f"{before['machine']}, {faiss.omp_get_max_threads()} threads, FAISS {faiss.__version__}, {count} x {dim}: {before['data']}")
    print(f"{'FAISS':32}{'ms':>10}{'best':>10}{'recall@1':>10}{'of':>6}   EdgeFace: ms before / after (best), recall@1")
    for name, step, ms, best, recall, asked in rows:
        first, again = own[step]
        print(f"{name:32}{ms:10.3f}{best:10.3f}{recall:10.4f}{asked:6d}   {first['name']}: {first['ms']:.3f} / {again['ms']:.3f} "
              f"({min(first['best_ms'], again['best_ms']):.3f}), {first['recall']:.4f}")
    for step in (11, 12):
        first, again = own[step]
        print(f"{'':68}   {first['name']}: {first['ms']:.3f} / {again['ms']:.3f} ({min(first['best_ms'], again['best_ms']):.3f}), {first['recall']:.4f}")


main()
