"""Fine-tunes a narrow net from a pool of crops: teacher's maps on every cell, boxes where they are known. Start it again with
the same --out and it goes on."""
import argparse
import csv
import os
import signal
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from torch import distributed

from .batch import Batch
from .boxes import grid
from .detector import HEADS
from .distillation import launch, rocket_loss
from .evaluate import load
from .graft import scale_heads
from .losses import dense_map_loss, hard_label_loss, overlooked
from .muon import Muon, muon_groups
from .pool import Pool
from .reconstruct import crops
from .slimming import descend, shrink_gammas, sparsity
from .tricks import Ema, learning_rate, parameter_groups

HEAD_SHARE = 0.6  # of the clip between a separable head's two convolutions, where training begins
COLUMNS = ("passes", "seconds", "rate", "loss", "score", "box", "told_score", "told_box", "told_marks", "sparsity")


def positive(text):
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError(f"must be above 0, not {text}")
    return value


def arguments(argv=None):
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--pool", required=True)
    p.add_argument("--out", required=True)
    p.add_argument("--start", required=True)
    p.add_argument("--batch", type=int, default=32)
    p.add_argument("--rate", type=float, default=1e-3)
    p.add_argument("--turn", type=float, default=0.0, help="Muon for the convolutions: its step, relative to the weights, is this times the rate")
    p.add_argument("--decay", type=float, default=1e-4)
    p.add_argument("--warmup", type=int, default=300)
    p.add_argument("--labels", type=float, nargs=2, default=(0.3, 1.0), help="weight of the boxes at the beginning and at the end")
    p.add_argument("--teacher-weight", type=float, default=1.0, help="of the teacher's maps; with 0 only crops with known boxes are drawn")
    p.add_argument("--beta", type=float, default=2.0, help="exponent of the focal weight on the teacher's score; 0 is plain cross entropy")
    p.add_argument("--l1", type=float, default=0.0, help="weight of the L1 on BatchNorm gammas (slimming)")
    p.add_argument("--shrink", type=float, default=0.0, help="the L1 as a step of its own: gammas move towards 0 by this times the rate (see slimming)")
    p.add_argument("--booster", type=float, default=0.0, metavar="FACTOR",
                   help="rocket launching: a net so many times as wide is trained beside, the narrow one learns its scores too")
    p.add_argument("--hint", type=float, default=1.0, help="weight of the squared distance to the booster's score logits")
    length = p.add_mutually_exclusive_group(required=True)
    length.add_argument("--minutes", type=positive, help="training time over all sessions; the schedule ends there")
    length.add_argument("--passes", type=positive, help="crops seen over all sessions, in place of a time: runs are equal however fast the machine is")
    p.add_argument("--save-every", type=float, default=60)
    p.add_argument("--processes", type=int, default=1, help="train together, each on batches of its own; the gradients' mean counts")
    p.add_argument("--average", type=float, default=0.9995)
    p.add_argument("--seed", type=int, default=1)
    return p.parse_args(argv)


class Run:
    """`rank`: this process among those that train together; the first one keeps log and checkpoint."""

    def __init__(self, a, rank=0):
        torch.manual_seed(a.seed)
        torch.set_num_threads(1)
        self.rank, self.clock = rank, torch.zeros(1)
        self.a, self.out, self.pool = a, Path(a.out), Pool(a.pool)
        self.out.mkdir(parents=True, exist_ok=True)
        path = self.out / "checkpoint.pt"
        start = path if path.exists() else a.start
        saved = torch.load(start, map_location="cpu") if path.exists() else {}
        self.model = load(start, "model")
        if not saved and any(n in self.model.separable for n, _ in HEADS):  # room to grow into, the same in all processes whatever the pool does
            scale_heads(self.model, crops(a.pool, min(160, self.pool.slots)), HEAD_SHARE)
            if a.processes > 1:
                for values in self.model.state_dict().values():
                    distributed.broadcast(values, 0)
        self.model.train()
        self.trained = launch(self.model, a.booster, saved.get("booster")) if a.booster else self.model
        self.optimizer = Muon(muon_groups(self.trained, a.decay, a.turn), lr=a.rate) if a.turn else \
            torch.optim.AdamW(parameter_groups(self.trained, a.decay), lr=a.rate)
        self.ema = Ema(self.model, a.average)
        self.step, self.passes, self.seconds = 0, 0, 0.0
        if saved:
            if "optimizer" in saved:
                self.optimizer.load_state_dict(saved["optimizer"])
            self.ema.model.load_state_dict(saved["ema"])
            self.step, self.passes, self.seconds = saved["step"], saved["passes"], saved["seconds"]
        self.generator = torch.Generator().manual_seed(a.seed + self.step + 1_000_003 * rank)
        self.rng = np.random.default_rng((a.seed, self.step, rank) if rank else (a.seed, self.step))
        self.cells = grid(self.pool.size, self.pool.size)

    def done(self):
        """Share of the schedule that lies behind, 0..1."""
        return self.passes / self.a.passes if self.a.passes else self.seconds / (60 * self.a.minutes)

    def save(self):
        """All that is needed to go on; at the end the booster and the moments, its own among them, are thrown away."""
        m = self.model
        state = {"shape": m.shape(), "model": m.state_dict(), "ema": self.ema.model.state_dict(), "step": self.step,
                 "passes": self.passes, "seconds": self.seconds, "arguments": vars(self.a)}
        if not self.a.booster or self.done() < 1:
            state["optimizer"] = self.optimizer.state_dict()
        if self.a.booster and self.done() < 1:
            booster = self.trained.booster
            state["booster"] = {"shape": booster.shape(), "model": booster.state_dict()}
        torch.save(state, self.out / "checkpoint.tmp")
        (self.out / "checkpoint.tmp").replace(self.out / "checkpoint.pt")

    def parts(self, maps, batch, label):
        """Losses against the boxes (score, box) and the teacher's maps (score, box, landmarks); not computed where they do not count."""
        out = list(hard_label_loss(maps, batch.faces, batch.ignored, batch.labelled, self.cells)) if label else [torch.zeros(())] * 2
        if not self.a.teacher_weight:
            return out + [torch.zeros(())] * 3
        skip = overlooked(batch.told, batch.faces, batch.labelled, self.cells)
        return out + list(dense_map_loss(maps, batch.told, self.cells, self.a.beta, skip))

    def one(self):
        done = self.done()
        rate = self.a.rate * (self.step + 1) / self.a.warmup if self.step < self.a.warmup else \
            learning_rate(int(1e6 * done), 0, 1_000_000, self.a.rate)
        for g in self.optimizer.param_groups:
            g["lr"] = rate
        slots = self.pool.draw(self.rng, self.a.batch, labelled=not self.a.teacher_weight)
        batch = Batch(self.pool, slots, bool(self.a.teacher_weight), self.generator)
        label = self.a.labels[0] + (self.a.labels[1] - self.a.labels[0]) * done
        t, seen = self.a.teacher_weight, []

        def task(maps):
            seen.append(self.parts(maps, batch, label))
            return sum(w * p for w, p in zip((label, label, t, t, 0.5 * t), seen[-1]))

        with torch.autocast("cpu", dtype=torch.bfloat16):
            out = self.trained(batch.images.bfloat16())  # as the first convolution wants them
        if self.a.booster:
            light, booster = ([m.float() for m in maps] for maps in out)
            loss = rocket_loss(light, booster, task, self.a.hint, lambda m: m[:, :1])
        else:
            loss = task([m.float() for m in out])
        descend(self.trained, self.optimizer, loss, self.step, self.a.l1, share=self.share if self.a.processes > 1 else None)
        shrink_gammas(self.model, self.a.shrink * rate)
        self.step += 1
        self.passes += len(slots) * self.a.processes
        self.ema.update(self.model, self.step)
        return [loss.item(), *(p.item() for p in seen[0])]

    def share(self, model):
        """The mean of all processes' gradients, and of their clocks: they must agree on the schedule and on its end."""
        parts = [p.grad for p in model.parameters() if p.grad is not None] + [self.clock]
        flat = torch.cat([g.reshape(-1) for g in parts])
        distributed.all_reduce(flat)
        for g, mean in zip(parts, (flat / self.a.processes).split([g.numel() for g in parts])):
            g.copy_(mean.view_as(g))

    def go(self):
        begun = mark = saved = time.monotonic()
        earlier, recent, log = self.seconds, [], self.out / "log.csv"
        fresh = not log.exists()
        with open(log if self.rank == 0 else os.devnull, "a", newline="") as f:
            writer = csv.writer(f)
            if fresh:
                writer.writerow(COLUMNS)
            while self.done() < 1:
                self.clock[0] = earlier + time.monotonic() - begun
                recent.append(self.one())
                now = time.monotonic()
                self.seconds = float(self.clock)
                finished = self.done() >= 1
                if self.rank:
                    recent.clear()
                    continue
                if now - mark > 20 or finished:
                    rate = len(recent) * self.a.batch * self.a.processes / (now - mark)
                    row = np.mean(recent, 0)
                    writer.writerow([self.passes, round(self.seconds, 1), round(rate, 1), *(round(float(v), 5) for v in row),
                                     round(sparsity(self.model), 4)])
                    f.flush()
                    print(f"{self.seconds / 60:.1f} min, {self.passes} passes, {rate:.0f}/s, loss " + " ".join(f"{v:.3f}" for v in row), flush=True)
                    mark, recent = now, []
                if now - saved > self.a.save_every or finished:
                    self.save()
                    saved = now


def together(rank, a, meeting):
    distributed.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=a.processes)
    Run(a, rank).go()


def main():
    a = arguments()
    if a.processes == 1:
        return Run(a).go()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the others end with this one
    with tempfile.TemporaryDirectory() as folder:
        workers = [get_context("spawn").Process(target=together, args=(r, a, f"{folder}/meeting"), daemon=True) for r in range(a.processes)]
        for w in workers:
            w.start()
        for w in workers:
            w.join()
    if any(w.exitcode for w in workers):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
