"""Sound files → one channel of samples at one rate, each refused by name when it is nothing to listen to."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from ml.errors import SoundError

Sound = npt.NDArray[np.float32]  # (n_frames,) at RATE, full scale is 1

RATE = 22_050  # frames a second: a piano has little above 8 kHz
LONGEST_S = 600.0
SHORTEST_S = 0.5  # less is no music
SILENT_RMS = 10 ** (-70 / 20)  # of full scale
BLOCK_S = 10.0  # read at a time, so that no file fills the memory


def read_sound(path: Path) -> Sound:
    """Any file that libsndfile reads (WAV, FLAC, Ogg, MP3 …), mixed to one channel.

    Raises:
        SoundError: "bad-sound" for a file that is missing, empty or no sound; "too-long"; "too-short"; "silent".
    """
    try:
        with soundfile.SoundFile(path) as file:
            rate = int(file.samplerate)
            check_length(path, file.frames / rate)
            sound = mixed(file, int(LONGEST_S * rate))
    except soundfile.LibsndfileError as error:
        raise SoundError("bad-sound", f"{path}: not a readable sound file ({error.error_string})") from error
    except OSError as error:
        raise SoundError("bad-sound", f"{path}: cannot be read ({error.strerror})") from error
    check_length(path, len(sound) / rate)
    if not is_audible(sound):
        raise SoundError("silent", f"{path}: nothing can be heard in it")
    return resampled(sound, rate)


def mixed(file: soundfile.SoundFile, most_frames: int) -> Sound:
    """One channel of an open file, up to `most_frames`, whatever length its header claims."""
    blocks: list[Sound] = []
    while sum(map(len, blocks)) < most_frames:
        block = file.read(int(BLOCK_S * file.samplerate), dtype="float32", always_2d=True)
        if not len(block):
            break
        blocks.append(block.mean(axis=1))
    return np.concatenate(blocks) if blocks else np.zeros(0, dtype=np.float32)


def is_audible(sound: Sound) -> bool:
    """Whether there is anything to hear; broken numbers (NaN) are nothing."""
    return len(sound) > 0 and float(np.sqrt(np.square(sound, dtype=np.float64).mean())) >= SILENT_RMS


def check_length(path: Path, seconds: float) -> None:
    if seconds > LONGEST_S:
        raise SoundError("too-long", f"{path}: lasts {seconds:.0f} s, more than {LONGEST_S:.0f}")
    if seconds < SHORTEST_S:
        raise SoundError("too-short", f"{path}: lasts {seconds:.2f} s, too short to be heard as music")


def resampled(sound: Sound, rate: int) -> Sound:
    """The same sound at RATE."""
    if rate == RATE:
        return sound
    from scipy.signal import resample_poly  # a second to import: only sound needs it

    divisor = int(np.gcd(rate, RATE))
    return np.asarray(resample_poly(sound, RATE // divisor, rate // divisor), dtype=np.float32)
