"""PNG of a run's log.csv: loss, sparsity and, where ap.csv (passes,easy,medium,hard) lies beside it, AP. No pictures."""
import argparse
import csv
from pathlib import Path

import matplotlib
matplotlib.use("Agg")
from matplotlib import pyplot as plt


def plot(folder):
    folder = Path(folder)
    figure, axes = plt.subplots(1, 3, figsize=(12, 3.5))
    log = _columns(folder / "log.csv")
    for key in ("loss", "score", "box", "told_score", "told_box"):
        axes[0].plot(log["passes"], log[key], label=key)
    if (folder / "ap.csv").exists():
        ap = _columns(folder / "ap.csv")
        for key in ("easy", "medium", "hard"):
            axes[1].plot(ap["passes"], ap[key], marker="o", label=key)
    axes[2].plot(log["passes"], log["sparsity"], label="share of gammas below 0.01")
    for axis, title in zip(axes, ("loss", "AP", "sparsity")):
        axis.set_title(title)
        axis.set_xlabel("picture passes")
        if axis.lines:
            axis.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(folder / "plot.png", dpi=90)
    plt.close(figure)


def _columns(path):
    with open(path, newline="") as f:
        rows = list(csv.DictReader(f))
    return {k: [float(r[k]) for r in rows] for k in rows[0]}


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("folder")
    plot(p.parse_args().folder)
