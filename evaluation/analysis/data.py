"""What a study hands to its analysis: ratings as arrays, repeats and attention checks as rows."""

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from evaluation.design import HIGHEST, KINDS, LOWEST
from evaluation.errors import StudyError

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class StimulusInfo:
    """One image or clip.

    Args:
        label: its name in the report; no other stimulus of its kind has it.
        kind: "image" or "music".
        pair: the image and the clip made from it share this name; empty for none.
        expression: what the face shows, or showed the composer; empty if unknown.
        predicted_mos: the listener model's guess on the scale, for music.
    """

    label: str
    kind: str
    pair: str = ""
    expression: str = ""
    predicted_mos: float | None = None


@dataclass(frozen=True, eq=False)
class RatingTable:
    """Scores, each with the codes (indices) of who gave it and to what.

    Args:
        participants: (P,) names.
        stimuli: (S,) what was rated.
        participant: (N,) indices into `participants`.
        stimulus: (N,) indices into `stimuli`.
        score: (N,) on the scale 0–10.

    Raises:
        StudyError: lengths, codes or scores that do not fit, or two ratings of one stimulus by one participant.
    """

    participants: tuple[str, ...]
    stimuli: tuple[StimulusInfo, ...]
    participant: Codes = field(repr=False)
    stimulus: Codes = field(repr=False)
    score: Floats = field(repr=False)

    def __post_init__(self) -> None:
        # Plain lists are welcome; every later step relies on these types.
        object.__setattr__(self, "participant", np.asarray(self.participant, dtype=np.int64))
        object.__setattr__(self, "stimulus", np.asarray(self.stimulus, dtype=np.int64))
        object.__setattr__(self, "score", np.asarray(self.score, dtype=np.float64))
        self._check_names()
        self._check_codes()
        self._check_scores()

    def _check_names(self) -> None:
        if len(set(self.participants)) < len(self.participants):
            raise StudyError("bad-ratings", "two participants share a name")
        if len({(s.kind, s.label) for s in self.stimuli}) < len(self.stimuli):
            raise StudyError("bad-ratings", "two stimuli of a kind share a label")
        for stimulus in self.stimuli:
            if stimulus.kind not in KINDS:
                raise StudyError("bad-ratings", f"{stimulus.label}: kind {stimulus.kind!r} is neither image nor music")

    def _check_codes(self) -> None:
        shapes = {self.participant.shape, self.stimulus.shape, self.score.shape}
        if len(shapes) != 1 or self.score.ndim != 1:
            raise StudyError("bad-ratings", f"participant, stimulus and score differ in shape: {sorted(shapes)}")
        for codes, n, what in (
            (self.participant, len(self.participants), "participant"),
            (self.stimulus, len(self.stimuli), "stimulus"),
        ):
            if codes.size and (codes.min() < 0 or codes.max() >= n):
                raise StudyError("bad-ratings", f"a {what} code lies outside 0–{n - 1}")

    def _check_scores(self) -> None:
        wrong = self.score[~((self.score >= LOWEST) & (self.score <= HIGHEST))]  # NaN compares false, so it is here too
        if wrong.size:
            raise StudyError("bad-ratings", f"score {wrong[0]} lies outside {LOWEST:g}–{HIGHEST:g}")
        if np.unique(self.participant * len(self.stimuli) + self.stimulus).size < self.score.size:
            raise StudyError("bad-ratings", "a participant rated one stimulus twice")

    def __len__(self) -> int:
        return self.score.size

    def without(self, participants: Collection[str]) -> "RatingTable":
        """The table less these participants and all their ratings."""
        kept = [i for i, name in enumerate(self.participants) if name not in participants]
        new_code = np.full(len(self.participants), -1, dtype=np.int64)
        new_code[kept] = np.arange(len(kept))
        rows = new_code[self.participant] >= 0
        names = tuple(self.participants[i] for i in kept)
        return RatingTable(names, self.stimuli, new_code[self.participant[rows]], self.stimulus[rows], self.score[rows])

    def without_idle(self) -> "RatingTable":
        """The table less the participants who rated nothing."""
        busy = set(self.participant.tolist())
        return self.without({name for i, name in enumerate(self.participants) if i not in busy})

    def of_kind(self, kind: str) -> "RatingTable":
        """The stimuli of one kind, their ratings, and those who gave them."""
        kept = [i for i, stimulus in enumerate(self.stimuli) if stimulus.kind == kind]
        new_code = np.full(len(self.stimuli), -1, dtype=np.int64)
        new_code[kept] = np.arange(len(kept))
        rows = new_code[self.stimulus] >= 0
        stimuli = tuple(self.stimuli[i] for i in kept)
        codes = new_code[self.stimulus[rows]]
        return RatingTable(self.participants, stimuli, self.participant[rows], codes, self.score[rows]).without_idle()

    def matrix(self) -> Floats:
        """(P, S) scores, NaN where nobody rated."""
        scores = np.full((len(self.participants), len(self.stimuli)), np.nan)
        scores[self.participant, self.stimulus] = self.score
        return scores


@dataclass(frozen=True)
class Repeat:
    """A stimulus that one participant rated twice."""

    participant: str
    stimulus: str
    first: float
    second: float


@dataclass(frozen=True)
class AttentionCheck:
    """A screen that asked for a certain score.

    Args:
        asked: the score to give.
        given: the score given; None when the check was not answered.
    """

    participant: str
    asked: float
    given: float | None


@dataclass(frozen=True)
class StudyData:
    """Everything an analysis needs.

    Args:
        target_ratings: how many ratings each stimulus was to have.
    """

    ratings: RatingTable
    repeats: tuple[Repeat, ...] = ()
    attention: tuple[AttentionCheck, ...] = ()
    target_ratings: int = 0
