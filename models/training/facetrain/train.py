"""Trains a detector. Long runs are cut into checkpoints: start it again with the same --out and it goes on."""
import argparse
import csv
import math
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader

from .boxes import grid
from .data import Pictures, collate
from .detector import Detector, macs, scaled
from .losses import dense_map_loss, hard_label_loss
from .slimming import descend, sparsity
from .teacher import OnnxTeacher
from .tricks import Ema, learning_rate, parameter_groups

COLUMNS = ("passes", "seconds", "rate", "loss", "score", "box", "told_score", "told_box", "told_marks", "sparsity")


def arguments(argv=None):
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--data", required=True, help="folder with wider, mask, unlabelled, lfw, nonface")
    p.add_argument("--teacher", help="YuNet-n as ONNX; without it only the boxes teach")
    p.add_argument("--out", required=True, help="folder for checkpoint.pt and log.csv")
    p.add_argument("--start", help="checkpoint to take widths and weights from (after slimming)")
    p.add_argument("--width", type=float, default=1.0)
    p.add_argument("--size", type=int, default=320)
    p.add_argument("--batch", type=int, default=16)
    p.add_argument("--steps", type=int, default=60000, help="length of the cosine schedule")
    p.add_argument("--warmup", type=int, default=100)
    p.add_argument("--rate", type=float, default=2e-3)
    p.add_argument("--decay", type=float, default=0.02)
    p.add_argument("--l1", type=float, default=0.0, help="weight of the L1 on BatchNorm gammas (slimming)")
    p.add_argument("--teacher-weight", type=float, default=1.0)
    p.add_argument("--minutes", type=float, default=math.inf,
                   help="training time over all sessions; the schedule ends there if not at --steps earlier")
    p.add_argument("--save-every", type=float, default=60, help="seconds between checkpoints")
    p.add_argument("--workers", type=int, default=1)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--seed", type=int, default=1)
    return p.parse_args(argv)


class Run:
    def __init__(self, a):
        torch.manual_seed(a.seed)
        torch.set_num_threads(a.threads)
        self.a, self.out = a, Path(a.out)
        self.out.mkdir(parents=True, exist_ok=True)
        self.data = Pictures(a.data, a.size, a.batch * 256, a.seed)
        self.teacher = OnnxTeacher(a.teacher).to(memory_format=torch.channels_last) if a.teacher else None
        self.cells = grid(a.size, a.size)
        path = self.out / "checkpoint.pt"
        start = path if path.exists() else a.start
        saved = torch.load(start, map_location="cpu") if start else None
        self.model = Detector(**(saved["shape"] if saved else {"widths": scaled(a.width)})).to(memory_format=torch.channels_last)
        if saved:
            self.model.load_state_dict(saved["model"])
        self.optimizer = torch.optim.AdamW(parameter_groups(self.model, a.decay), lr=a.rate)
        self.ema = Ema(self.model)
        self.step, self.passes, self.seconds, self.epoch = 0, 0, 0.0, 0
        if saved and path.exists():
            self.optimizer.load_state_dict(saved["optimizer"])
            self.ema.model.load_state_dict(saved["ema"])
            self.step, self.passes = saved["step"], saved["passes"]
            self.seconds, self.epoch = saved["seconds"], saved["epoch"] + 1

    def save(self):
        state = {"shape": self.model.shape(), "model": self.model.state_dict(), "ema": self.ema.model.state_dict(),
                 "optimizer": self.optimizer.state_dict(), "step": self.step, "passes": self.passes, "seconds": self.seconds,
                 "epoch": self.epoch, "arguments": vars(self.a)}
        aside = self.out / "checkpoint.tmp"
        torch.save(state, aside)
        aside.replace(self.out / "checkpoint.pt")

    def one(self, batch):
        images, faces, ignored, labelled = batch
        step = max(self.step, int(self.a.steps * self.seconds / (60 * self.a.minutes)))
        rate = learning_rate(min(step, self.step) if self.step < self.a.warmup else step, self.a.warmup, self.a.steps, self.a.rate)
        for g in self.optimizer.param_groups:
            g["lr"] = rate
        images = images.float().contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            told = self.teacher(images) if self.teacher else None
            maps = self.model(images)
        parts = list(hard_label_loss(maps, faces, ignored, labelled, self.cells))
        parts += list(dense_map_loss(maps, told, self.cells)) if told else [torch.zeros(())] * 3
        weights = (1.0, 1.0, *(self.a.teacher_weight * np.array([1.0, 1.0, 0.5])))
        loss = sum(float(w) * p for w, p in zip(weights, parts))
        descend(self.model, self.optimizer, loss, self.step, self.a.l1)
        self.step += 1
        self.passes += len(images)
        self.ema.update(self.model, self.step)
        return [loss.item(), *(p.item() for p in parts)]

    def go(self):
        begun, mark, saved, recent = time.monotonic(), time.monotonic(), time.monotonic(), []
        earlier = self.seconds
        log = self.out / "log.csv"
        fresh = not log.exists()
        print(f"{macs(self.model) / 1e6:.1f} M MACs at 320x320, {len(self.data.items)} pictures, from step {self.step}", flush=True)
        with open(log, "a", newline="") as f:
            writer = csv.writer(f)
            if fresh:
                writer.writerow(COLUMNS)
            while self.step < self.a.steps:
                self.data.epoch = self.epoch
                for batch in DataLoader(self.data, self.a.batch, num_workers=self.a.workers, collate_fn=collate, drop_last=True):
                    recent.append(self.one(batch))
                    now = time.monotonic()
                    self.seconds = earlier + now - begun
                    finished = self.step >= self.a.steps or self.seconds > self.a.minutes * 60
                    if now - mark > 10 or finished:
                        rate = len(recent) * self.a.batch / (now - mark)
                        row = np.mean(recent, 0)
                        writer.writerow([self.passes, round(self.seconds, 1), round(rate, 1),
                                         *(round(float(v), 5) for v in row), round(sparsity(self.model), 4)])
                        f.flush()
                        bar = "#" * (20 * self.step // self.a.steps)
                        print(f"[{bar:20}] {self.step}/{self.a.steps} loss {row[0]:.3f} {rate:.0f} pictures/s", flush=True)
                        mark, recent = now, []
                    if now - saved > self.a.save_every or finished:
                        self.save()
                        saved = now
                    if finished:
                        return
                self.epoch += 1


if __name__ == "__main__":
    Run(arguments()).go()
    sys.exit(0)
