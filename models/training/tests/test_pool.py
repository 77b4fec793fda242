import numpy as np
import torch

from facetrain.boxes import decode, grid
from facetrain.batch import mirrored
from facetrain.pool import larger_view

SIZE = 64


def empty(size):
    return [np.zeros(((size // s) ** 2, 15), np.float32) for s in (8, 16, 32)]


def boxes_of(levels, size):
    codes = torch.from_numpy(np.concatenate(levels))
    return codes[:, 0], decode(codes[:, 1:5], grid(size, size))


def test_the_larger_views_answers_come_back_in_the_students_pixels():
    one, two = empty(SIZE), empty(2 * SIZE)
    # On the larger view: a face at stride 8, cell (row 5, column 7), and one at stride 16, cell (row 4, column 1).
    two[0][5 * 16 + 7, :5] = [0.9, 0.25, 0.5, np.log(1.5), np.log(2.0)]
    two[1][4 * 8 + 1, :5] = [0.8, 0.5, 0.5, 0.0, 0.0]
    _, theirs = boxes_of(two, 2 * SIZE)
    score, mine = boxes_of(larger_view(one, two), SIZE)
    seen = score.argsort(descending=True)[:2]
    np.testing.assert_allclose(score[seen], [0.9, 0.8], rtol=1e-6)
    wanted = theirs[[5 * 16 + 7, 256 + 4 * 8 + 1]] / 2
    np.testing.assert_allclose(mine[seen], wanted, rtol=1e-5, atol=1e-4)


def test_the_more_certain_view_wins():
    one, two = empty(SIZE), empty(2 * SIZE)
    one[0][10] = np.arange(15) / 15 + 0.5
    two[1][10, 0] = 0.4
    np.testing.assert_array_equal(larger_view(one, two)[0][10], one[0][10])


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
