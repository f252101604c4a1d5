"""Writing phrases: several candidates of the next few seconds, decoded together from where each of them stands."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.music.decoder import Decoder, Memory, Told
from ml.music.graph import Array
from ml.music.line import UpperLine
from ml.music.sampling import BELOW_ONE
from ml.music.steps import SHIFT
from ml.music.tokens import SHIFTS_S, SIZES, Events

LONGEST_SHIFT_S = 2.0  # so that no silence outlasts 3 s
MOST_NOTES_PER_S = 40  # a bound on network steps; EMOPIA's densest clip has 29
DRAWN_AT_ONCE = 64  # events' worth of chance
# Added to the logits of an event's shift: which of them are never drawn.
TOO_LONG = np.where(SHIFTS_S <= LONGEST_SHIFT_S, 0, -np.inf).astype(np.float32)
AFTER_A_PAUSE = np.where(SHIFTS_S <= 0, 0, -np.inf).astype(np.float32)


@dataclass(frozen=True)
class Take:
    """One candidate of a phrase.

    Args:
        events: (N, 4), at least one.
        memory: the network's state after them, of one piece.
        end_s: when the last of them begins.
        runaway: it never reached the phrase's end, having struck more notes than anyone can.
    """

    events: Events
    memory: Memory
    end_s: float
    runaway: bool


class Writer:
    """Samples phrases from one composer; counts its network steps."""

    def __init__(self, decoder: Decoder, random: np.random.Generator) -> None:
        self.decoder, self.random = decoder, random
        self.n_steps = 0

    def hear(self, events: Events, told: Told, memory: Memory) -> Memory:
        """Take in (N, 4) events that are the same for every candidate."""
        n_pieces = len(memory.hidden1)
        for event in events:
            memory = self.decoder.hear(np.tile(event, (n_pieces, 1)), told, memory)
            self.n_steps += n_pieces
        return memory

    def phrase(self, told: Told, memory: Memory, begin_s: float, until_s: float, at_once: bool) -> list[Take]:
        """One take for each row of `memory`: events from `begin_s` up to the first that begins at `until_s` or later.

        Args:
            at_once: the first event of each begins without a pause.
        """
        rows = np.arange(len(memory.hidden1))  # which takes are still being written
        written: list[list[npt.NDArray[np.int64]]] = [[] for _ in rows]
        takes: dict[int, Take] = {}
        clock_s, line = np.full(len(rows), begin_s), UpperLine(len(rows))
        drawn = chances(len(rows), self.random)
        for i in range(int(MOST_NOTES_PER_S * (until_s - begin_s)) + 1):
            barred = AFTER_A_PAUSE if at_once and i == 0 else TOO_LONG
            events, memory = self.decoder.go_on(told, memory, next(drawn)[rows], barred, line.at)
            self.n_steps += len(rows)
            for row, event in zip(rows, events, strict=True):
                written[row].append(event)
            clock_s = clock_s + SHIFTS_S[events[:, SHIFT]]
            line.hear(events, clock_s)
            ended = clock_s >= until_s
            for at in np.flatnonzero(ended):
                takes[int(rows[at])] = self.take(written[rows[at]], memory, int(at), float(clock_s[at]))
            if ended.any():  # the others go on without them
                left = np.flatnonzero(~ended)
                rows, clock_s, line = rows[~ended], clock_s[~ended], line.of(~ended)
                memory, told = memory.of(left), told.of(left)
            if not len(rows):
                break
        for last, late in enumerate(rows.tolist()):
            takes[late] = self.take(written[late], memory, last, float(clock_s[last]), runaway=True)
        return [takes[row] for row in range(len(written))]

    @staticmethod
    def take(
        written: list[npt.NDArray[np.int64]], memory: Memory, at: int, end_s: float, runaway: bool = False
    ) -> Take:
        return Take(np.stack(written), memory.of(np.array([at])), end_s, runaway)


def chances(n_pieces: int, random: np.random.Generator) -> Iterator[Array]:
    """Without an end, (B, 4): what the parts of one event of each piece are drawn by."""
    while True:
        yield from random.random((DRAWN_AT_ONCE, n_pieces, len(SIZES)), dtype=np.float32) * np.float32(BELOW_ONE)
