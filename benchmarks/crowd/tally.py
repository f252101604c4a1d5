"""What a crowd met with: how long things took, what was refused, what went wrong."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

PERCENTILES = (50, 95, 99)


@dataclass
class Tally:
    """Counts nothing until `is_counting`: a crowd arrives first, and is warmed to."""

    is_counting: bool = False
    times_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    counts: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)

    def took(self, what: str, seconds: float) -> None:
        if self.is_counting:
            self.times_ms[what].append(1000 * seconds)

    def count(self, what: str, n: int = 1) -> None:
        if self.is_counting:
            self.counts[what] += n

    def refused(self, what: str) -> None:
        """It was answered, with a request to come again later."""
        if self.is_counting:
            self.refusals[what] += 1

    def failed(self, what: str) -> None:
        """It was answered wrongly, late or not at all."""
        if self.is_counting:
            self.errors[what] += 1

    def summary(self, what: str, seconds: float) -> dict[str, float]:
        """Number, rate and percentiles of what took time, over so many seconds."""
        times = self.times_ms.get(what, [])
        percentiles = np.percentile(times, PERCENTILES).round(1).tolist() if times else [None] * len(PERCENTILES)
        names = [f"p{p}_ms" for p in PERCENTILES]
        return {"n": len(times), "per_s": round(len(times) / seconds, 2), **dict(zip(names, percentiles, strict=True))}


def line(cells: Iterable[Any]) -> str:
    """One row of a Markdown table."""
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def table(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> list[str]:
    """A Markdown table's lines."""
    head = list(head)
    return [line(head), f"|{'---|' * len(head)}", *(line(row) for row in rows)]
