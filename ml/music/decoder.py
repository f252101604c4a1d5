"""The composer one event at a time, fast: what `Composer.forward` computes over whole pieces, for sampling.

For single steps on a CPU, reading the weights is what takes the time. So what depends on a token alone (its way
through the embedding and the next layer) stands ready in tables, what depends on the condition alone is worked out
once, and the matrices that are left are read as 8-bit integers (dynamic quantisation: weights by row, inputs as they
come; Jacob et al. 2018). What that costs in likelihood is measured in `benchmarks/music.py`.

Tensor letters: B pieces, H the size of the LSTM, C the size of the condition.
"""

import warnings
from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn

from ml.music.model import Composer, Head

Linear = Callable[[torch.Tensor], torch.Tensor]


class Memory(NamedTuple):
    """Where the network stands in each of B pieces: both layers' hidden and cell state, all (B, H)."""

    hidden1: torch.Tensor
    cell1: torch.Tensor
    hidden2: torch.Tensor
    cell2: torch.Tensor

    def of(self, rows: torch.Tensor) -> "Memory":
        """The state of some of the pieces, in the order of their (n,) indices."""
        return Memory(*(tensor[rows] for tensor in self))


class Told(NamedTuple):
    """What the condition adds in the first layer, (B, 4H), and in the heads, (B, all heads' inner sizes)."""

    gates: torch.Tensor
    inner: torch.Tensor

    def of(self, rows: torch.Tensor) -> "Told":
        return Told(self.gates[rows], self.inner[rows])


class Decoder:
    """The steps of one composer.

    Args:
        model: in evaluation mode; later changes of its weights are not seen.
        exact: read the weights as 32-bit floats instead, to measure what the integers cost.
    """

    @torch.inference_mode()
    def __init__(self, model: Composer, exact: bool = False) -> None:
        config = model.config
        matrix: Callable[[torch.Tensor, torch.Tensor], Linear] = float_matrix if exact else integer_matrix
        self.hidden, self.n_inner = config.hidden, config.head
        (in1, hidden1, *bias1), (in2, hidden2, *bias2) = (
            [gates_sorted(weight) for weight in layer] for layer in model.lstm.all_weights
        )
        embeds: list[nn.Embedding] = list(model.embed)  # type: ignore[arg-type]
        tables: list[torch.Tensor] = [embed.weight for embed in embeds]
        ways = in1.split([*config.embeddings, config.condition], dim=1)
        self.token_gates = torch.cat([table @ way.T for table, way in zip(tables, ways, strict=False)])
        self.first_rows = torch.tensor([0, *(len(table) for table in tables[:-1])]).cumsum(dim=0)
        self.condition_gates, self.bias1 = ways[-1], bias1[0] + bias1[1]
        self.layer1 = matrix(hidden1, torch.zeros_like(self.bias1))
        self.layer2 = matrix(torch.cat([in2, hidden2], dim=1), bias2[0] + bias2[1])
        heads: list[Head] = list(model.heads)  # type: ignore[arg-type]
        inner = [head.inner for head in heads]
        self.inner = matrix(torch.cat([i.weight[:, : self.hidden] for i in inner]), torch.cat([i.bias for i in inner]))
        told = slice(self.hidden, self.hidden + config.condition)
        self.condition_inner = torch.cat([i.weight[:, told] for i in inner])
        self.token_inner = [inner_table(i, tables, heads, told.stop) for i in range(len(heads) - 1)]
        self.out = [float_matrix(head.out.weight, head.out.bias) for head in heads]  # small: integers gain nothing

    def told(self, conditions: torch.Tensor) -> Told:
        """What (B, C) conditions add, worked out once."""
        return Told(F.linear(conditions, self.condition_gates, self.bias1), F.linear(conditions, self.condition_inner))

    def blank(self, n_pieces: int) -> Memory:
        """The state before the first event."""
        return Memory(*(torch.zeros(n_pieces, self.hidden) for _ in range(4)))

    def hear(self, events: torch.Tensor, told: Told, memory: Memory) -> Memory:
        """Take in one (B, 4) event of each piece."""
        tokens = F.embedding_bag(events + self.first_rows, self.token_gates, mode="sum")
        hidden1, cell1 = lstm_cell(tokens + told.gates + self.layer1(memory.hidden1), memory.cell1)
        hidden2, cell2 = lstm_cell(self.layer2(torch.cat([hidden1, memory.hidden2], dim=-1)), memory.cell2)
        return Memory(hidden1, cell1, hidden2, cell2)

    def choose(
        self, memory: Memory, told: Told, choose_part: Callable[[int, torch.Tensor], torch.Tensor]
    ) -> torch.Tensor:
        """(B, 4): the next event of each piece, part by part.

        Args:
            choose_part: from the part's number and its (B, n) logits, one token for each piece.
        """
        inner = self.inner(memory.hidden2) + told.inner
        parts: list[torch.Tensor] = []
        for i, out in enumerate(self.out):
            if i:
                inner = inner + self.token_inner[i - 1][parts[-1]]
            parts.append(choose_part(i, out(F.gelu(inner[:, i * self.n_inner : (i + 1) * self.n_inner]))))
        return torch.stack(parts, dim=-1)


def gates_sorted(weight: torch.Tensor) -> torch.Tensor:
    """PyTorch's order of an LSTM's gates (input, forget, cell, output), the cell's moved to the end."""
    i, f, g, o = weight.chunk(4)
    return torch.cat([i, f, o, g])


def inner_table(part: int, tables: list[torch.Tensor], heads: list[Head], at: int) -> torch.Tensor:
    """(n, all inner sizes): what each token of a part adds inside the heads after it; nothing in those before.

    Args:
        at: the column of a head's inner weights at which the parts before it begin.
    """
    table = tables[part]
    begin = at + sum(t.size(1) for t in tables[:part])
    added = [
        table @ head.inner.weight[:, begin : begin + table.size(1)].T
        if i > part
        else torch.zeros(len(table), head.inner.out_features)
        for i, head in enumerate(heads)
    ]
    return torch.cat(added, dim=1)


def lstm_cell(gates: torch.Tensor, cell: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """One LSTM layer's (B, H) new hidden and cell state, from its (B, 4H) gates as `gates_sorted` has them."""
    H = cell.size(1)
    opened, proposed = gates[:, : 3 * H].sigmoid_(), gates[:, 3 * H :].tanh_()
    cell = torch.addcmul(opened[:, H : 2 * H] * cell, opened[:, :H], proposed)
    return opened[:, 2 * H :] * cell.tanh(), cell


def float_matrix(weight: torch.Tensor, bias: torch.Tensor) -> Linear:
    return lambda x: F.linear(x, weight, bias)


def integer_matrix(weight: torch.Tensor, bias: torch.Tensor) -> Linear:
    """The same with the (n_out, n_in) weights in 8 bits, each row by its own scale."""
    scales = weight.abs().amax(dim=1).clamp(min=1e-8).double() / 127
    zeros = torch.zeros(len(scales), dtype=torch.long)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # PyTorch will one day do without these tensors; ours is pinned
        integers = torch.quantize_per_channel(weight, scales, zeros, 0, torch.qint8)
    packed = torch.ops.quantized.linear_prepack(integers, bias)
    return lambda x: torch.ops.quantized.linear_dynamic(x, packed, True)  # 7-bit inputs: AVX2 adds pairs in 16 bits
