#!/usr/bin/env python3
"""Golden data of the sealed boxes: made by another implementation (OpenSSL through python3-cryptography) after the description
in AeadBox: HKDF-SHA-256 of the ring's key, AES-256-GCM, header and associated data authenticated; HMAC-SHA-256 for the index.

Run: python3 generate.py   (writes boxes.json beside itself; Debian 12: python3-cryptography 38.0.4)
"""
import base64
import hashlib
import hmac
import json
import os
import random

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

HERE = os.path.dirname(os.path.abspath(__file__))


def derive(key, info):
    return HKDF(hashes.SHA256(), 32, None, info.encode()).derive(key)


def main():
    rng = random.Random(1729)
    keys = [rng.randbytes(32) for _ in range(2)]
    ids = [hashlib.sha256(b"edgeface-key-id/1" + key).digest()[:4] for key in keys]
    times = ["2026-01-02T03:04:05Z", "2026-05-06T07:08:09Z"]
    lines = ["edgeface-keys 1", "# a comment", ""]
    lines += [f"key {i.hex()} {t} {base64.b64encode(k).decode()}" for i, t, k in zip(ids, times, keys)]
    boxes = []
    for number, length in enumerate([0, 1, 15, 16, 17, 400]):
        which = number % 2
        purpose = ["gallery/1", "photos/1"][number // 3]
        plain, associated, nonce = rng.randbytes(length), rng.randbytes(7 * number), rng.randbytes(12)
        header = b"\x01" + ids[which][::-1]
        sealed = AESGCM(derive(keys[which], f"edgeface/{purpose}/seal")).encrypt(nonce, plain, header + associated)
        index = hmac.new(derive(keys[which], f"edgeface/{purpose}/index"), plain, hashlib.sha256).digest()[:16]
        boxes.append({"purpose": purpose, "key_id": ids[which].hex(), "associated": associated.hex(), "plain": plain.hex(),
                      "box": (header + nonce + sealed).hex(), "index": index.hex()})
    with open(os.path.join(HERE, "boxes.json"), "w") as file:
        json.dump({"key_file": "\n".join(lines) + "\n", "boxes": boxes}, file, indent=1)
        file.write("\n")


main()
