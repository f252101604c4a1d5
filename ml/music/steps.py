"""What `ml.music.decoder` runs: a composer's weights made ready for single steps, and the graphs of those steps.

Tensor letters: B pieces, H the size of the LSTM.
"""

from collections.abc import Callable, Sequence

import numpy as np

from ml.music.graph import Array, Graph
from ml.music.line import CHORD_SHIFTS
from ml.music.sampling import TEMPERATURES, draw
from ml.music.weights import PARTS, Weights

SHIFT, PITCH = 0, 1  # the numbers of an event's first parts
MEMORY = ("hidden1", "cell1", "hidden2", "cell2")


class Parts:
    """A composer's weights, sorted and multiplied out for single steps."""

    def __init__(self, weights: Weights) -> None:
        config = weights.config
        H, n_parts = config.hidden, len(PARTS)
        (in1, hidden1, *bias1), (in2, hidden2, *bias2) = (
            [gates_sorted(array) for array in weights.layer(number)] for number in range(2)
        )
        tables = [weights.embedding(part) for part in range(n_parts)]
        ways = np.split(in1, np.cumsum(config.embeddings), axis=1)
        self.token_gates = np.concatenate([table @ way.T for table, way in zip(tables, ways, strict=False)])
        self.first_rows = np.cumsum([0, *(len(table) for table in tables[:-1])])
        self.condition_gates, self.bias1 = ways[-1].T, bias1[0] + bias1[1]
        self.layer1 = hidden1.T  # (H, 4H)
        self.layer2 = np.concatenate([in2, hidden2], axis=1).T  # (2H, 4H)
        self.bias2 = bias2[0] + bias2[1]
        inner, inner_biases = zip(*(weights.head(part, "inner") for part in range(n_parts)), strict=True)
        self.n_inner, self.hidden = config.head, H
        self.inner = np.concatenate([weight[:, :H] for weight in inner]).T  # (H, all inner sizes)
        self.inner_bias = np.concatenate(inner_biases)
        at = H + config.condition
        self.condition_inner = np.concatenate([weight[:, H:at] for weight in inner]).T
        self.token_inner = [inner_table(part, tables, inner, at) for part in range(n_parts - 1)]
        self.out = [(weight.T, bias) for weight, bias in (weights.head(part, "out") for part in range(n_parts))]


def gates_sorted(weight: Array) -> Array:
    """PyTorch's order of an LSTM's gates (input, forget, cell, output), the cell's moved to the end."""
    i, f, g, o = np.split(weight, 4)
    return np.concatenate([i, f, o, g])


def inner_table(part: int, tables: Sequence[Array], inner: Sequence[Array], at: int) -> Array:
    """(n, inner sizes): what each token of a part adds inside the heads after it.

    Args:
        inner: the weights of all heads' inner layers.
        at: the column of them at which the parts before begin.
    """
    table = tables[part]
    begin = at + sum(t.shape[1] for t in tables[:part])
    return np.concatenate([table @ w[:, begin : begin + table.shape[1]].T for w in inner[part + 1 :]], axis=1)


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


def gone_on(parts: Parts, gains: Array, exact: bool) -> Graph:
    """Memory, what is told, chances, barred shifts and where the upper line stands → events, memory."""
    graph = Graph(exact)
    chances, barred = graph.split(graph.input("chance"), *[1] * len(PARTS)), graph.input("barred")
    gained = graph("Gather", graph.constant(gains), graph.input("line", np.int64), axis=0)
    begins = list[str]()  # 1 for pieces whose event begins an onset: within a chord no move gains

    def by_chance(part: int, logits: str) -> str:
        added = barred if part == SHIFT else graph("Mul", gained, begins[0]) if part == PITCH else None
        token = draw(graph, graph("Add", logits, added) if added else logits, chances[part])
        if part == SHIFT:
            is_new = graph("GreaterOrEqual", token, graph.constant(CHORD_SHIFTS))
            begins.append(graph("Unsqueeze", graph("Cast", is_new, to=graph.FLOAT), graph.constant([1])))
        return token

    cool = [np.float32(1 / temperature) for temperature in TEMPERATURES]
    cooled = [(weight * by, bias * by) for (weight, bias), by in zip(parts.out, cool, strict=True)]
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
    doors, proposed = graph.split(gates, 3 * H, H)
    let_in, kept, let_out = graph.split(graph("Sigmoid", doors), *[H] * 3)
    cell = graph("Add", graph("Mul", kept, cell), graph("Mul", let_in, graph("Tanh", proposed)))
    return graph("Mul", let_out, graph("Tanh", cell)), cell
