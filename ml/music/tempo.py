"""The tempo of music that was played freely: how fast its pulse goes, if one can be felt at all.

Onsets come back after a beat, after two, after three: the autocorrelation of the onsets is high at a pulse's period
and at its multiples. Many periods fit (halves, doubles); listeners prefer one near 500–600 ms, so that each is weighted
by how salient pulses of that period are: a bell over the logarithm of the period (Parncutt 1994, "A perceptual model of
pulse salience and metrical accent in musical rhythms", Music Perception 11(4); the preferred period after Moelants
2002, "Preferred tempo reconsidered", ICMPC 7).
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ml.domain import Note

Floats = npt.NDArray[np.float64]

FRAME_S = 0.01
BLUR_S = 0.025  # standard deviation of an onset in time: hands play a beat's notes that far apart
# The bell: seconds, and octaves (standard deviation). Both were chosen on 228 songs of POP909.
PREFERRED_S = 0.65
SALIENCE_WIDTH = 0.7
SLOWEST_BPM, FASTEST_BPM = 40.0, 208.0  # a metronome's ends
MULTIPLES = (1, 2, 3, 4)  # of a period at which a pulse shows
LEAST_SALIENCE = 0.1  # of the onsets' own power: onsets strewn at random stay below it
FEWEST_ONSETS = 8


def tempo_of(notes: Sequence[Note]) -> float | None:
    """Beats a minute (40–208) of the pulse that stands out most; None where none does."""
    if len({note.start_s for note in notes}) < FEWEST_ONSETS:
        return None
    periods, salience = pulses(notes)
    best = int(np.argmax(salience * preference(periods)))
    return None if salience[best] < LEAST_SALIENCE else 60.0 / refined(periods, salience, best)


def onsets(notes: Sequence[Note]) -> Floats:
    """(N,) how much is struck in each frame, about zero; notes count by the root of their loudness."""
    train = np.zeros(int(notes[-1].start_s / FRAME_S) + 1)
    for note in notes:
        train[int(note.start_s / FRAME_S)] += np.sqrt(note.velocity)
    reach = np.arange(-int(4 * BLUR_S / FRAME_S), int(4 * BLUR_S / FRAME_S) + 1) * FRAME_S
    blurred: Floats = np.convolve(np.minimum(train, 3 * train[train > 0].mean()), np.exp(-0.5 * (reach / BLUR_S) ** 2))
    centred: Floats = blurred - blurred.mean()
    return centred


def pulses(notes: Sequence[Note]) -> tuple[Floats, Floats]:
    """Periods in seconds, and how strongly the onsets come back after each and its multiples, at most 1."""
    signal = onsets(notes)
    size = 2 * len(signal)
    power = np.fft.irfft(np.abs(np.fft.rfft(signal, size)) ** 2, size)[: len(signal)]
    power = power / power[0] if power[0] > 0 else power
    lags = np.arange(int(60 / FASTEST_BPM / FRAME_S), int(60 / SLOWEST_BPM / FRAME_S) + 1)
    comb = [np.interp(lags * k, np.arange(len(power)), power, right=0.0) for k in MULTIPLES]
    salience: Floats = np.mean(comb, axis=0)
    return (lags * FRAME_S).astype(np.float64), salience


def preference(periods: Floats) -> Floats:
    bell: Floats = np.exp(-0.5 * (np.log2(periods / PREFERRED_S) / SALIENCE_WIDTH) ** 2)
    return bell


def refined(periods: Floats, salience: Floats, best: int) -> float:
    """The period between frames: the top of the parabola through a peak and its neighbours."""
    if not 0 < best < len(periods) - 1:
        return float(periods[best])
    before, at, after = salience[best - 1 : best + 2]
    bend = before - 2 * at + after
    shift = 0.5 * (before - after) / bend if bend < 0 else 0.0
    return float(periods[best] + np.clip(shift, -0.5, 0.5) * FRAME_S)
