"""YuNet-n's ONNX file as its dense twin.

Every unit of YuNet is a 1x1 convolution, a depthwise 3x3 and a ReLU with nothing between the two: exactly one dense 3x3
convolution W[o,i] = depthwise[o] * pointwise[o,i], except for the rim, where the depthwise pads with zeros that the pointwise
bias does not reach. So a dense net starts with almost YuNet's accuracy and can then be made narrow.
"""
import onnx
import torch
from torch import nn
from onnx import numpy_helper

from .detector import LAYERS, SCALE, YUNET_WIDTHS, Detector


def dense(pointwise, pointwise_bias, depthwise, depthwise_bias):
    """Weight and bias of the dense convolution that equals a 1x1 convolution followed by a depthwise one (exact but for the rim)."""
    weight = depthwise * pointwise[:, :, 0, 0][:, :, None, None]
    return weight, depthwise_bias + pointwise_bias * depthwise.sum((1, 2, 3))


def _units(path):
    """Every convolution's (weight, bias) in the file's order; a pair 1x1 + depthwise becomes one dense convolution."""
    graph = onnx.load(str(path)).graph
    stored = {i.name: torch.from_numpy(numpy_helper.to_array(i).copy()) for i in graph.initializer}
    convs = [[stored[n] for n in node.input[1:3]] for node in graph.node if node.op_type == "Conv"]
    if len(convs) != 59 or convs[0][0].shape != (16, 3, 3, 3):
        raise ValueError(f"{path} is not YuNet-n: 59 convolutions with a stem of 16 are expected, {len(convs)} found.")
    return [tuple(convs[0])] + [dense(*convs[i], *convs[i + 1]) for i in range(1, 59, 2)]


def dense_twin(path):
    """YuNet-n with 16 outputs per level: logits of cls and obj, then box and landmarks."""
    units = _units(path)
    twin = Detector(YUNET_WIDTHS, "pool", norm=False, outputs=16, head=3)
    for (name, *_), (weight, bias) in zip(LAYERS, units):
        conv = getattr(twin, name).conv
        conv.weight.data, conv.bias.data = weight.clone(), bias.clone()
    twin.stem.conv.weight.data *= SCALE
    for level, name in enumerate(("head8", "head16", "head32")):
        parts = [units[len(LAYERS) + 3 * kind + level] for kind in (0, 2, 1, 3)]  # the file's order: cls, bbox, obj, kps
        head = getattr(twin, name).conv
        head.weight.data, head.bias.data = torch.cat([w for w, _ in parts]), torch.cat([b for _, b in parts])
    return twin.eval()


class Joint(nn.Module):
    """The twin with the score sqrt(cls * obj) as one logit, in the narrow net's form."""

    def __init__(self, twin):
        super().__init__()
        self.twin = twin

    def forward(self, image):
        out = []
        for m in self.twin(image):
            score = (m[:, :1].sigmoid() * m[:, 1:2].sigmoid()).sqrt().clamp(1e-6, 1 - 1e-6)
            out.append(torch.cat([torch.logit(score), m[:, 2:], m[:, :1]], 1))
        return out
