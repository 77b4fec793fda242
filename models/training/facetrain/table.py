"""The table of results in Markdown, from what `ablation.sh` laid down in OUT/rows/ID: 640.json, 320.json (average precision), cost.json,
time.json. Rows come from standard input, one a line: `NAME | ID ...`, several IDs (seeds) as mean and standard deviation, `ID-ID` the
difference of two nets. What is not made yet is said to be missing."""
import json
import math
import statistics
import sys
from pathlib import Path

SIDES, SETS = (640, 320), ("easy", "medium", "hard")


def read(folder):
    """AP in % at 640 and 320 (six numbers), M MACs (at 320x320), thousand parameters, KB, part of YuNet-n's time; None where a file is missing."""
    found = lambda name: json.loads(path.read_text()) if (path := Path(folder, name)).exists() else None
    out = []
    for side in SIDES:
        report = found(f"{side}.json")
        out += [100 * report["wider"][s]["average_precision"] if report else None for s in SETS]
    cost, time = found("cost.json"), found("time.json")
    # RFB-320 has its anchors as constants and is counted at its own 320x240.
    pixels = math.prod(int(n) for n in cost["input"].split()[-1].split("x")) / 3 if cost else 1
    out += [cost["macs"] / 1e6 * 320 * 320 / pixels, cost["parameters"] / 1e3, cost["bytes"] / 1024] if cost else [None] * 3
    return out + [time["ratio"]["median"] if time else None]


def number(values, form="%.2f", several=True):
    """One value, or mean and standard deviation of several; nothing while one of them is missing."""
    if not values or None in values:
        return "missing"
    spread = " ± " + form.replace("+", "") % statistics.stdev(values) if several and len(values) > 1 else ""
    return form % statistics.mean(values) + spread


def row(name, nets, root):
    """One line of the table; `nets` as in the file's doc. Seeds that are missing are left out and counted."""
    pairs = [[read(root / i) for i in n.split("-")] for n in nets]
    made = [p for p in pairs if not any(None in net[:6] for net in p)]
    if made and len(made) < len(pairs):
        name += f" ({len(made)} of {len(pairs)} seeds)"
    less = any(len(p) > 1 for p in pairs)
    if less:
        columns = list(zip(*[[a - b for a, b in zip(first[:6], second[:6])] for first, second in made])) or [(None,)] * 6
    else:
        columns = list(zip(*[p[0] for p in made or pairs]))
    ap = [" / ".join(number(c, "%+.2f" if less else "%.2f") for c in columns[at:at + 3]) for at in (0, 3)]
    size = [""] * 4 if less else [number(c, f, False) for c, f in zip(columns[6:], ("%.0f", "%.0f", "%.0f", "%.2f"))]
    return line(name, ap + size)


def line(name, cells):
    return "| " + " | ".join([name, *("missing" if "missing" in c else c for c in cells)]) + " |"


def main():
    root, timed = Path(sys.argv[1], "rows"), "--time" in sys.argv[2:]
    heads = ["", "long side 640: easy / medium / hard", "long side 320", "M MACs", "thousand parameters", "KB", "time"]
    rows = [line(heads[0], heads[1:]), "|" + "---|" * len(heads)]
    for spec in sys.stdin:
        name, _, nets = spec.partition("|")
        if name.strip():
            rows.append(row(name.strip(), nets.split(), root))
    for text in rows:
        cells = text.split("|")
        print("|".join(cells if timed else cells[:-2] + cells[-1:]))


if __name__ == "__main__":
    main()
