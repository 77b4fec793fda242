"""YuNet-n's ONNX file as its dense twin.

Every unit of YuNet is a 1x1 convolution, a depthwise 3x3 and a ReLU with nothing between the two: exactly one dense 3x3
convolution W[o,i] = depthwise[o] * pointwise[o,i], except for the rim, where the depthwise pads with zeros that the pointwise
bias does not reach. So a dense net starts with almost YuNet's accuracy and can then be made narrow.
"""
import onnx
import torch
from torch import nn
from onnx import numpy_helper

from .detector import HEADS, LAYERS, SCALE, YUNET_WIDTHS, Detector, Unit, see_through


def dense(pointwise, pointwise_bias, depthwise, depthwise_bias):
    """Weight and bias of the dense convolution that equals a 1x1 convolution followed by a depthwise one (exact but for the rim)."""
    weight = depthwise * pointwise[:, :, 0, 0][:, :, None, None]
    return weight, depthwise_bias + pointwise_bias * depthwise.sum((1, 2, 3))


def _convolutions(path):
    """The stem's (weight, bias) and every unit's (pointwise weight, bias, depthwise weight, bias), in the file's order."""
    graph = onnx.load(str(path)).graph
    stored = {i.name: torch.from_numpy(numpy_helper.to_array(i).copy()) for i in graph.initializer}
    convs = [[stored[n] for n in node.input[1:3]] for node in graph.node if node.op_type == "Conv"]
    if len(convs) != 59 or convs[0][0].shape != (16, 3, 3, 3):
        raise ValueError(f"{path} is not YuNet-n: 59 convolutions with a stem of 16 are expected, {len(convs)} found.")
    return tuple(convs[0]), [(*convs[i], *convs[i + 1]) for i in range(1, 59, 2)]


def _by_layer(units, kinds):
    """The units by the name of their layer; a head's are those of its outputs, joined along the channels. `kinds`: 0 cls, 1 bbox, 2 obj,
    3 kps, as the file has them."""
    names = [name for name, _, target, _ in LAYERS[1:] if YUNET_WIDTHS[target]]
    first = len(names)
    heads = {name: [torch.cat(parts) for parts in zip(*(units[first + 3 * kind + level] for kind in kinds))]
             for level, (name, _) in enumerate(HEADS)}
    return {**dict(zip(names, units)), **heads}


def dense_twin(path):
    """YuNet-n with 16 outputs per level: logits of cls and obj, then box and landmarks."""
    stem, units = _convolutions(path)
    twin = Detector(YUNET_WIDTHS, "pool", norm=False, outputs=16, head=3)
    parts = _by_layer(units, (0, 2, 1, 3))
    for name, (weight, bias) in {"stem": stem, **{n: dense(*p) for n, p in parts.items()}}.items():
        conv = getattr(twin, name).conv
        conv.weight.data, conv.bias.data = weight.clone(), bias.clone()
    twin.stem.conv.weight.data *= SCALE
    return twin.eval()


@torch.no_grad()
def adopt(model, path, names):
    """The separable layers `names` of `model` compute exactly what YuNet-n's compute. Heads: cls (in the place of the score), box, landmarks."""
    _, units = _convolutions(path)
    parts = _by_layer(units, (0, 1, 3))
    for name in names:
        layer = getattr(model, name)
        point, point_bias, depth, bias = parts[name]
        for mine, theirs in ((layer.point.weight, point), (layer.point.bias, point_bias), (layer.conv.weight, depth), (layer.conv.bias, bias)):
            if mine is not None:  # what a head has beyond YuNet's outputs stays zero
                mine.zero_()[:len(theirs)] = theirs
        if isinstance(layer, Unit) and layer.bn is not None:
            see_through(layer.bn, torch.zeros_like(bias), torch.full_like(bias, 1 - layer.bn.eps))
            layer.bn.bias += bias
    return model


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
