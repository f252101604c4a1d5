"""The harmony of a passage in numbers: its key, its chords and how they follow each other, what sounds together."""

from collections.abc import Sequence

import numpy as np

from ml.domain import Note
from ml.music.key import MAJOR_PROFILE, MINOR_PROFILE, pitch_class_weights
from ml.music.passage import DEGREES, HELD_S, Array, Passage, histogram, part, spread

FRAME_S = 0.5
LONGEST_LAG = 17  # frames
TRIADS = np.array(
    [np.roll(np.isin(np.arange(12), steps), root) for steps in ((0, 4, 7), (0, 3, 7)) for root in range(12)]
)
STRUCK_S = 0.05  # after an onset all that belongs to it sounds
GAPS = (0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 9.5, 12.5, 16.5, 99)  # edges, semitones between neighbours


def standard(profile: Array) -> Array:
    """(12, 12): the profile on each tonic, with mean 0 and length 1."""
    centred = profile - profile.mean()
    every = np.array([np.roll(centred, tonic) for tonic in range(12)])
    return np.asarray(every / np.linalg.norm(centred))


PROFILES = np.stack([standard(np.array(profile)) for profile in (MAJOR_PROFILE, MINOR_PROFILE)])


def harmony(notes: Sequence[Note], passage: Passage, tonic: int) -> list[float]:
    """How clear the key is, what share each degree has, and how much frames of three lengths are like others."""
    weights = pitch_class_weights(notes)
    share = weights / max(weights.sum(), 1e-9)
    own = share - share.mean()
    major, minor = PROFILES @ own / max(float(np.linalg.norm(own)), 1e-9)  # correlations with every key's profile
    keys, degrees = np.sort(np.concatenate([major, minor])), np.roll(share, -tonic)
    found = [entropy(share), major.max(), minor.max(), keys[-1] - keys[-2], major[tonic], minor[tonic]]
    found += [np.sort(share)[-7:].sum(), (share > 0.01).sum(), *degrees]
    frames = chroma(passage)
    for together in (1, 2, 4):
        found += likeness(frames.reshape(-1, together, 12).sum(axis=1))
    return [float(value) for value in found]


def chroma(passage: Passage) -> Array:
    """(frames, 12) seconds that each pitch class sounds in each frame of a passage of an even number of seconds."""
    at_s = np.arange(0.0, passage.span_s, FRAME_S)
    begin_s, end_s = passage.start_s[:, None], np.minimum(passage.end_s, passage.start_s + HELD_S)[:, None]
    sounds = np.clip(np.minimum(end_s, at_s + FRAME_S) - np.maximum(begin_s, at_s), 0, None)  # (N, frames)
    return np.stack([sounds[passage.pitch % 12 == degree].sum(axis=0) for degree in range(12)], axis=1)


def likeness(frames: Array) -> list[float]:
    """How alike frames are to the next ones and to those at other distances, and how many pitch classes they hold."""
    size = np.linalg.norm(frames, axis=1)
    unit = frames / np.maximum(size, 1e-9)[:, None]
    resemblance = unit @ unit.T
    lags = np.array([resemblance.diagonal(lag).mean() for lag in range(1, min(len(frames), LONGEST_LAG))])
    held = entropy(frames / np.maximum(frames.sum(axis=1, keepdims=True), 1e-9))
    return [lags[0], lags[1:].max(), *spread(lags), float((size < 1e-3).mean()), *spread(held)]


def entropy(share: Array) -> Array:
    """(…, n) parts of 1 → (…) bits."""
    return np.asarray(-(share * np.log2(np.maximum(share, 1e-12))).sum(axis=-1))


def triads(passage: Passage, tonic: int) -> list[float]:
    """For frames of two lengths, what major and minor triads they are, how clear those, and where the roots go."""
    frames, found = np.roll(chroma(passage), -tonic, axis=1), list[float]()
    for together in (2, 4):
        heard = frames.reshape(-1, together, 12).sum(axis=1)
        heard = heard[heard.sum(axis=1) > 0]
        fits = heard @ TRIADS.T / np.sqrt(3) / np.linalg.norm(heard, axis=1, keepdims=True)
        best = fits.argmax(axis=1)
        roots, leaning = best % 12, fits[:, :12].max(axis=1) - fits[:, 12:].max(axis=1)
        moves = np.diff(roots) % 12
        found += [*spread(fits.max(axis=1)), *spread(leaning), part(best < 12), part(np.diff(best) != 0)]
        found += [*histogram(moves[moves > 0], DEGREES[1:]), *histogram(roots, DEGREES)]
    return found


def together(passage: Passage) -> list[float]:
    """What sounds at each onset: how far above the lowest note the others are, and how far neighbours are apart."""
    order = np.argsort(passage.pitch, kind="stable")
    at_s = passage.onset_s[:, None] + STRUCK_S
    sounds = (passage.start_s[order] <= at_s) & (passage.end_s[order] > at_s)  # (O, N), from low to high
    onset, column = np.nonzero(sounds)
    pitch = passage.pitch[order][column]
    lowest = np.diff(onset, prepend=-1) > 0
    above = pitch - pitch[lowest][np.cumsum(lowest) - 1]
    gaps = np.diff(pitch)[~lowest[1:]]
    counts = sounds.sum(axis=1)
    return [*histogram(above[~lowest] % 12, DEGREES), *histogram(gaps, GAPS), *spread(counts), part(counts <= 1)]
