"""Whether phrases join: what the page's sound card got, beside the phrases' files added up where they were to start."""

import io
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import soundfile

RATE = 44_100
SILENCE = 1e-5  # −100 dB; a file's last bit is 3e-5
SEARCH_S, LOOK_S = 5.0, 2.0  # where the recording may begin, and how much of it is compared to find the place
NEAR_S = 0.003  # of a join
DECODE_S = 60

Sound = npt.NDArray[np.float32]  # (n_frames,): the mean of both channels


@dataclass(frozen=True)
class Joins:
    """Of one recording: gaps and steps.

    Args:
        gap_ms: the longest silence in it where the files have sound.
        off_ms: the most that a phrase began elsewhere than the one before ended.
        step_at_joins, step_elsewhere: the largest jump from one sample to the next, full scale is 1.
        difference_db: what is left when the files are taken from the recording, beside the recording itself.
        drift_ms: how much later the recording's end comes than its beginning, against the files.
    """

    seconds: float
    n: int
    gap_ms: float
    off_ms: float
    step_at_joins: float
    step_elsewhere: float
    difference_db: float
    drift_ms: float


def decoded(webm: bytes) -> Sound:
    command = ["ffmpeg", "-v", "error", "-i", "-", "-ac", "2", "-ar", str(RATE), "-f", "f32le", "-"]
    done = subprocess.run(command, input=webm, capture_output=True, check=True, timeout=DECODE_S)
    return mono(np.frombuffer(done.stdout, dtype=np.float32).reshape(-1, 2))


def mono(sound: npt.NDArray[np.float32]) -> Sound:
    mean: Sound = sound.mean(axis=1, dtype=np.float32)
    return mean


def added_up(files: Sequence[bytes], starts_s: Sequence[float]) -> Sound:
    """The files where they were to start on the AudioContext's clock."""
    sounds = [mono(soundfile.read(io.BytesIO(file), dtype="float32", always_2d=True)[0]) for file in files]
    places = [round(start_s * RATE) for start_s in starts_s]
    whole = np.zeros(max(place + len(sound) for place, sound in zip(places, sounds, strict=True)), dtype=np.float32)
    for place, sound in zip(places, sounds, strict=True):
        whole[place : place + len(sound)] += sound
    return whole


def place_of(part: Sound, whole: Sound) -> int:
    """Where in the whole the part fits best."""
    size = 1 << (len(whole) + len(part)).bit_length()
    product = np.fft.rfft(whole, size) * np.conj(np.fft.rfft(part, size))
    return int(np.argmax(np.fft.irfft(product, size)[: len(whole)]))


def longest_gap_ms(recorded: Sound, wanted: Sound) -> float:
    silent = (np.abs(recorded) < SILENCE) & (np.abs(wanted) > 10 * SILENCE)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], silent.astype(np.int8), [0]])))
    return float((edges[1::2] - edges[::2]).max(initial=0) / RATE * 1000)


def steps(recorded: Sound, joins: Sequence[int]) -> tuple[float, float]:
    """The largest jumps between samples near a join, and anywhere else."""
    jumps, near = np.abs(np.diff(recorded)), np.zeros(len(recorded) - 1, dtype=bool)
    reach = round(NEAR_S * RATE)
    for join in joins:
        near[max(join - reach, 0) : join + reach] = True
    return float(jumps[near].max(initial=0)), float(jumps[~near].max(initial=0))


def measure(
    webm: bytes, clock_s: float, files: Sequence[bytes], starts: Sequence[Mapping[str, float]], off_ms: float
) -> Joins:
    """Compare a recording with the files.

    Args:
        clock_s: the AudioContext's time when the recording was begun, roughly.
        starts: for each file {"when"}: where it was to start, in seconds of that clock.
    """
    recorded, whole = decoded(webm), added_up(files, [start["when"] for start in starts])
    first = round(clock_s * RATE)
    around = max(first - round(SEARCH_S * RATE), 0)
    probe = recorded[round(LOOK_S * RATE) : round(2 * LOOK_S * RATE)]
    begin = around + place_of(probe, whole[around : first + round(2 * SEARCH_S * RATE)]) - round(LOOK_S * RATE)
    wanted = np.pad(whole, (0, max(begin + len(recorded) - len(whole), 0)))[begin : begin + len(recorded)]
    tail = round(LOOK_S * RATE)
    later = place_of(recorded[-tail:], wanted[-2 * tail :]) - tail
    joins = [round(start["when"] * RATE) - begin for start in starts]
    inside = [join for join in joins if 0 < join < len(recorded)]
    left = recorded - wanted
    difference_db = 20 * np.log10(np.sqrt((left**2).mean()) / np.sqrt((recorded**2).mean()) + 1e-9)
    return Joins(
        len(recorded) / RATE, len(inside), longest_gap_ms(recorded, wanted), off_ms, *steps(recorded, inside),
        float(difference_db), -later / RATE * 1000,
    )  # fmt: skip
