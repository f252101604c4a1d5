"""Sets a piece's level: every piece equally loud to the ear, no peak over the ceiling, the tail rung out."""

import numpy as np
import numpy.typing as npt

from ml.music.loudness import Sound, amplitude, decibels, integrated_lufs, true_peak

TARGET_LUFS = -18.0  # headroom for a piano's strokes: music services play at −14 to −16, for denser music
CEILING_DB = -1.0  # true peak; EBU R 128's, and room for what a lossy codec adds
MOST_LIMITING_DB = 6.0  # a piece with higher strokes stays softer than the target
BLOCK_S = 0.001  # how finely the limiter looks
REACH = 40  # blocks before and after a stroke over which the limiter moves
HALF_STEP = 0.5 / 2**15  # what rounds to zero in 16 bits
FADE_S = 0.05  # over the last of the tail, which by then lies 90 dB under the ceiling


def levelled(sound: Sound, rate: int, end_s: float) -> tuple[Sound, float]:
    """The sound at the common loudness, cut where its tail has died away.

    Args:
        end_s: when the last key is let go; nothing before it is cut.

    Returns:
        The sound, and the gain in dB that the whole of it was given.
    """
    gain_db = wanted_gain_db(sound, rate)
    limited = limit(sound * np.float32(amplitude(gain_db)), rate)
    return rung_out(limited, rate, end_s), gain_db


def wanted_gain_db(sound: Sound, rate: int) -> float:
    """What brings the sound to the common loudness, or less where its strokes would stand out too far."""
    highest = CEILING_DB + MOST_LIMITING_DB - decibels(true_peak(sound))
    return min(TARGET_LUFS - integrated_lufs(sound, rate), highest)


def limit(sound: Sound, rate: int) -> Sound:
    """Bring single strokes down to the ceiling: slowly around them, all channels alike, so that nothing distorts."""
    ceiling = amplitude(CEILING_DB)
    peak = true_peak(sound)
    if peak <= ceiling:
        return sound
    limited = sound * limiting_gain(np.abs(sound).max(axis=1), int(BLOCK_S * rate), ceiling)[:, None]
    return limited * np.float32(min(1.0, ceiling / true_peak(limited)))  # the last hundredths, between the samples


def limiting_gain(level: npt.NDArray[np.float32], block: int, ceiling: float) -> npt.NDArray[np.float32]:
    """(n_frames,) factors up to 1 that keep `level` under the ceiling, moving no faster than the reach allows."""
    n_blocks = -(-len(level) // block)
    peaks = np.pad(level, (0, n_blocks * block - len(level))).reshape(n_blocks, block).max(axis=1)
    needed = np.pad(np.minimum(1.0, ceiling / np.maximum(peaks, ceiling)), 2 * REACH, constant_values=1.0)
    lowest = np.lib.stride_tricks.sliding_window_view(needed, 2 * REACH + 1).min(axis=1)
    window = np.hanning(2 * REACH + 3)[1:-1]
    smooth = np.convolve(lowest, window / window.sum(), mode="valid")
    frames = np.interp(np.arange(len(level)), (np.arange(n_blocks) + 0.5) * block, smooth)
    return frames.astype(np.float32)


def rung_out(sound: Sound, rate: int, end_s: float) -> Sound:
    """Cut what is digital silence after the last note, and fade the cut."""
    fade = int(FADE_S * rate)
    audible = np.flatnonzero(np.abs(sound).max(axis=1) > HALF_STEP)
    last = int(audible[-1]) + 1 if len(audible) else 0
    sound = sound[: max(last + fade, int(np.ceil(end_s * rate)))].copy()
    sound[-fade:] *= np.linspace(1, 0, len(sound[-fade:]), dtype=np.float32)[:, None]
    return sound
