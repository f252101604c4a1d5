"""Sound → pictures of it: a mel spectrogram, semitones, an onset envelope; numpy alone.

librosa measures the same. Its import compiles with numba: 41 s the first time, 2 s in every process after that, which
is longer than all of this takes for half a minute of music.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from ml.music.listening.score import Floats
from ml.music.listening.sound import RATE, Sound

FRAME, HOP = 2048, 512  # samples: 93 and 23 ms
LONG_FRAME, LONG_HOP = 8192, 2048  # 0.37 s, so that semitones part from 60 Hz up
N_MELS = 64
N_MFCC = 13
LOWEST_HZ, HIGHEST_HZ = 30.0, 10_000.0
LOWEST_KEY, N_KEYS = 33, 68  # semitones from A1 (55 Hz) to E7: below, two share a bin; above, a piano has little left
A4_KEY, A4_HZ = 69, 440.0
FLOOR = 1e-6  # of the greatest power, −60 dB: below, a recording holds its own noise and what a codec left of it

Power = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Spectrum:
    """T frames HOP apart and U long frames LONG_HOP apart, of a sound brought to a root mean square of 1.

    Args:
        sound: (n_frames,) samples.
        power: (T, FRAME / 2 + 1), at least FLOOR of the greatest.
        mels: (T, N_MELS) decibels under the loudest.
        semitones: (U, N_KEYS) how strongly each key's fundamental sounds, from LOWEST_KEY up.
    """

    sound: Sound
    power: Power
    mels: Floats
    semitones: Floats


def spectrum_of(sound: Sound) -> Spectrum:
    """The pictures of a sound that is not silent."""
    level = np.sqrt(np.square(sound, dtype=np.float64).mean())
    sound = np.asarray(sound / level, dtype=np.float32)
    power = power_of(sound, FRAME, HOP)
    power = np.maximum(power, FLOOR * power.max())
    mels = power @ mel_filters().T
    relative = mels / max(float(mels.max()), 1e-12)
    return Spectrum(sound, power, 10 * np.log10(np.maximum(relative, FLOOR)), semitones(sound))


def power_of(sound: Sound, frame: int, hop: int) -> Power:
    """(T, frame / 2 + 1) squared magnitudes of Hann windows, the first centred on the beginning."""
    padded = np.pad(sound, frame // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, frame)[::hop]
    window = np.hanning(frame + 1)[:-1].astype(np.float32)
    return np.square(np.abs(np.fft.rfft(frames * window, axis=1))).astype(np.float32)


def hertz(frame: int) -> Floats:
    """(frame / 2 + 1,) the frequency of each bin."""
    return np.arange(frame // 2 + 1) * RATE / frame


@lru_cache(maxsize=1)
def mel_filters() -> Power:
    """(N_MELS, FRAME / 2 + 1) triangles of equal height, evenly spaced on O'Shaughnessy's mel scale (1987)."""
    lowest, highest = (2595 * math.log10(1 + hz / 700) for hz in (LOWEST_HZ, HIGHEST_HZ))
    corners = 700 * (10 ** (np.linspace(lowest, highest, N_MELS + 2) / 2595) - 1)
    low, middle, high = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    at = hertz(FRAME)
    triangles = np.minimum((at - low) / (middle - low), (high - at) / (high - middle))
    return np.asarray(np.maximum(triangles, 0), dtype=np.float32)


@lru_cache(maxsize=1)
def cosines() -> Floats:
    """(N_MFCC, N_MELS) the first rows of an orthonormal type-II discrete cosine transform."""
    angles = np.pi * np.arange(N_MFCC)[:, None] * (np.arange(N_MELS) + 0.5) / N_MELS
    return np.asarray(np.cos(angles) * np.sqrt(2 / N_MELS))


def semitones(sound: Sound) -> Floats:
    """(U, N_KEYS) amplitude at each key's fundamental, less what lower keys' overtones may have put there.

    Bins are given to keys after the instrument's own tuning. Amplitudes are compressed by log(1 + 10 x), as in
    Müller & Ewert 2011 ("Chroma toolbox", ISMIR), with x = 1 for the loudest bin of the piece.
    """
    amplitude = np.sqrt(power_of(sound, LONG_FRAME, LONG_HOP))
    at = hertz(LONG_FRAME)
    inside = (at > A4_HZ * 2 ** ((LOWEST_KEY - 0.5 - A4_KEY) / 12)) & (at < HIGHEST_HZ)
    amplitude, keys = amplitude[:, inside], A4_KEY + 12 * np.log2(at[inside] / A4_HZ)
    peaks = only_peaks((amplitude / max(float(amplitude.max()), 1e-12)).astype(np.float32))
    nearest = np.rint(keys - tuning(peaks, keys)).astype(np.int64) - LOWEST_KEY
    strengths = np.zeros((len(peaks), nearest.max() + 1))
    for key in np.unique(nearest[nearest >= 0]):
        strengths[:, key] = peaks[:, nearest == key].max(axis=1)
    return without_overtones(np.log1p(10 * strengths))[:, :N_KEYS]


def only_peaks(amplitude: Power) -> Power:
    """Zero wherever a neighbouring bin is stronger."""
    peak = np.zeros_like(amplitude)
    inner = amplitude[:, 1:-1]
    is_peak = (inner >= amplitude[:, :-2]) & (inner > amplitude[:, 2:])
    peak[:, 1:-1] = np.where(is_peak, inner, 0)
    return peak


def tuning(peaks: Power, keys: Floats) -> float:
    """How far the instrument stands above A4 = 440 Hz, in semitones (−0.5…0.5): the circular mean over all peaks."""
    weights = peaks.sum(axis=0)[keys > A4_KEY - 12]  # bins are fine enough from A3 up
    turned = np.exp(2j * np.pi * keys[keys > A4_KEY - 12]) @ weights
    return float(np.angle(turned) / (2 * np.pi))


OVERTONES = {12: 0.6, 19: 0.4, 24: 0.3, 28: 0.2}  # semitones above the fundamental: how much of it may sound there


def without_overtones(strengths: Floats) -> Floats:
    """Take off each key what may be an overtone of a key below."""
    kept = strengths.copy()
    for steps, part in OVERTONES.items():
        kept[:, steps:] -= part * strengths[:, :-steps]
    return np.maximum(kept, 0.0)
