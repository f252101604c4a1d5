"""Ready objects for tests."""

from pathlib import Path

import torch

from ml import emotion
from ml.domain import EXPRESSIONS, EmotionTarget, Expression, Note, Piece
from ml.music import attributes
from ml.music.maker import MusicMaker
from ml.music.model import Composer, weights_of
from ml.music.weights import ComposerConfig

FIXTURES = Path(__file__).parent / "fixtures"
SONG = FIXTURES / "pop909_001.mid"


def expression(**probabilities: float) -> Expression:
    """An expression with these probabilities; what they leave goes to neutral."""
    values = dict.fromkeys(EXPRESSIONS, 0.0) | probabilities
    values["neutral"] += 1.0 - sum(values.values())
    return Expression(tuple(values[label] for label in EXPRESSIONS))


def scale(n: int = 16, step_s: float = 0.25, tonic: int = 60) -> tuple[Note, ...]:
    """A major scale up and on, one note every `step_s`."""
    degrees = (0, 2, 4, 5, 7, 9, 11)
    pitches = [tonic + 12 * (i // 7 % 2) + degrees[i % 7] for i in range(n)]
    return tuple(Note(p, 64, i * step_s, (i + 1) * step_s) for i, p in enumerate(pitches))


def piece(target: EmotionTarget | None = None, seed: int = 1) -> Piece:
    """A short piece: a scale in C major."""
    return Piece(scale(), target or emotion.target("happy"), seed, 0, "major", 16)


def small_composer(seed: int = 0) -> Composer:
    """A network with random weights."""
    torch.manual_seed(seed)
    return Composer(ComposerConfig(hidden=16, embeddings=(4, 8, 4, 4), head=8)).eval()


def small_maker(seed: int = 0) -> MusicMaker:
    """One that composes with them: what it writes is noise, but all of it obeys the rules of a piece."""
    random = torch.Generator().manual_seed(seed)
    raw = torch.randn(40, len(attributes.NAMES), generator=random).double().numpy()
    raw[:, attributes.REGISTER] = 60 + 6 * raw[:, attributes.REGISTER]
    points = torch.randn(40, 2, generator=random).sign().double().numpy()
    return MusicMaker(weights_of(small_composer(seed)), attributes.fit(raw, points), "small")
