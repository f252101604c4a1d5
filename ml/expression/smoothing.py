"""Expression over time: what the face has shown in the last second, rather than in one frame."""

from collections import deque
from statistics import fmean

from ml.domain import EXPRESSIONS, Expression

WINDOW_S = 1.0


class SmoothedExpression:
    """The mean of the readings of the last WINDOW_S seconds."""

    def __init__(self) -> None:
        self.readings: deque[tuple[float, Expression]] = deque()

    def add(self, expression: Expression, now_s: float) -> Expression:
        """Take in a reading made at `now_s` (a monotonic clock) and return the smoothed one."""
        self.readings.append((now_s, expression))
        smoothed = self.at(now_s)
        assert smoothed is not None  # the reading just added is recent
        return smoothed

    def at(self, now_s: float) -> Expression | None:
        """The smoothed reading at `now_s`; none when no face was read within the window."""
        while self.readings and self.readings[0][0] < now_s - WINDOW_S:
            self.readings.popleft()
        if not self.readings:
            return None
        recent = [expression.probabilities for _, expression in self.readings]
        return Expression(tuple(fmean(p[i] for p in recent) for i in range(len(EXPRESSIONS))))
