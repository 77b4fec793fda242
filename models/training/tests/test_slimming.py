import pytest
import torch
from torch import nn

from facetrain.detector import Detector, Unit
from facetrain.slim import mend
from facetrain.slimming import choose, importance, level, operate, shrink_gammas, slim, subgradient


def lively(model):
    """Statistics and gammas as after training, so that nothing is 0 or 1 by luck."""
    for m in model.modules():
        if isinstance(m, nn.BatchNorm2d):
            m.running_mean.normal_(0, 0.3)
            m.running_var.uniform_(0.5, 2)
            nn.init.uniform_(m.weight, 0.5, 1.5)
            nn.init.normal_(m.bias, 0, 0.3)
    return model.eval()


def silence(model, dead):
    """Channels `dead[group]` give zero in every layer that writes the group."""
    with torch.no_grad():
        for m in model.modules():
            if isinstance(m, Unit) and m.target in dead:
                m.bn.weight[dead[m.target]] = 0
                m.bn.bias[dead[m.target]] = 0


SEPARABLE = ("c5", "c7", "c9", "lateral1", "lateral2", "smooth16", "head8")


@pytest.mark.parametrize("separable", [(), SEPARABLE])
def test_removing_silent_channels_keeps_the_function(separable):
    model = lively(Detector(separable=separable))
    dead = {g: torch.randperm(w)[: w // 4] for g, w in model.widths.items() if w}
    silence(model, dead)
    narrow = slim(model, 0.25)
    assert narrow.separable == separable
    # what stays is rounded up to a multiple of four
    assert narrow.widths == {g: -(-(w - w // 4) // 4) * 4 for g, w in model.widths.items()}
    assert sum(narrow.widths.values()) < 0.8 * sum(model.widths.values())
    image = torch.rand(2, 3, 64, 96) * 255
    with torch.no_grad():
        for before, after in zip(model(image), narrow(image)):
            assert before.abs().max() > 0.1
            torch.testing.assert_close(before, after, rtol=1e-4, atol=1e-4)


def test_a_living_channel_changes_the_function():
    model = lively(Detector())
    narrow = slim(model, 0.25)
    image = torch.rand(1, 3, 64, 64) * 255
    with torch.no_grad():
        assert (model(image)[0] - narrow(image)[0]).abs().max() > 1e-2


def test_layers_solved_anew_are_nearer_than_layers_cut_out():
    torch.manual_seed(3)
    model = lively(Detector())
    keep = choose(model, 0.25)
    images = torch.nn.functional.interpolate(torch.rand(12, 3, 24, 24) * 255, size=(192, 192), mode="bilinear")
    with torch.no_grad():
        wanted, cut = model(images), slim(model, 0.25, keep)(images)
        solved, left = mend(model, keep, images)
        assert solved.widths == {g: len(keep[g]) if w else 0 for g, w in model.widths.items()} and set(left) >= {"c3", "c5", "head8"}
        far = lambda maps: [float((a - b).square().mean()) for a, b in zip(maps, wanted)]
        assert all(s < 0.5 * c for s, c in zip(far(solved(images)), far(cut)))


def test_separable_layers_are_not_solved_anew():
    model = Detector(separable=("c5",))
    with pytest.raises(SystemExit, match="dense layers only"):
        mend(model, choose(model, 0.25), torch.zeros(1, 3, 64, 64))


def test_partners_of_an_addition_keep_what_one_of_them_needs():
    model = lively(Detector())
    with torch.no_grad():
        model.c7.bn.weight[3] = 0
        model.lateral1.bn.weight[3] = 9
    assert importance(model)["c7"][3] == 9
    assert 3 in choose(model, 0.5)["c7"]


class Joined(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.a, self.b = (Unit(3, widths[g], norm=True, source="image", target=g) for g in "ab")
        self.c = Unit(widths["a"] + widths["b"], widths["c"], norm=True, source=("a", "b"), target="c")

    def forward(self, x):
        return self.c(torch.cat([self.a(x), self.b(x)], 1))


def test_surgery_follows_both_partners_of_a_concat():
    wide = lively(Joined({"a": 6, "b": 8, "c": 5}))
    silence(wide, {"a": torch.tensor([0, 4]), "b": torch.tensor([1, 2, 7])})
    keep = {"a": torch.tensor([1, 2, 3, 5]), "b": torch.tensor([0, 3, 4, 5, 6]), "c": torch.arange(5)}
    narrow = operate(wide, Joined({"a": 4, "b": 5, "c": 5}), keep)
    x = torch.randn(1, 3, 9, 9)
    with torch.no_grad():
        torch.testing.assert_close(wide(x), narrow(x), rtol=1e-5, atol=1e-5)


def test_subgradient_pulls_towards_zero():
    model = Detector()
    model(torch.rand(1, 3, 64, 64))[0].sum().backward()
    bn = model.c3.bn
    with torch.no_grad():
        bn.weight[0] = -2
    before = bn.weight.grad.clone()
    subgradient(model, 0.5)
    difference = bn.weight.grad - before
    assert difference[0] == pytest.approx(-0.5, abs=1e-5) and difference[1] == pytest.approx(0.5, abs=1e-5)


def test_the_ratio_is_reached_although_groups_are_rounded_up():
    model = lively(Detector())
    for ratio in (0.2, 0.4, 0.6, 0.8):
        keep = choose(model, ratio)
        assert all(len(k) % 4 == 0 for k in keep.values())
        share = sum(len(k) for k in keep.values()) / sum(model.widths.values())
        assert 1 - ratio - 0.05 < share <= 1 - ratio


@pytest.mark.parametrize("separable", [(), SEPARABLE])
def test_level_gammas_keep_the_function(separable):
    model = lively(Detector(separable=separable))
    with torch.no_grad():
        model.c7.bn.weight[2] = 30
        model.c9.bn.weight.mul_(-1)
    image = torch.rand(2, 3, 64, 96) * 255
    with torch.no_grad():
        before = model(image)
        after = level(model, 0.25)(image)
    assert all(torch.allclose(s, torch.full_like(s, 0.25)) for s in importance(model).values())
    for a, b in zip(before, after):
        assert a.abs().max() > 0.1
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-3)


def test_shrinking_stops_at_zero():
    model = Detector()
    with torch.no_grad():
        model.c3.bn.weight[:4] = torch.tensor([1.0, -1.0, 0.2, -0.2])
    shrink_gammas(model, 0.3)
    torch.testing.assert_close(model.c3.bn.weight[:4].detach(), torch.tensor([0.7, -0.7, 0, 0]))


def test_a_ratio_of_one_is_refused():
    with pytest.raises(ValueError, match="below 1"):
        choose(Detector(), 1.0)
