"""Rhythm, loudness and touch in numbers: how dense, how even, how loud, how connected."""

import numpy as np

from ml.music.listening.score import Features, Floats, Score, correlation

LONGEST_IOI_S = 4.0  # a longer wait is a pause, whatever its length
EMPTY_IOI_S = 1.0  # what a piece of one onset is taken to have
PULSE_STEP_S = 0.025  # grid of the pulse's autocorrelation
PULSE_S = (0.2, 1.5)  # beats lie between 300 and 40 a minute


def rhythm(score: Score) -> Features:
    """Onsets a second, notes an onset, and the waits between onsets (inter-onset intervals)."""
    n_onsets, n_notes = len(score.first), len(score.pitch)
    sizes = np.bincount(score.onset)
    waits = np.log2(inter_onset_s(score))
    steps = np.abs(np.diff(waits))
    lag_s, clarity = pulse(score)
    return {
        "onset_rate": float(np.log2(n_onsets / score.span_s)),
        "note_rate": float(np.log2(n_notes / score.span_s)),
        "notes_per_onset": n_notes / n_onsets,
        "chord_share": float((sizes >= 3).mean()),
        "single_share": float((sizes == 1).mean()),
        "wait_median": float(np.median(waits)),
        "wait_short": float(np.percentile(waits, 10)),
        "wait_long": float(np.percentile(waits, 90)),
        "wait_deviation": float(waits.std()),
        "wait_unevenness": float(steps.mean()) if len(steps) else 0.0,  # as in the nPVI (Grabe & Low 2002)
        "wait_same": float((steps < 0.25).mean()) if len(steps) else 0.0,
        "pulse": float(np.log2(lag_s)),
        "pulse_clarity": clarity,
        "rate_change": rate_change(score),
    }


def inter_onset_s(score: Score) -> Floats:
    """(n − 1,) seconds between onsets; at least one number."""
    waits = np.diff(score.onset_s)
    return np.clip(waits, 0.05, LONGEST_IOI_S) if len(waits) else np.array([EMPTY_IOI_S])


def rate_change(score: Score) -> float:
    """log2 of the onsets in the second half over those in the first."""
    late = int((score.onset_s > score.start_s[-1] / 2).sum())
    return float(np.log2((late + 1) / (len(score.first) - late + 1)))


def pulse(score: Score) -> tuple[float, float]:
    """The wait in seconds after which onsets best repeat themselves, and how well they do (0–1)."""
    n = int(score.start_s[-1] / PULSE_STEP_S) + 1
    grid = np.zeros(n)
    np.add.at(grid, (score.start_s / PULSE_STEP_S).astype(np.int64), score.velocity)
    grid = np.convolve(grid, [0.25, 0.5, 0.25], mode="same")
    shortest, longest = (int(seconds / PULSE_STEP_S) for seconds in PULSE_S)
    spectrum = np.abs(np.fft.rfft(grid - grid.mean(), 2 * n + 2 * longest)) ** 2
    repeats = np.fft.irfft(spectrum)[: longest + 1]
    if repeats[0] <= 1e-9:
        return EMPTY_IOI_S, 0.0
    lag = shortest + int(np.argmax(repeats[shortest:]))
    return lag * PULSE_STEP_S, float(repeats[lag] / repeats[0])


def loudness(score: Score) -> Features:
    """Velocity: its level, range and course, and what is louder than what."""
    v = score.velocity
    low, middle, high = np.percentile(v, (10, 50, 90))
    top, bottom = score.pitch >= np.median(score.pitch), score.pitch < np.median(score.pitch)
    peaks = np.maximum.reduceat(v, score.first)
    return {
        "velocity": float(v.mean()),
        "velocity_deviation": float(v.std()),
        "velocity_low": float(low),
        "velocity_median": float(middle),
        "velocity_high": float(high),
        "velocity_step": float(np.abs(np.diff(peaks)).mean()) if len(peaks) > 1 else 0.0,
        "velocity_by_time": correlation(v, score.start_s),
        "velocity_by_pitch": correlation(v, score.pitch.astype(np.float64)),
        "top_over_bottom": float(v[top].mean() - v[bottom].mean()) if bottom.any() else 0.0,
    }


def touch(score: Score) -> Features:
    """How long notes are held, and how much sounds at once."""
    lengths = np.log2(np.maximum(score.length_s, 0.01))
    low, middle, high = np.percentile(lengths, (10, 50, 90))
    following = np.append(np.diff(score.onset_s), EMPTY_IOI_S)[score.onset]
    overlap = np.log2(np.maximum(score.length_s, 0.01) / np.clip(following, 0.05, LONGEST_IOI_S))
    return {
        "length_median": float(middle),
        "length_short": float(low),
        "length_long": float(high),
        "length_deviation": float(lengths.std()),
        "fullness": float(np.log2(max(score.length_s.sum(), 0.01) / score.span_s)),
        "legato": float(np.median(overlap)),
        "legato_deviation": float(overlap.std()),
        "detached_share": float((overlap < 0).mean()),
    }
