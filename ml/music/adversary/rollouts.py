"""Sampling many passages at once from a composer that is being trained, and how likely it was to draw them.

The draws are those of `ml.music.sampling`, so that what is trained is what is heard; the gains of the upper line's
moves are left to the training. Products are taken in 16 bits (bfloat16).

Tensor letters: B pieces, T events, C the size of the condition, H the size of the LSTM.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F

from ml.music.model import Composer, Head
from ml.music.phrases import LONGEST_SHIFT_S
from ml.music.sampling import LEAST_PART, TEMPERATURES
from ml.music.tokens import SHIFTS_S, START, Events

NEVER = -1e9  # a logit
SHIFTS = torch.tensor(SHIFTS_S, dtype=torch.float32)
BARRED, BARRED_AT_FIRST = SHIFTS > LONGEST_SHIFT_S, SHIFTS > 0
LIKELY = math.log(LEAST_PART)
LSTM = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")  # of a layer, as PyTorch names them
MOST_EVENTS = 600  # of a passage


def product(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """(B, n) times (n, m), both taken in 16 bits."""
    return (x.bfloat16() @ weight).float()


class Sampler:
    """Single steps of a composer as it is now."""

    @torch.no_grad()
    def __init__(self, model: Composer) -> None:
        self.model, C, arrays = model, model.config.condition, dict(model.lstm.named_parameters())
        in0, hidden0, *bias0 = (arrays[f"{name}_l0"] for name in LSTM)
        in1, hidden1, *bias1 = (arrays[f"{name}_l1"] for name in LSTM)
        self.condition_gates = in0[:, -C:].T
        self.bias0, self.bias1 = bias0[0] + bias0[1], bias1[0] + bias1[1]
        layer0, layer1 = torch.cat([in0[:, :-C], hidden0], dim=1), torch.cat([in1, hidden1], dim=1)
        self.layer0, self.layer1 = (weight.T.contiguous().bfloat16() for weight in (layer0, layer1))
        heads = [head for head in model.heads if isinstance(head, Head)]
        self.inner = [(head.inner.weight.T.bfloat16(), head.inner.bias) for head in heads]
        self.out = [(head.out.weight.T.bfloat16(), head.out.bias) for head in heads]

    @torch.inference_mode()
    def passages(self, conditions: torch.Tensor, seconds: float) -> list[Events]:
        """For each of the (B, C) conditions the events of a passage, up to the first one at `seconds` or later.

        One that strikes MOST_EVENTS notes before is cut there.
        """
        B, H = len(conditions), self.model.config.hidden
        told, clock_s = conditions @ self.condition_gates + self.bias0, torch.zeros(B)
        states = torch.zeros(4, B, H)  # hidden and cell state of the lower layer, then of the upper one
        events, rows = torch.tensor([START] * B), np.arange(B)
        written: list[list[np.ndarray]] = [[] for _ in range(B)]
        for step in range(MOST_EVENTS):
            states = self.heard(events, states, told)
            events = self.drawn(states[2], conditions, BARRED if step else BARRED_AT_FIRST)
            clock_s = clock_s + SHIFTS[events[:, 0]]
            for row, event in zip(rows, events.numpy(), strict=True):
                written[row].append(event)
            on = (clock_s < seconds).nonzero()[:, 0]
            if len(on) < len(rows):
                events, clock_s, told, conditions = events[on], clock_s[on], told[on], conditions[on]
                states, rows = states[:, on], rows[on.numpy()]
            if not len(rows):
                break
        return [np.stack(each) for each in written]

    def heard(self, events: torch.Tensor, states: torch.Tensor, told: torch.Tensor) -> torch.Tensor:
        """(4, B, H) states after (B, 4) events."""
        hidden0, cell0, hidden1, cell1 = states
        x = torch.cat(self.model.embedded(events), dim=1)
        hidden0, cell0 = lstm_cell(told + product(torch.cat([x, hidden0], dim=1), self.layer0), cell0)
        hidden1, cell1 = lstm_cell(self.bias1 + product(torch.cat([hidden0, hidden1], dim=1), self.layer1), cell1)
        return torch.stack([hidden0, cell0, hidden1, cell1])

    def drawn(self, hidden: torch.Tensor, conditions: torch.Tensor, barred: torch.Tensor) -> torch.Tensor:
        """(B, 4) events that come next."""
        known, tokens = torch.cat([hidden, conditions], dim=1), list[torch.Tensor]()
        for i, ((inner, inner_bias), (out, bias)) in enumerate(zip(self.inner, self.out, strict=True)):
            logits = (product(F.gelu(product(known, inner) + inner_bias), out) + bias) / TEMPERATURES[i]
            if i == 0:
                logits = logits.masked_fill(barred, NEVER)
            likely = logits >= logits.amax(dim=1, keepdim=True) + LIKELY
            odds = torch.softmax(logits.masked_fill(~likely, NEVER), dim=1)
            tokens.append(torch.multinomial(odds, 1)[:, 0])
            known = torch.cat([known, self.model.embed[i](tokens[-1])], dim=1)
        return torch.stack(tokens, dim=1)


def lstm_cell(gates: torch.Tensor, cell: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """One LSTM layer's (B, H) new hidden and cell state, from its (B, 4H) gates in PyTorch's order."""
    let_in, kept, proposed, let_out = gates.chunk(4, dim=1)
    cell = torch.sigmoid(kept) * cell + torch.sigmoid(let_in) * torch.tanh(proposed)
    return torch.sigmoid(let_out) * torch.tanh(cell), cell


def log_likelihood(logits: list[torch.Tensor], events: torch.Tensor) -> torch.Tensor:
    """(B, T−1) nats: how likely `Sampler` was to draw each event after the first.

    Args:
        logits: as `Composer.forward` returns them for these (B, T, 4) events.
    """
    total = torch.zeros(events.size(0), events.size(1) - 1)
    for i, part in enumerate(logits):
        cooled, chosen = part / TEMPERATURES[i], events[:, 1:, i].unsqueeze(-1)
        if i == 0:
            barred = BARRED.repeat(events.size(1) - 1, 1)
            barred[0] = BARRED_AT_FIRST
            cooled = cooled.masked_fill(barred, NEVER)
        unlikely = cooled < cooled.detach().amax(dim=-1, keepdim=True) + LIKELY
        unlikely = unlikely.scatter(-1, chosen, False)  # the weights may have moved a little since
        total = total + torch.log_softmax(cooled.masked_fill(unlikely, NEVER), dim=-1).gather(-1, chosen).squeeze(-1)
    return total
