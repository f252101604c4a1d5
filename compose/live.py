"""The door to `ml` for live music: the next phrase, and the ending, each composed and played into a file."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from compose import pipeline
from ml.domain import EmotionTarget, Note

SOUND_SUFFIX = ".flac"


@dataclass(frozen=True)
class MadePhrase:
    """A phrase, its sound, and where the music stands after it."""

    notes: tuple[Note, ...]
    begin_s: float
    end_s: float
    moment: bytes
    sound: Path


@dataclass(frozen=True)
class MadeEnding:
    """The cadence on `tonic`; without a sound where nobody listens any more."""

    notes: tuple[Note, ...]
    begin_s: float
    end_s: float
    tonic: int
    sound: Path | None

    def whole(self, before: Sequence[Note]) -> list[Note]:
        """All of the music, as notes that one piano can play; what still sounds is let go when the cadence begins."""
        from ml.music.midi import one_key_one_note

        begin_s = self.notes[0].start_s
        kept = [replace(note, end_s=min(note.end_s, begin_s)) for note in before]
        return list(one_key_one_note([*kept, *self.notes]))


def next_phrase(before: bytes | None, seed: int, target: EmotionTarget, folder: Path) -> MadePhrase:
    """Go on towards the target; the same arguments, the same bytes.

    Args:
        before: the moment after the phrase before; None to begin.

    Raises:
        CheckpointError, MidiError, RenderError: what is missing or went wrong, by name.
    """
    from ml.music.live import Follower, Moment, beginning  # which need PyTorch, as every page's process does not
    from ml.music.live_sound import render_phrase

    moment = beginning(seed) if before is None else Moment.unpack(before)
    phrase, after = Follower(pipeline.maker()).go_on(moment, target)
    sound = folder / f"phrase{SOUND_SUFFIX}"
    render_phrase(phrase, sound)
    return MadePhrase(phrase.notes, phrase.begin_s, phrase.end_s, after.pack(), sound)


def ending(before: bytes, folder: Path | None) -> MadeEnding:
    """The cadence after that moment.

    Args:
        folder: for its sound, where it is to be heard.

    Raises:
        CheckpointError, MidiError, RenderError: what is missing or went wrong, by name.
    """
    from ml.music.live import Follower, Moment
    from ml.music.live_sound import render_phrase

    moment = Moment.unpack(before)
    phrase = Follower(pipeline.maker()).close(moment)
    sound = folder / f"ending{SOUND_SUFFIX}" if folder else None
    if sound:
        render_phrase(phrase, sound)
    return MadeEnding(phrase.notes, phrase.begin_s, phrase.end_s, moment.tonic, sound)
