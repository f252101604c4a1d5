"""Clips played on different pianos, for the listener of sound to learn from: fonts, programmes, rooms, tempi."""

import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile
from tqdm import tqdm

from ml.domain import Note
from ml.errors import RenderError
from ml.music.listening.sound import RATE, Sound, read_sound
from ml.music.midi import piano_midi, written_whole
from ml.music.soundfonts import DEBIAN_FONT, SMALL_FONT

FONTS = (DEBIAN_FONT, SMALL_FONT)
PROGRAMMES = 4  # General MIDI 0–3: grand, bright, electric grand, honky-tonk piano
GRAND_PART = 0.5  # so many renderings are on programme 0; the rest is spread over all four
LONGEST_S = 30.0  # of a clip is played
STRETCH = 0.10  # tempo varies by up to this part either way
ROOM_SIZE, ROOM_LEVEL = (0.1, 0.8), (0.0, 0.8)  # FluidSynth's reverb, from a dry booth to a hall
TIMEOUT_S = 120.0


@dataclass(frozen=True)
class Playing:
    """How a clip is played.

    Args:
        font: the soundfont.
        programme: General MIDI's, from 0.
        stretch: times as slow as the notes say.
        room_size, room_level: FluidSynth's reverb settings, 0–1.
    """

    font: Path
    programme: int
    stretch: float
    room_size: float
    room_level: float


def playing(font: Path, random: np.random.Generator) -> Playing:
    """A way to play on this font, drawn at random."""
    programme = 0 if random.random() < GRAND_PART else int(random.integers(PROGRAMMES))
    stretch = float(np.exp(random.uniform(-1, 1) * np.log1p(STRETCH)))
    return Playing(font, programme, stretch, random.uniform(*ROOM_SIZE), random.uniform(*ROOM_LEVEL))


def play(notes: Sequence[Note], how: Playing) -> Sound:
    """(n_frames,) what FluidSynth makes of the notes, one channel at RATE.

    Raises:
        RenderError: "render-failed" when FluidSynth is missing or fails.
    """
    midi = piano_midi(list(opening(notes, how.stretch)), title="")
    midi.instruments[0].program = how.programme
    with tempfile.TemporaryDirectory(prefix="sentimozart-") as folder:
        score, wav = Path(folder, "score.mid"), Path(folder, "sound.wav")
        midi.write(str(score))
        run_fluidsynth(score, wav, how)
        return read_sound(wav)


def opening(notes: Sequence[Note], stretch: float) -> Iterator[Note]:
    """The notes of the first LONGEST_S, begun at once, `stretch` times as slow."""
    begin_s = notes[0].start_s
    for note in notes:
        start_s, end_s = ((at_s - begin_s) * stretch for at_s in (note.start_s, note.end_s))
        if start_s < LONGEST_S:
            yield replace(note, start_s=start_s, end_s=min(end_s, LONGEST_S + 2.0))


def render_clips(clips: Sequence[tuple[str, Sequence[Note]]], seed: int, folder: Path) -> list[list[Path]]:
    """Play each named clip on each of FONTS; what `folder` already holds is not played again.

    Returns:
        For each clip its sound files (mono FLAC at RATE), one a font. Clip, font and seed fix each file.
    """
    paths = [[folder / f"{Path(name).stem}-{k}.flac" for k in range(len(FONTS))] for name, _ in clips]
    for i, (_, notes) in enumerate(tqdm(clips, desc="playing clips", disable=None)):
        for k, (font, path) in enumerate(zip(FONTS, paths[i], strict=True)):
            if not path.exists():
                sound = play(notes, playing(font, np.random.default_rng([seed, i, k])))
                with written_whole(path) as partial:
                    soundfile.write(partial, sound, RATE, format="FLAC", subtype="PCM_16")
    return paths


def run_fluidsynth(score: Path, wav: Path, how: Playing) -> None:
    settings = {
        "synth.default-soundfont": "",
        "synth.dynamic-sample-loading": "1",
        "synth.chorus.active": "0",
        "synth.reverb.room-size": f"{how.room_size:.3f}",
        "synth.reverb.level": f"{how.room_level:.3f}",
    }
    command = ["fluidsynth", "-niq", "-f", os.devnull, "-g", "0.5", "-r", str(RATE)]
    command += [part for name, value in settings.items() for part in ("-o", f"{name}={value}")]
    command += ["-T", "wav", "-F", str(wav), str(how.font), str(score)]
    try:
        subprocess.run(command, capture_output=True, check=True, timeout=TIMEOUT_S)
    except (OSError, subprocess.SubprocessError) as error:
        raise RenderError("render-failed", f"FluidSynth could not play on {how.font} ({error})") from error
    if not wav.exists():
        raise RenderError("render-failed", f"FluidSynth made no sound with {how.font}")
