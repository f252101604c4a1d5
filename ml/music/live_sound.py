"""A phrase of live music as sound: with its whole tail and at one gain, so that phrases that overlap just add up."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile

from ml.domain import Note, last_sound_s
from ml.errors import RenderError
from ml.music.audio import played
from ml.music.codecs import RATE
from ml.music.level import limit, rung_out
from ml.music.live import Phrase
from ml.music.loudness import Sound, amplitude
from ml.music.midi import written_whole

# The same for every phrase, or joins would be heard. FluidSynth's sound peaks at −13 dB in the loudest music (tense,
# happy; ten phrases each of two seeds), so that this brings it just under the limiter's ceiling of −1 dB; loudness is
# then −15 LUFS for happy and tense, −20 for neutral, −26 for sad and calm music.
GAIN_DB = 12.0


def render_phrase(phrase: Phrase, out: Path) -> None:
    """Play a phrase into a FLAC file that begins at `phrase.begin_s` and ends when nothing sounds any more.

    Lossless, because decoders give back exactly the samples that were written: MP3 and AAC add silence at both ends.

    Raises:
        RenderError: as `ml.music.audio.render_notes` does.
    """
    notes = [
        replace(note, start_s=note.start_s - phrase.begin_s, end_s=note.end_s - phrase.begin_s) for note in phrase.notes
    ]
    sound = limit(sound_of(notes, phrase.number) * np.float32(amplitude(GAIN_DB)), RATE)
    with written_whole(out) as partial:
        soundfile.write(partial, rung_out(sound, RATE, last_sound_s(notes)), RATE, format="FLAC", subtype="PCM_16")


def sound_of(notes: list[Note], number: int) -> Sound:
    """The notes as they are played; silence where they are too soft to be heard."""
    try:
        return played(notes, f"phrase {number}")
    except RenderError as error:
        if error.code != "silent":
            raise
        return np.zeros((int(last_sound_s(notes) * RATE) + 1, 2), dtype=np.float32)
