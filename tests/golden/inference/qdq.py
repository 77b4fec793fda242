"""Runs a model in QDQ form node by node with numpy alone, in float64: what integer kernels compute, up to a rounding. Only the
operators of detector-slim-int8."""
import numpy as np
import onnx
from onnx import numpy_helper


class Model:
    def __init__(self, path):
        self.graph = onnx.load(path).graph
        self.constants = {t.name: numpy_helper.to_array(t) for t in self.graph.initializer}

    def run(self, **inputs):
        values = {**self.constants, **inputs}
        for node in self.graph.node:
            given = [values[name] for name in node.input]
            options = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
            values[node.output[0]] = OPERATORS[node.op_type](options, *given)
        return {o.name: values[o.name] for o in self.graph.output}


def along(scale, x, options):
    """A scale for each channel, shaped to fit."""
    scale = np.asarray(scale, np.float64)
    return scale if scale.size == 1 else scale.reshape([-1 if i == options.get("axis", 1) else 1 for i in range(x.ndim)])


def quantize(options, x, scale, zero):
    limits = np.iinfo(zero.dtype)
    return np.clip(np.rint(x / along(scale, x, options)) + int(zero), limits.min, limits.max).astype(zero.dtype)


def dequantize(options, x, scale, zero):
    return (x.astype(np.float64) - along(zero, x, options)) * along(scale, x, options)


def convolve(options, x, weights, bias=None):
    groups = options.get("group", 1)
    if groups not in (1, len(weights)) or (groups > 1 and weights.shape[1] != 1) or any(d != 1 for d in options.get("dilations", [1])):
        raise ValueError("only plain and depthwise convolutions")
    top, left, bottom, right = options.get("pads", [0, 0, 0, 0])
    (down, across), (rows, columns) = options.get("strides", [1, 1]), weights.shape[2:]
    x = np.pad(x[0], ((0, 0), (top, bottom), (left, right)))
    windows = np.lib.stride_tricks.sliding_window_view(x, (rows, columns), axis=(1, 2))[:, ::down, ::across]
    out = np.tensordot(weights, windows, axes=([1, 2, 3], [0, 3, 4])) if groups == 1 else np.einsum("cuv,chwuv->chw", weights[:, 0], windows)
    return (out if bias is None else out + bias[:, None, None])[None]


def reshape(options, x, shape):
    return x.reshape([x.shape[i] if n == 0 else n for i, n in enumerate(shape)])


OPERATORS = {
    "Constant": lambda options: numpy_helper.to_array(options["value"]),
    "QuantizeLinear": quantize,
    "DequantizeLinear": dequantize,
    "Conv": convolve,
    "Relu": lambda options, x: np.maximum(x, 0),
    "Add": lambda options, a, b: a + b,
    "Concat": lambda options, *parts: np.concatenate(parts, axis=options["axis"]),
    "Reshape": reshape,
    "Transpose": lambda options, x: x.transpose(options["perm"]),
    "Shape": lambda options, x: np.array(x.shape, np.int64),
    "Gather": lambda options, x, indices: np.take(x, indices, axis=options.get("axis", 0)),
    "MaxPool": lambda options, x: x.reshape(*x.shape[:2], x.shape[2] // 2, 2, x.shape[3] // 2, 2).max(axis=(3, 5)),
}
