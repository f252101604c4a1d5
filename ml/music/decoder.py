"""The composer one event at a time, fast: what `Composer.forward` computes over whole pieces, for sampling.

One event is one run of an ONNX graph, so that a step costs no more calls than that. In it, what depends on a token
alone (its way through the embedding and the next layer) stands ready in tables, what depends on the condition alone
is worked out once, and the matrices that are left are read as 8-bit integers (dynamic quantisation: weights by column,
inputs as they come; Jacob et al. 2018). What that costs in likelihood is measured in `benchmarks/music.py`.

Tensor letters: B pieces, H the size of the LSTM, C the size of the condition.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ml.music.graph import Array, Session
from ml.music.line import Ints, gains
from ml.music.steps import MEMORY, Parts, foretold, gone_on, heard
from ml.music.tokens import Events
from ml.music.weights import Weights


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
        weights: of the composer.
        moves: what the upper line's moves gain, as `line.gains` takes it.
        exact: read the weights as 32-bit floats instead, to measure what the integers cost.
    """

    def __init__(self, weights: Weights, moves: Sequence[float] = (), exact: bool = False) -> None:
        parts = Parts(weights)
        self.parts = parts
        self.hearing = Session(heard(parts, exact))
        self.going_on = Session(gone_on(parts, gains(moves), exact))
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

    def go_on(self, told: Told, memory: Memory, chance: Array, barred: Array, line: Ints) -> tuple[Events, Memory]:
        """Draw the next event of each piece and take it in.

        Args:
            chance: (B, 4) numbers from 0 to BELOW_ONE, by which each part of each event is drawn.
            barred: (n_shifts,) 0, or minus infinity for a shift that must not be drawn.
            line: (B,) where the upper line of each piece stands.

        Returns:
            (B, 4) events, and the state after them.
        """
        events, *memory_after = self.going_on.run(
            **memory._asdict(), told_gates=told.gates, told_inner=told.inner, chance=chance, barred=barred, line=line
        )
        return events, Memory(*memory_after)

    def foretell(self, told: Told, memory: Memory, events: Events) -> list[Array]:
        """For each part of the (B, 4) events that come next, its (B, n) logits given the parts before it."""
        return self.foretelling.run(hidden2=memory.hidden2, told_inner=told.inner, events=events)
