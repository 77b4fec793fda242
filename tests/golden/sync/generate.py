#!/usr/bin/env python3
"""Golden data of the gallery's synchronisation: a page and the digest of a set, made by hashlib, struct and numpy from their
description (deploy/decisions, "A board proves what it holds").

Run: python3 generate.py   (writes page.json beside itself; Debian 12: python3 3.11, python3-numpy 1.24.2)
"""
import hashlib
import json
import os
import struct
import uuid

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
GROUP = "door"
EPOCH = uuid.UUID("018f0000-1111-7222-8333-444455556666")
MODEL = hashlib.sha256(b"embedder").digest()
sha = lambda *parts: hashlib.sha256(b"".join(parts)).digest()


def record(revision, person):
    """One change: revision, kind, id, and of an upsert the person."""
    head = struct.pack("<qB", revision, 1 if person["name"] is None else 0) + uuid.UUID(person["id"]).bytes
    if person["name"] is None:
        return head
    name = person["name"].encode()
    vectors = [np.array(v, dtype="<f4") for v in person["vectors"]]
    out = head + struct.pack("<H", len(name)) + name
    out += b"\x01" + MODEL if vectors else b"\x00"
    out += b"\x00" if person["threshold"] is None else b"\x01" + struct.pack("<f", person["threshold"])
    out += struct.pack("<HH", len(vectors), len(vectors[0]) if vectors else 0)
    for template, vector in zip(person["templates"], vectors):
        planes = np.frombuffer(vector.tobytes(), dtype=np.uint8).reshape(-1, 4).T
        out += uuid.UUID(template).bytes + struct.pack("<f", 0.5) + planes.tobytes()
    return out


def seed(rec):
    return sha(b"edgeface-gallery-person/1\n", rec[9:])


def expand(s):
    return np.frombuffer(hashlib.shake_128(b"edgeface-gallery-element/1".ljust(32, b"\0") + s).digest(2048), dtype="<u2")


def state(seeds, threshold):
    total = np.zeros(1024, dtype=np.uint16)
    for s in seeds:
        total += expand(s)
    return sha(b"edgeface-gallery-state/1".ljust(32, b"\0"), total.astype("<u2").tobytes(), struct.pack("<f", threshold))


def main():
    rng = np.random.default_rng(7)
    people = []
    for i, (name, count, threshold) in enumerate([("Ada", 2, None), ("Zoë Ω", 1, 0.5), (None, 0, None), ("Nobody yet", 0, None)]):
        vectors = rng.normal(size=(count, 16))
        vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32) if count else vectors
        people.append({
            "id": str(uuid.UUID(int=(1 << 100) + i)), "name": name, "threshold": threshold,
            "templates": [str(uuid.UUID(int=(2 << 100) + 10 * i + k)) for k in range(count)],
            "vectors": [[float(str(x)) for x in v] for v in vectors]})
    records = [record(11 + 3 * i, p) for i, p in enumerate(people)]
    digest = state([seed(r) for r, p in zip(records, people) if p["name"] is not None], 0.25)
    body = b"".join(struct.pack("<i", len(r)) + r for r in records)
    header = (b"EFGP" + struct.pack("<HH", 1, 3) + EPOCH.bytes + struct.pack("<qq", 10, 25)
              + struct.pack("<iif", len(records), len(body), 0.25) + digest)
    chain = sha(b"edgeface-gallery-page/1\n", GROUP.encode(), b"\n", struct.pack("<q", 10))
    for r in records:
        chain = sha(chain, r)
    chain = sha(chain, header)
    data = {"group": GROUP, "epoch": str(EPOCH), "model": MODEL.hex(), "people": people, "state": digest.hex(),
            "page": (header + body + chain).hex()}
    with open(os.path.join(HERE, "page.json"), "w") as f:
        json.dump(data, f, indent=1, ensure_ascii=False)
        f.write("\n")


if __name__ == "__main__":
    main()
