"""Features of sound, by signals whose answers are known."""

import math

import numpy as np
import pytest

from ml.music.listening.sound import RATE, Sound
from ml.music.listening.sound_features import onset_envelope, onsets, peaks, shape, sound_features
from ml.music.listening.spectrum import LOWEST_KEY, cosines, mel_filters, spectrum_of, tuning
from ml.music.listening.spectrum import only_peaks as only


def tone(pitch: float, seconds: float = 2.0, overtones: int = 1) -> Sound:
    """A note of falling overtones."""
    t = np.arange(int(seconds * RATE)) / RATE
    hertz = 440 * 2 ** ((pitch - 69) / 12)
    waves = [np.sin(2 * np.pi * hertz * k * t) / k**2 for k in range(1, overtones + 1)]
    return np.asarray(np.sum(waves, axis=0), dtype=np.float32)


def clicks(seconds: float, step_s: float) -> Sound:
    random = np.random.default_rng(0)
    sound = np.zeros(int(seconds * RATE), dtype=np.float32)
    for at in np.arange(0.1, seconds - 0.1, step_s):
        start = int(at * RATE)
        burst = random.normal(size=2000) * np.exp(-np.arange(2000) / 400)
        sound[start : start + 2000] += burst.astype(np.float32)[: len(sound) - start]
    return sound


@pytest.mark.parametrize("pitch", [45, 57, 60, 69, 76, 88])
@pytest.mark.parametrize("overtones", [1, 6])
def test_a_tone_is_found_at_its_key(pitch: int, overtones: int) -> None:
    semitones = spectrum_of(tone(pitch, overtones=overtones)).semitones.sum(axis=0)
    assert LOWEST_KEY + int(semitones.argmax()) == pitch


@pytest.mark.parametrize("cents", [-30, 0, 20, 40])
def test_an_instrument_out_of_tune_is_followed(cents: int) -> None:
    chord = sum(tone(pitch + cents / 100, overtones=4) for pitch in (60, 64, 67))
    semitones = spectrum_of(np.asarray(chord)).semitones.sum(axis=0)
    assert sorted(LOWEST_KEY + np.argsort(semitones)[-3:]) == [60, 64, 67]


def test_major_and_minor_are_told_apart() -> None:
    def cadence(third: int) -> Sound:
        triads = [sum(tone(root + step, 1.0, 5) for step in (0, third, 7)) for root in (60, 65, 67, 60)]
        return np.concatenate(triads)

    assert sound_features(cadence(4))["mode"] > 0.05 > -0.05 > sound_features(cadence(3))["mode"]


def test_the_centre_of_a_pure_tone_is_its_frequency() -> None:
    found = shape(spectrum_of(tone(69)))
    assert found["centroid"] == pytest.approx(math.log2(440), abs=0.02)
    assert found["crossings"] == pytest.approx(2 * 440 / RATE, rel=0.01)


def test_onsets_are_counted() -> None:
    envelope = onset_envelope(spectrum_of(clicks(20.0, 0.5)).mels)
    assert len(peaks(envelope)) == pytest.approx(40, abs=2)
    assert onsets(envelope)["wait_median"] == pytest.approx(-1, abs=0.1)
    assert sound_features(clicks(20.0, 0.5))["pulse_clarity"] > 0.5


def test_level_plays_no_part() -> None:
    sound = clicks(6.0, 0.4) + tone(60, 6.0, 5)
    loud, soft = sound_features(sound), sound_features((0.01 * sound).astype(np.float32))
    assert all(soft[name] == pytest.approx(value, abs=0.02) for name, value in loud.items())


def test_filters_and_cosines_are_what_they_are_called() -> None:
    centres = mel_filters().argmax(axis=1) * RATE / 2048
    assert (np.diff(centres) > 0).all() and mel_filters().max() <= 1
    rows = cosines()[1:]
    assert rows @ rows.T == pytest.approx(np.eye(len(rows)), abs=1e-9)


def test_tuning_is_the_distance_from_a_440() -> None:
    keys = np.linspace(57.5, 90, 3000)
    weights = np.exp(-0.5 * ((keys - np.rint(keys) - 0.2) / 0.02) ** 2)[None].astype(np.float32)
    assert tuning(only(weights), keys) == pytest.approx(0.2, abs=0.03)


ODD = {
    "half a second": tone(60, 0.5),
    "noise": np.random.default_rng(0).normal(size=RATE).astype(np.float32),
    "one click": clicks(1.0, 5.0),
    "a constant": np.ones(RATE, dtype=np.float32),
    "clipped": np.sign(tone(60, 1.0)).astype(np.float32),
    "mostly silence": np.concatenate([tone(60, 0.2), np.zeros(3 * RATE, dtype=np.float32)]),
}


@pytest.mark.parametrize("name", ODD)
def test_features_are_finite_and_the_same_for_any_sound(name: str) -> None:
    found = sound_features(ODD[name])
    assert set(found) == set(sound_features(tone(60)))
    assert all(math.isfinite(value) and abs(value) < 1000 for value in found.values())
