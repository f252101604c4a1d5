"""Expressions, emotion targets and the plane both live in.

Valence and arousal of each expression are the mean ratings of Russell & Mehrabian (1977), "Evidence for a
three-factor theory of emotions", J. Research in Personality 11, 273–294 (angry, disgusted, fearful, happy, sad,
surprised); neutral is the origin. The 7 → 3 merge is SentiMozart's (Madhok et al. 2018).
"""

from ml.domain import EXPRESSIONS, STRONGEST, EmotionTarget, Expression
from ml.errors import EmotionError

VALENCE_AROUSAL: dict[str, tuple[float, float]] = {
    "angry": (-0.51, 0.59),
    "disgust": (-0.60, 0.35),
    "fear": (-0.64, 0.60),
    "happy": (0.81, 0.51),
    "sad": (-0.63, -0.27),
    "surprise": (0.40, 0.67),
    "neutral": (0.0, 0.0),
}

MERGE: dict[str, str] = {
    "happy": "happy",
    "surprise": "happy",
    "angry": "sad",
    "fear": "sad",
    "disgust": "sad",
    "sad": "sad",
    "neutral": "neutral",
}

# Music's five emotions: the centres of the plane's quadrants (as EMOPIA labels its clips) and its middle.
TARGETS: dict[str, tuple[float, float]] = {
    "happy": (1.0, 1.0),
    "sad": (-1.0, -1.0),
    "neutral": (0.0, 0.0),
    "tense": (-1.0, 1.0),
    "calm": (1.0, -1.0),
}

# A target this near to the middle of an axis asks for nothing on it: only music far out on that axis misses it then.
UNDECIDED, FAR_OUT = 0.3, 0.6

FURTHER = 0.25  # that "more" of an emotion goes outward, in the plane's units

# "unsure" when no expression reaches this probability: two and a half times the 1/7 of a blind guess.
UNSURE_BELOW = 0.35


def valence_arousal(expression: Expression) -> tuple[float, float]:
    """The probability-weighted mean of the seven expressions' valence and arousal, each in −1…1."""
    points = [VALENCE_AROUSAL[label] for label in EXPRESSIONS]
    pairs = list(zip(expression.probabilities, points, strict=True))
    return sum(p * v for p, (v, _) in pairs), sum(p * a for p, (_, a) in pairs)


def display_label(expression: Expression) -> str:
    """The expression's label, or "unsure" when none stands out."""
    return expression.label if max(expression.probabilities) >= UNSURE_BELOW else "unsure"


def target(name: str, strength: float = 1.0) -> EmotionTarget:
    """The emotion target called `name`.

    Raises:
        EmotionError: no such emotion, or a strength outside 0…STRONGEST.
    """
    if name not in TARGETS:
        raise EmotionError("unknown-emotion", f"unknown emotion {name!r}: choose one of {', '.join(TARGETS)}")
    valence, arousal = TARGETS[name]
    return EmotionTarget(name, valence, arousal, strength)


def target_for(expression: Expression) -> EmotionTarget:
    """The emotion to compose for a face: its likeliest expression through the paper's 7 → 3 merge."""
    return target(MERGE[expression.label])


def finer_target_for(expression: Expression) -> EmotionTarget:
    """The reading's own valence and arousal as a target ("finer feelings")."""
    valence, arousal = valence_arousal(expression)
    return EmotionTarget("custom", valence, arousal)


def further(wanted: EmotionTarget) -> EmotionTarget | None:
    """More of the same: the target that lies FURTHER out in the same direction; None where nothing is left.

    A named emotion stays at its corner and gains strength; a mixture first moves to the plane's edge.
    """
    edge = max(abs(wanted.valence), abs(wanted.arousal))
    reach = edge * wanted.strength
    if reach == 0 or reach >= STRONGEST:
        return None
    goal = min(reach + FURTHER, STRONGEST)
    if wanted.name in TARGETS:
        return EmotionTarget(wanted.name, wanted.valence, wanted.arousal, goal / edge)
    scale = min(goal, 1.0) / edge
    return EmotionTarget(wanted.name, scale * wanted.valence, scale * wanted.arousal, max(goal, 1.0))


def mos(valence: float) -> float:
    """Valence on the study's scale: 0 sad, 5 neutral, 10 happy."""
    return 5.0 + 5.0 * valence


def mood(valence: float, arousal: float) -> str:
    """The quadrant of the plane: happy, tense, sad or calm (the middle counts as its pleasant, excited side)."""
    return {(True, True): "happy", (False, True): "tense", (False, False): "sad", (True, False): "calm"}[
        valence >= 0, arousal >= 0
    ]


def misses(wanted: EmotionTarget, heard: tuple[float, float]) -> bool:
    """Whether music that is heard at `heard` (valence, arousal) misses the target on either axis.

    It does on the wrong side of the middle, and far out where the target asks for the middle.
    """
    points = zip((wanted.valence * wanted.strength, wanted.arousal * wanted.strength), heard, strict=True)
    return any(abs(at) > FAR_OUT if abs(to) < UNDECIDED else at * to < 0 for to, at in points)
