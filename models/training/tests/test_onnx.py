import os

import cv2
import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper

from facetrain.boxes import flatten
from facetrain.detector import Detector
from facetrain.export import Exported, export
from facetrain.teacher import OnnxTeacher

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


def test_the_exported_file_gives_the_same_and_keeps_batch_norm(tmp_path):
    model = Detector().eval()
    for m in model.modules():
        if isinstance(m, torch.nn.BatchNorm2d):
            m.running_mean.normal_(0, 0.3)
            m.running_var.uniform_(0.5, 2)
    before = {k: v.clone() for k, v in model.state_dict().items()}
    path = tmp_path / "d.onnx"
    export(model, path, 64, 96, free=False)
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())
    graph = onnx.load(str(path))
    assert graph.opset_import[0].version == 13
    norms = [n for n in graph.graph.node if n.op_type == "BatchNormalization"]
    assert len(norms) == sum(isinstance(m, torch.nn.BatchNorm2d) for m in model.modules())
    assert any(i.name.endswith("stem.bn.running_mean") for i in graph.graph.initializer)
    image = torch.rand(1, 3, 64, 96) * 255
    wanted = Exported(model)(image)
    net = cv2.dnn.readNetFromONNX(str(path))
    net.setInput(image.numpy())
    got = net.forward([o.name for o in graph.graph.output])
    for a, b in zip(wanted, got):
        np.testing.assert_allclose(a.detach().numpy().reshape(-1), b.reshape(-1), atol=1e-3)
