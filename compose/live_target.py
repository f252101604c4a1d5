"""What live music is composed for while no face is seen: the last expression for a while, then it fades."""

from ml import emotion
from ml.domain import EmotionTarget

KEPT_S = 10.0  # whoever turns away for a moment is still followed
FADING_S = 10.0  # after that, until the music is neutral


def faded(target: EmotionTarget, unseen_s: float) -> EmotionTarget:
    """The target of a face that was last seen `unseen_s` seconds ago."""
    left = 1.0 - min(max(unseen_s - KEPT_S, 0.0) / FADING_S, 1.0)
    if left == 1.0:
        return target
    if left == 0.0:
        return emotion.target("neutral")
    return EmotionTarget("custom", left * target.valence, left * target.arousal, target.strength)
