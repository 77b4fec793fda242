"""The detector: YuNet's shape built from dense 3x3 convolutions, of any width.

Every channel axis is a named group; the two additions of the neck make `lateral2` share the group `c9` and `lateral1` the
group `c7`. A layer of width 0 is not there. Input: N x 3 x H x W, BGR, 0..255, sides multiples of 32.
Output: per stride 8/16/32 16 x h x w = score logit, box (dx, dy, log w, log h),
five landmarks (dx, dy) in strides, and one channel that is not used.
"""
import torch
from torch import nn
from torch.nn import functional as F

STRIDES = (8, 16, 32)
OUTPUTS = 15
YUNET_WIDTHS = {
    "stem": 16, "c1": 16, "c2": 16, "c3": 64, "c4": 64, "c5": 64, "c5b": 0, "c6": 64, "c7": 64, "c8": 64, "c8b": 0, "c9": 64, "c10": 64,
    "c11": 64, "lateral0": 64, "out8": 64, "out16": 64, "out32": 64,
}
# A narrow dense net: 8x8 pixels at once, one more layer at stride 4, two at each of 8, 16 and 32.
NARROW_WIDTHS = {
    "stem": 0, "c1": 0, "c2": 0, "c3": 32, "c4": 0, "c5": 32, "c5b": 0, "c6": 32, "c7": 32, "c8": 48, "c8b": 0, "c9": 64, "c10": 64,
    "c11": 64, "lateral0": 32, "out8": 32, "out16": 48, "out32": 48,
}
# The shipped net: one layer of 4x4 pixels in place of YuNet's at stride 2, which integer kernels like least; a dense 3x3 layer of stride 2
# (c5) in place of a unit and a pooling, a unit behind it and one more at stride 16; all others of YuNet's own kind.
GRAFT_WIDTHS = {**YUNET_WIDTHS, "stem": 0, "c1": 0, "c2": 0, "c5b": 64, "c8b": 64}
GRAFT_DENSE = ("c3", "c5")
# name, group of the input, group of the output, stride; in order of computation
LAYERS = (
    ("stem", "image", "stem", 2), ("c1", "stem", "c1", 1), ("c2", "c1", "c2", 1), ("c3", "c2", "c3", 1), ("c4", "c3", "c4", 1),
    ("c5", "c4", "c5", 1), ("c5b", "c5", "c5b", 1), ("c6", "c5b", "c6", 1), ("c7", "c6", "c7", 1), ("c8", "c7", "c8", 1), ("c8b", "c8", "c8b", 1),
    ("c9", "c8b", "c9", 1), ("c10", "c9", "c10", 1), ("c11", "c10", "c11", 1), ("lateral2", "c11", "c9", 1), ("lateral1", "c9", "c7", 1),
    ("lateral0", "c7", "lateral0", 1), ("smooth8", "lateral0", "out8", 1), ("smooth16", "c7", "out16", 1), ("smooth32", "c9", "out32", 1),
)
SCALE = 64.0  # the picture is divided by it, so that the stem's weights are of the size of the others'
ENTRIES = {"patch": 8, "step": 4}  # kernel of a first layer of stride 4
HEADS = (("head8", "out8"), ("head16", "out16"), ("head32", "out32"))


class Layer(nn.Module):
    """A convolution, or if `separable` a 1x1 convolution (`point`) and a depthwise 3x3 (`conv`) with nothing between the two, as in
    YuNet. `reads`: the one of them whose weights see the inputs."""

    def __init__(self, inputs, outputs, stride, kernel, bias, separable, source, target):
        super().__init__()
        self.sources, self.target = (source,) if isinstance(source, str) else tuple(source), target
        self.point = nn.Conv2d(inputs, outputs, 1) if separable else None
        self.conv = nn.Conv2d(outputs, outputs, 3, stride, 1, 1, outputs, bias) if separable else \
            nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2 if kernel % 2 else 0, bias=bias)

    @property
    def reads(self):
        return self.conv if self.point is None else self.point


class Unit(Layer):
    """Convolution, BatchNorm if wanted, ReLU. A 3x3 kernel is centred; an 8x8 kernel of stride 4 covers the cell and the four
    rows and columns before it, so that it is a 2x2 kernel on blocks of 4x4 pixels; a 4x4 kernel of stride 4 covers the cell."""

    def __init__(self, inputs, outputs, stride=1, norm=False, kernel=3, source="", target="", separable=False):
        super().__init__(inputs, outputs, stride, kernel, not norm, separable, source, target)
        self.bn = nn.BatchNorm2d(outputs) if norm else None

    def before(self, x):
        """The value before the ReLU."""
        if self.point is not None:
            x = self.point(x)
        elif self.conv.kernel_size[0] == 8:
            x = F.pad(x, (4, 0, 4, 0))
        x = self.conv(x)
        return x if self.bn is None else self.bn(x)

    def forward(self, x):
        return F.relu(self.before(x))


# Bounds between a separable head's two convolutions; any number would do, weights on both sides make up for it (graft.scale_heads).
CLIP = 4.0


def as_bytes(x, training):
    """What integer kernels make of values that are clipped to +-CLIP; in training rounded too. Rounding passes the gradient on, the clip
    does not: with it, values beyond would be driven out further for as long as they are wrong."""
    if not training:
        return x.clamp(-CLIP, CLIP)
    x = x.float().clamp(-CLIP, CLIP)
    return x + ((x * (127.5 / CLIP)).round() * (CLIP / 127.5) - x).detach()


class Head(Layer):
    """The output map of one stride: 16 channels (integer kernels like multiples of 16), of which a score logit, four of the box
    and ten of the landmarks are used. No BatchNorm; its outputs are never slimmed. A separable one is clipped between its two
    convolutions: far from any face nothing depends on how far, and what is left is rounded finely."""

    def __init__(self, inputs, outputs, kernel, source, separable=False):
        super().__init__(inputs, outputs, 1, kernel, True, separable, source, None)
        nn.init.normal_(self.conv.weight, std=0.01)
        nn.init.zeros_(self.conv.bias)
        nn.init.constant_(self.conv.bias[:1], -4.6)  # a prior of 1 % faces keeps the first steps calm

    def before(self, x):
        return self.conv(x if self.point is None else as_bytes(self.point(x), self.training))

    def forward(self, x):
        return self.before(x)


class Detector(nn.Module):
    """`widths` names every group; 0 leaves the layer out; `entry`: how the picture comes to stride 8 - "pool": as in YuNet, by a stem of
    stride 2 and two poolings; "patch": the first layer reads 8x8 pixels at stride 4, then a pooling; "step": the first layer reads 4x4 pixels
    at stride 4, then c5 has stride 2. `head`: kernel of the heads; `separable`: the layers and heads that are a 1x1 convolution and a depthwise 3x3."""

    def __init__(self, widths=None, entry="patch", norm=True, outputs=16, head=1, separable=()):
        super().__init__()
        self.widths, self.entry = {**dict.fromkeys(YUNET_WIDTHS, 0), **(NARROW_WIDTHS if widths is None else widths)}, entry
        self.scale = SCALE  # 1 once it is folded into the stem
        self.norm, self.outputs, self.head, self.separable = norm, outputs, head, tuple(separable)
        width = {"image": 3, **self.widths}
        for name, source, target, stride in self.layers():
            setattr(self, name, Unit(width[source], width[target], stride, norm, ENTRIES[entry] if stride == 4 else 3, source, target, name in separable))
        for name, source in HEADS:
            setattr(self, name, Head(width[source], outputs, head, source, name in separable))

    def shape(self):
        """The arguments that make an equal net."""
        return {"widths": self.widths, "entry": self.entry, "norm": self.norm, "outputs": self.outputs, "head": self.head,
                "separable": self.separable}

    def layers(self):
        """(name, input group, output group, stride) of the layers that are there."""
        out, instead = [], {}
        for name, source, target, stride in LAYERS:
            source = instead.get(source, source)
            if not self.widths[target]:
                instead[target] = source
                continue
            if not out and self.entry in ENTRIES:
                stride = 4
            elif name == "c5" and self.entry == "step":
                stride = 2
            out.append((name, source, target, stride))
        return out

    def walk(self, image, visit=None):
        """Runs the net; `visit(name, input)` is called before each layer (reconstruction solves layers on the way)."""
        def run(name, x):
            if not self.widths.get(name, 1):
                return x
            if visit is not None:
                visit(name, x)
            return getattr(self, name)(x)
        x = run("c1", run("stem", image if self.scale == 1 else image / self.scale))
        if self.entry == "pool":
            x = F.max_pool2d(x, 2)
        x = run("c5", run("c4", run("c3", run("c2", x))))
        if self.entry != "step":
            x = F.max_pool2d(x, 2)
        s8 = run("c7", run("c6", run("c5b", x)))
        s16 = run("c9", run("c8b", run("c8", F.max_pool2d(s8, 2))))
        s32 = run("c11", run("c10", F.max_pool2d(s16, 2)))
        p32 = run("lateral2", s32)
        p16 = run("lateral1", s16 + F.interpolate(p32, scale_factor=2.0, mode="nearest"))
        p8 = run("lateral0", s8 + F.interpolate(p16, scale_factor=2.0, mode="nearest"))
        return [run("head8", run("smooth8", p8)), run("head16", run("smooth16", p16)), run("head32", run("smooth32", p32))]

    def forward(self, image):
        return self.walk(image)


def grafted(norm=True):
    """The shipped shape."""
    names = [n for n, _, target, _ in LAYERS if GRAFT_WIDTHS[target] and n not in GRAFT_DENSE] + [n for n, _ in HEADS]
    return Detector(GRAFT_WIDTHS, "step", norm, head=3, separable=names)


def scaled(factor, widths=None):
    """Widths times `factor`, rounded up to multiples of four; layers that are left out stay so."""
    return {k: int(-(-v * factor // 4) * 4) for k, v in (widths or NARROW_WIDTHS).items()}


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


@torch.no_grad()
def see_through(norm, mean, variance):
    """A BatchNorm of these statistics that takes back what it does: it changes nothing (exact in evaluation mode)."""
    norm.running_mean.copy_(mean)
    norm.running_var.copy_(variance)
    norm.weight.copy_((variance + norm.eps).sqrt())
    norm.bias.copy_(mean)


@torch.no_grad()
def with_norm(model, images):
    """The same function with a BatchNorm in every unit: gamma = the spread of the channel before its ReLU on `images`, so that
    gammas can be compared across the net (the starting point of slimming). Exact in evaluation mode."""
    result = Detector(**{**model.shape(), "norm": True}).eval()
    result.scale = model.scale
    seen = {}
    model.eval().walk(images, lambda name, x: seen.__setitem__(name, x))
    for name, x in seen.items():
        mine, theirs = getattr(result, name), getattr(model, name)
        mine.conv.weight.copy_(theirs.conv.weight)
        if mine.point is not None:
            mine.point.load_state_dict(theirs.point.state_dict())
        if isinstance(theirs, Head):
            mine.conv.bias.copy_(theirs.conv.bias)
            continue
        y = theirs.before(x) - theirs.conv.bias[:, None, None]
        mean, variance = y.mean((0, 2, 3)), y.var((0, 2, 3))
        see_through(mine.bn, mean, variance)
        mine.bn.bias += theirs.conv.bias
    return result


@torch.no_grad()
def without_norm(model):
    """BatchNorm folded into the convolutions."""
    result = Detector(**{**model.shape(), "norm": False}).eval()
    result.scale = model.scale
    for name, mine in result.named_children():
        theirs = getattr(model, name)
        if isinstance(mine, Head):
            mine.load_state_dict(theirs.state_dict())
            continue
        if mine.point is not None:
            mine.point.load_state_dict(theirs.point.state_dict())
        factor = theirs.bn.weight / (theirs.bn.running_var + theirs.bn.eps).sqrt()
        mine.conv.weight.copy_(theirs.conv.weight * factor[:, None, None, None])
        mine.conv.bias.copy_(theirs.bn.bias - theirs.bn.running_mean * factor)
    return result
