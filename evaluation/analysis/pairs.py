"""Pairs of an image and the clip made from it: their ratings on both sides, and their points in the scatter."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.analysis.basics import Interval, in_usual_order
from evaluation.analysis.data import Codes, RatingTable
from evaluation.analysis.tally import Tally, tally
from evaluation.design import IMAGE, MUSIC


@dataclass(frozen=True)
class PairPoint:
    """One pair in the scatter picture."""

    pair: str
    expression: str
    image_mos: float
    image_ci95: Interval | None
    music_mos: float
    music_ci95: Interval | None


@dataclass(frozen=True, eq=False)
class Pairs:
    """The pairs rated on both sides; where a pair has several stimuli of a kind, their ratings are pooled.

    Args:
        names, expressions: (K,) each pair's; its image's expression if known, else its clip's.
        image, music: ratings summed by participant and pair.
    """

    names: tuple[str, ...]
    expressions: tuple[str, ...]
    image: Tally
    music: Tally

    def __len__(self) -> int:
        return len(self.names)


def complete_pairs(table: RatingTable) -> Pairs:
    """Find the pairs that have ratings of both kinds, in order of first appearance."""
    rated = {table.stimuli[i] for i in set(table.stimulus.tolist())}
    kinds: dict[str, dict[str, str]] = {}
    for stimulus in table.stimuli:
        if stimulus.pair and stimulus in rated:
            expressions = kinds.setdefault(stimulus.pair, {})
            expressions[stimulus.kind] = expressions.get(stimulus.kind) or stimulus.expression
    both = {name: sides for name, sides in kinds.items() if len(sides) == 2}
    return Pairs(
        names=tuple(both),
        expressions=tuple(sides[IMAGE] or sides[MUSIC] for sides in both.values()),
        image=tally(table, pair_codes(table, list(both), IMAGE), len(both)),
        music=tally(table, pair_codes(table, list(both), MUSIC), len(both)),
    )


def pair_codes(table: RatingTable, names: Sequence[str], kind: str) -> Codes:
    """(S,) each stimulus's pair if it is of this kind, else −1."""
    index = {name: i for i, name in enumerate(names)}
    codes = [index.get(s.pair, -1) if s.kind == kind else -1 for s in table.stimuli]
    return np.array(codes, dtype=np.int64)


def by_expression(pairs: Pairs) -> list[tuple[str, Codes]]:
    """Each known expression with the indices of its pairs."""
    names = [name for name in in_usual_order(pairs.expressions) if name]
    return [(name, np.flatnonzero([e == name for e in pairs.expressions])) for name in names]


def points(pairs: Pairs) -> tuple[PairPoint, ...]:
    """Both MOS of every pair with their t-intervals."""
    image_ci95, music_ci95 = pairs.image.intervals(), pairs.music.intervals()
    return tuple(
        PairPoint(
            pair=name,
            expression=pairs.expressions[i],
            image_mos=float(pairs.image.mean[i]),
            image_ci95=image_ci95[i],
            music_mos=float(pairs.music.mean[i]),
            music_ci95=music_ci95[i],
        )
        for i, name in enumerate(pairs.names)
    )
