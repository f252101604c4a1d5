"""Music that never stops: phrase after phrase by the same network, each towards the emotion that is wanted by then.

Everything between two phrases is one small value, a `Moment`, so whoever has it can go on: another thread, process or
machine. The same moment and the same target give the same phrase, so one that was lost on its way is made again.
"""

import io
from dataclasses import dataclass, replace
from zipfile import BadZipFile

import numpy as np

from ml.domain import EmotionTarget, Note
from ml.errors import MidiError
from ml.music.condition import told_offset
from ml.music.decoder import Memory
from ml.music.ending import ENDING_S, with_cadence
from ml.music.key import offset_of
from ml.music.loops import is_stuck
from ml.music.maker import SPOILT, MusicMaker
from ml.music.phrases import Take, Writer
from ml.music.request import Request
from ml.music.timing import tightened
from ml.music.tokens import SHIFTS_S, SIZES, START, Events, decode

PHRASE_S = 2.0  # about one bar: short, so that a change of expression is soon heard
REMEMBERED_S = 12.0  # of the past that a moment keeps: for the judge, for stuck figures, for the last chords
JUDGED_S = 4.0  # the judge hears a take after so much of the past: more would still tell of an earlier emotion
N_CANDIDATES = 8
AFTER_S = 0.001  # that the cadence comes after the last note, which so is kept before it


@dataclass(frozen=True)
class Moment:
    """Where the music stands between two phrases.

    Args:
        seed: with `number`, what chance depends on.
        number: of the phrase that comes next, from 0.
        tonic: pitch class on which all of it stands.
        clock_s: when the last note began, in seconds from the first phrase; the next phrase goes on from there.
        recent: (N, 4) the events of the last REMEMBERED_S.
        memory: the network's, of one piece; none before the first phrase.
    """

    seed: int
    number: int
    tonic: int
    clock_s: float
    recent: Events
    memory: Memory | None

    def pack(self) -> bytes:
        """All of it, to be kept anywhere."""
        file = io.BytesIO()
        numbers = np.array([self.seed, self.number, self.tonic], dtype=np.int64)
        memory = np.stack(self.memory) if self.memory else np.empty(0, dtype=np.float32)
        np.savez(file, numbers=numbers, clock_s=np.array(self.clock_s), recent=self.recent, memory=memory)
        return file.getvalue()

    @classmethod
    def unpack(cls, data: bytes) -> "Moment":
        """What `pack` gave.

        Raises:
            MidiError: "bad-moment", the bytes are something else.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                seed, number, tonic = file["numbers"].tolist()
                memory = Memory(*file["memory"]) if file["memory"].size else None
                return cls(seed, number, tonic, float(file["clock_s"]), file["recent"], memory)
        except (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile) as error:
            raise MidiError("bad-moment", f"these {len(data)} bytes are no moment of a piece ({error})") from error


@dataclass(frozen=True)
class Phrase:
    """Notes in seconds from the first phrase's beginning; the music goes on at `end_s`, while some may still sound."""

    number: int
    notes: tuple[Note, ...]
    begin_s: float
    end_s: float


def beginning(seed: int) -> Moment:
    """Before the first phrase, in a key that the seed fixes."""
    tonic = int(np.random.default_rng(seed).integers(12))
    return Moment(seed, 0, tonic, 0.0, np.empty((0, len(SIZES)), dtype=np.int64), None)


class Follower:
    """Goes on with music for one listener or many; holds nothing of theirs, so threads may share one."""

    def __init__(self, maker: MusicMaker) -> None:
        self.maker = maker

    def go_on(self, moment: Moment, target: EmotionTarget) -> tuple[Phrase, Moment]:
        """The next phrase, towards `target`, and the moment after it."""
        random = np.random.default_rng([moment.seed, moment.number])
        decoder, writer = self.maker.decoder, Writer(self.maker.decoder, random)
        told = decoder.told(self.maker.conditions(Request(target, n_candidates=N_CANDIDATES), moment.tonic, random))
        memory = moment.memory.of(np.zeros(N_CANDIDATES, dtype=np.int64)) if moment.memory else None
        heard = memory or writer.hear(np.array([START]), told, decoder.blank(N_CANDIDATES))
        until_s = max(PHRASE_S * (moment.number + 1), moment.clock_s)
        takes = writer.phrase(told, heard, moment.clock_s, until_s, at_once=moment.number == 0)
        best = min(takes, key=lambda take: self.miss(moment, take, target))
        drawn = self.notes_of(moment, best.events, moment.clock_s)
        notes = tuple(tightened(self.recent_notes(moment), drawn, latest_s=best.end_s))
        phrase = Phrase(moment.number, notes, moment.clock_s, best.end_s)
        recent = latest(np.concatenate([moment.recent, best.events]), REMEMBERED_S)
        return phrase, replace(moment, number=moment.number + 1, clock_s=best.end_s, recent=recent, memory=best.memory)

    def miss(self, moment: Moment, take: Take, target: EmotionTarget) -> float:
        """How far from the target the judge hears the take after the last few seconds."""
        before = latest(moment.recent, JUDGED_S)
        notes = self.notes_of(moment, np.concatenate([before, take.events]), 0.0)
        spoilt = take.runaway or is_stuck(np.concatenate([moment.recent, take.events]))
        return self.maker.miss(notes, target) + SPOILT * spoilt

    def close(self, moment: Moment) -> Phrase:
        """A cadence that ends the music."""
        recent = self.recent_notes(moment)
        end_s = moment.clock_s + ENDING_S + AFTER_S
        whole = with_cadence(recent, moment.tonic, end_s)
        return Phrase(moment.number, whole[len(recent) :], moment.clock_s, end_s)

    def recent_notes(self, moment: Moment) -> tuple[Note, ...]:
        """What stands when the next phrase begins, as it was drawn."""
        begin_s = max(moment.clock_s - seconds_of(moment.recent), 0.0)  # rounding may take it below
        return self.notes_of(moment, moment.recent, begin_s)

    def notes_of(self, moment: Moment, events: Events, begin_s: float) -> tuple[Note, ...]:
        return decode(events, told_offset(self.maker.weights.config, offset_of(moment.tonic)), begin_s)


def seconds_of(events: Events) -> float:
    """How long after what went before them the last of the events begins."""
    return float(SHIFTS_S[events[:, 0]].sum())


def latest(events: Events, seconds: float) -> Events:
    """The events that begin in the last seconds."""
    age_s = np.cumsum(SHIFTS_S[events[::-1, 0]])[::-1] - SHIFTS_S[events[:, 0]]
    kept: Events = events[age_s <= seconds]
    return kept
