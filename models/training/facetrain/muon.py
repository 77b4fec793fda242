"""Muon (Jordan et al. 2024) for convolution weights, AdamW for everything else.

A convolution's gradient, seen as outputs x (inputs * kernel), has few large directions; its momentum is made orthogonal, so that
the small ones move as far as the large ones. The step is relative to the weight's own size, since BatchNorm takes scale out."""
import torch


def orthogonal(matrix, steps=5):
    """Newton-Schulz iteration of fifth order: a matrix with the same singular vectors and singular values near 1 (0.7 to 1.2)."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    x = x / (x.norm() + 1e-12)
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x if matrix.shape[0] <= matrix.shape[1] else x.T


class Muon(torch.optim.AdamW):
    """Groups with `relative` set (a factor on the rate) move by orthogonal momentum: each step changes the weights by
    rate * relative of their root mean square. All others are AdamW's."""

    @torch.no_grad()
    def step(self, closure=None):
        own = [g for g in self.param_groups if g.get("relative")]
        for group in own:
            for p in group["params"]:
                if p.grad is not None:
                    self._turn(p, group)
        everything, self.param_groups = self.param_groups, [g for g in self.param_groups if not g.get("relative")]
        try:
            super().step(closure)
        finally:
            self.param_groups = everything

    def _turn(self, p, group, momentum=0.95):
        state = self.state[p]
        if "momentum" not in state:
            state["momentum"] = torch.zeros_like(p)
        state["momentum"].lerp_(p.grad, 1 - momentum)
        ahead = torch.lerp(p.grad, state["momentum"], momentum)
        move = orthogonal(ahead.reshape(len(p), -1)).reshape(p.shape)
        size = p.pow(2).mean().sqrt() / (move.pow(2).mean().sqrt() + 1e-12)
        rate = group["lr"] * group["relative"]
        p.mul_(1 - group["lr"] * group["weight_decay"]).sub_(move * (rate * size))


def muon_groups(model, decay, relative):
    """Convolutions with BatchNorm behind them by Muon; heads, biases and BatchNorm by AdamW (decay on weights only)."""
    turned = [m.conv.weight for m in model.modules() if getattr(m, "bn", None) is not None]
    known = {id(p) for p in turned}
    rest = [p for p in model.parameters() if id(p) not in known]
    return [{"params": turned, "weight_decay": 0.0, "relative": relative},
            {"params": [p for p in rest if p.ndim > 1], "weight_decay": decay},
            {"params": [p for p in rest if p.ndim <= 1], "weight_decay": 0.0}]
