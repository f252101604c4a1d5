"""Key, mode, chords and dissonance in numbers.

Scale degrees are counted from the tonic that the key profiles of `ml.music.key` find.
"""

import numpy as np

from ml.music.key import MAJOR_PROFILE, MINOR_PROFILE
from ml.music.listening.register import bottom_line, top_line
from ml.music.listening.score import Features, Floats, Score, entropy, share

LONGEST_WEIGHT_S = 2.0  # as in `ml.music.key`: a held note says no more about the key after this
WINDOW_S, HOP_S = 1.0, 0.5  # one harmony usually lasts longer (a half note at ♩ = 60–120)
PHRASE_S = 8.0  # the mode is also looked for in stretches of this length
DEGREES = ("1", "b2", "2", "b3", "3", "4", "b5", "5", "b6", "6", "b7", "7")
ROOTS = (0, 3, 5, 7, 8, 9, 10)  # degrees that pop music builds its chords on
DIATONIC = np.array([0, 2, 4, 5, 7, 9, 11])

CHORDS = {
    "major": (0, 4, 7),
    "minor": (0, 3, 7),
    "diminished": (0, 3, 6),
    "augmented": (0, 4, 8),
    "suspended": (0, 5, 7),
    "major_seventh": (0, 4, 7, 11),
    "minor_seventh": (0, 3, 7, 10),
    "dominant_seventh": (0, 4, 7, 10),
    "half_diminished": (0, 3, 6, 10),
    "fifth": (0, 7),
}
# Consonance of interval classes 1–6 (Huron 1994, "Interval-class content in equally tempered pitch-class sets",
# Music Perception 11(3), table 2).
CONSONANCE = np.array([-1.428, -0.582, 0.594, 0.386, 1.240, -0.453])

PROFILES = {"major": MAJOR_PROFILE, "minor": MINOR_PROFILE}


def chord_table() -> Floats:
    """(n_chords × 12, 12) every chord on every root, each of length 1."""
    table = np.zeros((len(CHORDS), 12, 12))
    for i, steps in enumerate(CHORDS.values()):
        for root in range(12):
            table[i, root, [(root + step) % 12 for step in steps]] = 1 / np.sqrt(len(steps))
    return table.reshape(-1, 12)


CHORD_TABLE = chord_table()


def pitch_classes(score: Score) -> Floats:
    """(12,) seconds sounded by each pitch class, each note counted up to LONGEST_WEIGHT_S; they sum to 1."""
    held = np.minimum(score.length_s, LONGEST_WEIGHT_S)
    return share(np.bincount(score.pitch % 12, weights=held, minlength=12).astype(np.float64))


def key_scores(weights: Floats) -> Floats:
    """(2, 12) correlation with the major and the minor profile on each tonic."""
    rolled = np.stack([[np.roll(profile, tonic) for tonic in range(12)] for profile in PROFILES.values()])
    centred = rolled - rolled.mean(axis=-1, keepdims=True)
    own = weights - weights.mean()
    return np.asarray(centred @ own / (np.linalg.norm(centred, axis=-1) * max(float(np.linalg.norm(own)), 1e-9)))


def tonality(score: Score) -> Features:
    """Mode and key, how sure they are, and how much each degree sounds."""
    weights = pitch_classes(score)
    counted = share(np.bincount(score.pitch % 12, minlength=12).astype(np.float64))  # each note once, however long
    major, minor = key_scores(counted).max(axis=1)
    phrases = windows(score, PHRASE_S, PHRASE_S / 2)
    own = {"counted_mode": float(major - minor)}
    return key_features(weights) | own | local_modes(phrases) | collection(score, weights)


def tonic_of(weights: Floats) -> int:
    """The tonic of the best key."""
    return int(key_scores(weights).max(axis=0).argmax())


def key_features(weights: Floats) -> Features:
    """What (12,) parts of pitch classes say of the key."""
    scores = key_scores(weights)
    major, minor = scores.max(axis=1)
    ranked = np.sort(scores.ravel())
    degrees = np.roll(weights, -tonic_of(weights))
    found = {
        "mode": float(major - minor),
        "key_major": float(major),
        "key_minor": float(minor),
        "key_sure": float(ranked[-1] - ranked[-3]),
        "third": contrast(degrees[4], degrees[3]),
        "sixth": contrast(degrees[9], degrees[8]),
        "seventh": contrast(degrees[11], degrees[10]),
        "pitch_class_entropy": entropy(weights),
    }
    return found | {f"degree_{name}": float(part) for name, part in zip(DEGREES, degrees, strict=True)}


def contrast(a: float, b: float) -> float:
    """How much more of a than of b there is, −1…1."""
    return float((a - b) / max(a + b, 1e-6))


def local_modes(phrases: Floats) -> Features:
    """Majorness of (n, 12) phrases: its mean, its deviation, the share of phrases in minor, the last one."""
    modes = np.array([np.subtract(*key_scores(weights).max(axis=1)) for weights in phrases])
    return {
        "local_mode": float(modes.mean()),
        "local_mode_deviation": float(modes.std()),
        "minor_share": float((modes < 0).mean()),
        "last_mode": float(modes[-1]),
    }


def collection(score: Score, weights: Floats) -> Features:
    """Degrees counted from the tonic of the major scale that holds most of the piece, whatever its mode.

    Relative keys share these notes, so the bass and the upper line tell the mode: vi against I.
    """
    in_scale = np.array([np.roll(weights, -tonic)[DIATONIC].sum() for tonic in range(12)])
    tonic = int(np.argmax(in_scale + 1e-3 * key_scores(weights)[0]))
    found = {"outside_scale": float(1 - in_scale[tonic])}
    for line, pitches in (("bass", bottom_line(score)), ("top", top_line(score))):
        held = np.minimum(np.append(np.diff(score.onset_s), 1.0), LONGEST_WEIGHT_S)
        parts = np.roll(share(np.bincount(pitches % 12, weights=held, minlength=12).astype(np.float64)), -tonic)
        found |= {f"{line}_{DEGREES[degree]}": float(parts[degree]) for degree in DIATONIC}
        found[f"{line}_six_over_one"] = contrast(parts[9], parts[0])
    return found


def windows(score: Score, width_s: float, hop_s: float) -> Floats:
    """(n_windows, 12) how long each pitch class sounds in each window, each note counted up to LONGEST_WEIGHT_S."""
    begin = np.arange(0, max(score.span_s - width_s / 2, 0.01), hop_s)
    stop_s = np.minimum(score.end_s, score.start_s + LONGEST_WEIGHT_S)
    overlap = np.minimum(stop_s, begin[:, None] + width_s) - np.maximum(score.start_s, begin[:, None])
    one_hot = np.eye(12)[score.pitch % 12]
    return np.asarray(np.maximum(overlap, 0.0) @ one_hot)


def chords(score: Score) -> Features:
    """What chords the piece is made of."""
    return chord_features(windows(score, WINDOW_S, HOP_S), tonic_of(pitch_classes(score)))


def chord_features(heard: Floats, tonic: int) -> Features:
    """The best-fitting chord in each of (n, 12) windows, how well it fits, and where its root stands in the key."""
    fits = heard @ CHORD_TABLE.T / np.maximum(np.linalg.norm(heard, axis=1, keepdims=True), 1e-9)
    fits = fits[heard.sum(axis=1) > 0]
    best = fits.argmax(axis=1)
    kinds, roots = best // 12, best % 12
    counts = share(np.bincount(kinds, minlength=len(CHORDS)).astype(np.float64))
    on = share(np.bincount((roots - tonic) % 12, minlength=12).astype(np.float64))
    leaning = fits[:, :12].max(axis=1) - fits[:, 12:24].max(axis=1)  # to a major triad rather than a minor one
    return {
        **{f"chord_{name}": float(part) for name, part in zip(CHORDS, counts, strict=True)},
        "chord_fit": float(fits.max(axis=1).mean()),
        "chord_mode": float(leaning.mean()),
        "chord_mode_deviation": float(leaning.std()),
        "chord_change": float((np.diff(best) != 0).mean()) if len(best) > 1 else 0.0,
        "chord_variety": float(len(np.unique(roots))),
        **{f"root_{DEGREES[degree]}": float(on[degree]) for degree in ROOTS},
    }


def dissonance(score: Score) -> Features:
    """Interval classes between all notes that sound together, at each onset."""
    at = score.onset_s[:, None] + 0.05
    sounding = ((score.start_s <= at) & (score.end_s > at)).astype(np.float64)  # (n, N)
    present = np.minimum(sounding @ np.eye(12)[score.pitch % 12], 1.0)  # (n, 12)
    pairs = np.array([(present * np.roll(present, -step, axis=1)).sum() for step in range(1, 7)])
    pairs[5] /= 2  # a tritone is counted from both its ends
    parts = share(pairs)
    names = ("seconds", "tones", "minor_thirds", "major_thirds", "fourths", "tritones")
    return {
        "sounding": float(sounding.sum(axis=1).mean()),
        "sounding_classes": float(present.sum(axis=1).mean()),
        "consonance": float(parts @ CONSONANCE),
        **{f"interval_{name}": float(part) for name, part in zip(names, parts, strict=True)},
    }
