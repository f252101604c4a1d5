"""Sound files: WAV for whoever measures, MP3 and Ogg Vorbis for the browser; each appears whole or not at all.

MP3 goes through LAME itself (lameenc). libsndfile's wheel carries a LAME without vector instructions and leaves its
search at quality 3: 1.4 s of CPU time for 30 s of music, against 0.3 s here.
"""

from collections.abc import Callable
from pathlib import Path

import lameenc
import numpy as np
import soundfile

from ml.errors import RenderError
from ml.music.loudness import Sound
from ml.music.midi import written_whole

RATE = 44_100  # frames per second, the soundfonts' own
MP3_KBPS = 112  # 140 kB for 10 s
LAME_QUALITY = 7  # 0–9, LAME's "very fast"; its error lies as far below a piano (24 dB) as at quality 2
BLOCK_FRAMES = 4096  # libsndfile's Vorbis encoder overflows its stack on one large write
FULL_SCALE = 2**15 - 1


def write_sound(sound: Sound, out: Path) -> None:
    """Write a sound file by the suffix of `out`.

    Raises:
        RenderError: "bad-format" for another suffix than WRITERS has.
    """
    writer = writer_for(out)
    with written_whole(out) as partial:
        writer(sound, partial)


def writer_for(out: Path) -> Callable[[Sound, Path], None]:
    if out.suffix.lower() not in WRITERS:
        raise RenderError("bad-format", f"{out}: the audio format must be one of {', '.join(WRITERS)}")
    return WRITERS[out.suffix.lower()]


def read_sound(path: Path) -> Sound:
    try:
        sound: Sound = soundfile.read(path, dtype="float32", always_2d=True)[0]
    except (soundfile.LibsndfileError, OSError) as error:
        raise RenderError("bad-audio", f"{path}: not a readable sound file ({error})") from error
    return sound


def write_wav(sound: Sound, path: Path) -> None:
    soundfile.write(path, sound, RATE, format="WAV", subtype="PCM_16")


def write_ogg(sound: Sound, path: Path) -> None:
    with soundfile.SoundFile(path, "w", RATE, sound.shape[1], format="OGG", subtype="VORBIS") as file:
        for start in range(0, len(sound), BLOCK_FRAMES):
            file.write(sound[start : start + BLOCK_FRAMES])


def write_mp3(sound: Sound, path: Path) -> None:
    lame = lameenc.Encoder()
    lame.silence()
    lame.set_in_sample_rate(RATE)
    lame.set_channels(sound.shape[1])
    lame.set_bit_rate(MP3_KBPS)
    lame.set_quality(LAME_QUALITY)
    numbers = np.round(np.clip(sound, -1, 1) * FULL_SCALE).astype("<i2")
    path.write_bytes(lame.encode(numbers.tobytes()) + lame.flush())


WRITERS: dict[str, Callable[[Sound, Path], None]] = {".wav": write_wav, ".ogg": write_ogg, ".mp3": write_mp3}
