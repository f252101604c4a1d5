"""The trained composer, phrase by phrase: of several takes of each phrase the judge keeps the one that sounds nearest.

Every take of a phrase goes on from the same music, so the piece can sound from its first phrase on while the rest
is composed. The judge here is linear, on eight attributes; what a page or a report shows is another model's hearing
(`ml.music.listen`), since one that marks its own work proves nothing.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType

import numpy as np

from ml import checkpoints
from ml.domain import EmotionTarget, Note, Piece
from ml.errors import CheckpointError
from ml.music.attributes import NAMES, EmotionMap
from ml.music.condition import SIZE, condition_of, told_offset
from ml.music.critic import Critic
from ml.music.decoder import Decoder, Told
from ml.music.ending import ENDING_S, with_cadence
from ml.music.form import beginning, draw_form
from ml.music.graph import Array
from ml.music.key import find_key, mode_on, offset_of
from ml.music.loops import is_stuck
from ml.music.midi import one_key_one_note
from ml.music.passage import PHRASE_S, SPANS_S
from ml.music.phrases import Take, Writer
from ml.music.played import UNTAUGHT, load_played, path_beside
from ml.music.request import Request
from ml.music.timing import STRENGTHS, tightened
from ml.music.tokens import SHIFTS_S, SIZES, START, Events, decode, encode
from ml.music.weights import Weights, load_weights

WEIGHTS = checkpoints.WEIGHTS_DIR / "composer.safetensors"
# The template gives a quadrant's average clip; a listener needs a clear one. Valence is the faint axis (in EMOPIA it
# explains a quarter of the mode's variance, arousal over half of the loudness's), so it is drawn more boldly.
BOLD_VALENCE, BOLD_AROUSAL = 1.2, 1.1
# The point that the judge looks for, as a part of the target: a quadrant's clear clips are heard about there, and
# looking for more finds caricatures.
WANTED_VALENCE, WANTED_AROUSAL = 0.6, 0.8
VARIETY = 1.1  # how far takes lie from the template, as a part of how far real clips of one emotion do
# What is sampled comes out slower and thinner than it was told to be: by so many deviations over 200 pieces of an
# earlier training, by more now; but telling it more made nothing better.
LEAN = np.array([{"pace": 0.2, "articulation": 0.05, "fullness": 0.35}.get(name, 0.0) for name in NAMES])
# Sampled music comes out a little tidier than people play, and is heard the more pleasant for it: by about so much,
# over 70 neutral pieces, though not by the linear judge. Targets are moved by it.
LEAN_VALENCE = 0.2
VALENCE_WEIGHT = 1.5  # of a miss in valence against one in arousal, which hardly ever misses
# What a nat of the critic's log odds is worth: more makes music more real, and takes it away from the target.
REALNESS = 0.4
# A miss by no more than this is none: clips of one quadrant lie as far from each other, and farther.
NEAR_VALENCE, NEAR_AROUSAL = 0.1, 0.3
SPOILT = 10.0  # added to the distance of a take that is stuck or ran away: only taken where all are

Progress = Callable[[float], None]
Opening = Callable[[Piece], None]


class MusicMaker:
    """A composer with its emotion map, ready to make pieces.

    Args:
        moves: what the upper line's moves gain; none: nothing.
        critics: help to choose, one for each of SPANS_S; none: how real takes are does not matter.
    """

    def __init__(
        self,
        weights: Weights,
        emotion_map: EmotionMap,
        name: str,
        moves: Sequence[float] = (),
        critics: Mapping[float, Critic] = MappingProxyType({}),
    ) -> None:
        self.weights, self.emotion_map, self.name, self.critics = weights, emotion_map, name, critics
        self.decoder = Decoder(weights, moves)

    def compose(
        self,
        request: Request,
        on_progress: Progress = lambda part: None,
        on_opening: Opening = lambda piece: None,
    ) -> Piece:
        """Compose one piece; the same request, the same piece.

        Args:
            on_progress: told the part that is done, 0–1.
            on_opening: given the first phrase, without an ending, as soon as it stands.
        """
        random = np.random.default_rng(request.seed)
        score = Score(self, request, tonic_of(request, random), random)
        for until_s in score.phrase_ends_s:
            score.add(until_s)
            if len(score.phrases) == 1:
                on_opening(score.piece(ended=False))
            on_progress(score.part)
        return score.piece(ended=True)

    def wanted_point(self, target: EmotionTarget) -> tuple[float, float]:
        return target.valence * target.strength, target.arousal * target.strength

    def conditions(self, request: Request, tonic: int, random: np.random.Generator) -> Array:
        """(candidates, C): the wanted point and attributes that go with it, each take's a little different."""
        point = self.wanted_point(request.target)
        expected = self.emotion_map.expected(BOLD_VALENCE * point[0] - LEAN_VALENCE, BOLD_AROUSAL * point[1])
        varied = (
            expected
            + LEAN
            + VARIETY * random.standard_normal((request.n_candidates, len(expected))) @ self.emotion_map.scatter.T
        )
        config, offset = self.weights.config, offset_of(tonic)
        rows = [condition_of(config, self.emotion_map, point, standard, offset) for standard in varied]
        return np.stack(rows).astype(np.float32)

    def miss(self, notes: tuple[Note, ...], target: EmotionTarget) -> float:
        """How far from the target the judge hears the notes."""
        (valence, arousal), point = self.emotion_map.heard(notes), self.wanted_point(target)
        wanted = WANTED_VALENCE * point[0] - LEAN_VALENCE, WANTED_AROUSAL * point[1]
        off_valence = max(abs(valence - wanted[0]) - NEAR_VALENCE, 0.0)
        off_arousal = max(abs(arousal - wanted[1]) - NEAR_AROUSAL, 0.0)
        return math.hypot(VALENCE_WEIGHT * off_valence, off_arousal)


def heard_s(until_s: float) -> float:
    """How much of the music before `until_s` a critic hears."""
    return max((span_s for span_s in SPANS_S if span_s <= until_s), default=SPANS_S[0])


def tonic_of(request: Request, random: np.random.Generator) -> int:
    """The pitch class that the piece stands on."""
    if request.tonic is not None:
        return request.tonic
    return find_key(request.primer).tonic if request.primer else int(random.integers(12))


class Score:
    """One piece as it grows."""

    def __init__(self, maker: MusicMaker, request: Request, tonic: int, random: np.random.Generator) -> None:
        self.maker, self.request, self.tonic, self.random = maker, request, tonic, random
        self.writer = Writer(maker.decoder, random)
        self.offset = told_offset(maker.weights.config, offset_of(tonic))
        self.begin_s = request.primer[-1].start_s if request.primer else 0.0
        self.end_s = request.seconds - ENDING_S
        self.phrases: list[Events] = []
        self.notes: list[Note] = list(request.primer)  # what stands so far, as it is played
        self.clock_s = self.begin_s
        ends_s = self.phrase_ends_s
        self.form = draw_form([b - a for a, b in pairwise([self.begin_s, *ends_s])], random)
        self.strength = float(random.uniform(*STRENGTHS))  # of the pulling towards the pulse
        self.told: Told = maker.decoder.told(maker.conditions(request, tonic, random))
        heard = np.concatenate([[START], encode(request.primer, self.offset)]) if request.primer else np.array([START])
        self.memory = self.writer.hear(heard, self.told, maker.decoder.blank(request.n_candidates))

    @property
    def phrase_ends_s(self) -> list[float]:
        """Where the phrases end: every PHRASE_S, the last one a little shorter or longer."""
        n_phrases = max(round((self.end_s - self.begin_s) / PHRASE_S), 1)
        return [self.begin_s + PHRASE_S * (i + 1) for i in range(n_phrases - 1)] + [self.end_s]

    @property
    def part(self) -> float:
        """How much of the piece stands, 0–1."""
        return min((self.clock_s - self.begin_s) / (self.end_s - self.begin_s), 1.0)

    @property
    def events(self) -> Events:
        """(N, 4): what stands so far, without the primer."""
        return np.concatenate([np.empty((0, len(SIZES)), dtype=np.int64), *self.phrases])

    def add(self, until_s: float) -> list[list[Note]]:
        """Write one more phrase in several takes and keep the best one; every take of the next one goes on from it.

        Returns:
            For each take, the music that `heard_s` says before `until_s`, as it would be with it.
        """
        begun = self.returning()
        self.memory = self.writer.hear(begun, self.told, self.memory)
        begin_s = self.clock_s + float(SHIFTS_S[begun[:, 0]].sum())
        at_once = not self.phrases and not self.request.primer
        takes = self.writer.phrase(self.told, self.memory, begin_s, max(until_s, begin_s), at_once)
        phrases = [np.concatenate([begun, take.events]) for take in takes]
        played = [tightened(self.notes, decode(phrase, self.offset, self.clock_s), self.strength) for phrase in phrases]
        heard = [self.latest(each, until_s) for each in played]
        real = self.realness(heard, heard_s(until_s))
        best = int(np.argmin([self.miss(*each) for each in zip(takes, phrases, played, real, strict=True)]))
        self.phrases.append(phrases[best])
        self.notes += played[best]
        self.clock_s = takes[best].end_s
        self.memory = takes[best].memory.of(np.zeros(self.request.n_candidates, dtype=np.int64))
        return heard

    def returning(self) -> Events:
        """What the next phrase begins with, as an earlier one began; often nothing."""
        back = self.form[len(self.phrases)]
        if back is None:
            return np.empty((0, len(SIZES)), dtype=np.int64)
        return beginning(self.phrases[back.phrase], back.seconds)

    def latest(self, played: Sequence[Note], until_s: float) -> list[Note]:
        """What is heard before `until_s`, if the piece goes on with what is played."""
        begin_s = until_s - heard_s(until_s)
        return [note for note in [*self.notes, *played] if begin_s <= note.start_s < until_s]

    def realness(self, heard: Sequence[Sequence[Note]], span_s: float) -> list[float]:
        """Log odds that somebody played what is heard of each take."""
        critic = self.maker.critics.get(span_s)
        return critic.realness(heard, span_s).tolist() if critic else [0.0] * len(heard)

    def miss(self, take: Take, phrase: Events, played: Sequence[Note], realness: float) -> float:
        """How far off the target the piece would be with this phrase, less what it is worth to sound played."""
        spoilt = take.runaway or is_stuck(np.concatenate([self.events, phrase]))
        miss = self.maker.miss(one_key_one_note([*self.notes, *played]), self.request.target)
        return miss - REALNESS * realness + SPOILT * spoilt

    def piece(self, ended: bool) -> Piece:
        """What stands so far; `ended` closes it with a cadence at the asked length."""
        notes = one_key_one_note(self.notes)
        if ended:
            notes = with_cadence(notes, self.tonic, self.request.seconds)
        request = self.request
        return Piece(notes, request.target, request.seed, self.tonic, mode_on(notes, self.tonic), self.writer.n_steps)


@lru_cache(maxsize=2)
def load_maker(path: Path = WEIGHTS, as_played: bool = True) -> MusicMaker:
    """The composer of a checkpoint, loaded once a process.

    Args:
        as_played: with what `ml.music.critic_train` taught it, if it did.

    Raises:
        CheckpointError: weights or card missing, broken, or made for another vocabulary; what was taught likewise.
    """
    weights, card = load_weights(path)
    if (weights.config.sizes, weights.config.condition) != (tuple(SIZES), SIZE):
        raise CheckpointError(
            "bad-checkpoint",
            f"{path}: made for vocabulary {weights.config.sizes} and {weights.config.condition} conditions, "
            f"this code has {tuple(SIZES)} and {SIZE}",
        )
    played = load_played(path) if as_played and path_beside(path).exists() else UNTAUGHT
    return MusicMaker(weights, EmotionMap.from_dict(card["emotion_map"]), str(card["name"]), *played)
