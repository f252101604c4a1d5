"""Whether music is stuck: the same few notes over and over, as sampled music sometimes ends up."""

import numpy as np

from ml.music.tokens import Events

PITCH = 1  # the number of an event's second part
LONGEST_PERIOD = 4  # notes; longer patterns that come back are accompaniment
MOST_REPEATS = 8  # of a period, one after the other


def is_stuck(events: Events) -> bool:
    """Whether anywhere a figure of at most LONGEST_PERIOD pitches comes more than MOST_REPEATS times in a row."""
    pitches = events[:, PITCH]
    for period in range(1, LONGEST_PERIOD + 1):
        same = np.concatenate([[False], pitches[period:] == pitches[:-period], [False]])
        edges = np.flatnonzero(np.diff(same.astype(np.int8)))
        longest = max(edges[1::2] - edges[::2], default=0)  # notes that equal the one a period before
        if longest >= period * MOST_REPEATS:
            return True
    return False
