"""Hear the emotion in music files: python -m ml.music.listen FILE… [--json], MIDI or sound.

A machine trained on pop-piano clips guesses what people would say; it is a proxy for them, and its mean opinion score
(MOS) is uncalibrated until a study's ratings calibrate it.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ml import checkpoints, command
from ml.domain import Note
from ml.errors import MidiError, SoundError
from ml.music.listening.calibration import VARIABLE, Calibration, calibration_in_use
from ml.music.listening.ear import Ear, load_ear
from ml.music.listening.heard import Heard
from ml.music.listening.note_features import note_features
from ml.music.listening.score import Floats
from ml.music.listening.sound import RATE, Sound, is_audible, read_sound
from ml.music.listening.sound_features import sound_features
from ml.music.midi import read_notes

NOTES_WEIGHTS = checkpoints.WEIGHTS_DIR / "listener-notes.safetensors"
SOUND_WEIGHTS = checkpoints.WEIGHTS_DIR / "listener-sound.safetensors"

# The clips that the listener learnt from last half a minute. What is longer is heard in stretches of about that
# length, and the stretches' mean counts.
ONE_STRETCH_S = 60.0
STRETCH_S = 40.0

MIDI_BEGIN = b"MThd"
DECIMALS = 4


class Listener:
    """Two trained ears, one for notes and one for sound, each loaded when it is first needed; threads may share one.

    Args:
        notes_weights, sound_weights: their checkpoints, cards beside them.
    """

    def __init__(self, notes_weights: Path = NOTES_WEIGHTS, sound_weights: Path = SOUND_WEIGHTS) -> None:
        self.notes_weights, self.sound_weights = notes_weights, sound_weights

    @cached_property
    def notes_ear(self) -> Ear:
        return load_ear(self.notes_weights)[0]

    @cached_property
    def sound_ear(self) -> Ear:
        return load_ear(self.sound_weights)[0]

    def hear_notes(self, notes: Sequence[Note]) -> Heard:
        """Where these notes, in order of their start, are heard.

        Raises:
            MidiError: "no-notes" when there is none.
            CheckpointError: the weights are missing or broken.
        """
        if not notes:
            raise MidiError("no-notes", "no notes to listen to")
        rows = [note_features(part) for part in note_stretches(notes)]
        return mean_of(self.notes_ear.feel(self.notes_ear.table(rows)))

    def hear_midi(self, path: Path) -> Heard:
        """Where a MIDI file is heard, played on one piano.

        Raises:
            MidiError: no MIDI file, or one without notes.
            CheckpointError: the weights are missing or broken.
        """
        return self.hear_notes(read_notes(path))

    def hear_audio(self, path: Path) -> Heard:
        """Where a sound file is heard: WAV, FLAC, Ogg, MP3 and what else libsndfile reads.

        Raises:
            SoundError: no sound file, or one that is empty, silent or longer than ten minutes.
            CheckpointError: the weights are missing or broken.
        """
        rows = [sound_features(part) for part in sound_stretches(read_sound(path))]
        return mean_of(self.sound_ear.feel(self.sound_ear.table(rows)))

    def hear(self, path: Path) -> Heard:
        """Where a file is heard, MIDI or sound by its first bytes.

        Raises:
            MidiError, SoundError: nothing to listen to; the detail names the file.
            CheckpointError: the weights are missing or broken.
        """
        return self.hear_midi(path) if is_midi(path) else self.hear_audio(path)


def is_midi(path: Path) -> bool:
    """Whether a file begins as a MIDI file does.

    Raises:
        SoundError: "bad-sound" when it is missing, empty or cannot be read.
    """
    try:
        with path.open("rb") as file:
            begin = file.read(len(MIDI_BEGIN))
    except OSError as error:
        raise SoundError("bad-sound", f"{path}: cannot be read ({error.strerror})") from error
    if not begin:
        raise SoundError("bad-sound", f"{path}: an empty file")
    return begin == MIDI_BEGIN


def mean_of(points: Floats) -> Heard:
    """(n, 2) points → their mean."""
    valence, arousal = points.mean(axis=0).tolist()
    return Heard(valence, arousal)


def note_stretches(notes: Sequence[Note]) -> list[Sequence[Note]]:
    """The notes, in parts of about STRETCH_S where they last longer than ONE_STRETCH_S; a pause gives no part."""
    begin_s, span_s = notes[0].start_s, notes[-1].start_s - notes[0].start_s
    if span_s <= ONE_STRETCH_S:
        return [notes]
    n = round(span_s / STRETCH_S)
    parts: list[list[Note]] = [[] for _ in range(n)]
    for note in notes:
        parts[min(int((note.start_s - begin_s) / span_s * n), n - 1)].append(note)
    return [part for part in parts if part]


def sound_stretches(sound: Sound) -> list[Sound]:
    """The same of sound."""
    if len(sound) <= ONE_STRETCH_S * RATE:
        return [sound]
    parts = np.array_split(sound, round(len(sound) / RATE / STRETCH_S))
    return [part for part in parts if is_audible(part)]


@lru_cache(maxsize=1)
def load_listener() -> Listener:
    """The trained listener, one for the process."""
    return Listener()


def describe(path: Path, heard: Heard, calibration: Calibration | None) -> dict[str, Any]:
    """One file's line as JSON has it; "mos" is an estimate, calibrated or not as the line says."""
    return {
        "file": str(path),
        "valence": round(heard.valence, DECIMALS),
        "arousal": round(heard.arousal, DECIMALS),
        "mos": round(calibration.applied(heard.mos) if calibration else heard.mos, DECIMALS),
        "mood": heard.mood,
        "calibrated": calibration is not None,
    }


def sentence(line: dict[str, Any]) -> str:
    """The same for people."""
    kind = "calibrated" if line["calibrated"] else "uncalibrated"
    return (
        f"{line['file']}: {line['mood']}, valence {line['valence']:+.2f}, arousal {line['arousal']:+.2f}, "
        f"estimated MOS {line['mos']:.1f} of 10 ({kind})"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="MIDI, WAV, FLAC, Ogg or MP3")
    parser.add_argument("--json", action="store_true", help="one JSON object per file")
    parser.add_argument(
        "--calibration", type=Path, metavar="JSON", help=f"written by manage.py fit_listener (default: ${VARIABLE})"
    )
    args = parser.parse_args()
    calibration = calibration_in_use(args.calibration)
    failed = False
    for path in args.files:
        try:
            line = describe(path, load_listener().hear(path), calibration)
        except (MidiError, SoundError) as error:
            print(f"error: {error.detail}".replace("\n", " "), file=sys.stderr)
            failed = True
            continue
        print(json.dumps(line, ensure_ascii=False) if args.json else sentence(line), flush=True)
    if failed:
        sys.exit(2)


if __name__ == "__main__":
    command.run(main)
