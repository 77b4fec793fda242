import csv
import tempfile
from multiprocessing import get_context

import numpy as np
import pytest
import torch
from torch import distributed

from facetrain.batch import Batch
from facetrain.detector import NARROW_WIDTHS, Detector
from facetrain.evaluate import load
from facetrain.finetune import Run, arguments
from facetrain.pool import Pool
from facetrain.shrink import mean, measure


@pytest.fixture
def call(tmp_path):
    """A pool of twelve crops of noise, a net to start from; makes the arguments of a run."""
    rng = np.random.default_rng(8)
    pool = Pool(tmp_path / "pool", 12, 64)
    pool.image[:] = rng.integers(0, 256, pool.image.shape)
    pool.told[:] = rng.random(pool.told.shape)
    pool.faces[:, 0] = [8, 8, 40, 40, 1]
    pool.count[:] = 1, 1
    pool.made[:] = 1
    start = Detector()
    torch.save({"shape": start.shape(), "model": start.state_dict(), "ema": start.state_dict()}, tmp_path / "start.pt")
    return lambda *more: arguments(["--pool", str(tmp_path / "pool"), "--start", str(tmp_path / "start.pt"), "--out", str(tmp_path / "run"),
                                    "--batch", "4", *more])


def saved(tmp_path):
    return torch.load(tmp_path / "run" / "checkpoint.pt", map_location="cpu")


def test_a_run_by_passes_sees_so_many_crops_whatever_the_time(call, tmp_path):
    run = Run(call("--passes", "20", "--warmup", "1"))
    rates = [(run.one(), run.optimizer.param_groups[0]["lr"])[1] for _ in range(2)]
    assert rates[1] == pytest.approx(1e-3 * (0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * 0.2))))
    run.save()
    Run(call("--passes", "20")).go()
    assert saved(tmp_path)["passes"] == 20
    with open(tmp_path / "run" / "log.csv", newline="") as f:
        assert [r["passes"] for r in csv.DictReader(f)][-1] == "20"
    before = saved(tmp_path)["model"]["c5.conv.weight"]
    Run(call("--passes", "20")).go()  # nothing is left to do
    assert torch.equal(before, saved(tmp_path)["model"]["c5.conv.weight"])


@pytest.mark.parametrize("wrong", [[], ["--passes", "0"], ["--passes", "4", "--minutes", "1"]])
def test_a_run_has_one_length(call, wrong):
    with pytest.raises(SystemExit):
        call(*wrong)


def test_an_empty_pool_is_refused_in_one_line(call, tmp_path):
    Pool(tmp_path / "pool").made[:] = 0
    with pytest.raises(SystemExit, match="holds fewer than 4 crops"):
        Run(call("--passes", "4")).go()


def test_labels_alone_do_not_look_at_the_teacher(call, tmp_path):
    only_boxes = ["--passes", "8", "--labels", "1", "1", "--teacher-weight", "0"]
    Pool(tmp_path / "pool").told[:] = np.nan
    Pool(tmp_path / "pool").count[5:, 1] = 0
    run = Run(call(*only_boxes))
    assert all(run.pool.draw(run.rng, 4, labelled=True).max() < 5 for _ in range(9))
    losses = run.one()
    assert np.isfinite(losses).all() and losses[1] > 0 and losses[3:] == [0, 0, 0]


def test_shrinking_reaches_the_gammas(call):
    run = Run(call("--passes", "400", "--shrink", "300", "--warmup", "1"))
    run.one()
    assert 0.69 < float(run.model.c5.bn.weight.detach().mean()) < 0.71


def test_processes_that_train_together_agree_and_share_the_crops(call, tmp_path):
    common = ["--passes", "32", "--warmup", "1"]
    a = call(*common, "--processes", "2")
    with tempfile.TemporaryDirectory() as folder:
        workers = [get_context("spawn").Process(target=watched, args=(r, a, folder)) for r in range(2)]
        for w in workers:
            w.start()
        for w in workers:
            w.join(120)
    assert [w.exitcode for w in workers] == [0, 0]
    assert saved(tmp_path)["passes"] == 32 and saved(tmp_path)["step"] == 4
    mine, other = (torch.load(tmp_path / "run" / f"{r}.pt") for r in range(2))
    assert mine["drawn"] != other["drawn"]
    assert all(torch.equal(p, q) for p, q in zip(mine["weights"], other["weights"]))
    assert not torch.equal(mine["weights"][0], next(load(tmp_path / "start.pt").parameters()))


def watched(rank, a, folder):
    """A process of such a run, which writes down what it drew first and its weights at the end."""
    distributed.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2)
    run, drawn = Run(a, rank), []
    draw = run.pool.draw
    run.pool.draw = lambda *more, **named: drawn.append(draw(*more, **named).tolist()) or np.array(drawn[-1])
    run.go()
    torch.save({"drawn": drawn, "weights": list(run.model.parameters())}, f"{a.out}/{rank}.pt")


def test_a_booster_survives_a_restart_and_is_thrown_away_at_the_end(call, tmp_path):
    rocket = ["--passes", "24", "--booster", "1.5"]
    run = Run(call(*rocket))
    booster = run.trained.booster
    assert booster.c3 is run.model.c3 and booster.widths["c5"] == 48 and booster.widths["c3"] == 32
    for _ in range(3):
        run.one()
    run.save()
    again = Run(call(*rocket))
    assert again.passes == 12 and again.trained.booster.c3 is again.model.c3
    for mine, other in zip(again.trained.state_dict().values(), run.trained.state_dict().values()):
        assert torch.equal(mine, other)
    moments = lambda r: [s["exp_avg"].sum().item() for s in r.optimizer.state_dict()["state"].values()]
    assert moments(again) == moments(run) and len(moments(run)) == len(list(run.trained.parameters()))
    again.go()
    end = saved(tmp_path)
    assert end["passes"] == 24 and "booster" not in end and "optimizer" not in end
    assert load(tmp_path / "run" / "checkpoint.pt").widths == Detector().widths
    Run(call(*rocket)).go()  # at its end already


def test_a_mean_of_nets_has_statistics_of_its_own(call, tmp_path):
    torch.manual_seed(6)
    nets = [Detector().eval() for _ in range(2)]
    own = nets[0].c5.conv.weight.clone()
    middle = (own + nets[1].c5.conv.weight) / 2
    first = mean(nets)
    torch.testing.assert_close(first.c5.conv.weight, middle)
    assert not torch.equal(first.c5.conv.weight, own) and not first.c5.bn.running_mean.any()
    pool = Pool(tmp_path / "pool")
    measure(first, pool, batch=4, batches=3)
    seen = {}
    rng, generator = np.random.default_rng(1), torch.Generator().manual_seed(1)
    images = torch.cat([Batch(pool, pool.draw(rng, 4), False, generator).images for _ in range(3)])
    with torch.no_grad():
        first.walk(images, seen.__setitem__)
        x = first.c3.conv(torch.nn.functional.pad(seen["c3"], (4, 0, 4, 0)))
    torch.testing.assert_close(first.c3.bn.running_mean, x.mean((0, 2, 3)), rtol=1e-3, atol=1e-4)
    assert first.c3.bn.momentum == 0.1 and not first.training
    with pytest.raises(ValueError, match="one shape"):
        mean([nets[1], Detector({**NARROW_WIDTHS, "c5": 16})])
