#!/usr/bin/python3
"""Output shape, MACs and parameters of each convolution and Gemm of the shipped models, by ONNX's own shape inference.

Debian: python3-onnx. Run from anywhere; writes convolutions.json beside this file.
"""
import json
import pathlib

import onnx

here = pathlib.Path(__file__).resolve().parent
models = here.parent.parent.parent / "models"


def layers(path):
    graph = onnx.shape_inference.infer_shapes(onnx.load(path)).graph
    shapes = {v.name: [d.dim_value for d in v.type.tensor_type.shape.dim] for v in [*graph.value_info, *graph.output, *graph.input]}
    weights = {t.name: list(t.dims) for t in graph.initializer}
    result = []
    for node in graph.node:
        if node.op_type not in ("Conv", "Gemm"):
            continue
        w, y = weights[node.input[1]], shapes[node.output[0]]
        size = 1
        for dim in w:
            size *= dim
        # Each position of the output takes every weight of its channel once.
        positions = y[2] * y[3] if len(y) == 4 else 1
        bias = weights[node.input[2]][0] if len(node.input) > 2 else 0
        shown = "x".join(map(str, y[1:] if len(y) == 4 else [y[1], 1, 1]))
        result.append([shown, size * positions, size + bias])
    return result


names = ["detector-rfb320", "landmarks-68", "embedder-mobilefacenet"]
text = json.dumps({name: layers(models / name / (name + ".onnx")) for name in names})
(here / "convolutions.json").write_text(text.replace("]], ", "]],\n").replace("], [", "],\n[") + "\n")
