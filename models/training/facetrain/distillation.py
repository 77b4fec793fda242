"""Distillation: soft targets, hints, and rocket launching. The dense-map loss of the detector is in `losses`."""
import torch
from torch import nn
from torch.nn import functional as F

from .detector import Detector, scaled
from .widen import widen


def soft_targets(student, teacher, temperature=4.0):
    """T^2 * KL(teacher || student) of the tempered softmax over dim 1 (Hinton et al. 2015); the factor keeps the
    gradient's size independent of T. Logits N x C x ..."""
    p = F.log_softmax(teacher / temperature, 1)
    q = F.log_softmax(student / temperature, 1)
    return temperature ** 2 * (p.exp() * (p - q)).sum(1).mean()


def soft_score(student, teacher, temperature=4.0):
    """The same for a two-class map given by one logit: T^2 * KL of Bernoulli distributions, averaged."""
    t, s = teacher / temperature, student / temperature
    p = t.sigmoid()
    kl = p * (F.logsigmoid(t) - F.logsigmoid(s)) + (1 - p) * (F.logsigmoid(-t) - F.logsigmoid(-s))
    return temperature ** 2 * kl.mean()


class Hint(nn.Module):
    """Half the squared distance between the teacher's feature and a 1x1 projection of the student's (Romero et al. 2015, eq. 3)."""

    def __init__(self, student_channels, teacher_channels):
        super().__init__()
        self.project = nn.Conv2d(student_channels, teacher_channels, 1)

    def forward(self, student, teacher):
        return 0.5 * F.mse_loss(self.project(student), teacher.detach())


def rocket_loss(light, booster, task, weight=0.03, logits=lambda m: m):
    """Rocket launching (Zhou et al. 2018): both nets learn the task, the light one also the booster's logits. The hint
    is blocked at the booster, which therefore is not disturbed. `light`, `booster`: lists of maps; `task`: maps -> scalar;
    `logits`: what of a map the hint is about."""
    hint = sum(F.mse_loss(logits(a), logits(b).detach()) for a, b in zip(light, booster)) / len(light)
    return task(light) + task(booster) + weight * hint


class Rocket(nn.Module):
    """A light detector and a booster that share the layers named in `shared` for the time of training (equal widths there)."""

    def __init__(self, light, booster, shared=("c3",)):
        super().__init__()
        self.light, self.booster = light, booster
        for name in shared:
            mine, other = getattr(light, name), getattr(booster, name)
            if mine.conv.weight.shape != other.conv.weight.shape:
                raise ValueError(f"Layer {name} cannot be shared: {tuple(mine.conv.weight.shape)} and {tuple(other.conv.weight.shape)}.")
            setattr(booster, name, mine)

    def forward(self, image):
        return self.light(image), self.booster(image)


def launch(light, factor, saved=None):
    """`light` with a booster `factor` times as wide that computes the same at first; they share the layer that reads the picture.
    `saved`: shape and weights of the booster when a run goes on."""
    name, _, group, _ = light.layers()[0]
    if saved:
        booster = Detector(**saved["shape"])
        booster.load_state_dict(saved["model"])
    else:
        booster = widen(light, {g: w for g, w in scaled(factor, light.widths).items() if w > light.widths[g] and g != group})
    return Rocket(light, booster.train().to(memory_format=torch.channels_last), (name,))
