import json

from facetrain.table import number, read, row


def lay(root, net, easy, time=None):
    folder = root / net
    folder.mkdir()
    for side in (640, 320):
        sets = {s: {"average_precision": easy - i / 10} for i, s in enumerate(("easy", "medium", "hard"))}
        (folder / f"{side}.json").write_text(json.dumps({"wider": sets}))
    (folder / "cost.json").write_text(json.dumps({"input": "image 1x3x240x320", "macs": 151_800_000, "parameters": 310_200, "bytes": 2048}))
    if time:
        (folder / "time.json").write_text(json.dumps({"ratio": {"median": time}}))


def test_a_row_of_seeds_and_the_difference_of_two(tmp_path):
    for net, easy in (("a1", 0.80), ("a2", 0.82), ("b1", 0.79), ("b2", 0.80)):
        lay(tmp_path, net, easy, 0.5)
    seeds = "81.00 ± 1.41 / 71.00 ± 1.41 / 61.00 ± 1.41"
    assert row("A", ["a1", "a2"], tmp_path) == f"| A | {seeds} | {seeds} | 202 | 310 | 2 | 0.50 |"
    less = "+1.50 ± 0.71 / +1.50 ± 0.71 / +1.50 ± 0.71"
    assert row("A - B", ["a1-b1", "a2-b2"], tmp_path) == f"| A - B | {less} | {less} |  |  |  |  |"


def test_what_is_not_made_is_said_to_be_missing(tmp_path):
    lay(tmp_path, "a1", 0.8)
    assert row("A", ["a1"], tmp_path).endswith("| 202 | 310 | 2 | missing |")
    assert row("A", ["a1", "a2"], tmp_path).startswith("| A (1 of 2 seeds) | 80.00 / 70.00 / 60.00 |")
    assert row("A", ["a2"], tmp_path).count("missing") == 6
    assert row("A - B", ["a1-b1"], tmp_path) == "| A - B | missing | missing |  |  |  |  |"
    assert read(tmp_path / "none") == [None] * 10 and number([]) == "missing"
