"""Writes a checkpoint as ONNX, opset 13, with one map for each stride: face_8, face_16, face_32: 1 x A x 16 = score logit, box,
landmarks, one that is not used. BatchNorm is folded; a picture of any size that is a multiple of 32 fits.

Two rewrites keep the function and suit integer kernels: a first convolution with a stride reads neighbouring pixels as channels
of one (three channels make a slow integer kernel, twelve a fast one; with `edgeface-models quantize --byte-input` the frame's bytes are
read where they lie), and the neck's upsampling is two concats, which are copies of whole rows,
where Resize moves single bytes."""
import argparse
import copy
import os
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import nn

from .detector import STRIDES, without_norm
from .evaluate import load


# The least output: a score logit of -4 is a score of 0.018, below anything that is asked for. Bytes spent on less would make the others coarser.
LEAST = -4.0


class Exported(nn.Module):
    def __init__(self, detector):
        super().__init__()
        self.detector = detector

    def forward(self, image):
        return tuple(m.clamp(min=LEAST).permute(0, 2, 3, 1).reshape(1, -1, 16) for m in self.detector(image))


def export(model, path, height=320, width=320, free=True):
    """With `free` height and width may be any multiples of 32 later; the file is replaced whole."""
    model = without_norm(model) if model.norm else copy.deepcopy(model)
    first = getattr(model, model.layers()[0][0]).conv
    first.weight.data /= model.scale
    model.scale = 1
    names = [f"face_{s}" for s in STRIDES]
    aside = Path(str(path) + ".tmp")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(Exported(model.eval()), torch.zeros(1, 3, height, width), str(aside), opset_version=13, input_names=["image"],
                          output_names=names)
    graph = onnx.load(str(aside))
    read_rows(graph.graph)
    copy_rows(graph.graph)
    if free:
        free_sizes(graph.graph)
    onnx.checker.check_model(graph)
    onnx.save(graph, str(aside))
    os.replace(aside, path)


def row_weights(weights):
    """Weights of a 3x3 convolution of stride 2 (padded by 1), or of an 8x8 one (padded by 4 above and to the left) or 4x4 one of stride 4,
    for the same convolution on rows whose channels are 2 or 4 neighbouring pixels (channel = pixel * 3 + colour): as high, 2 or 1 wide."""
    kernel = weights.shape[2]
    block, shift = (2, 1) if kernel == 3 else (4, 0)
    out = np.zeros((len(weights), 3 * block, kernel, -(-kernel // block)), np.float32)
    for column in range(kernel):
        x, u = divmod(column + shift, block)
        out[:, u * 3:u * 3 + 3, :, x] = weights[:, :, :, column]
    return out, block


def read_rows(graph):
    """Replaces all that stands before and in the first convolution: the picture with its colours last is, without moving
    anything, one with fewer and wider pixels."""
    conv = next(n for n in graph.node if n.op_type == "Conv")
    stored = next(t for t in graph.initializer if t.name == conv.input[1])
    weights, block = row_weights(numpy_helper.to_array(stored))
    kernel, wide = weights.shape[2:]
    before = {3: 1, 8: 4, 4: 0}[kernel]
    stored.CopyFrom(numpy_helper.from_array(weights, stored.name))
    graph.initializer.append(numpy_helper.from_array(np.array([0, 0, -1, 3 * block], np.int64), "wide_pixels"))
    del conv.attribute[:]
    conv.attribute.extend([helper.make_attribute("kernel_shape", [kernel, wide]), helper.make_attribute("strides", [block, 1]),
                           helper.make_attribute("pads", [before, -(-before // block), 0, 0])])
    conv.input[0] = "image_wide"
    for at, node in enumerate([
            helper.make_node("Transpose", ["image"], ["image_pixels"], "pixels", perm=[0, 2, 3, 1]),
            helper.make_node("Reshape", ["image_pixels", "wide_pixels"], ["image_rows"], "rows"),
            helper.make_node("Transpose", ["image_rows"], ["image_wide"], "wide", perm=[0, 3, 1, 2])]):
        graph.node.insert(at, node)
    needed = {o.name for o in graph.output}
    for node in reversed(list(graph.node)):  # the padding that stood before the convolution is read no more
        if needed.isdisjoint(node.output):
            graph.node.remove(node)
        else:
            needed.update(node.input)


def copy_rows(graph):
    """Replaces each Resize (nearest, twice) by concats of whole pixels and rows. Every shape is a constant, so also where height and width
    are left free the runtime knows that what follows has four dimensions, and keeps channels last: 0.91 of the time."""
    for resize in [n for n in graph.node if n.op_type == "Resize"]:
        x, y = resize.input[0], resize.output[0]
        channels = channels_of(graph, x)
        n = lambda kind, inputs, out, **more: helper.make_node(kind, inputs, [y + out], name=y + out, **more)
        nodes = [
            n("Transpose", [x], "_pixels", perm=[0, 2, 3, 1]),
            n("Concat", [y + "_pixels"] * 2, "_twice", axis=3),
            n("Reshape", [y + "_twice", y + "_row"], "_wide"),
            n("Reshape", [y + "_wide", y + "_apart"], "_rows"),
            n("Concat", [y + "_rows"] * 2, "_tall", axis=1),
            n("Reshape", [y + "_tall", y + "_map"], "_large"),
            helper.make_node("Transpose", [y + "_large"], [y], name=y + "_turned", perm=[0, 3, 1, 2]),
        ]
        for name, shape in (("_row", [0, 0, -1, channels]), ("_apart", [-1, 1, 0, channels]), ("_map", [1, -1, 0, channels])):
            graph.initializer.append(numpy_helper.from_array(np.array(shape, np.int64), y + name))
        at = list(graph.node).index(resize)
        graph.node.remove(resize)
        for i, node in enumerate(nodes):
            graph.node.insert(at + i, node)


def channels_of(graph, name):
    """Outputs of the convolution behind whose ReLU this is."""
    by = {o: n for n in graph.node for o in n.output}
    node = by[name]
    while node.op_type != "Conv":
        node = by[node.input[0]]
    return next(t for t in graph.initializer if t.name == node.input[1]).dims[0]


def free_sizes(graph):
    for value, names in [(graph.input[0], {2: "height", 3: "width"})] + [(o, {1: "cells"}) for o in graph.output]:
        for axis, name in names.items():
            value.type.tensor_type.shape.dim[axis].dim_param = name
    del graph.value_info[:]


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("checkpoint")
    p.add_argument("onnx")
    p.add_argument("--which", choices=("ema", "model"), default="ema")
    p.add_argument("--size", type=int, nargs=2, metavar=("HEIGHT", "WIDTH"), help="a fixed size; free without it")
    a = p.parse_args()
    export(load(a.checkpoint, a.which), a.onnx, *(a.size or (320, 320)), free=a.size is None)
