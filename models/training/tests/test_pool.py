import cv2
import numpy as np
import torch

from facetrain.boxes import decode, grid
from facetrain.batch import mirrored
from facetrain.pool import Crops, both_ways, cover

SIZE = 64


def empty(size):
    return [np.zeros(((size // s) ** 2, 15), np.float32) for s in (8, 16, 32)]


def test_a_mirrored_map_decodes_to_the_mirrored_box_and_points():
    m = torch.zeros(1, 15, 8, 8)
    m[0, :, 2, 5] = torch.tensor([0.7, 0.3, 0.6, 0.2, 0.4, 1, 0, 2, 0, 3, 1, 4, 2, 5, 2])
    back = mirrored(m)
    assert torch.equal(mirrored(back), m) or torch.allclose(mirrored(back), m, atol=1e-6)
    cells = grid(64, 64)[:64]
    rows = lambda t: t[0].flatten(1).T
    before = decode(rows(m)[:, 1:5], cells)[2 * 8 + 5]
    after = decode(rows(back)[:, 1:5], cells)[2 * 8 + 2]
    np.testing.assert_allclose(after, [64 - before[2], before[1], 64 - before[0], before[3]], rtol=1e-5)
    # The right eye of the mirror is the left eye of the original.
    point = lambda t, row, column, i: ((column + t[0, 5 + 2 * i, row, column]) * 8, (row + t[0, 6 + 2 * i, row, column]) * 8)
    x, y = point(m, 2, 5, 1)
    mx, my = point(back, 2, 2, 0)
    np.testing.assert_allclose([mx, my], [64 - x, y], rtol=1e-5)


def test_a_teacher_that_is_asked_twice_is_averaged_and_the_surer_answer_has_more_weight():
    def teacher(image):  # sees whatever is bright in the middle row, surer when it is in the left half
        out = empty(SIZE)
        for x in np.flatnonzero(image[36, 4::8, 0]):
            out[0][4 * 8 + x, :5] = [0.8 if x < 4 else 0.2, 0.25, 0.5, 1.0 if x < 4 else 0.0, 0.0]
        return out

    image = np.zeros((SIZE, SIZE, 3), np.uint8)
    image[32:40, 8:16] = 255
    first, *others = both_ways(teacher, image)
    # Cell 1 of the picture is cell 6 of its mirror image; there an offset of 0.25 from the left is one of 0.75.
    np.testing.assert_allclose(first[4 * 8 + 1, :5], [0.5, 0.8 * 0.25 + 0.2 * 0.75, 0.5, 0.8, 0.0], rtol=1e-5)
    assert first[:, 0].sum() == np.float32(0.5) and not any(m[:, 0].any() for m in others)


def test_boxes_follow_crops_that_are_stretched_and_a_cover_leaves_most_of_a_face(tmp_path):
    (tmp_path / "wider/train/images").mkdir(parents=True)
    picture, box = np.full((240, 320, 3), 60, np.uint8), (100, 80, 60, 80)
    cv2.rectangle(picture, box, (0, 0, 250), -1)
    cv2.imwrite(str(tmp_path / "wider/train/images/a.png"), picture)
    (tmp_path / "wider/train/faces.csv").write_text("image,x,y,w,h\na.png,100,80,60,80\n")
    (tmp_path / "mask").mkdir()
    (tmp_path / "mask/faces.csv").write_text("image,x,y,w,h\n")
    crops, whole, turned = Crops(tmp_path, 128, 5), 0, 0
    shapes = set()
    for _ in range(400):
        image, faces, labelled = crops._crop(128)
        red = (image[..., 2] > 155) & (image[..., 0] < 30)
        turned += not labelled and red.any()
        if not len(faces) or faces[0, 4] < 0.999 or red.sum() < 100:
            continue
        x0, y0, x1, y1 = faces[0, :4]
        shapes.add(round(float((y1 - y0) / (x1 - x0)), 1))
        inside = np.zeros_like(red)
        inside[round(y0):round(y1), round(x0):round(x1)] = True
        assert (red & ~inside).sum() <= 2 * (x1 - x0 + y1 - y0)
        covered = 1 - (red & inside).sum() / inside.sum()
        assert covered < 0.55
        whole += covered < 0.1
    assert whole > 30 and turned > 10
    assert min(shapes) < 1.3 and max(shapes) > 1.5  # 80 / 60, and narrower and wider ones


def test_the_end_of_a_training_may_see_crops_as_they_are(tmp_path):
    (tmp_path / "wider/train").mkdir(parents=True)
    cv2.imwrite(str(tmp_path / "wider/train/a.png"), np.full((240, 320, 3), 60, np.uint8))
    (tmp_path / "wider/train/faces.csv").write_text("image,x,y,w,h\na.png,100,80,60,80\n")
    (tmp_path / "mask").mkdir()
    (tmp_path / "mask/faces.csv").write_text("image,x,y,w,h\n")
    for spoil, wanted in ((0.0, False), (1.0, True)):
        crops = Crops(tmp_path, 64, 3, spoil)
        seen = [crops.one() for _ in range(60)]
        assert any(not labelled for *_, labelled in seen) == wanted  # turned ones
        assert any(set(np.unique(image)) - {60, 127} and image.std() > 0.1 for image, *_ in seen) == wanted


def test_a_cover_takes_one_side_of_some_faces():
    image, rng = np.random.default_rng(1).integers(0, 255, (64, 64, 3), np.uint8), np.random.default_rng(2)
    changed = []
    for _ in range(60):
        copy = image.copy()
        cover(copy, np.float32([[10, 12, 50, 52], [2, 2, 8, 8]]), rng)
        difference = (copy != image).any(2)
        assert not difference[:10].any() and not difference[:, :10].any()  # the second is too small, and nothing is covered outside
        changed.append(difference[12:52, 10:50].mean())
    assert 5 < np.count_nonzero(changed) < 40 and 0.1 < max(changed) < 0.47
