import os

import cv2
import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper
from torch.nn import functional as F

from facetrain.boxes import flatten
from facetrain.detector import Detector
from facetrain.export import Exported, row_weights, export
from facetrain.ort import OrtModel
from facetrain.teacher import OnnxTeacher

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


def test_the_teachers_loader_refuses_what_it_does_not_know(tmp_path):
    value = lambda n: helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 3, 8, 8])
    graph = helper.make_graph([helper.make_node("Tanh", ["x"], ["y"])], "g", [value("x")], [value("y")])
    onnx.save(helper.make_model(graph), str(tmp_path / "m.onnx"))
    with pytest.raises(ValueError, match="Tanh"):
        OnnxTeacher(tmp_path / "m.onnx")


@pytest.mark.parametrize("kernel, stride", [(3, 2), (8, 4)])
def test_a_convolution_on_wide_pixels_equals_the_one_on_pixels(kernel, stride):
    torch.manual_seed(6)
    weights, image = torch.randn(5, 3, kernel, kernel), torch.randn(2, 3, 24, 32)
    wide, size = row_weights(weights.numpy())
    n, c, h, w = image.shape
    rows = image.permute(0, 2, 3, 1).reshape(n, h, w // size, size * c).permute(0, 3, 1, 2)
    got = F.conv2d(F.pad(rows, (1, 0, 4 if kernel == 8 else 1, 0)), torch.from_numpy(wide), stride=(stride, 1))
    wanted = F.conv2d(image, weights, stride=2, padding=1) if kernel == 3 else F.conv2d(F.pad(image, (4, 0, 4, 0)), weights, stride=4)
    torch.testing.assert_close(got, wanted, rtol=1e-4, atol=1e-4)


def lively():
    torch.manual_seed(7)
    model = Detector().eval()
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
@pytest.mark.parametrize("height, width", [(96, 128), (64, 64)])
def test_the_exported_file_computes_the_same_in_the_runtime(tmp_path, height, width):
    model = lively()
    path = tmp_path / "d.onnx"
    export(model, path)
    image = torch.randint(0, 256, (1, 3, height, width)).float()
    with torch.no_grad():
        wanted = dict(zip([f"face_{s}" for s in (8, 16, 32)], Exported(model)(image)))
    runtime = OrtModel(LIBRARY, path, {k: tuple(v.shape) for k, v in wanted.items()}, height, width, "image")
    runtime.image[:] = image.numpy()
    for name, got in runtime.run().items():
        np.testing.assert_allclose(got, wanted[name].numpy(), rtol=1e-3, atol=1e-3 * float(wanted[name].abs().max()))
