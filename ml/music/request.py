"""What the composer can be asked for, checked before anything is loaded or begun."""

import math
from dataclasses import dataclass

from ml.domain import EmotionTarget, Note
from ml.errors import MidiError
from ml.music.ending import ENDING_S

SHORTEST_S, LONGEST_S = 8.0, 600.0
MOST_CANDIDATES = 64


@dataclass(frozen=True)
class Request:
    """What to compose.

    Args:
        seconds: length of the whole piece, SHORTEST_S–LONGEST_S.
        seed: any whole number from 0.
        n_candidates: how many are decoded for the judge to choose from.
        primer: notes that begin the piece, from 0 s on; it goes on in their key.
        tonic: pitch class to stand on, where it is known; else the primer's is looked for, or chance draws one.
    """

    target: EmotionTarget
    seconds: float = 30.0
    seed: int = 0
    n_candidates: int = 8
    primer: tuple[Note, ...] = ()
    tonic: int | None = None

    def __post_init__(self) -> None:
        if not math.isfinite(self.seconds) or not SHORTEST_S <= self.seconds <= LONGEST_S:
            raise MidiError("bad-length", f"a piece lasts {SHORTEST_S:g}–{LONGEST_S:g} seconds, not {self.seconds:g}")
        if not 1 <= self.n_candidates <= MOST_CANDIDATES:
            raise MidiError("bad-candidates", f"choose among 1–{MOST_CANDIDATES} candidates, not {self.n_candidates}")
        if not 0 <= self.seed < 2**63:
            raise MidiError("bad-seed", f"a seed is a whole number from 0, not {self.seed}")
        if self.tonic is not None and self.tonic not in range(12):
            raise MidiError("bad-tonic", f"a tonic is a pitch class 0–11, not {self.tonic}")
        if self.primer and self.primer[-1].start_s > self.seconds - 2 * ENDING_S:
            last_s = self.primer[-1].start_s
            raise MidiError(
                "long-primer", f"the primer lasts {last_s:.0f} s: ask for more than {last_s + 2 * ENDING_S:.0f} s"
            )
