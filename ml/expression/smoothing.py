"""Expression over time: what the face has shown lately, so that bars do not flicker and yet follow a change."""

import math
from collections import deque

from ml.domain import EXPRESSIONS, Expression

# A reading counts for less the older it is: after DECAY_S for 1/e. Half a second after a change the new expression
# has three quarters of the weight; at 5 frames a second one odd frame has less than half.
DECAY_S = 0.4
WINDOW_S = 1.0  # older readings are forgotten: a face that left is gone


class SmoothedExpression:
    """The mean of the readings of the last WINDOW_S seconds, the latest counting most."""

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
        weights = [math.exp((at_s - now_s) / DECAY_S) for at_s, _ in self.readings]
        total = sum(weights)
        shares = [
            (weight / total, reading.probabilities) for weight, (_, reading) in zip(weights, self.readings, strict=True)
        ]
        return Expression(tuple(sum(share * p[i] for share, p in shares) for i in range(len(EXPRESSIONS))))
