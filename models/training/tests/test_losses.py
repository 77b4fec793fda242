import math

import numpy as np
import pytest
import torch

from facetrain.boxes import decode, decode_landmarks, encode, grid, iou
from facetrain.distillation import Hint, Rocket, rocket_loss, soft_score, soft_targets
from facetrain.detector import YUNET_WIDTHS, Detector, scaled
from facetrain.losses import assign, dense_map_loss, emphasis, giou, hard_label_loss, overlooked, quality_focal
from facetrain.muon import Muon, muon_groups, orthogonal
from facetrain.tricks import Ema, hard_negatives, learning_rate, parameter_groups
from facetrain.widen import deepen, widen


def test_encode_and_decode_are_inverse():
    cells = grid(64, 96)
    assert cells.shape == (12 * 8 + 6 * 4 + 3 * 2, 3)
    assert cells[13].tolist() == [8, 8, 8]
    corner = torch.rand(len(cells), 2) * 60
    boxes = torch.cat([corner, corner + 1 + torch.rand(len(cells), 2) * 60], 1)
    torch.testing.assert_close(decode(encode(boxes, cells), cells), boxes, rtol=1e-4, atol=1e-3)


def test_landmarks_by_hand():
    marks = decode_landmarks(torch.full((1, 10), 0.5), torch.tensor([[16.0, 24.0, 8.0]]))
    assert marks.shape == (1, 5, 2) and marks[0, 0].tolist() == [20, 28]


def test_overlap_by_hand():
    a, b = torch.tensor([0.0, 0, 2, 2]), torch.tensor([1.0, 1, 3, 3])
    assert iou(a, b).item() == pytest.approx(1 / 7)
    assert giou(a, b).item() == pytest.approx(1 / 7 - 2 / 9)
    assert giou(a, a).item() == pytest.approx(1)


def test_quality_focal_by_hand():
    # p = 0.5, t = 1: |1 - 0.5|^2 * ln 2; p = t: nothing to learn
    assert quality_focal(torch.zeros(1), torch.ones(1)).item() == pytest.approx(0.25 * math.log(2))
    assert quality_focal(torch.zeros(1), torch.full((1,), 0.5)).item() == 0


def test_soft_targets_by_hand():
    # uniform student, teacher (ln 3, 0) * T: p = (3/4, 1/4)
    student, teacher = torch.zeros(1, 2), torch.tensor([[4 * math.log(3), 0.0]])
    kl = 0.75 * math.log(1.5) + 0.25 * math.log(0.5)
    assert soft_targets(student, teacher, 4).item() == pytest.approx(16 * kl, rel=1e-5)
    assert soft_score(torch.zeros(1), torch.tensor([4 * math.log(3)]), 4).item() == pytest.approx(16 * kl, rel=1e-5)


def test_gradients_agree_with_differences():
    x = torch.randn(4, 3, dtype=torch.double, requires_grad=True)
    teacher, target = torch.randn(4, 3, dtype=torch.double), torch.rand(4, 3, dtype=torch.double)
    boxes = torch.tensor([[0.0, 0, 2, 2.5], [1, 1, 4, 3]], dtype=torch.double, requires_grad=True)
    others = torch.tensor([[1.0, 1, 3.3, 3], [5, 5, 7, 8]], dtype=torch.double)
    assert torch.autograd.gradcheck(lambda v: soft_targets(v, teacher, 3), x)
    assert torch.autograd.gradcheck(lambda v: soft_score(v, teacher, 3), x)
    assert torch.autograd.gradcheck(lambda v: quality_focal(v, target), x)
    assert torch.autograd.gradcheck(lambda v: giou(v, others), boxes)
    hint = Hint(3, 2).double()
    feature, wanted = torch.randn(1, 3, 2, 2, dtype=torch.double, requires_grad=True), torch.randn(1, 2, 2, 2, dtype=torch.double)
    assert torch.autograd.gradcheck(lambda v: hint(v, wanted), feature)


def test_the_booster_is_not_disturbed_by_the_light_net():
    light, booster = torch.randn(3, requires_grad=True), torch.randn(3, requires_grad=True)
    rocket_loss([light], [booster], lambda maps: 0 * maps[0].sum(), weight=1).backward()
    assert booster.grad.abs().max() == 0
    torch.testing.assert_close(light.grad, 2 * (light - booster).detach() / 3)


def test_a_rocket_shares_its_low_layers():
    wide = scaled(2) | {"c3": 32}
    rocket = Rocket(Detector(), Detector(wide))
    assert rocket.light.c3 is rocket.booster.c3
    a, b = rocket(torch.rand(1, 3, 64, 64))
    assert a[0].shape == b[0].shape
    with pytest.raises(ValueError, match="cannot be shared"):
        Rocket(Detector(), Detector(scaled(2)))


def test_assignment_takes_cells_of_the_face_only():
    cells = grid(64, 64)
    faces = torch.tensor([[8.0, 8, 40, 40], [48, 48, 62, 62]])
    boxes = encode(faces[:1].expand(len(cells), 4), cells)
    owner = assign(torch.full((len(cells),), 0.1), decode(boxes, cells), faces, cells)
    point = cells[:, :2] + cells[:, 2:] / 2
    # all boxes fit face 0 exactly: it takes ten cells, first those inside the face and near its centre; face 1 fits none: one
    assert (owner == 0).sum() == 10 and (owner == 1).sum() == 1
    near = ((point - 24).abs() < 1.5 * cells[:, 2:]).all(1)
    inside = ((point > 8) & (point < 40)).all(1)
    assert (near & inside).sum() == 6 and (owner[near & inside] == 0).all()
    assert (near | inside)[owner == 0].all()


def perfect(cells, face):
    """Maps that say `face` everywhere with certainty."""
    codes = encode(face.expand(len(cells), 4), cells)
    rows = torch.cat([torch.full((len(cells), 1), 9.0), codes, torch.zeros(len(cells), 10)], 1)
    maps, at = [], 0
    for s in (8, 16, 32):
        n = 64 // s
        maps.append(rows[at:at + n * n].T.reshape(1, 15, n, n))
        at += n * n
    return maps


def test_hard_labels_pay_nothing_for_a_right_box_and_skip_ignored_cells():
    cells, face = grid(64, 64), torch.tensor([[8.0, 8, 40, 40]])
    maps = perfect(cells, face)
    everywhere = [torch.tensor([[-1.0, -1, 65, 65]])]
    score, box = hard_label_loss(maps, [face], everywhere, [True], cells)
    assert box.item() < 1e-4 and score.item() < 1e-4
    score, _ = hard_label_loss(maps, [face], [face[:0]], [True], cells)
    assert score.item() > 1  # the other cells claim a face where none is
    score, box = hard_label_loss(maps, [face], [face[:0]], [False], cells)
    assert score.item() == 0 and box.item() == 0


def test_dense_maps_pay_nothing_for_the_teachers_own_answer():
    cells = grid(64, 64)
    maps = perfect(cells, torch.tensor([[8.0, 8, 40, 40]]))
    told = [torch.cat([m[:, :1].sigmoid(), m[:, 1:]], 1) for m in maps]
    assert all(v.item() < 1e-4 for v in dense_map_loss(maps, told, cells))
    shifted = [torch.cat([m[:, :1], m[:, 1:2] + 1, m[:, 2:]], 1) for m in maps]
    assert dense_map_loss(shifted, told, cells)[1].item() > 0.1


def test_schedule_decay_groups_average_and_mining():
    assert learning_rate(0, 10, 100, 1) == pytest.approx(0.1)
    assert learning_rate(10, 10, 100, 1) == pytest.approx(1)
    assert learning_rate(55, 10, 100, 1, 0) == pytest.approx(0.5)
    assert learning_rate(100, 10, 100, 1, 0) == pytest.approx(0)
    model = Detector()
    heavy, light = parameter_groups(model, 0.1)
    assert light["weight_decay"] == 0 and any(p is model.c3.bn.weight for p in light["params"])
    assert all(p.ndim == 4 for p in heavy["params"])
    ema = Ema(model)
    old = model.c3.bn.weight.detach().clone()
    torch.nn.init.constant_(model.c3.bn.weight, 2)
    ema.update(model, 0)
    torch.testing.assert_close(ema.model.c3.bn.weight, 0.1 * old + 0.9 * model.c3.bn.weight.detach())
    chosen = hard_negatives(torch.arange(10.0), torch.arange(10) == 0)
    assert chosen.nonzero().flatten().tolist() == [0, 7, 8, 9]


def test_muon_turns_the_gradient_and_steps_by_a_share_of_the_weights():
    torch.manual_seed(3)
    x = torch.randn(12, 40) @ torch.diag(torch.logspace(0, -2, 40))
    singular = torch.linalg.svdvals(orthogonal(x))
    assert singular.min() > 0.5 and singular.max() < 1.3
    torch.testing.assert_close(orthogonal(x.T), orthogonal(x).T)
    model = Detector()
    groups = muon_groups(model, 0.1, 5.0)
    assert sum(len(g["params"]) for g in groups) == len(list(model.parameters()))
    optimizer = Muon(groups, lr=1e-3)
    before = model.c5.conv.weight.detach().clone()
    head = model.head8.conv.bias.detach().clone()
    sum((m * m).sum() for m in model(torch.rand(2, 3, 64, 64) * 255)).backward()
    optimizer.step()
    moved = (model.c5.conv.weight.detach() - before).pow(2).mean().sqrt() / before.pow(2).mean().sqrt()
    assert moved.item() == pytest.approx(5e-3, rel=1e-3)
    assert (model.head8.conv.bias.detach() - head).abs().max() == pytest.approx(1e-3, rel=1e-2)  # AdamW's first step


def test_a_widened_net_computes_the_same():
    torch.manual_seed(4)
    model = Detector().eval()
    for m in model.modules():
        if isinstance(m, torch.nn.BatchNorm2d):
            m.weight.data.uniform_(0.5, 2)
            m.running_mean.normal_()
    wide = widen(model, {"c5": 40, "c7": 48, "c9": 80, "out32": 52}).eval()
    image = torch.rand(1, 3, 64, 96) * 255
    for a, b in zip(model(image), wide(image)):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)
    assert wide.widths["c7"] == 48
    with pytest.raises(ValueError, match="c7"):
        widen(model, {"c7": 8})


def test_a_net_with_one_more_unit_computes_the_same():
    torch.manual_seed(5)
    model = Detector({**dict.fromkeys(YUNET_WIDTHS, 8), "c8b": 0})
    images = torch.rand(4, 3, 64, 96) * 255
    for m in model.modules():
        if isinstance(m, torch.nn.BatchNorm2d):
            m.momentum = 1.0  # the running statistics are those of these images
    model(images)
    model.eval()
    for deep in (deepen(model, "c8b"), deepen(model, "c8b", images)):
        assert deep.widths["c8b"] == 8 and "c8b" in deep.separable and [n for n, *_ in deep.layers()].count("c8b") == 1
        for a, b in zip(model(images), deep(images)):
            torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)
    seen, shift = {}, []
    for net in (deep, deepen(model, "c8b")):  # in training, by the images' own statistics: with them the unit still hands on its input
        net.train()
        net.walk(images, seen.__setitem__)
        shift.append(float((net.c8b(seen["c8b"]) - seen["c8b"]).abs().mean() / seen["c8b"].mean()))
    assert shift[0] < 0.01 and shift[1] > 0.1
    sum(m.square().sum() for m in deep(images)).backward()
    assert all((p.grad != 0).any() for p in deep.c8b.parameters() if p is not deep.c8b.point.bias)  # BatchNorm takes that bias away
    with pytest.raises(ValueError, match="c8b"):
        deepen(deep, "c8b")


def test_faces_of_the_middle_count_more():
    boxes = torch.tensor([[0.0, 0, 15, 15], [0, 0, 16, 16], [0, 0, 8, 32], [0, 0, 63, 63], [0, 0, 64, 64], [5, 5, 1, 1]])
    np.testing.assert_allclose(emphasis(boxes), [1, 1.4, 1.4, 1.4, 1, 1], rtol=1e-6)
    cells = grid(64, 64)
    maps = [torch.zeros(1, 15, 64 // s, 64 // s) for s in (8, 16, 32)]
    told = [m.clone() for m in maps]
    told[0][0, 0, 3, 3] = 0.9
    told[0][0, 3:5, 3, 3] = np.log(20 / 8)  # a face of 20 pixels
    score, box, _ = dense_map_loss(maps, told, cells)
    told[0][0, 3:5, 3, 3] = np.log(12 / 8)
    less, _, _ = dense_map_loss(maps, told, cells)
    one = quality_focal(torch.zeros(()), torch.tensor(0.9))
    assert float(score - less) == pytest.approx(0.4 * float(one), rel=1e-4)


def test_the_teacher_is_not_believed_where_it_overlooks_a_known_face():
    cells = grid(32, 32)
    told = [torch.zeros(2, 15, 32 // s, 32 // s) for s in (8, 16, 32)]
    told[0][:, 0, 1, 1] = 0.8  # the cell at 8..16, whose centre is (12, 12)
    faces = [torch.tensor([[8.0, 8, 24, 16]])] * 2
    skip = overlooked(told, faces, torch.tensor([True, False]), cells)
    # Of the two cells of stride 8 in the face the teacher sees one; stride 16's centres (8, 8) and (24, 8) lie on its rim.
    assert skip[0].nonzero().flatten().tolist() == [1 * 4 + 2] and not skip[1].any()
    maps = [torch.zeros(2, 16, 32 // s, 32 // s) for s in (8, 16, 32)]
    without = dense_map_loss(maps, told, cells)[0]
    cell = quality_focal(torch.zeros(1), torch.zeros(1)).item()
    assert (without - dense_map_loss(maps, told, cells, skip=skip)[0]).item() == pytest.approx(cell / 1.6, rel=1e-4)
