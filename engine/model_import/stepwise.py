"""Recurrent layers that torch has no class for, or none that has a form on the chip: written out.

Each runs its steps one by one with plain operations, so that every form of the network, and whatever
traces it, sees ordinary dense layers and gates.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

MAX_STEPS = 64


class Stepwise(nn.Module):
    """One layer in one direction from a state of zeros, over a fixed number of steps.

    Args:
        input_size: features of a step.
        hidden_size: units of the state.
        steps: length of the sequence, 1 to `MAX_STEPS`.
        bias: whether the input's dense layer has one.
        whole: return the state after every step, else only the last.

    Raises:
        ValueError: the number of steps is out of range.
    """

    gates = 1
    weight_ih_l0: nn.Parameter
    bias_ih_l0: nn.Parameter | None

    def __init__(
        self, *, input_size: int, hidden_size: int, steps: int, bias: bool, whole: bool
    ) -> None:
        super().__init__()
        if not 1 <= steps <= MAX_STEPS:
            raise ValueError(f"{steps} steps; 1 to {MAX_STEPS} are possible")
        self.input_size, self.hidden_size, self.steps, self.whole = input_size, hidden_size, steps, whole
        self.weight_ih_l0 = nn.Parameter(torch.zeros(self.gates * hidden_size, input_size))
        self.bias_ih_l0 = nn.Parameter(torch.zeros(self.gates * hidden_size)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        """(batch, steps, features) to (batch, steps, units), or (batch, 1, units) for the last."""
        given = functional.linear(x, self.weight_ih_l0, self.bias_ih_l0)
        states: list[Tensor] = []
        for step in range(self.steps):
            states.append(self.next(given[:, step], states[-1] if states else None))
        kept = states if self.whole else states[-1:]
        return torch.cat(kept, 1).reshape(-1, len(kept), self.hidden_size)

    def next(self, given: Tensor, state: Tensor | None) -> Tensor:
        """The state after one step, (batch, units); None stands for zeros."""
        raise NotImplementedError


class PlainRnn(Stepwise):
    """`activation(W x + U h + b)`; `activation` is `tanh` or `relu`."""

    def __init__(self, *, activation: str, **sizes: int) -> None:
        super().__init__(**sizes)  # type: ignore[arg-type]
        self.activate = {"tanh": torch.tanh, "relu": torch.relu}[activation]
        self.weight_hh_l0 = nn.Parameter(torch.zeros(self.hidden_size, self.hidden_size))

    def next(self, given: Tensor, state: Tensor | None) -> Tensor:
        """See `Stepwise`."""
        if state is None:
            return self.activate(given)
        return self.activate(given + functional.linear(state, self.weight_hh_l0))


class ResetFirstGru(Stepwise):
    """A GRU whose reset gate acts on the state before the matrix (arXiv 1406.1078v1).

    Rows of the input's weights: update, reset, candidate; of `weight_gates`: update, reset.
    """

    gates = 3

    def __init__(self, **sizes: int) -> None:
        super().__init__(**sizes)  # type: ignore[arg-type]
        self.weight_gates = nn.Parameter(torch.zeros(2 * self.hidden_size, self.hidden_size))
        self.weight_candidate = nn.Parameter(torch.zeros(self.hidden_size, self.hidden_size))

    def next(self, given: Tensor, state: Tensor | None) -> Tensor:
        """See `Stepwise`."""
        units = self.hidden_size
        gates, candidate = given[:, : 2 * units], given[:, 2 * units :]
        if state is None:
            update, fresh = torch.sigmoid(given[:, :units]), torch.tanh(candidate)
            return fresh - update * fresh
        both = torch.sigmoid(gates + functional.linear(state, self.weight_gates))
        update, reset = both[:, :units], both[:, units:]
        fresh = torch.tanh(candidate + functional.linear(reset * state, self.weight_candidate))
        return fresh + update * (state - fresh)
