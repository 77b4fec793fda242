"""YuNet-n as a torch module: its ONNX convolutions are replayed up to the output maps. Input as the detector's."""
import onnx
import torch
from onnx import numpy_helper
from torch import nn
from torch.nn import functional as F

_KINDS = ("cls", "obj", "bbox", "kps")


class OnnxTeacher(nn.Module):
    """Supports what YuNet needs: Conv, Relu, 2x2 MaxPool, nearest 2x Resize, Add. Anything else before the maps is refused."""

    def __init__(self, path):
        super().__init__()
        graph = onnx.load(str(path)).graph
        weights = {i.name: torch.from_numpy(numpy_helper.to_array(i).copy()) for i in graph.initializer}
        self.convs, self.steps = nn.ModuleList(), []
        for node in graph.node:
            if node.op_type == "Conv":
                self.steps.append(("conv", len(self.convs), node.input[0], node.output[0]))
                self.convs.append(_convolution(node, weights))
            elif node.op_type in ("Relu", "MaxPool", "Resize", "Add"):
                self.steps.append((node.op_type, list(node.input[:2] if node.op_type == "Add" else node.input[:1]), None, node.output[0]))
            elif node.op_type == "Transpose":
                break
            else:
                raise ValueError(f"{path}: operator {node.op_type} is not known to the teacher's loader.")
        conv_outputs = {s[3] for s in self.steps}
        maps = [n.input[0] for n in graph.node if n.op_type == "Transpose" and n.input[0] in conv_outputs]
        if len(maps) != 12:
            raise ValueError(f"{path}: expected 12 output maps (cls, obj, bbox, kps at three strides), found {len(maps)}.")
        self.maps = {kind: maps[3 * i:3 * i + 3] for i, kind in enumerate(_KINDS)}
        self.input_name = graph.input[0].name
        self.requires_grad_(False).eval()

    @torch.no_grad()
    def forward(self, image):
        """Returns per stride N x 15 maps: score sqrt(cls * obj) in 0..1 (not a logit), box codes, landmark codes."""
        at = {self.input_name: image}
        for kind, source, value, out in self.steps:
            if kind == "conv":
                at[out] = self.convs[source](at[value])
            elif kind == "Relu":
                at[out] = F.relu(at[source[0]])
            elif kind == "MaxPool":
                at[out] = F.max_pool2d(at[source[0]], 2)
            elif kind == "Resize":
                at[out] = F.interpolate(at[source[0]], scale_factor=2.0, mode="nearest")
            else:
                at[out] = at[source[0]] + at[source[1]]
        cls, obj, box, kps = ([at[n].float() for n in self.maps[k]] for k in _KINDS)
        return [torch.cat([(c.sigmoid() * o.sigmoid()).sqrt(), b, k], 1) for c, o, b, k in zip(cls, obj, box, kps)]


def _convolution(node, weights):
    attr = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    weight, bias = weights[node.input[1]], weights[node.input[2]]
    group = attr["group"]
    conv = nn.Conv2d(weight.shape[1] * group, weight.shape[0], tuple(weight.shape[2:]), tuple(attr["strides"]),
                     tuple(attr["pads"][:2]), groups=group)
    conv.weight.data, conv.bias.data = weight, bias
    return conv
