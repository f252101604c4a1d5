"""Notes → sound: FluidSynth plays them on a soundfont's piano, then the level is set and the file is written.

FluidSynth ends with status 0 even when it could not load its font, and midi2audio looks at no status at all. So
the font is looked at first, no other font may take its place, and the sound itself is measured before it counts.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from midi2audio import FluidSynth

from ml.domain import Note, last_sound_s
from ml.errors import RenderError
from ml.music.codecs import RATE, read_sound, write_sound, writer_for
from ml.music.level import levelled
from ml.music.loudness import Sound
from ml.music.midi import read_notes, write_notes
from ml.music.soundfonts import soundfont

GAIN = 0.5  # FluidSynth's; the sound leaves it as floats, so nothing clips before the level is set
TIMEOUT_S = 60.0  # rendering takes about a second per minute of music
LONGEST_S = 600.0  # ten minutes of floats are 200 MB

# A small room around one piano: its echo dies by 60 dB in 0.95 s (measured on a staccato C4) and lies 11 dB under the
# grand; no chorus. Samples are loaded as they are needed (FluidR3 then takes 46 MB of memory, not 174); no other font
# may step in for one that fails; larger blocks save a fifth of the time, and every note stays where it was.
SETTINGS = {
    "synth.default-soundfont": "",
    "synth.dynamic-sample-loading": "1",
    "synth.chorus.active": "0",
    "synth.reverb.room-size": "0.1",
    "synth.reverb.damp": "0.3",
    "synth.reverb.level": "0.9",
    "audio.period-size": "1024",
}
FONT_TROUBLE = ("Failed to load the SoundFont", "not a SoundFont or MIDI file")  # in FluidSynth's own words

SILENT_PEAK = 10 ** (-66 / 20)  # before the level is set; one note at velocity 5 of 127 peaks at −69 dB
SLACK_S = 0.05  # FluidSynth renders in blocks and rounds to ticks


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

    Raises:
        MidiError: the MIDI file cannot be read or has no notes.
        RenderError: as `render_notes` does.
    """
    render_as(midi, wav)


def render_as(midi: Path, out: Path) -> None:
    """Render a MIDI file to .wav, .ogg or .mp3, by the suffix of `out`; whole or not at all.

    What sounds is what `read_notes` reads: FluidSynth only ever sees a MIDI file that we wrote ourselves.

    Raises:
        MidiError: the MIDI file cannot be read or has no notes.
        RenderError: as `render_notes` does.
    """
    render_notes(read_notes(midi), out, str(midi))


def render_notes(notes: Sequence[Note], out: Path, name: str = "the piece") -> float:
    """Play notes on the piano into a sound file, by the suffix of `out`; whole or not at all.

    Every file is made equally loud, a piece's opening too: the same notes sound at different levels in the two. The
    difference of their gains says by how much, for whoever goes over from one to the other.

    Args:
        name: what errors call the notes.

    Returns:
        The gain in dB that the sound was given.

    Raises:
        RenderError: "bad-format", "no-fluidsynth", "no-soundfont", "bad-soundfont", "too-long", "timeout",
            "fluidsynth-failed", "too-short" or "silent".
    """
    writer_for(out)
    end_s = last_sound_s(notes)
    if end_s > LONGEST_S:
        raise RenderError("too-long", f"{name}: lasts {end_s:.0f} s, more than {LONGEST_S:.0f}")
    sound, gain_db = levelled(played(notes, name), RATE, end_s)
    write_sound(sound, out)
    return gain_db


def played(notes: Sequence[Note], name: str) -> Sound:
    """The notes as FluidSynth plays them, if that is as long as they are and can be heard."""
    font = check_ready()
    with tempfile.TemporaryDirectory(prefix="sentimozart-") as folder:
        score, raw = Path(folder, "score.mid"), Path(folder, "raw.wav")
        write_notes(notes, score)
        Piano(str(font), RATE).midi_to_audio(str(score), str(raw))
        sound = read_sound(raw) if raw.exists() else np.zeros((0, 2), dtype=np.float32)
    end_s = last_sound_s(notes)
    if len(sound) < (end_s - SLACK_S) * RATE:
        raise RenderError("too-short", f"{name}: rendered {len(sound) / RATE:.2f} s of {end_s:.2f} s")
    peak = float(np.abs(sound).max())
    if not peak >= SILENT_PEAK:  # a NaN is no sound either
        raise RenderError("silent", f"{name}: nothing can be heard in the rendered sound (peak {peak:.1e} of 1)")
    return sound
