"""MIDI → sound: FluidSynth plays the notes on a soundfont's piano, then the level is set and the file is checked.

FluidSynth ends with status 0 even when it could not load its font, and midi2audio looks at no status at all. So
the font is looked at first, no other font may take its place, and the sound itself is measured before it counts.
"""

import os
import shutil
import subprocess
import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pretty_midi
import soundfile
from midi2audio import FluidSynth

from ml.domain import last_sound_s
from ml.errors import RenderError
from ml.music.midi import read_notes, write_notes, written_whole

Sound = npt.NDArray[np.float32]  # (n_frames, 2), full scale is 1

RATE = 44_100  # frames per second, the soundfont's own
GAIN = 0.5  # FluidSynth's; the sound leaves it as floats, so nothing clips before the level is set
TIMEOUT_S = 60.0  # rendering takes about a second per minute of music
LONGEST_S = 600.0  # ten minutes of floats are 200 MB

DEBIAN_FONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")  # package fluid-soundfont-gm, MIT
SMALL_FONT = Path(pretty_midi.__file__).with_name("TimGM6mb.sf2")  # comes with pretty_midi
SMALLEST_FONT_BYTES = 1024

# A small room around one piano: less reverb than FluidSynth's hall, no chorus; samples are loaded as they are
# needed (FluidR3 then takes 46 MB of memory, not 174); no other font may step in for one that fails.
SETTINGS = {
    "synth.default-soundfont": "",
    "synth.dynamic-sample-loading": "1",
    "synth.chorus.active": "0",
    "synth.reverb.room-size": "0.5",
    "synth.reverb.damp": "0.3",
    "synth.reverb.level": "0.5",
}
FONT_TROUBLE = ("Failed to load the SoundFont", "not a SoundFont or MIDI file")  # in FluidSynth's own words

SILENT_PEAK = 10 ** (-66 / 20)  # before the level is set; one note at velocity 5 of 127 peaks at −69 dB
LOUDNESS = 10 ** (-22 / 20)  # RMS of the louder parts, each channel: about −19 LUFS for a piano
HIGHEST_PEAK = 10 ** (-1.5 / 20)  # room for what a lossy codec adds
LOUDNESS_BLOCK = int(0.4 * RATE)  # blocks and gate after ITU-R BS.1770: 0.4 s, and 10 dB under the mean
GATE = 0.1
HALF_STEP = 0.5 / 2**15  # what rounds to zero in 16 bits
FADE = int(0.05 * RATE)
SLACK_S = 0.05  # FluidSynth renders in blocks and rounds to ticks

CODECS = {".ogg": ("OGG", "VORBIS"), ".mp3": ("MP3", "MPEG_LAYER_III")}
BLOCK_FRAMES = 4096  # libsndfile's Vorbis encoder overflows its stack on one large write


class Piano(FluidSynth):  # type: ignore[misc]
    """midi2audio's FluidSynth with our settings, a time limit, and an eye on what the program answers."""

    def midi_to_audio(self, midi_file: str, audio_file: str) -> None:
        """Render to a WAV file of floats.

        Raises:
            RenderError: "timeout", "bad-soundfont" or "fluidsynth-failed".
        """
        command = ["fluidsynth", "-niq", "-f", os.devnull, "-g", str(GAIN), "-r", str(self.sample_rate)]
        command += [part for name, value in SETTINGS.items() for part in ("-o", f"{name}={value}")]
        command += ["-T", "wav", "-O", "float", "-F", audio_file, self.sound_font, midi_file]
        try:
            done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired as error:
            raise RenderError("timeout", f"{midi_file}: FluidSynth took longer than {TIMEOUT_S:.0f} s") from error
        if any(words in done.stderr for words in FONT_TROUBLE):
            raise RenderError("bad-soundfont", f"{self.sound_font}: FluidSynth cannot load this soundfont")
        if done.returncode != 0:
            reason = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
            raise RenderError("fluidsynth-failed", f"FluidSynth ended with status {done.returncode}: {reason[0]}")


def soundfont() -> Path:
    """The font to play: $SOUNDFONT where it is set, else Debian's FluidR3, else the one in pretty_midi's wheel.

    Raises:
        RenderError: "no-soundfont" when there is none, "bad-soundfont" when the file is something else.
    """
    named = os.environ.get("SOUNDFONT", "")
    if named:
        return checked_font(Path(named).expanduser())
    for path in (DEBIAN_FONT, SMALL_FONT):
        if path.is_file():
            return checked_font(path)
    raise RenderError("no-soundfont", f"no soundfont: neither {DEBIAN_FONT} nor {SMALL_FONT} is there")


def checked_font(path: Path) -> Path:
    """The path, if a whole soundfont lies there: RIFF, the length of the file, sfbk."""
    try:
        with path.open("rb") as file:
            header = file.read(12)
        n_bytes = path.stat().st_size
    except OSError as error:
        raise RenderError("no-soundfont", f"{path}: the soundfont cannot be read ({error.strerror})") from error
    if header[:4] != b"RIFF" or header[8:] != b"sfbk" or n_bytes < SMALLEST_FONT_BYTES:
        raise RenderError("bad-soundfont", f"{path}: not a soundfont")
    if int.from_bytes(header[4:8], "little") + 8 > n_bytes:
        raise RenderError("bad-soundfont", f"{path}: the soundfont is cut short at {n_bytes} bytes")
    return path


def check_ready() -> Path:
    """The soundfont to play on, once it is sure that something can be played.

    Raises:
        RenderError: "no-fluidsynth", "no-soundfont" or "bad-soundfont".
    """
    font = soundfont()
    if shutil.which("fluidsynth") is None:
        raise RenderError("no-fluidsynth", "fluidsynth is not on the PATH (on Debian: apt install fluidsynth)")
    return font


def render(midi: Path, wav: Path) -> None:
    """Play a MIDI file on the piano into a 16-bit stereo WAV at 44.1 kHz, whole or not at all.

    What sounds is what `read_notes` reads: FluidSynth only ever sees a MIDI file that we wrote ourselves.

    Raises:
        MidiError: the MIDI file cannot be read or has no notes.
        RenderError: "no-fluidsynth", "no-soundfont", "bad-soundfont", "too-long", "timeout", "fluidsynth-failed",
            "too-short" or "silent".
    """
    notes = read_notes(midi)
    end_s = last_sound_s(notes)
    if end_s > LONGEST_S:
        raise RenderError("too-long", f"{midi}: lasts {end_s:.0f} s, more than {LONGEST_S:.0f}")
    font = check_ready()
    with tempfile.TemporaryDirectory(prefix="sentimozart-") as folder:
        score, raw = Path(folder, "score.mid"), Path(folder, "raw.wav")
        write_notes(notes, score)
        Piano(str(font), RATE).midi_to_audio(str(score), str(raw))
        sound = checked_sound(raw, midi, end_s)
    with written_whole(wav) as partial:
        soundfile.write(partial, finished(sound, end_s), RATE, format="WAV", subtype="PCM_16")


def checked_sound(raw: Path, midi: Path, end_s: float) -> Sound:
    """The rendered sound, if it is as long as the notes and can be heard."""
    sound = read_sound(raw) if raw.exists() else np.zeros((0, 2), dtype=np.float32)
    if len(sound) < (end_s - SLACK_S) * RATE:
        raise RenderError("too-short", f"{midi}: rendered {len(sound) / RATE:.2f} s of {end_s:.2f} s")
    peak = float(np.abs(sound).max())
    if not peak >= SILENT_PEAK:  # a NaN is no sound either
        raise RenderError("silent", f"{midi}: nothing can be heard in the rendered sound (peak {peak:.1e} of 1)")
    return sound


def read_sound(path: Path) -> Sound:
    try:
        sound: Sound = soundfile.read(path, dtype="float32", always_2d=True)[0]
    except (soundfile.LibsndfileError, OSError) as error:
        raise RenderError("bad-audio", f"{path}: not a readable sound file ({error})") from error
    return sound


def finished(sound: Sound, end_s: float) -> Sound:
    """Set the level, cut what is digital silence after the last note, and fade the cut."""
    sound = sound * level_gain(sound)
    audible = np.flatnonzero(np.abs(sound).max(axis=1) > HALF_STEP)
    n_frames = max(int(audible[-1]) + 1 + FADE, int(np.ceil(end_s * RATE)))
    sound = sound[:n_frames].copy()
    sound[-FADE:] *= np.linspace(1, 0, len(sound[-FADE:]), dtype=np.float32)[:, None]
    return sound


def level_gain(sound: Sound) -> np.float32:
    """The factor that brings the sound to the common loudness, or less where its peak would come too high."""
    blocks = list(pairwise([*range(0, len(sound), LOUDNESS_BLOCK), len(sound)]))
    powers = np.array([np.square(sound[a:b], dtype=np.float64).mean() for a, b in blocks])
    loud = np.sqrt(powers[powers >= GATE * powers.mean()].mean())
    return np.float32(min(LOUDNESS / loud, HIGHEST_PEAK / np.abs(sound).max()))


def encode(wav: Path, out: Path) -> None:
    """Compress a sound file for the browser: Ogg Vorbis or MP3 by the suffix of `out`, whole or not at all.

    Raises:
        RenderError: "bad-format" for another suffix, "bad-audio" for a file that holds no sound.
    """
    if out.suffix.lower() not in CODECS:
        raise RenderError("bad-format", f"{out}: the audio format must be one of {', '.join(CODECS)}")
    container, codec = CODECS[out.suffix.lower()]
    sound = read_sound(wav)
    if not len(sound):
        raise RenderError("bad-audio", f"{wav}: no sound in it")
    with (
        written_whole(out) as partial,
        soundfile.SoundFile(partial, "w", RATE, sound.shape[1], format=container, subtype=codec) as file,
    ):
        for start in range(0, len(sound), BLOCK_FRAMES):
            file.write(sound[start : start + BLOCK_FRAMES])


def render_as(midi: Path, out: Path) -> None:
    """Render a MIDI file to .wav, .ogg or .mp3, by the suffix of `out`; whole or not at all.

    Raises:
        RenderError: as `render` and `encode` do.
    """
    if out.suffix == ".wav":
        render(midi, out)
        return
    with tempfile.TemporaryDirectory(prefix="sentimozart-") as folder:
        wav = Path(folder, "piece.wav")
        render(midi, wav)
        encode(wav, out)
