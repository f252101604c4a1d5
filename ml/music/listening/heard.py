"""What a listener says about a piece: a point in the valence–arousal plane, and what follows from it."""

from dataclasses import dataclass

from ml import emotion


@dataclass(frozen=True)
class Heard:
    """Where a piece is heard.

    Args:
        valence: −1 (unpleasant) to 1 (pleasant).
        arousal: −1 (drowsy) to 1 (excited).
    """

    valence: float
    arousal: float

    @property
    def mos(self) -> float:
        """The estimated mean opinion score: 0 sad, 5 neutral, 10 happy; uncalibrated."""
        return emotion.mos(self.valence)

    @property
    def mood(self) -> str:
        """The quadrant of the plane: happy, tense, sad or calm."""
        return emotion.mood(self.valence, self.arousal)
