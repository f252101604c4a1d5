"""The records that travel along the pipeline; each refuses to exist with values that make no sense."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ml.errors import EmotionError, FrameError, MidiError

EXPRESSIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
FACE_PX = 48  # FER2013's picture size
LOWEST_PITCH, HIGHEST_PITCH = 21, 108  # the piano's keys, A0–C8
# How far beyond the training clips an emotion may be asked for. Up to here the listener model hears it grow (over 40
# pieces each: happy 0.55 → 0.63 in valence, calm 0.70 → 0.81); at 1.5 happy and sad music is heard as less of it again.
STRONGEST = 1.25

TONIC_NAMES = ("C", "D♭", "D", "E♭", "E", "F", "G♭", "G", "A♭", "A", "B♭", "B")

Pixels = npt.NDArray[np.uint8]
Box = tuple[float, float, float, float]  # x, y, width, height in frame pixels


@dataclass(frozen=True)
class Expression:
    """How a face looks: one probability for each of the seven expressions.

    Args:
        probabilities: seven numbers in 0–1 in the order of ``EXPRESSIONS``, summing to 1 (±0.001).
    """

    probabilities: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.probabilities) != len(EXPRESSIONS):
            raise ValueError(f"an expression has {len(EXPRESSIONS)} probabilities, not {len(self.probabilities)}")
        if not all(0.0 <= p <= 1.0 for p in self.probabilities) or abs(sum(self.probabilities) - 1.0) > 1e-3:
            raise ValueError(f"not a probability distribution: {self.probabilities}")

    @property
    def label(self) -> str:
        return EXPRESSIONS[max(range(len(EXPRESSIONS)), key=self.probabilities.__getitem__)]

    def as_dict(self) -> dict[str, float]:
        return dict(zip(EXPRESSIONS, self.probabilities, strict=True))


@dataclass(frozen=True)
class Face:
    """One face found in a frame.

    Args:
        pixels: (48, 48) uint8 grey, framed as FER2013 frames a face.
        box: where the detector saw it, in frame pixels.
        confidence: the detector's, 0–1.
    """

    pixels: Pixels = field(repr=False, compare=False)
    box: Box
    confidence: float

    def __post_init__(self) -> None:
        if self.pixels.shape != (FACE_PX, FACE_PX) or self.pixels.dtype != np.uint8:
            raise FrameError(
                "bad-face", f"a face is {FACE_PX}×{FACE_PX} uint8, not {self.pixels.shape} {self.pixels.dtype}"
            )


@dataclass(frozen=True)
class EmotionTarget:
    """What the music should convey: a named point in the valence–arousal plane.

    Args:
        name: happy, sad, neutral, tense, calm or "custom".
        valence: −1 (unpleasant) to 1 (pleasant).
        arousal: −1 (drowsy) to 1 (excited).
        strength: 0 (no emotion) over 1 (as much as the training clips carry) to STRONGEST.
    """

    name: str
    valence: float
    arousal: float
    strength: float = 1.0

    def __post_init__(self) -> None:
        for what, value, low, high in (
            ("valence", self.valence, -1, 1),
            ("arousal", self.arousal, -1, 1),
            ("strength", self.strength, 0, STRONGEST),
        ):
            if not math.isfinite(value) or not low <= value <= high:
                raise EmotionError("bad-emotion", f"{what} must lie in {low}…{high}, not {value}")


@dataclass(frozen=True)
class Note:
    """One piano note; times in seconds from the start of the piece."""

    pitch: int
    velocity: int
    start_s: float
    end_s: float

    def __post_init__(self) -> None:
        if not LOWEST_PITCH <= self.pitch <= HIGHEST_PITCH:
            raise MidiError("bad-note", f"pitch {self.pitch} is not on a piano ({LOWEST_PITCH}–{HIGHEST_PITCH})")
        if not 1 <= self.velocity <= 127:
            raise MidiError("bad-note", f"velocity {self.velocity} is not in 1–127")
        if not 0 <= self.start_s < self.end_s < math.inf:
            raise MidiError("bad-note", f"a note cannot sound from {self.start_s} s to {self.end_s} s")


@dataclass(frozen=True)
class Piece:
    """Notes in order of their start, and what they were made from.

    Args:
        notes: at least one, sorted by start.
        target: the emotion asked for.
        seed: the number that, with the target and the weights, fixes every note.
        tonic: pitch class of the key's first degree, 0 = C.
        mode: "major" or "minor".
        n_steps: network steps taken, over all candidates.
    """

    notes: tuple[Note, ...]
    target: EmotionTarget
    seed: int
    tonic: int
    mode: str
    n_steps: int

    def __post_init__(self) -> None:
        if not self.notes:
            raise MidiError("empty-piece", f"no notes for seed {self.seed}")
        if any(a.start_s > b.start_s for a, b in pairwise(self.notes)):
            raise MidiError("unsorted-piece", f"notes are not in order for seed {self.seed}")

    @property
    def duration_s(self) -> float:
        return last_sound_s(self.notes)


def last_sound_s(notes: Sequence[Note]) -> float:
    """When the last of these notes falls silent, in seconds."""
    return max((note.end_s for note in notes), default=0.0)
