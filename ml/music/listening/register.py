"""Where on the keyboard a piece lies, and how its upper line and its bass move."""

import numpy as np

from ml.music.listening.score import Features, Floats, Ints, Score, correlation

LOW_BELOW, HIGH_FROM, HIGHER_FROM = 48, 72, 84  # C3, C5, C6
STEP, SKIP, LEAP = 2, 4, 7  # semitones: a second, a third, a fifth


def register(score: Score) -> Features:
    """Percentiles and shares of pitch, each note counted once."""
    p = score.pitch.astype(np.float64)
    low, middle, high = np.percentile(p, (10, 50, 90))
    deviation = float(p.std())
    return {
        "pitch": float(p.mean()),
        "pitch_deviation": deviation,
        "pitch_low": float(low),
        "pitch_median": float(middle),
        "pitch_high": float(high),
        "pitch_lopsided": float(((p - p.mean()) ** 3).mean() / max(deviation, 1.0) ** 3),
        "low_share": float((p < LOW_BELOW).mean()),
        "high_share": float((p >= HIGH_FROM).mean()),
        "higher_share": float((p >= HIGHER_FROM).mean()),
        "pitch_by_time": correlation(p, score.start_s),
    }


def top_line(score: Score) -> Ints:
    """(n,) the highest pitch of each onset ("skyline", Uitdenbogerd & Zobel 1999)."""
    return np.maximum.reduceat(score.pitch, score.first)


def bottom_line(score: Score) -> Ints:
    """(n,) the lowest pitch of each onset."""
    return np.minimum.reduceat(score.pitch, score.first)


def lines(score: Score) -> Features:
    """How the upper line moves, how the bass moves, and how far they lie apart."""
    top, bottom = top_line(score), bottom_line(score)
    moves = np.diff(top) if len(top) > 1 else np.zeros(1, dtype=np.int64)
    sizes = np.abs(moves)
    return {
        "top": float(top.mean()),
        "top_deviation": float(top.std()),
        "bottom": float(bottom.mean()),
        "bottom_deviation": float(bottom.std()),
        "hands_apart": float((top - bottom).mean()),
        "top_move": float(sizes.mean()),
        "top_repeats": float((sizes == 0).mean()),
        "top_steps": float(((sizes > 0) & (sizes <= STEP)).mean()),
        "top_skips": float(((sizes > STEP) & (sizes <= SKIP)).mean()),
        "top_leaps": float((sizes >= LEAP).mean()),
        "top_rises": float((moves > 0).mean()),
        "top_turns": float((moves[1:] * moves[:-1] < 0).mean()) if len(moves) > 1 else 0.0,
        "bass_move": float(np.abs(np.diff(bottom)).mean()) if len(bottom) > 1 else 0.0,
        "repetition": repetition(moves.astype(np.float64)),
    }


def repetition(moves: Floats, length: int = 4) -> float:
    """The share of runs of `length` moves in the upper line that came before."""
    runs = [tuple(moves[i : i + length]) for i in range(len(moves) - length + 1)]
    return 1 - len(set(runs)) / len(runs) if runs else 0.0
