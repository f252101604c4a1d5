"""Form: music comes back. Some phrases begin as an earlier one did and then go their own way.

Sampled note by note, a network of this size hardly ever returns to anything, whereas in EMOPIA's clips a sixth of
the upper line's figures were heard before. So the piece's form is drawn first, and what comes back is played again.
"""

from dataclasses import dataclass

import numpy as np

from ml.music.tokens import SHIFTS_S, Events

# Of the phrases after the first so many begin as an earlier one; drawn for each piece from this Beta distribution,
# since some pieces return all the time and others never.
RETURNS = (0.7, 0.6)
PART = (0.25, 0.6)  # of a phrase that comes back


@dataclass(frozen=True)
class Return:
    """Which earlier phrase comes back, and for how many seconds."""

    phrase: int
    seconds: float


def draw_form(phrase_s: list[float], random: np.random.Generator) -> list[Return | None]:
    """For each phrase of these lengths, what it begins with."""
    form: list[Return | None] = [None]
    returns = random.beta(*RETURNS)
    for number in range(1, len(phrase_s)):
        comes_back, part, earlier = random.random() < returns, random.uniform(*PART), int(random.integers(number))
        form.append(Return(earlier, part * phrase_s[number]) if comes_back else None)
    return form


def beginning(phrase: Events, seconds: float) -> Events:
    """(N, 4): the first seconds of a phrase, to be played after other music: it enters in its own pace."""
    starts_s = np.cumsum(SHIFTS_S[phrase[:, 0]])
    begun: Events = phrase[starts_s - starts_s[0] <= seconds].copy()
    pauses = begun[1:, 0][begun[1:, 0] > 0]
    if len(pauses):
        begun[0, 0] = int(np.median(pauses))
    return begun
