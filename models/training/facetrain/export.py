"""Writes a checkpoint as ONNX, opset 13: evaluation mode with TrainingMode.PRESERVE keeps BatchNorm and its names for
folding, and does not touch the running statistics. Outputs score_8, box_8, marks_8 ...: N x A x (1 | 4 | 10), score in 0..1."""
import argparse
import os
import warnings
from pathlib import Path

import torch
from torch import nn

from .detector import STRIDES
from .evaluate import load


class Exported(nn.Module):
    def __init__(self, detector):
        super().__init__()
        self.detector = detector

    def forward(self, image):
        out = []
        for m in self.detector(image):
            rows = m.permute(0, 2, 3, 1).flatten(1, 2)
            out += [rows[..., :1].sigmoid(), rows[..., 1:5], rows[..., 5:]]
        return tuple(out)


def export(model, path, height=320, width=320, free=True):
    """With `free` height and width may be any multiples of 32 later; the file is replaced whole."""
    names = [f"{kind}_{s}" for s in STRIDES for kind in ("score", "box", "marks")]
    aside = Path(str(path) + ".tmp")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Exported(model.eval()), torch.zeros(1, 3, height, width), str(aside), opset_version=13,
            training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False, input_names=["image"], output_names=names,
            dynamic_axes={"image": {2: "height", 3: "width"}, **{n: {1: "cells"} for n in names}} if free else None)
    os.replace(aside, path)


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("checkpoint")
    p.add_argument("onnx")
    a = p.parse_args()
    export(load(a.checkpoint), a.onnx)
