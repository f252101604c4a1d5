"""The composer one event at a time, fast: what `Composer.forward` computes over whole pieces, for sampling.

One event is one run of an ONNX graph, so that a step costs no more calls than that. In it, what depends on a token
alone (its way through the embedding and the next layer) stands ready in tables, what depends on the condition alone
is worked out once, and the matrices that are left are read as 8-bit integers (dynamic quantisation: weights by column,
inputs as they come; Jacob et al. 2018). What that costs in likelihood is measured in `benchmarks/music.py`.

Tensor letters: B pieces, H the size of the LSTM, C the size of the condition.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from ml.music.graph import Array, Graph, Session
from ml.music.model import PARTS, Composer, Head
from ml.music.sampling import TEMPERATURE, draw
from ml.music.tokens import Events

SHIFT = 0  # the number of an event's first part
MEMORY = ("hidden1", "cell1", "hidden2", "cell2")


class Memory(NamedTuple):
    """Where the network stands in each of B pieces: both layers' hidden and cell state, all (B, H)."""

    hidden1: Array
    cell1: Array
    hidden2: Array
    cell2: Array

    def of(self, rows: npt.NDArray[np.int64]) -> "Memory":
        """The state of some of the pieces, in the order of their (n,) indices."""
        return Memory(*(array[rows] for array in self))


class Told(NamedTuple):
    """What the condition adds in the first layer, (B, 4H), and in the heads, (B, all heads' inner sizes)."""

    gates: Array
    inner: Array

    def of(self, rows: npt.NDArray[np.int64]) -> "Told":
        return Told(self.gates[rows], self.inner[rows])


class Decoder:
    """The steps of one composer; threads may share one.

    Args:
        model: in evaluation mode; later changes of its weights are not seen.
        exact: read the weights as 32-bit floats instead, to measure what the integers cost.
    """

    def __init__(self, model: Composer, exact: bool = False) -> None:
        parts = Parts(model)
        self.parts = parts
        self.hearing = Session(heard(parts, exact))
        self.going_on = Session(gone_on(parts, exact))
        self.foretelling = Session(foretold(parts, exact))

    def told(self, conditions: Array) -> Told:
        """What (B, C) conditions add, worked out once."""
        gates = conditions @ self.parts.condition_gates + self.parts.bias1
        return Told(gates.astype(np.float32), (conditions @ self.parts.condition_inner).astype(np.float32))

    def blank(self, n_pieces: int) -> Memory:
        """The state before the first event."""
        return Memory(*(np.zeros((n_pieces, self.parts.hidden), dtype=np.float32) for _ in MEMORY))

    def hear(self, events: Events, told: Told, memory: Memory) -> Memory:
        """Take in one (B, 4) event of each piece."""
        return Memory(*self.hearing.run(**memory._asdict(), told_gates=told.gates, events=events))

    def go_on(self, told: Told, memory: Memory, chance: Array, barred: Array) -> tuple[Events, Memory]:
        """Draw the next event of each piece and take it in.

        Args:
            chance: (B, 4) numbers from 0 to BELOW_ONE, by which each part of each event is drawn.
            barred: (n_shifts,) 0, or minus infinity for a shift that must not be drawn.

        Returns:
            (B, 4) events, and the state after them.
        """
        events, *memory_after = self.going_on.run(
            **memory._asdict(), told_gates=told.gates, told_inner=told.inner, chance=chance, barred=barred
        )
        return events, Memory(*memory_after)

    def foretell(self, told: Told, memory: Memory, events: Events) -> list[Array]:
        """For each part of the (B, 4) events that come next, its (B, n) logits given the parts before it."""
        return self.foretelling.run(hidden2=memory.hidden2, told_inner=told.inner, events=events)


class Parts:
    """A composer's weights, sorted and multiplied out for single steps."""

    @torch.inference_mode()
    def __init__(self, model: Composer) -> None:
        config = model.config
        (in1, hidden1, *bias1), (in2, hidden2, *bias2) = (
            [gates_sorted(weight) for weight in layer] for layer in model.lstm.all_weights
        )
        embeds: list[nn.Embedding] = list(model.embed)  # type: ignore[arg-type]
        tables: list[torch.Tensor] = [embed.weight for embed in embeds]
        ways = in1.split([*config.embeddings, config.condition], dim=1)
        self.token_gates = torch.cat([table @ way.T for table, way in zip(tables, ways, strict=False)]).numpy()
        self.first_rows = np.cumsum([0, *(len(table) for table in tables[:-1])])
        self.condition_gates, self.bias1 = ways[-1].T.numpy(), (bias1[0] + bias1[1]).numpy()
        self.layer1 = hidden1.T.numpy()  # (H, 4H)
        self.layer2 = torch.cat([in2, hidden2], dim=1).T.numpy()  # (2H, 4H)
        self.bias2 = (bias2[0] + bias2[1]).numpy()
        heads: list[Head] = list(model.heads)  # type: ignore[arg-type]
        inner, H = [head.inner for head in heads], config.hidden
        self.n_inner, self.hidden = config.head, H
        self.inner = torch.cat([i.weight[:, :H] for i in inner]).T.numpy()  # (H, all inner sizes)
        self.inner_bias = torch.cat([i.bias for i in inner]).numpy()
        self.condition_inner = torch.cat([i.weight[:, H : H + config.condition] for i in inner]).T.numpy()
        at = H + config.condition
        self.token_inner = [inner_table(i, tables, heads, at).numpy() for i in range(len(heads) - 1)]
        self.out = [(head.out.weight.T.numpy(), head.out.bias.numpy()) for head in heads]


def gates_sorted(weight: torch.Tensor) -> torch.Tensor:
    """PyTorch's order of an LSTM's gates (input, forget, cell, output), the cell's moved to the end."""
    i, f, g, o = weight.chunk(4)
    return torch.cat([i, f, o, g])


def inner_table(part: int, tables: list[torch.Tensor], heads: list[Head], at: int) -> torch.Tensor:
    """(n, inner sizes): what each token of a part adds inside the heads after it.

    Args:
        at: the column of a head's inner weights at which the parts before it begin.
    """
    table = tables[part]
    begin = at + sum(t.size(1) for t in tables[:part])
    added = [table @ head.inner.weight[:, begin : begin + table.size(1)].T for head in heads[part + 1 :]]
    return torch.cat(added, dim=1)


def heard(parts: Parts, exact: bool) -> Graph:
    """Memory, told gates and events → memory."""
    graph = Graph(exact)
    graph.output(*hear_events(graph, parts, graph.input("events", np.int64)))
    return graph


def foretold(parts: Parts, exact: bool) -> Graph:
    """The upper layer's state, what is told inside the heads, and events → the logits of each part."""
    graph = Graph(exact)
    events = graph.input("events", np.int64)

    def as_it_is(part: int, logits: str) -> str:
        graph.output(logits)
        return graph.column(events, part)

    each_part(graph, parts, parts.out, as_it_is)
    return graph


def gone_on(parts: Parts, exact: bool) -> Graph:
    """Memory, what is told, chances and barred shifts → events, memory."""
    graph = Graph(exact)
    chances, barred = graph.split(graph.input("chance"), *[1] * len(PARTS)), graph.input("barred")

    def by_chance(part: int, logits: str) -> str:
        return draw(graph, graph("Add", logits, barred) if part == SHIFT else logits, chances[part])

    cool = np.float32(1 / TEMPERATURE)
    cooled = [(weight * cool, bias * cool) for weight, bias in parts.out]
    tokens = each_part(graph, parts, cooled, by_chance)
    events = graph("Concat", *(graph("Unsqueeze", token, graph.constant([1])) for token in tokens), axis=1)
    graph.output(events, *hear_events(graph, parts, events))
    return graph


def each_part(
    graph: Graph, parts: Parts, out: list[tuple[Array, Array]], choose: Callable[[int, str], str]
) -> list[str]:
    """The tokens, (B,) each, that `choose` picks from a part's number and its (B, n) logits, one part after another.

    Args:
        out: the weights and biases of the heads' last layers.
    """
    hidden2, told = graph.input("hidden2"), graph.input("told_inner")
    rest = graph("Add", graph.product(hidden2, parts.inner, parts.inner_bias), told)
    width, tokens = parts.n_inner, list[str]()
    for i, (weight, bias) in enumerate(out):
        mine, n_left = rest, len(out) - i - 1
        if n_left:
            mine, rest = graph.split(rest, width, n_left * width)
        tokens.append(choose(i, graph.exact_product(graph("Gelu", mine), weight, bias)))
        if n_left:
            added = graph("Gather", graph.constant(parts.token_inner[i]), tokens[-1], axis=0)
            rest = graph("Add", rest, added)
    return tokens


def hear_events(graph: Graph, parts: Parts, events: str) -> list[str]:
    """Memory after (B, 4) events."""
    hidden1, cell1, hidden2, cell2 = (graph.input(name) for name in MEMORY)
    rows = graph("Add", events, graph.constant(parts.first_rows))
    gathered = graph("Gather", graph.constant(parts.token_gates), rows, axis=0)  # (B, 4, 4H)
    tokens = graph("ReduceSum", gathered, graph.constant([1]), keepdims=0)
    gates = graph("Sum", graph.product(hidden1, parts.layer1), tokens, graph.input("told_gates"))
    hidden1, cell1 = lstm_cell(graph, gates, cell1, parts.hidden)
    both = graph("Concat", hidden1, hidden2, axis=1)
    hidden2, cell2 = lstm_cell(graph, graph.product(both, parts.layer2, parts.bias2), cell2, parts.hidden)
    return [hidden1, cell1, hidden2, cell2]


def lstm_cell(graph: Graph, gates: str, cell: str, H: int) -> tuple[str, str]:
    """One LSTM layer's (B, H) new hidden and cell state, from its (B, 4H) gates as `gates_sorted` has them."""
    let_in, kept, let_out, proposed = graph.split(gates, *[H] * 4)
    old = graph("Mul", graph("Sigmoid", kept), cell)
    cell = graph("Add", old, graph("Mul", graph("Sigmoid", let_in), graph("Tanh", proposed)))
    return graph("Mul", graph("Sigmoid", let_out), graph("Tanh", cell)), cell
