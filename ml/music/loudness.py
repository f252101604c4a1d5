"""How loud sound is to the ear (LUFS) and how high it really peaks (dBTP), after ITU-R BS.1770-4.

Written out here rather than taken from pyloudnorm, whose import of SciPy (1.3 s of CPU time) costs more than all of a
piece's sound; the two agree within 0.05 LU, and with FFmpeg's ebur128 to the 0.1 LU that it prints.
"""

import numpy as np
import numpy.typing as npt

Sound = npt.NDArray[np.float32]  # (n_frames, n_channels), full scale is 1
Numbers = npt.NDArray[np.float64]

# K-weighting: a shelf for the head (+4 dB above 1.7 kHz) and a high-pass at 38 Hz. BS.1770-4 gives coefficients for
# 48 kHz alone; these are the analogue filters behind them (De Man, "Evaluation of implementations of the EBU R128
# loudness measurement", AES 145, 2018), so that any rate can be measured.
SHELF_HZ, SHELF_DB, SHELF_Q = 1681.974450955533, 3.999843853973347, 0.7071752369554196
SHELF_SLOPE = 0.4996667741545416  # exponent of the gain at the shelf's middle
HIGHPASS_HZ, HIGHPASS_Q = 38.13547087602444, 0.5003270373238773

OFFSET_DB = -0.691  # so that a full-scale 997 Hz sine in one channel reads −3.01 LUFS
STEPS_PER_S, STEPS_PER_BLOCK = 10, 4  # blocks of 0.4 s, a new one every 0.1 s
SILENCE_LUFS, GATE_DB = -70.0, -10.0  # quieter blocks do not count; nor those so far under the mean of the rest
HISTORY_S = 0.07  # by then the high-pass has forgotten all but a millionth

OVERSAMPLING = 4  # Annex 2
TAPS = np.arange(-12, 12)  # of the interpolating filter, in frames
KAISER_BETA = 6.0
NEAR_PEAK = 0.5  # between samples lower than this part of the highest one, nothing rises above it


def biquads(rate: int) -> tuple[tuple[Numbers, Numbers], ...]:
    """(b, a) of both K-weighting filters at this sampling rate, by the bilinear transform."""
    k = np.tan(np.pi * SHELF_HZ / rate)
    high, low = 10 ** (SHELF_DB / 20), 10 ** (SHELF_DB / 20 * SHELF_SLOPE)
    shelf_b = np.array([high + low * k / SHELF_Q + k * k, 2 * (k * k - high), high - low * k / SHELF_Q + k * k])
    shelf_a = np.array([1 + k / SHELF_Q + k * k, 2 * (k * k - 1), 1 - k / SHELF_Q + k * k])
    q = np.tan(np.pi * HIGHPASS_HZ / rate)
    highpass_a = np.array([1 + q / HIGHPASS_Q + q * q, 2 * (q * q - 1), 1 - q / HIGHPASS_Q + q * q])
    return (shelf_b / shelf_a[0], shelf_a / shelf_a[0]), (np.array([1.0, -2.0, 1.0]), highpass_a / highpass_a[0])


def response(rate: int, n_fft: int) -> npt.NDArray[np.complex64]:
    """K-weighting at the frequencies of a real FFT."""
    z = np.exp(-2j * np.pi * np.arange(n_fft // 2 + 1) / n_fft)  # one frame's delay
    whole = np.ones_like(z)
    for b, a in biquads(rate):
        whole *= (b[0] + b[1] * z + b[2] * z * z) / (a[0] + a[1] * z + a[2] * z * z)
    return np.asarray(whole, dtype=np.complex64)


def step_powers(sound: Sound, rate: int) -> Numbers:
    """(n_steps,) power of the K-weighted sound in steps of 0.1 s, summed over the channels."""
    step, history = rate // STEPS_PER_S, int(np.ceil(HISTORY_S * rate))
    n_steps = max(-(-len(sound) // step), STEPS_PER_BLOCK)
    n_fft = 1 << (step + history - 1).bit_length()
    padded = np.zeros((sound.shape[1], n_fft - step + n_steps * step), dtype=np.float32)
    padded[:, n_fft - step : n_fft - step + len(sound)] = sound.T
    windows = np.lib.stride_tricks.sliding_window_view(padded, n_fft, axis=1)[:, ::step]  # overlap-save
    weighted = np.fft.irfft(np.fft.rfft(windows) * response(rate, n_fft))[..., -step:]
    powers: Numbers = np.square(weighted, dtype=np.float64).mean(axis=-1).sum(axis=0)
    return powers


def integrated_lufs(sound: Sound, rate: int) -> float:
    """Loudness of the whole, without its silences; −inf when there is nothing but silence."""
    steps = step_powers(sound, rate)
    sums = np.concatenate([[0.0], steps.cumsum()])
    blocks = (sums[STEPS_PER_BLOCK:] - sums[:-STEPS_PER_BLOCK]) / STEPS_PER_BLOCK
    heard = blocks[blocks > 10 ** ((SILENCE_LUFS - OFFSET_DB) / 10)]
    if not len(heard):
        return -np.inf
    loud = heard[heard > 10 ** (GATE_DB / 10) * heard.mean()]
    return float(OFFSET_DB + 10 * np.log10(loud.mean()))


def true_peak(sound: Sound) -> float:
    """The highest amplitude of the sound between its samples too, full scale is 1."""
    return max((channel_peak(np.ascontiguousarray(channel)) for channel in sound.T), default=0.0)


def channel_peak(channel: npt.NDArray[np.float32]) -> float:
    """Interpolates four times, near the highest samples only."""
    level = np.abs(channel)
    highest = float(level.max(initial=0.0))
    padded = np.pad(channel, len(TAPS))
    near = np.flatnonzero(level >= NEAR_PEAK * highest) if highest > 0 else np.empty(0, dtype=int)
    around = np.lib.stride_tricks.sliding_window_view(padded, len(TAPS))
    # Row i holds the frames i − len(TAPS) … i − 1; the one in the middle is to be followed by the new points.
    between = around[near + len(TAPS) + TAPS[0] + 1] @ interpolator()
    return max(highest, float(np.abs(between).max(initial=0.0)))


def interpolator() -> npt.NDArray[np.float32]:
    """(taps, 3): windowed sinc functions for the points a quarter, a half and three quarters after a frame."""
    parts = np.arange(1, OVERSAMPLING) / OVERSAMPLING
    distance = parts[None, :] - (TAPS[:, None] + 1)
    window = np.i0(KAISER_BETA * np.sqrt(np.clip(1 - (distance / len(TAPS) * 2) ** 2, 0, 1))) / np.i0(KAISER_BETA)
    kernel: npt.NDArray[np.float32] = (np.sinc(distance) * window).astype(np.float32)
    return kernel


def decibels(amplitude: float) -> float:
    return float(20 * np.log10(amplitude)) if amplitude > 0 else -np.inf


def amplitude(decibels: float) -> float:
    return float(10 ** (decibels / 20))
