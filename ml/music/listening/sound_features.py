"""What can be heard in sound, in numbers: the listener's features of a recording. Its level plays no part."""

import numpy as np

from ml.music.listening.harmony import chord_features, key_features, local_modes, tonic_of
from ml.music.listening.score import Features, Floats, entropy, share
from ml.music.listening.sound import RATE, Sound
from ml.music.listening.spectrum import (
    FRAME,
    HOP,
    LONG_HOP,
    LOWEST_KEY,
    Spectrum,
    cosines,
    hertz,
    spectrum_of,
)

FRAME_S, LONG_FRAME_S = HOP / RATE, LONG_HOP / RATE
LOUDEST_PART = 40.0  # decibels under the loudest frame: what is softer does not count as playing
ROLLOFF = 0.85
CONTRAST_HZ = (0, 200, 400, 800, 1600, 3200, 8000)  # octave bands and quantile as in Jiang et al. 2002
CONTRAST_QUANTILE = 0.05
AN_OCTAVE = 12
ONSET_APART_S = 0.06
ONSET_OVER = 0.35  # deviations of the envelope over its local mean
LOCAL_S = 0.5
CHORD_S, PHRASE_S = 1.0, 8.0
PULSE_S = (0.2, 1.5)  # beats lie between 300 and 40 a minute


def sound_features(sound: Sound) -> Features:
    """All features of a sound that is not silent, by name; finite for any, short ones too."""
    spectrum = spectrum_of(sound)
    envelope = onset_envelope(spectrum.mels)
    found = timbre(spectrum) | shape(spectrum) | contrast(spectrum) | level(spectrum)
    return found | onsets(envelope) | pulse(envelope) | keys(spectrum.semitones) | harmony(spectrum.semitones)


def timbre(spectrum: Spectrum) -> Features:
    """MFCC: mean, deviation, and how fast they change; the first is the level, so only its course counts."""
    mfcc = spectrum.mels @ cosines().T  # (T, N_MFCC)
    change = np.abs(np.diff(mfcc, axis=0)).mean(axis=0) if len(mfcc) > 1 else np.zeros(mfcc.shape[1])
    found = {f"mfcc_{i}": float(value) for i, value in enumerate(mfcc.mean(axis=0)) if i > 0}
    found |= {f"mfcc_{i}_deviation": float(value) for i, value in enumerate(mfcc.std(axis=0))}
    return found | {f"mfcc_{i}_change": float(value) for i, value in enumerate(change)}


def shape(spectrum: Spectrum) -> Features:
    """Where the energy lies: centre, width and upper end in octaves, flatness, zero crossings."""
    power = spectrum.power[:, 1:].astype(np.float64)
    octaves = np.log2(hertz(FRAME)[1:])
    part = power / power.sum(axis=1, keepdims=True)
    centre = part @ octaves
    width = np.sqrt(np.maximum(part @ octaves**2 - centre**2, 0))
    upper = octaves[np.argmax(np.cumsum(part, axis=1) >= ROLLOFF, axis=1)]
    flatness = np.log(power).mean(axis=1) - np.log(power.mean(axis=1))
    crossings = float((np.diff(np.signbit(spectrum.sound)) != 0).mean())
    courses = {"centroid": centre, "bandwidth": width, "rolloff": upper, "flatness": flatness}
    found = {name: float(course.mean()) for name, course in courses.items()}
    return found | {f"{name}_deviation": float(c.std()) for name, c in courses.items()} | {"crossings": crossings}


def contrast(spectrum: Spectrum) -> Features:
    """In each band, how far peaks stand over valleys, in nepers (Jiang et al. 2002, "Music type classification")."""
    found = {}
    at = hertz(FRAME)
    for low, high in zip(CONTRAST_HZ[:-1], CONTRAST_HZ[1:], strict=True):
        band = np.sort(spectrum.power[:, (at >= low) & (at < high)], axis=1)
        n = max(round(CONTRAST_QUANTILE * band.shape[1]), 1)
        differences = np.log(band[:, -n:].mean(axis=1)) - np.log(band[:, :n].mean(axis=1))
        found[f"contrast_{high}"] = float(differences.mean())
    return found


def level(spectrum: Spectrum) -> Features:
    """The course of the level in decibels around its own mean: range, evenness, how fast it falls and rises."""
    decibels = 10 * np.log10(spectrum.power.sum(axis=1).astype(np.float64))
    decibels = np.maximum(decibels, decibels.max() - LOUDEST_PART)
    low, middle, high = np.percentile(decibels, (10, 50, 90)) - decibels.max()
    slope = np.diff(decibels) if len(decibels) > 1 else np.zeros(1)
    falls = slope[slope < 0]
    half = len(decibels) // 2
    return {
        "level_low": float(low),
        "level_median": float(middle),
        "level_high": float(high),
        "level_deviation": float(decibels.std()),
        "level_fall": float(falls.mean()) if len(falls) else 0.0,
        "level_rises": float((slope > 3.0).mean()),
        "level_growth": float(decibels[half:].mean() - decibels[:half].mean()) if half else 0.0,
    }


def onset_envelope(mels: Floats) -> Floats:
    """(T,) how much louder the mel bands become from frame to frame (spectral flux on a log scale)."""
    rises = np.maximum(np.diff(mels, axis=0, prepend=mels[:1]), 0)
    return np.asarray(rises.mean(axis=1))


def onsets(envelope: Floats) -> Features:
    """Onsets a second and the waits between them, by peaks of the envelope."""
    seconds = max(len(envelope) * FRAME_S, 1.0)
    at_s = peaks(envelope) * FRAME_S
    waits = np.log2(np.clip(np.diff(at_s), 0.05, 4.0)) if len(at_s) > 1 else np.zeros(1)
    return {
        "onset_rate": float(np.log2((len(at_s) + 1) / seconds)),
        "onset_strength": float(envelope.mean()),
        "onset_strength_deviation": float(envelope.std()),
        "onset_strength_high": float(np.percentile(envelope, 95)),
        "wait_median": float(np.median(waits)),
        "wait_short": float(np.percentile(waits, 10)),
        "wait_long": float(np.percentile(waits, 90)),
        "wait_deviation": float(waits.std()),
        "wait_unevenness": float(np.abs(np.diff(waits)).mean()) if len(waits) > 1 else 0.0,
    }


def peaks(envelope: Floats) -> np.typing.NDArray[np.int64]:
    """Frames where the envelope is at its highest for ONSET_APART_S around, and clearly over its local mean."""
    near, around = round(ONSET_APART_S / FRAME_S), round(LOCAL_S / FRAME_S)
    padded = np.pad(envelope, near, constant_values=-np.inf)
    highest = np.lib.stride_tricks.sliding_window_view(padded, 2 * near + 1).max(axis=1)
    mean = np.convolve(np.pad(envelope, around, mode="edge"), np.ones(2 * around + 1) / (2 * around + 1), mode="valid")
    return np.flatnonzero((envelope == highest) & (envelope > mean + ONSET_OVER * envelope.std()))


def pulse(envelope: Floats) -> Features:
    """The wait after which the envelope best repeats itself, and how well it does."""
    shortest, longest = (int(seconds / FRAME_S) for seconds in PULSE_S)
    centred = envelope - envelope.mean()
    repeats = np.fft.irfft(np.abs(np.fft.rfft(centred, 2 * len(centred) + 2 * longest)) ** 2)[: longest + 1]
    if repeats[0] <= 1e-9:
        return {"pulse": 0.0, "pulse_clarity": 0.0}
    lag = shortest + int(np.argmax(repeats[shortest:]))
    return {"pulse": float(np.log2(lag * FRAME_S)), "pulse_clarity": float(repeats[lag] / repeats[0])}


def keys(semitones: Floats) -> Features:
    """Which keys sound: register, spread, how many at once, how much in each octave."""
    total = semitones.sum(axis=0)
    part = share(total)
    numbers = LOWEST_KEY + np.arange(len(part))
    middle = float(part @ numbers)
    active = semitones > 0.1 * max(float(semitones.max()), 1e-9)
    lowest, highest = lowest_highest(active)
    changes = np.abs(np.diff(active.astype(np.float64), axis=0)).sum(axis=1)
    bands = [part[i : i + AN_OCTAVE].sum() for i in range(0, len(part) - 8, AN_OCTAVE)]
    return {
        "register": middle,
        "register_deviation": float(np.sqrt(part @ (numbers - middle) ** 2)),
        "lowest": float(lowest.mean()),
        "highest": float(highest.mean()),
        "highest_deviation": float(highest.std()),
        "lowest_deviation": float(lowest.std()),
        "sounding": float(active.sum(axis=1).mean()),
        "sounding_deviation": float(active.sum(axis=1).std()),
        "key_entropy": entropy(part),
        "key_change": float(changes.mean()) if len(changes) else 0.0,
        **{f"octave_{i}": float(band) for i, band in enumerate(bands)},
    }


def lowest_highest(active: np.typing.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """The lowest and the highest key of each frame in which any sounds."""
    playing = active[active.any(axis=1)]
    if not len(playing):
        return np.zeros(1), np.zeros(1)
    return playing.argmax(axis=1).astype(np.float64), playing.shape[1] - 1.0 - playing[:, ::-1].argmax(axis=1)


def harmony(semitones: Floats) -> Features:
    """Key, mode and chords from (U, 12) pitch classes, as for notes."""
    classes = np.zeros((len(semitones), 12))
    for key in range(semitones.shape[1]):
        classes[:, (LOWEST_KEY + key) % 12] += semitones[:, key]
    weights = share(classes.sum(axis=0))
    windows = grouped(classes, CHORD_S)
    return key_features(weights) | local_modes(grouped(classes, PHRASE_S)) | chord_features(windows, tonic_of(weights))


def grouped(classes: Floats, width_s: float) -> Floats:
    """(n, 12) sums over stretches of about `width_s`."""
    n = max(round(len(classes) * LONG_FRAME_S / width_s), 1)
    return np.stack([part.sum(axis=0) for part in np.array_split(classes, n)])
