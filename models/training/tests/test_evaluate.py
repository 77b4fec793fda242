import numpy as np
import pytest

from facetrain.boxes import nms
from facetrain.data import flip, random_crop
from facetrain.evaluate import average_precision, letterbox, match


def test_average_precision_by_hand():
    # hit, miss, hit of two faces: precision 1 up to recall 1/2, then 2/3
    ap = average_precision(np.array([0.9, 0.6, 0.1]), np.array([1, 0, 1]), 2)
    assert ap == pytest.approx(0.5 + 0.5 * 2 / 3)
    assert average_precision(np.array([0.9, 0.6, 0.1]), np.array([1, -1, 1]), 2) == pytest.approx(1)


def test_matching_ignores_faces_outside_the_set_and_punishes_doubles():
    faces = np.array([[0.0, 0, 10, 10], [50, 50, 60, 60]])
    found = np.array([[0, 0, 10, 10, 0.9], [1, 0, 11, 10, 0.8], [50, 50, 60, 60, 0.7], [80, 80, 90, 90, 0.6]])
    assert match(found, faces, np.array([True, False])).tolist() == [1, 0, -1, 0]


def test_nms_by_hand():
    boxes = np.array([[0.0, 0, 10, 10], [1, 1, 10, 10], [20, 20, 30, 30]])
    assert nms(boxes, np.array([0.5, 0.9, 0.1])) == [1, 2]


def test_letterbox():
    canvas, scale = letterbox(np.zeros((100, 200, 3), np.uint8), 320)
    assert canvas.shape == (160, 320, 3) and scale == 1.6
    canvas, _ = letterbox(np.zeros((90, 200, 3), np.uint8), 320)
    assert canvas.shape == (160, 320, 3) and (canvas[144:] == 127).all()


def test_boxes_follow_the_pixels():
    rng = np.random.default_rng(3)
    seen = 0
    for _ in range(50):
        image = np.zeros((120, 160, 3), np.uint8)
        image[40:60, 70:100] = 255
        out, boxes = random_crop(image, np.float32([[70, 40, 100, 60]]), 128, rng)
        out, boxes = flip(out, boxes)
        for x0, y0, x1, y1 in boxes:
            ys, xs = np.nonzero(out[..., 0] > 127)
            assert abs(xs.min() - x0) <= 2 and abs(xs.max() + 1 - x1) <= 2
            assert abs(ys.min() - y0) <= 2 and abs(ys.max() + 1 - y1) <= 2
            seen += 1
    assert seen > 10
