"""The detector: dense 3x3 convolutions, a feature pyramid at strides 8/16/32, one output map per stride.

Every channel axis belongs to a named group ("s8", "neck", ...). Tensors that are added share a group, so a net is
described completely by `widths`, and removing channels of a group gives an ordinary narrower net of the same class.
Input: N x 3 x H x W, BGR, 0..255, H and W multiples of 32. Output: per stride N x 15 x H/stride x W/stride =
score logit, box (dx, dy, log w, log h) and five landmarks (dx, dy), all relative to the cell in units of the stride.
"""
import torch
from torch import nn
from torch.nn import functional as F

STRIDES = (8, 16, 32)
OUTPUTS = 15
DEFAULT_WIDTHS = {
    "stem": 12, "s4": 24, "s8": 32, "s8.inner": 32, "s16": 48, "s16.inner": 48, "s32": 64, "s32.inner": 64,
    "neck": 32, "out8": 32, "out16": 32, "out32": 32,
}


class ConvBn(nn.Module):
    """Convolution, BatchNorm, optional ReLU. `sources` name the groups of the input channels (several: a concat)."""

    def __init__(self, widths, sources, target, kernel=3, stride=1, relu=True):
        super().__init__()
        self.sources = (sources,) if isinstance(sources, str) else tuple(sources)
        self.target = target
        inputs = sum(3 if s == "image" else widths[s] for s in self.sources)
        self.conv = nn.Conv2d(inputs, widths[target], kernel, stride, kernel // 2, bias=False)
        self.bn = nn.BatchNorm2d(widths[target])
        self.relu = relu

    def forward(self, x):
        x = self.bn(self.conv(x))
        return F.relu(x) if self.relu else x


class Residual(nn.Module):
    """Two convolutions and a shortcut; the branch starts at zero (last gamma = 0), so that depth costs nothing at first."""

    def __init__(self, widths, group):
        super().__init__()
        self.first = ConvBn(widths, group, group + ".inner")
        self.second = ConvBn(widths, group + ".inner", group, relu=False)
        # Not exactly zero: slimming reads the gammas, and a zero would be taken for a dead channel.
        nn.init.constant_(self.second.bn.weight, 1e-2)

    def forward(self, x):
        return F.relu(x + self.second(self.first(x)))


class Head(nn.Module):
    """The output map of one stride. It has no BatchNorm and its outputs are never slimmed."""

    def __init__(self, widths, source):
        super().__init__()
        self.sources, self.target = (source,), None
        self.conv = nn.Conv2d(widths[source], OUTPUTS, 3, padding=1)
        nn.init.normal_(self.conv.weight, std=0.01)
        nn.init.zeros_(self.conv.bias)
        nn.init.constant_(self.conv.bias[:1], -4.6)  # a prior of 1 % faces keeps the first steps calm

    def forward(self, x):
        return self.conv(x)


class Detector(nn.Module):
    def __init__(self, widths=None):
        super().__init__()
        self.widths = dict(DEFAULT_WIDTHS if widths is None else widths)
        w = self.widths
        self.stem = ConvBn(w, "image", "stem", stride=2)
        self.down4 = ConvBn(w, "stem", "s4", stride=2)
        self.down8, self.block8 = ConvBn(w, "s4", "s8", stride=2), Residual(w, "s8")
        self.down16, self.block16 = ConvBn(w, "s8", "s16", stride=2), Residual(w, "s16")
        self.down32, self.block32 = ConvBn(w, "s16", "s32", stride=2), Residual(w, "s32")
        self.lateral8 = ConvBn(w, "s8", "neck", kernel=1)
        self.lateral16 = ConvBn(w, "s16", "neck", kernel=1)
        self.lateral32 = ConvBn(w, "s32", "neck", kernel=1)
        self.smooth8, self.smooth16, self.smooth32 = (ConvBn(w, "neck", f"out{s}") for s in STRIDES)
        self.head8, self.head16, self.head32 = (Head(w, f"out{s}") for s in STRIDES)

    def forward(self, image):
        c8 = self.block8(self.down8(self.down4(self.stem((image - 127.5) / 64))))
        c16 = self.block16(self.down16(c8))
        p32 = self.lateral32(self.block32(self.down32(c16)))
        p16 = self.lateral16(c16) + F.interpolate(p32, scale_factor=2.0, mode="nearest")
        p8 = self.lateral8(c8) + F.interpolate(p16, scale_factor=2.0, mode="nearest")
        return [self.head8(self.smooth8(p8)), self.head16(self.smooth16(p16)), self.head32(self.smooth32(p32))]


def scaled(factor, widths=None):
    """Widths times `factor`, rounded up to multiples of four (a wide teacher: 2 to 4)."""
    return {k: max(4, int(-(-v * factor // 4) * 4)) for k, v in (widths or DEFAULT_WIDTHS).items()}


def macs(model, height=320, width=320):
    """Multiply-accumulates of all convolutions for one picture, counted by running it."""
    total = 0

    def count(layer, _, out):
        nonlocal total
        total += out.shape[2] * out.shape[3] * layer.weight.numel()
    hooks = [m.register_forward_hook(count) for m in model.modules() if isinstance(m, nn.Conv2d)]
    training = model.training
    with torch.no_grad():
        model.eval()(torch.zeros(1, 3, height, width))
    model.train(training)
    for h in hooks:
        h.remove()
    return total
