"""Watches what is sent: how each was answered and how soon, and what the web process needed for it."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil

HANG_S = 2.0


@dataclass
class Row:
    """One kind of input: how many were sent, and what became of them."""

    kind: str
    answers: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    n_unanswered: int = 0
    peak_mb: float = 0.0

    @property
    def n(self) -> int:
        return len(self.seconds) + self.n_unanswered

    @property
    def n_hangs(self) -> int:
        return sum(each > HANG_S for each in self.seconds)

    @contextmanager
    def timed(self) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds.append(time.perf_counter() - began)

    def line(self) -> str:
        slowest = max(self.seconds, default=0.0)
        common = ", ".join(f"{name} {n}" for name, n in self.answers.most_common(4))
        return (
            f"| {self.kind} | {self.n:,} | {self.n_unanswered} | {self.n_hangs} | {1000 * slowest:.0f} "
            f"| {self.peak_mb:+.0f} | {common} |"
        )


HEAD = """| input | sent | unanswered | over 2 s | slowest ms | memory MB | answers, the commonest |
|---|---|---|---|---|---|---|"""


class Memory:
    """How much a process grew beyond where it stood, in MB; asked often, since a spike is short."""

    def __init__(self, process: psutil.Process) -> None:
        self.process = process
        self.base = self.now()

    def now(self) -> float:
        return float(self.process.memory_info().rss) / 2**20

    def grown(self) -> float:
        return self.now() - self.base
