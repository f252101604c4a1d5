"""Rating studies drawn from a known model, for the tests of the analysis."""

from collections.abc import Sequence

import numpy as np

from evaluation.analysis.data import AttentionCheck, RatingTable, Repeat, StimulusInfo, StudyData
from evaluation.design import IMAGE, MUSIC

LEVELS = {"happy": 7.5, "sad": 2.5, "neutral": 5.0}
RANDOM_RATER, ABSENT_RATER = "p07", "p19"  # one scatters scores over the scale, one misses the attention checks


def gappy_study() -> StudyData:
    """30 participants, 12 pairs over three expressions, a fifth of the ratings missing."""
    rng = np.random.default_rng(20180117)
    stimuli, truth = gappy_stimuli(rng)
    names = tuple(f"p{i:02d}" for i in range(30))
    leaning = rng.normal(0.0, 0.6, len(names))
    scores = truth + leaning[:, None] + rng.normal(0.0, 1.1, (len(names), len(stimuli)))
    scores[names.index(RANDOM_RATER)] = rng.choice([0.0, 10.0], len(stimuli))
    given = np.argwhere(rng.random(scores.shape) < 0.8)
    kept = np.clip(scores, 0.0, 10.0)[given[:, 0], given[:, 1]].round(1)
    table = RatingTable(names, stimuli, given[:, 0], given[:, 1], kept)
    return StudyData(table, repeats(rng, names, stimuli), attention(names), target_ratings=25)


def gappy_stimuli(rng: np.random.Generator) -> tuple[tuple[StimulusInfo, ...], np.ndarray]:
    stimuli, truth = [], []
    for i in range(12):
        expression = list(LEVELS)[i % 3]
        pair = rng.normal(LEVELS[expression], 0.7)
        for kind in (IMAGE, MUSIC):
            mos = pair + rng.normal(0.4 * (kind == MUSIC), 0.6)
            predicted = round(float(mos + rng.normal(0.3, 0.8)), 2) if kind == MUSIC else None
            stimuli.append(StimulusInfo(f"{kind} {i}", kind, f"pair {i}", expression, predicted))
            truth.append(mos)
    return tuple(stimuli), np.array(truth)


def repeats(rng: np.random.Generator, names: Sequence[str], stimuli: Sequence[StimulusInfo]) -> tuple[Repeat, ...]:
    first = rng.uniform(1.0, 9.0, 40).round(1)
    second = np.clip(first + rng.normal(0.0, 0.9, 40), 0.0, 10.0).round(1)
    rows = zip(first.tolist(), second.tolist(), strict=True)
    return tuple(Repeat(names[i % 30], stimuli[i % 24].label, a, b) for i, (a, b) in enumerate(rows))


def attention(names: Sequence[str]) -> tuple[AttentionCheck, ...]:
    wrong = {ABSENT_RATER: (5.0, 4.5, 9.0)}
    return tuple(
        AttentionCheck(name, asked, given)
        for name in names
        for asked, given in zip((9.0, 1.0, 8.0), wrong.get(name, (9.0, 1.5, None)), strict=True)
    )


def table_of(scores: Sequence[Sequence[float | None]], kind: str = IMAGE) -> RatingTable:
    """A table from rows of participants, None where one did not rate."""
    cells = [(p, s, x) for p, row in enumerate(scores) for s, x in enumerate(row) if x is not None]
    participant, stimulus, score = (np.array(column) for column in zip(*cells, strict=True))
    stimuli = tuple(StimulusInfo(f"s{i}", kind) for i in range(len(scores[0])))
    return RatingTable(tuple(f"p{i}" for i in range(len(scores))), stimuli, participant, stimulus, score)
