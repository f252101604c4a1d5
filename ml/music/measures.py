"""What tells music that was played from music that was drawn, in numbers.

From note to note it is what follows what, over many bars whether the pulse holds, whether anything comes back, where
the harmony goes, how it all changes.
"""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ml.domain import Note
from ml.music.harmony import harmony, together, triads
from ml.music.key import find_key
from ml.music.passage import (
    BELOW_TOP,
    DEGREES,
    HELD_S,
    PASSAGE_S,
    PHRASE_S,
    SPANS_S,
    Array,
    Passage,
    histogram,
    logs,
    part,
    passage_of,
    spread,
)

STEP_S = 4.0  # between the beginnings of the overlapping phrases in a passage
SHORTEST_S, LONGEST_S = 0.1, 1.2  # periods of pulses
PERIODS_PER_S = 16  # so many are tried for a second of music: the longer it is, the finer they must be told apart
FAST_S, SLOW_S = 0.3, 0.6  # shorter and longer pulses are told apart
FEWEST_ONSETS = 5  # fewer have no pulse
RATIOS = (-9, -1.5, -0.8, -0.35, -0.12, 0.12, 0.35, 0.8, 1.5, 9)  # edges, log2 of a pause over the one before
FIGURES = (2, 3, 4, 6)  # notes that make a figure
NEAR = 16  # notes within which a figure comes back soon
SPAN_S = 2.0
LOW = 55  # pitches below are mostly the left hand's
TICK_S, SHORT_S = 0.1, 0.03  # a note that ends so near to an onset ends because of it

FEWEST_NOTES = 9  # of a phrase that is measured
N_MEASURES = dict(zip(SPANS_S, (319, 327), strict=True))  # of phrases of each length

# Edges of histograms. Steps are in semitones; times in log2 of seconds; ends are open.
STEPS = (-99, -12, -8, -5, -3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5, 5, 8, 12, 99)
PAUSES = (-9, -4, -3, -2.5, -2, -1.5, -1, -0.5, 0, 9)
TOP_PAUSES = (-9, -3, -2, -1.5, -1, -0.5, 0, 9)
LENGTHS = (-9, -4, -3, -2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 9)
OVERLAPS = (-9, -2, -1, -0.3, 0.3, 1, 2, 3, 9)  # a note's length over the time to the next note's beginning
SIZES = (0.5, 1.5, 2.5, 3.5, 4.5, 99)  # of chords
LIKE = 0.2  # in log2: two pauses that differ by less are of one length


def phrase_begins_s() -> Array:
    """Of the phrases in a passage."""
    return np.arange(0.0, PASSAGE_S - PHRASE_S + STEP_S / 2, STEP_S)


def of_passage(notes: Sequence[Note]) -> Array:
    """(n,) of the notes of a whole passage; at least FEWEST_NOTES."""
    passage, tonic = passage_of(notes, PASSAGE_S), find_key(notes).tonic
    return np.array(
        [
            *note_to_note(passage, tonic),
            *pulses(passage, (PHRASE_S / 2, PHRASE_S, PASSAGE_S), PASSAGE_S),
            *figures(passage),
            *harmony(notes, passage, tonic),
            *triads(passage, tonic),
            *together(passage),
            *course(passage),
            *texture(passage),
        ]
    )


def of_phrase(notes: Sequence[Note], span_s: float = PHRASE_S) -> Array:
    """(N_MEASURES[span_s],) of the notes of one phrase, or of two; at least FEWEST_NOTES.

    Args:
        span_s: of SPANS_S, how long they are.
    """
    passage, tonic = passage_of(notes, span_s), find_key(notes).tonic
    chords = [*harmony(notes, passage, tonic), *triads(passage, tonic), *together(passage)]
    return np.array([*phrasing(passage, tonic), *chords, *texture(passage)])


def phrasing(passage: Passage, tonic: int) -> list[float]:
    """What happens from note to note, how well the pulse is kept and what comes back."""
    windows_s = [seconds for seconds in (PHRASE_S / 2, *SPANS_S) if seconds <= passage.span_s]
    return [
        *note_to_note(passage, tonic),
        *pulses(passage, windows_s, passage.span_s),
        *returns(np.diff(passage.line).tolist(), FIGURES[:2]),
        *returns(passage.line.tolist(), FIGURES[:2]),
        *returns(passage.pitch.tolist(), (4,)),
    ]


def of_phrases(notes: Sequence[Note]) -> list[Array | None]:
    """`of_phrase` of each phrase in a passage; none where there are too few notes."""
    begin_s = notes[0].start_s
    phrases = [[n for n in notes if at <= n.start_s - begin_s < at + PHRASE_S] for at in phrase_begins_s()]
    return [of_phrase(phrase) if len(phrase) >= FEWEST_NOTES else None for phrase in phrases]


def note_to_note(passage: Passage, tonic: int) -> Array:
    """(n,) how music moves.

    Args:
        passage: at least two onsets.
        tonic: pitch class that degrees count from.
    """
    pitch, first, top, bottom = passage.pitch, passage.first, passage.top, passage.bottom
    onset_s, held_s, velocity = passage.onset_s, passage.end_s - passage.start_s, passage.velocity
    pauses, length = logs(np.diff(onset_s)), np.log2(held_s)
    moves = np.diff(passage.line)
    parts = [
        histogram(np.diff(top), STEPS),
        histogram(moves, STEPS),
        histogram(np.diff(bottom), STEPS),
        histogram(pauses, PAUSES),
        histogram(logs(np.diff(passage.line_s)), TOP_PAUSES),
        histogram(length, LENGTHS),
        histogram(passage.sizes, SIZES),
        histogram((pitch - tonic) % 12, DEGREES, held_s),
        histogram((bottom - tonic) % 12, DEGREES),
        histogram(length[:-1] - logs(np.diff(passage.start_s)), OVERLAPS),
        *(spread(values) for values in (velocity / 30, top / 12, bottom / 12, (top - bottom) / 12, pauses)),
        [
            np.log2(len(first)),
            part(np.abs(np.diff(pauses)) < LIKE),
            part(np.sign(moves[1:]) == np.sign(moves[:-1])),
            part(np.abs(moves) <= BELOW_TOP),
            part(passage.is_above),
        ],
    ]
    return np.concatenate([np.asarray(each, dtype=np.float64) for each in parts])


def pulses(passage: Passage, windows_s: Sequence[float], span_s: float) -> list[float]:
    """How well all onsets keep a pulse, and the upper line's, and how each pause relates to the one before."""
    line_s = passage.line_s if len(passage.line) >= FEWEST_ONSETS else passage.onset_s
    return [
        *pulse(passage.onset_s, np.sqrt(passage.sizes), windows_s, span_s),
        *pulse(line_s, np.ones(len(line_s)), windows_s, span_s),
        *ratios(passage.onset_s),
        *ratios(passage.line_s),
    ]


def pulse(onset_s: Array, weight: Array, windows_s: Sequence[float], span_s: float) -> list[float]:
    """Of windows of each length: how well onsets keep the pulse that they keep best, and which it is.

    They keep a pulse as well as their phases in it agree (the mean resultant length, less what chance gives); 1 is a
    metronome.
    """
    found = list[float]()
    for window_s in windows_s:
        periods_s = np.geomspace(SHORTEST_S, LONGEST_S, int(PERIODS_PER_S * window_s))
        phases = np.exp(2j * np.pi * onset_s[:, None] / periods_s)
        kept = []
        for begin_s in np.arange(0.0, span_s - window_s + 0.01, window_s / 2):
            inside = (onset_s - onset_s[0] >= begin_s) & (onset_s - onset_s[0] < begin_s + window_s)
            if (n := int(inside.sum())) >= FEWEST_ONSETS:
                length = np.abs((weight[inside, None] * phases[inside]).sum(axis=0)) / weight[inside].sum()
                kept.append(np.sqrt(np.maximum(length**2 - 1 / n, 0)))
        profile = np.mean(kept, axis=0) if kept else np.zeros(len(periods_s))
        best = np.max(kept, axis=1) if kept else np.zeros(1)
        found += [best.mean(), best.min(), profile.max(), np.log2(periods_s[profile.argmax()])]
        if window_s == span_s:
            fast, slow = periods_s < FAST_S, periods_s >= SLOW_S
            found += [profile[fast].max(), profile[~fast & ~slow].max(), profile[slow].max()]
    return found


def ratios(onset_s: Array) -> list[float]:
    """The histogram of each pause over the one before it."""
    pauses = np.diff(onset_s)
    values = np.log2(pauses[1:] / np.maximum(pauses[:-1], 0.02)) if len(pauses) > 2 else np.empty(0)
    return [float(share) for share in histogram(values, RATIOS)]


def figures(passage: Passage) -> list[float]:
    """How much of the upper line comes back, as it was or in other places, of the bass and of all notes."""
    moves = np.diff(passage.line).tolist()
    lengths = np.round(2 * logs(np.diff(passage.line_s))).astype(int).tolist()
    return [
        *returns(moves, FIGURES),
        *returns(list(zip(moves, lengths, strict=True)), FIGURES),
        *returns(passage.line.tolist(), FIGURES),
        *returns(passage.bottom.tolist(), FIGURES),
        *returns(passage.pitch.tolist(), (4, 8)),
    ]


def returns(tokens: Sequence[Hashable], lengths: Sequence[int]) -> list[float]:
    """For figures of each length, the part of them that was there before, and the part that was there just before."""
    found = list[float]()
    for length in lengths:
        seen: dict[tuple[Hashable, ...], int] = {}
        again = soon = 0
        n = max(len(tokens) - length + 1, 0)
        for i in range(n):
            figure = tuple(tokens[i : i + length])
            if figure in seen:
                again += 1
                soon += i - seen[figure] <= NEAR
            seen[figure] = i
        found += [again / max(n, 1), soon / max(n, 1)]
    return found


def course(passage: Passage) -> list[float]:
    """How density, pitch, loudness and length change over spans of SPAN_S and from half to half."""
    n_spans = int(PASSAGE_S / SPAN_S)
    span = np.minimum((passage.start_s / SPAN_S).astype(int), n_spans - 1)
    counts = np.bincount(span, minlength=n_spans).astype(np.float64)
    around = counts.mean() + 0.5
    found = [np.log2(1 + counts.mean()), counts.std() / around, np.abs(np.diff(counts)).mean() / around]
    found += [counts.min() / around, counts.max() / around, half_to_half(counts) / around]
    for values in (passage.pitch / 12, passage.velocity / 20, logs(passage.end_s - passage.start_s)):
        means = np.array([values[span == i].mean() for i in range(n_spans) if counts[i]])
        found += [means.std(), np.abs(np.diff(means)).mean() if len(means) > 1 else 0.0, half_to_half(means)]
    return [float(value) for value in found]


def half_to_half(values: Array) -> float:
    """The mean of the second half less that of the first."""
    middle = max(len(values) // 2, 1)
    return float(values[middle:].mean() - values[:middle].mean()) if len(values) > 1 else 0.0


def texture(passage: Passage) -> list[float]:
    """Touch, accents, voices that sound together, silences, the two hands."""
    velocity, onset_s = passage.velocity, passage.onset_s
    at_s = np.arange(0.0, passage.span_s, TICK_S)
    voices = ((passage.start_s[:, None] <= at_s) & (passage.end_s[:, None] > at_s)).sum(axis=0)
    waits, low = np.diff(onset_s), passage.pitch < LOW
    low_s = np.unique(passage.start_s[low])
    loudest = np.maximum.reduceat(velocity, passage.first)
    release = np.abs(passage.end_s[:, None] - onset_s).min(axis=1)
    hands = (passage.pitch[~low].mean() - passage.pitch[low].mean()) / 12 if 0 < low.sum() < len(low) else 0.0
    found = [velocity.std(), np.abs(np.diff(velocity)).mean(), alike(velocity[1:], velocity[:-1])]
    found += [alike(loudest, passage.top), alike(passage.sizes[2:], passage.sizes[:-2])]
    found += [alike(passage.sizes[4:], passage.sizes[:-4]), *spread(voices), voices.max()]
    found += [part(voices == 0), part(voices == 1), part(waits > 1), part(release < SHORT_S), part(release < TICK_S)]
    found += [*((waits.max(), np.quantile(waits, 0.9)) if len(waits) else (0.0, 0.0)), part(low), hands]
    found += [np.log2(1 + len(low_s)), np.median(np.diff(low_s)) if len(low_s) > 2 else HELD_S]
    return [float(value) for value in found]


def alike(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> float:
    """Their correlation; 0 where there is none."""
    if len(one) < 3 or one.std() == 0 or other.std() == 0:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])
