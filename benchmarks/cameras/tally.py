"""What a crowd of cameras met with: how many frames were answered, how soon, and at what cost."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np


@dataclass
class Record:
    """When one camera sent its frames, numbered from 1 as the server numbers them, and when each was answered."""

    sent_s: list[float] = field(default_factory=list)
    answered_s: dict[int, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Load:
    """What a crowd of cameras met with."""

    n_cameras: int
    fps: float | None  # of each; None: the next frame follows the answer
    seconds: float
    n_sent: int
    n_answered: int
    latencies_ms: list[float]  # from sending a frame to its answer
    fewest_answered: int
    most_answered: int
    web_cores: float  # busy in the web process, on average,
    reader_cores: float  # in its readers,
    own_cores: float  # and in this process

    @property
    def answered_fps(self) -> float:
        return self.n_answered / self.seconds

    def ms_a_frame(self, cores: float) -> float:
        """CPU time for each answer of what kept so many cores busy."""
        return 1000 * cores / self.answered_fps if self.n_answered else float("nan")


def tally(
    records: Sequence[Record], fps: float | None, begin_s: float, end_s: float, cores: tuple[float, float, float]
) -> Load:
    """Count the frames that were sent between two moments."""
    n_sent, answered, latencies_ms = 0, [], []
    for record in records:
        sent = {n: at for n, at in enumerate(record.sent_s, start=1) if begin_s <= at < end_s}
        times_ms = [(record.answered_s[n] - at) * 1000 for n, at in sent.items() if n in record.answered_s]
        n_sent += len(sent)
        answered.append(len(times_ms))
        latencies_ms += times_ms
    return Load(
        len(records), fps, end_s - begin_s, n_sent, sum(answered), latencies_ms, min(answered), max(answered), *cores
    )


def row(load: Load) -> str:
    """A line of the table."""
    p50, p95 = np.percentile(load.latencies_ms, (50, 95)) if load.latencies_ms else (np.nan, np.nan)
    pace = "flat out" if load.fps is None else f"{load.fps:g} fps"
    return (
        f"| {load.n_cameras} × {pace} | {load.answered_fps:.1f} | {p50:.0f} | {p95:.0f} "
        f"| {load.n_sent - load.n_answered} of {load.n_sent} "
        f"| {load.fewest_answered}–{load.most_answered} "
        f"| {load.web_cores:.0%} | {load.ms_a_frame(load.web_cores):.1f} "
        f"| {load.reader_cores:.0%} | {load.ms_a_frame(load.reader_cores):.1f} | {load.own_cores:.0%} |"
    )


HEADER = (
    "| cameras | frames/s answered | p50 ms | p95 ms | dropped as stale | answers a camera | CPU of the web "
    "process | ms a frame | CPU of its readers | ms a frame | CPU of this load |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|"
)
