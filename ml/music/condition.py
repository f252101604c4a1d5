"""What the composer is told about the music it is to write: a point in the plane and the attributes to give it.

The network hears pitches relative to the tonic, so the register is told relative to the tonic too. A piece and its
transpositions are then one and the same example, and every key is learnt from each.
"""

import numpy as np

from ml.music.attributes import NAMES, REGISTER, Array, EmotionMap, held
from ml.music.weights import ComposerConfig

SIZE = 2 + len(NAMES)  # valence, arousal, the attributes


def condition_of(
    config: ComposerConfig, emotion_map: EmotionMap, point: tuple[float, float], standard: Array, offset: int
) -> Array:
    """(SIZE,) numbers for one piece.

    Args:
        standard: (8,) its attributes in the emotion map's standard units.
        offset: semitones from C to its tonic, as `Key.offset` gives them.
    """
    if not config.template:
        standard = np.zeros_like(standard)
    elif config.functional:
        standard = standard.copy()
        standard[REGISTER] -= offset / emotion_map.deviation[REGISTER]
    return np.concatenate([point, held(standard)])


def told_offset(config: ComposerConfig, offset: int) -> int:
    """The semitones that are taken from every pitch: to the tonic's key of C, or none for a network without that."""
    return offset if config.functional else 0
