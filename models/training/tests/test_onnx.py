import os

import cv2
import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper
from torch.nn import functional as F

from facetrain import detector
from facetrain.boxes import flatten
from facetrain.detector import CLIP, HEADS, LAYERS, YUNET_WIDTHS, Detector, as_bytes
from facetrain.export import LEAST, Exported, row_weights, export
from facetrain.ort import OrtModel
from facetrain.graft import NEW, Target, beginning, graft, scale_heads
from facetrain.teacher import OnnxTeacher
from facetrain.yunet import adopt, dense_twin

LIBRARY = os.environ.get("FACETRAIN_ORT", "")
TEACHER = os.environ.get("FACETRAIN_TEACHER", "")  # the file with the fixed size 320x320: OpenCV 4.6 knows no dynamic shapes


@pytest.mark.skipif(not os.path.exists(TEACHER), reason="FACETRAIN_TEACHER does not name YuNet's ONNX file")
def test_the_teacher_equals_opencv():
    rng = np.random.default_rng(5)
    image = cv2.GaussianBlur(rng.integers(0, 256, (320, 320, 3)).astype(np.float32), (0, 0), 3).clip(0, 255)
    net = cv2.dnn.readNetFromONNX(TEACHER)
    net.setInput(cv2.dnn.blobFromImage(image))
    names = [f"{k}_{s}" for k in ("cls", "obj", "bbox", "kps") for s in (8, 16, 32)]
    got = dict(zip(names, net.forward(names)))
    level = lambda k: np.concatenate([got[f"{k}_{s}"].reshape(-1, got[f"{k}_{s}"].shape[-1]) for s in (8, 16, 32)])
    mine = flatten(OnnxTeacher(TEACHER)(torch.from_numpy(image).permute(2, 0, 1)[None])).numpy()[0]
    np.testing.assert_allclose(mine[:, :1], np.sqrt(level("cls") * level("obj")), atol=1e-4)
    np.testing.assert_allclose(mine[:, 1:5], level("bbox"), atol=2e-3, rtol=1e-3)
    np.testing.assert_allclose(mine[:, 5:], level("kps"), atol=2e-3, rtol=1e-3)


@pytest.mark.skipif(not os.path.exists(TEACHER), reason="FACETRAIN_TEACHER does not name YuNet's ONNX file")
def test_layers_that_are_adopted_compute_what_yunets_do(monkeypatch):
    monkeypatch.setattr(detector, "CLIP", 1e9)
    names = [n for n, _, t, _ in LAYERS[1:] if YUNET_WIDTHS[t]] + [n for n, _ in HEADS]
    model = adopt(Detector(YUNET_WIDTHS, "pool", norm=False, head=3, separable=names).eval(), TEACHER, names)
    twin = dense_twin(TEACHER)
    model.stem.load_state_dict(twin.stem.state_dict())
    image = torch.from_numpy(np.random.default_rng(9).integers(0, 256, (1, 3, 192, 256))).float()
    with torch.no_grad():
        for mine, theirs, near in zip(model(image), OnnxTeacher(TEACHER)(image), twin(image)):
            torch.testing.assert_close(mine[:, 1:15], theirs[:, 1:], rtol=1e-4, atol=1e-5)
            score = torch.corrcoef(torch.stack([mine[:, 0].flatten(), near[:, 0].flatten()]))[0, 1]  # the twin differs at the rim
            assert score > 0.8 and not mine[:, 15].any()


def test_clipping_in_a_head_leaves_what_could_be_a_face():
    torch.manual_seed(11)
    model, images = Detector(separable=[n for n, _ in HEADS]).eval(), torch.rand(1, 3, 64, 64)
    free = {}
    with torch.no_grad():
        for name, group in HEADS:
            head, given = getattr(model, name), torch.randn(1, model.widths[group], 30, 30)
            setattr(model, name.replace("head", "smooth"), Given(given))
            head.conv.weight.normal_()
            head.conv.bias[0] -= head.conv(head.point(given))[:, 0].max()  # few cells could be a face
            free[name] = head.conv(head.point(given))
        for (name, _), clipped in zip(HEADS, scale_heads(model, images)(images)):
            could = free[name][:, :1] > -4.5
            torch.testing.assert_close(clipped.masked_select(could), free[name].masked_select(could), rtol=1e-3, atol=1e-3)
            assert 0 < could.sum() < 450 and (clipped - free[name]).abs().max() > 0.01


def test_rounding_in_training_is_to_255_steps_and_lets_the_gradient_through_up_to_the_clip():
    x = torch.tensor([-9.0, -0.017, 0.0, 1.0, 7.0], requires_grad=True)
    y = as_bytes(x, training=True)
    step = CLIP / 127.5
    torch.testing.assert_close(y / step, (y / step).round(), rtol=0, atol=1e-4)
    torch.testing.assert_close(y, torch.tensor([-128 * step, -step, 0, 32 * step, 128 * step]), rtol=0, atol=1e-5)
    y.sum().backward()
    assert x.grad.tolist() == [0, 1, 1, 1, 0] and as_bytes(x, training=False).max() == CLIP


def test_scores_that_nobody_asks_for_are_not_told_apart(tmp_path):
    model = lively()
    with torch.no_grad():
        model.head8.conv.bias[0] = -50
    export(model, tmp_path / "d.onnx")
    assert Exported(model)(torch.rand(1, 3, 64, 64))[0].min() == LEAST
    assert any(n.op_type == "Clip" for n in onnx.load(str(tmp_path / "d.onnx")).graph.node)


@pytest.mark.skipif(not (os.path.exists(TEACHER) and os.path.exists(LIBRARY)), reason="FACETRAIN_TEACHER or FACETRAIN_ORT names no file")
def test_a_graft_is_yunet_behind_its_map_at_stride_8(monkeypatch):
    monkeypatch.setattr(detector, "CLIP", 1e9)
    image = torch.from_numpy(np.random.default_rng(9).integers(0, 256, (1, 3, 320, 320))).float()
    wanted = OnnxTeacher(TEACHER)(image)
    model, at8 = graft(TEACHER).eval(), Target(LIBRARY, TEACHER, 320)(image)
    assert beginning(model, image).shape == at8.shape == (1, 64, 40, 40)
    for name in NEW:  # the new layers hand on what the next one is given; the last one gives YuNet's map
        setattr(model, name, torch.nn.Identity() if name != NEW[-1] else Given(at8))
    with torch.no_grad():
        for mine, theirs in zip(model(image), wanted):
            torch.testing.assert_close(mine[:, 1:15], theirs[:, 1:], rtol=1e-3, atol=1e-3)


class Given(torch.nn.Module):
    def __init__(self, map):
        super().__init__()
        self.map = map

    def forward(self, _):
        return self.map


def test_the_teachers_loader_refuses_what_it_does_not_know(tmp_path):
    value = lambda n: helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 3, 8, 8])
    graph = helper.make_graph([helper.make_node("Tanh", ["x"], ["y"])], "g", [value("x")], [value("y")])
    onnx.save(helper.make_model(graph), str(tmp_path / "m.onnx"))
    with pytest.raises(ValueError, match="Tanh"):
        OnnxTeacher(tmp_path / "m.onnx")


@pytest.mark.parametrize("kernel, stride, before", [(3, 2, 1), (8, 4, 4), (4, 4, 0)])
def test_a_convolution_on_wide_pixels_equals_the_one_on_pixels(kernel, stride, before):
    torch.manual_seed(6)
    weights, image = torch.randn(5, 3, kernel, kernel), torch.randn(2, 3, 24, 32)
    wide, size = row_weights(weights.numpy())
    n, c, h, w = image.shape
    rows = image.permute(0, 2, 3, 1).reshape(n, h, w // size, size * c).permute(0, 3, 1, 2)
    got = F.conv2d(F.pad(rows, (min(1, before), 0, before, 0)), torch.from_numpy(wide), stride=(stride, 1))
    wanted = F.conv2d(F.pad(image, (before, 0, before, 0)), weights, stride=stride)  # of stride 2: the last row and column are not needed
    torch.testing.assert_close(got, wanted, rtol=1e-4, atol=1e-4)


def lively(entry="patch", separable=()):
    torch.manual_seed(7)
    model = Detector(entry=entry, separable=separable).eval()
    for m in model.modules():
        if isinstance(m, torch.nn.BatchNorm2d):
            m.running_mean.normal_(0, 0.3)
            m.running_var.uniform_(0.5, 2)
        elif isinstance(m, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(m.weight)
    return model


def test_the_exported_file_has_the_heads_names_and_any_size_and_leaves_the_model_alone(tmp_path):
    model = lively()
    before = {k: v.clone() for k, v in model.state_dict().items()}
    path = tmp_path / "d.onnx"
    export(model, path)
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items()) and model.scale == 64
    graph = onnx.load(str(path)).graph
    assert [o.name for o in graph.output] == [f"face_{s}" for s in (8, 16, 32)]
    assert [d.dim_param for d in graph.input[0].type.tensor_type.shape.dim][2:] == ["height", "width"]
    kinds = {n.op_type for n in graph.node}
    assert not kinds & {"SpaceToDepth", "Resize", "BatchNormalization", "Pad", "Div"}


@pytest.mark.skipif(not os.path.exists(LIBRARY), reason="FACETRAIN_ORT does not name libonnxruntime")
@pytest.mark.parametrize("height, width, how", [(96, 128, {}), (64, 64, {}), (96, 128, {"entry": "step", "separable": ("c7", "head8")})])
def test_the_exported_file_computes_the_same_in_the_runtime(tmp_path, height, width, how):
    model = lively(**how)
    path = tmp_path / "d.onnx"
    export(model, path)
    image = torch.randint(0, 256, (1, 3, height, width)).float()
    with torch.no_grad():
        wanted = dict(zip([f"face_{s}" for s in (8, 16, 32)], Exported(model)(image)))
    runtime = OrtModel(LIBRARY, path, {k: tuple(v.shape) for k, v in wanted.items()}, height, width, "image")
    runtime.image[:] = image.numpy()
    for name, got in runtime.run().items():
        np.testing.assert_allclose(got, wanted[name].numpy(), rtol=1e-3, atol=1e-3 * float(wanted[name].abs().max()))
