import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from facetrain.detector import HEADS, LAYERS, YUNET_WIDTHS, Detector, grafted, macs, with_norm, without_norm
from facetrain.reconstruct import reconstruct, solve
from facetrain.yunet import dense


def lively(model, spread=0.2):
    for p in model.parameters():
        nn.init.normal_(p, std=spread if p.ndim < 2 else spread / p[0].numel() ** 0.5 * 8)
    return model.eval()


def test_a_dense_convolution_equals_a_pointwise_and_a_depthwise_one_but_for_the_rim():
    torch.manual_seed(1)
    point, depth = nn.Conv2d(5, 7, 1), nn.Conv2d(7, 7, 3, padding=1, groups=7)
    weight, bias = dense(point.weight, point.bias, depth.weight, depth.bias)
    x = torch.randn(2, 5, 9, 11)
    wanted, got = depth(point(x)), F.conv2d(x, weight, bias, padding=1)
    torch.testing.assert_close(got[:, :, 1:-1, 1:-1], wanted[:, :, 1:-1, 1:-1], rtol=1e-5, atol=1e-5)
    assert (got - wanted)[:, :, 0].abs().max() > 1e-3  # at the rim the pointwise bias is missing


@pytest.mark.parametrize("entry, widths, separable", [("pool", YUNET_WIDTHS, ()), ("patch", None, ()), ("step", None, ("c4", "c9", "head8"))])
def test_norm_that_is_put_in_and_folded_again_keeps_the_function(entry, widths, separable):
    torch.manual_seed(2)
    model = lively(Detector(widths, entry, norm=False, separable=separable))
    images = torch.rand(2, 3, 64, 96) * 255
    normed = with_norm(model, images)
    again = without_norm(normed)
    with torch.no_grad():
        for a, b, c in zip(model(images), normed(images), again(images)):
            assert a.abs().max() > 0.05
            torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-3)
            torch.testing.assert_close(a, c, rtol=1e-3, atol=1e-3)
        spread = model.c5.before(F.relu(model.c3.before(images / 64))).std((0, 2, 3)) if entry == "patch" else None
    if spread is not None:  # gamma is the spread of the channel before its ReLU
        torch.testing.assert_close(normed.c5.bn.weight, spread, rtol=1e-2, atol=1e-3)


def test_least_squares_finds_the_convolution_that_made_the_map():
    torch.manual_seed(3)
    conv = nn.Conv2d(4, 6, 3, stride=2, padding=1)
    x = torch.randn(3, 4, 20, 20)
    with torch.no_grad():
        weight, bias, left = solve(x, conv(x), 2, 10_000, torch.Generator().manual_seed(0), ridge=1e-9)
    torch.testing.assert_close(weight, conv.weight.data, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(bias, conv.bias.data, rtol=1e-3, atol=1e-4)
    assert left < 1e-6


def test_reconstruction_at_full_width_is_the_twin_and_at_less_is_nearer_than_copying():
    torch.manual_seed(4)
    small = {g: 8 for g, w in YUNET_WIDTHS.items() if w}
    twin = lively(Detector(small, "pool", norm=False, outputs=16, head=3))
    images = F.interpolate(torch.rand(6, 3, 24, 24) * 255, size=(192, 192), mode="bilinear")
    with torch.no_grad():
        same, left, _ = reconstruct(twin, small, images, "pool", positions=20_000)
        assert max(v for k, v in left.items() if not k.startswith("head")) < 1e-3
        narrow_widths = {g: 6 for g in small}
        narrow, _, kept = reconstruct(twin, narrow_widths, images, "pool", positions=20_000)
        wanted = twin.c2.before(F.max_pool2d(twin.c1(twin.stem(images / 64)), 2))[:, kept["c2"]]

        def at_c2(net):
            return net.c2.before(F.max_pool2d(net.c1(net.stem(images / 64)), 2))
        solved = (at_c2(narrow) - wanted).square().mean()
        copied = lively(Detector(narrow_widths, "pool", norm=False))
        for name, source in (("stem", None), ("c1", "stem"), ("c2", "c1")):
            theirs, mine = getattr(twin, name).conv, getattr(copied, name).conv
            rows = theirs.weight[kept[name]]
            mine.weight.copy_(rows if source is None else rows[:, kept[source]])
            mine.bias.copy_(theirs.bias[kept[name]])
        assert solved < 0.7 * (at_c2(copied) - wanted).square().mean()


def test_a_separable_layer_is_a_pointwise_and_a_depthwise_convolution_and_costs_as_much():
    torch.manual_seed(5)
    widths = {g: 8 for g in YUNET_WIDTHS}
    dense, separable = (Detector(widths, "pool", norm=False, separable=s) for s in ((), ("c6",)))
    x = torch.randn(1, 8, 6, 6)
    with torch.no_grad():
        wanted = F.relu(F.conv2d(F.conv2d(x, separable.c6.point.weight, separable.c6.point.bias), separable.c6.conv.weight,
                                 separable.c6.conv.bias, padding=1, groups=8))
        torch.testing.assert_close(separable.c6(x), wanted)
    assert macs(dense, 64, 64) - macs(separable, 64, 64) == 64 * (9 * 8 * 8 - (8 * 8 + 9 * 8))


def test_the_shipped_shape_has_two_dense_layers_with_a_stride():
    model = grafted()
    assert [n for n, m in model.named_children() if m.point is None] == ["c3", "c5"]
    assert [n for n in model.layers() if n[3] > 1] == [("c3", "image", "c3", 4), ("c5", "c4", "c5", 2)]
    assert [tuple(m.shape[1:]) for m in model(torch.rand(2, 3, 64, 96))] == [(16, 8, 12), (16, 4, 6), (16, 2, 3)]
    assert set(model.separable) == {n for n, _, g, _ in LAYERS if g not in ("stem", "c1", "c2", "c3", "c5")} | {n for n, _ in HEADS}


def test_multiply_accumulates_of_one_layer_by_hand():
    widths = {g: 8 for g in YUNET_WIDTHS}
    before = macs(Detector(widths, "pool", norm=False), 64, 64)
    widths["c6"] = 16  # 3x3 at stride 8: 8 more outputs of c6 and 8 more inputs of c7, 64 cells each
    assert macs(Detector(widths, "pool", norm=False), 64, 64) - before == 2 * 64 * 9 * 8 * 8
