"""Fine-tunes a narrow net from a pool of crops: teacher's maps on every cell, boxes where they are known. Start it again with
the same --out and it goes on."""
import argparse
import csv
import time
from pathlib import Path

import numpy as np
import torch

from .boxes import grid
from .data import SMALLEST_FACE
from .losses import dense_map_loss, hard_label_loss, overlooked
from .pool import Pool
from .slimming import descend, sparsity
from .muon import Muon, muon_groups
from .tricks import Ema, learning_rate, parameter_groups
from .detector import STRIDES
from .evaluate import load

COLUMNS = ("passes", "seconds", "rate", "loss", "score", "box", "told_score", "told_box", "told_marks", "sparsity")


def arguments(argv=None):
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--pool", required=True)
    p.add_argument("--out", required=True)
    p.add_argument("--start", required=True)
    p.add_argument("--view", choices=("near", "far"), default="near", help="teacher at the student's size, or also at twice the size (a pool with --far)")
    p.add_argument("--batch", type=int, default=32)
    p.add_argument("--rate", type=float, default=1e-3)
    p.add_argument("--turn", type=float, default=0.0, help="Muon for the convolutions: its step, relative to the weights, is this times the rate")
    p.add_argument("--decay", type=float, default=1e-4)
    p.add_argument("--warmup", type=int, default=300)
    p.add_argument("--labels", type=float, nargs=2, default=(0.3, 1.0), help="weight of the boxes at the beginning and at the end")
    p.add_argument("--teacher-weight", type=float, default=1.0)
    p.add_argument("--beta", type=float, default=2.0, help="exponent of the focal weight on the teacher's score; 0 is plain cross entropy")
    p.add_argument("--l1", type=float, default=0.0, help="weight of the L1 on BatchNorm gammas (slimming)")
    p.add_argument("--minutes", type=float, required=True, help="training time over all sessions; the schedule ends there")
    p.add_argument("--save-every", type=float, default=60)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--average", type=float, default=0.9995)
    p.add_argument("--seed", type=int, default=1)
    return p.parse_args(argv)


class Batch:
    """Slots of the pool as tensors; flipped and recoloured picture by picture."""

    def __init__(self, pool, slots, view, generator):
        n, size = len(slots), pool.size
        turn = torch.rand(n, generator=generator) < 0.5
        images = pool.image[slots]  # N x H x W x 3: seen as N x 3 x H x W it is already channels_last
        images[turn.numpy()] = images[turn.numpy(), :, ::-1]
        self.images = recolour(torch.from_numpy(images).float(), generator).permute(0, 3, 1, 2)
        told, at, self.told = torch.from_numpy(getattr(pool, view)[slots]).float(), 0, []
        for s in STRIDES:
            side = size // s
            m = told[:, at:at + side * side].transpose(1, 2).reshape(n, 15, side, side)
            self.told.append(torch.where(turn[:, None, None, None], mirrored(m), m))
            at += side * side
        self.faces, self.ignored = [], []
        for slot, turned in zip(slots, turn.tolist()):
            f = torch.from_numpy(pool.faces[slot, :pool.count[slot, 0]].copy())
            if turned and len(f):
                f[:, [0, 2]] = size - f[:, [2, 0]]
            small = torch.minimum(f[:, 2] - f[:, 0], f[:, 3] - f[:, 1]) < SMALLEST_FACE
            cut = (f[:, 4] < 0.5) | small
            self.faces.append(f[~cut, :4])
            self.ignored.append(f[cut, :4])
        self.labelled = pool.count[slots, 1] > 0


# Landmarks: right eye, left eye, nose, right and left corner of the mouth; a mirror swaps the sides.
_SWAP = torch.tensor([0, 1, 2, 3, 4, 7, 8, 5, 6, 9, 10, 13, 14, 11, 12])


def mirrored(m):
    """Output maps (score, box, landmarks) of the mirrored picture: an x offset d becomes 1 - d."""
    m = m.flip(3)[:, _SWAP].clone()
    for x in (1, 5, 7, 9, 11, 13):
        m[:, x] = 1 - m[:, x]
    return m


def recolour(images, generator):
    """Gain, shift and a cast of each picture (N x H x W x 3, changed in place); one in ten without colour."""
    n = len(images)
    draw = lambda low, high: (low + (high - low) * torch.rand(n, generator=generator))[:, None, None, None]
    grey = torch.rand(n, generator=generator) < 0.1
    if grey.any():
        images[grey] = images[grey].mean(3, keepdim=True).expand(-1, -1, -1, 3)
    factor = draw(0.7, 1.3) * (1 + 0.08 * torch.randn(n, 1, 1, 3, generator=generator))
    return images.sub_(128).mul_(factor).add_(128 + draw(-30, 30)).clamp_(0, 255)


class Run:
    def __init__(self, a):
        torch.manual_seed(a.seed)
        torch.set_num_threads(a.threads)
        self.a, self.out, self.pool = a, Path(a.out), Pool(a.pool)
        self.out.mkdir(parents=True, exist_ok=True)
        path = self.out / "checkpoint.pt"
        start = path if path.exists() else a.start
        saved = torch.load(start, map_location="cpu")
        self.model = load(start, "model").train()
        self.optimizer = Muon(muon_groups(self.model, a.decay, a.turn), lr=a.rate) if a.turn else \
            torch.optim.AdamW(parameter_groups(self.model, a.decay), lr=a.rate)
        self.ema = Ema(self.model, a.average)
        self.step, self.passes, self.seconds = 0, 0, 0.0
        if path.exists():
            self.optimizer.load_state_dict(saved["optimizer"])
            self.ema.model.load_state_dict(saved["ema"])
            self.step, self.passes, self.seconds = saved["step"], saved["passes"], saved["seconds"]
        self.generator = torch.Generator().manual_seed(a.seed + self.step)
        self.rng = np.random.default_rng((a.seed, self.step))
        self.cells = grid(self.pool.size, self.pool.size)

    def save(self):
        m = self.model
        state = {"shape": m.shape(), "model": m.state_dict(),
                 "ema": self.ema.model.state_dict(), "optimizer": self.optimizer.state_dict(), "step": self.step,
                 "passes": self.passes, "seconds": self.seconds, "arguments": vars(self.a)}
        torch.save(state, self.out / "checkpoint.tmp")
        (self.out / "checkpoint.tmp").replace(self.out / "checkpoint.pt")

    def one(self):
        done = self.seconds / (60 * self.a.minutes)
        rate = self.a.rate * (self.step + 1) / self.a.warmup if self.step < self.a.warmup else \
            learning_rate(int(1e6 * done), 0, 1_000_000, self.a.rate)
        for g in self.optimizer.param_groups:
            g["lr"] = rate
        slots = self.pool.draw(self.rng, self.a.batch)
        batch = Batch(self.pool, slots, self.a.view, self.generator)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            maps = self.model(batch.images)
        maps = [m.float() for m in maps]
        label = self.a.labels[0] + (self.a.labels[1] - self.a.labels[0]) * done
        parts = list(hard_label_loss(maps, batch.faces, batch.ignored, batch.labelled, self.cells)) if label else [torch.zeros(())] * 2
        parts += dense_map_loss(maps, batch.told, self.cells, self.a.beta, overlooked(batch.told, batch.faces, batch.labelled, self.cells))
        t = self.a.teacher_weight
        loss = sum(w * p for w, p in zip((label, label, t, t, 0.5 * t), parts))
        descend(self.model, self.optimizer, loss, self.step, self.a.l1)
        self.step += 1
        self.passes += len(slots)
        self.ema.update(self.model, self.step)
        return [loss.item(), *(p.item() for p in parts)]

    def go(self):
        begun = mark = saved = time.monotonic()
        earlier, recent, log = self.seconds, [], self.out / "log.csv"
        fresh = not log.exists()
        with open(log, "a", newline="") as f:
            writer = csv.writer(f)
            if fresh:
                writer.writerow(COLUMNS)
            while self.seconds < 60 * self.a.minutes:
                recent.append(self.one())
                now = time.monotonic()
                self.seconds = earlier + now - begun
                finished = self.seconds >= 60 * self.a.minutes
                if now - mark > 20 or finished:
                    rate = len(recent) * self.a.batch / (now - mark)
                    row = np.mean(recent, 0)
                    writer.writerow([self.passes, round(self.seconds, 1), round(rate, 1), *(round(float(v), 5) for v in row),
                                     round(sparsity(self.model), 4)])
                    f.flush()
                    print(f"{self.seconds / 60:.1f} min, {self.passes} passes, {rate:.0f}/s, loss " + " ".join(f"{v:.3f}" for v in row), flush=True)
                    mark, recent = now, []
                if now - saved > self.a.save_every or finished:
                    self.save()
                    saved = now


if __name__ == "__main__":
    Run(arguments()).go()
