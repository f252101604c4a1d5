"""Loudness and true peak against what ITU-R BS.1770-4 says, and the level that every piece gets."""

import numpy as np
import pytest

from ml.music.level import levelled, limit
from ml.music.loudness import Sound, amplitude, biquads, decibels, integrated_lufs, true_peak

RATE = 44_100


def sine(hertz: float, level_db: float, seconds: float = 5.0, rate: int = RATE, n_channels: int = 2) -> Sound:
    wave = amplitude(level_db) * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)
    return np.repeat(wave[:, None], n_channels, axis=1).astype(np.float32)


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_the_reference_tone_reads_as_the_standard_says(rate: int) -> None:
    """A 997 Hz sine at 0 dBFS reads −3.01 LUFS in one channel, so −20 dBFS in both read −20.0."""
    assert integrated_lufs(sine(997, 0, rate=rate, n_channels=1), rate) == pytest.approx(-3.01, abs=0.02)
    assert integrated_lufs(sine(997, -20, rate=rate), rate) == pytest.approx(-20.0, abs=0.02)


def test_the_filters_are_the_standards_at_48_khz() -> None:
    """Tables 1 and 2 of BS.1770-4."""
    (shelf_b, shelf_a), (highpass_b, highpass_a) = biquads(48_000)
    assert shelf_b == pytest.approx([1.53512485958697, -2.69169618940638, 1.19839281085285], abs=1e-8)
    assert shelf_a == pytest.approx([1.0, -1.69065929318241, 0.73248077421585], abs=1e-8)
    assert highpass_b == pytest.approx([1.0, -2.0, 1.0])
    assert highpass_a == pytest.approx([1.0, -1.99004745483398, 0.99007225036621], abs=1e-8)


def test_silence_and_soft_parts_do_not_count() -> None:
    loud = sine(997, -20)
    softer, silence = sine(997, -45), np.zeros_like(loud)
    assert integrated_lufs(np.concatenate([loud, silence, softer]), RATE) == pytest.approx(-20.0, abs=0.3)
    assert integrated_lufs(silence, RATE) == -np.inf


def test_the_peak_between_the_samples_is_found() -> None:
    """A tone at a quarter of the rate, sampled 45° off its crests, shows only 0.71 of its height."""
    tone = np.sin(2 * np.pi * np.arange(4000) / 4 + np.pi / 4).astype(np.float32)[:, None]
    assert float(np.abs(tone).max()) == pytest.approx(0.707, abs=0.001)
    assert decibels(true_peak(tone[500:3500] * np.hanning(3000)[:, None].astype(np.float32))) == pytest.approx(
        0, abs=0.1
    )


def test_a_lone_click_is_raised_and_limited_but_not_without_end() -> None:
    click = np.zeros((2 * RATE, 2), dtype=np.float32)
    click[RATE // 2 : RATE // 2 + 50] = 0.01
    sound, gain_db = levelled(click, RATE, end_s=1.0)
    assert decibels(true_peak(sound)) == pytest.approx(-1.0, abs=0.01)
    assert gain_db <= 40 + 5  # the ceiling and 6 dB of limiting


def test_the_limiter_leaves_alone_what_is_far_from_the_stroke() -> None:
    sound = sine(220, -12, seconds=2.0)
    sound[RATE : RATE + 400] *= 6
    limited = limit(sound, RATE)
    assert decibels(true_peak(limited)) == pytest.approx(-1.0, abs=0.05)
    away = np.abs(np.arange(len(sound)) - RATE - 200) > 0.1 * RATE
    assert np.allclose(limited[away], sound[away], rtol=0.02)
    assert np.abs(np.diff(limited[:RATE, 0])).max() < 1.05 * np.abs(np.diff(sound[:RATE, 0])).max()  # no click


def test_silence_is_cut_but_never_a_note_that_is_written() -> None:
    sound = np.zeros((3 * RATE, 2), dtype=np.float32)
    sound[: RATE // 2] = sine(220, -20, seconds=0.5)
    assert len(levelled(sound, RATE, end_s=0.2)[0]) == pytest.approx(0.55 * RATE, abs=10)
    assert len(levelled(sound, RATE, end_s=1.5)[0]) == 1.5 * RATE
