"""Training examples: excerpts of clips and songs as events, with the condition that goes with them.

Each is played a little faster or slower than it was. EMOPIA's clips have a label; a passage of POP909 has the
attributes that it has, and the point where the linear judge hears it.
"""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import torch

from ml.domain import Note
from ml.music.attributes import Array, EmotionMap, attributes, slowed
from ml.music.condition import condition_of, told_offset
from ml.music.data import Corpus, Song
from ml.music.key import Key, find_key
from ml.music.tokens import START, Events, encode
from ml.music.weights import ComposerConfig

STRETCH = 0.08  # tempo is varied by up to this part either way
FROM_THE_START = 0.25  # of the clips' excerpts begin where the clip begins


class Example(NamedTuple):
    """Events that begin with the start event or the one before the excerpt, and the (C,) condition."""

    events: Events
    condition: Array


class Source(Protocol):
    """Where random excerpts come from."""

    def excerpt(self, random: np.random.Generator, length: int) -> Example:
        """At most `length` events after the first."""


def stretched(notes: tuple[Note, ...], factor: float) -> list[Note]:
    return [Note(n.pitch, n.velocity, n.start_s * factor, n.end_s * factor) for n in notes]


def random_stretch(random: np.random.Generator) -> float:
    return float(random.uniform(1 - STRETCH, 1 + STRETCH))


@dataclass
class Maker:
    """Turns notes into examples for one network."""

    config: ComposerConfig
    emotion_map: EmotionMap

    def example(
        self, notes: tuple[Note, ...], key: Key, point: tuple[float, float], raw: Array, factor: float = 1.0
    ) -> Example:
        """The notes played `factor` times as slowly, from the start event on."""
        events = encode(stretched(notes, factor), told_offset(self.config, key.offset))
        standard = self.emotion_map.standard(slowed(raw, factor))
        condition = condition_of(self.config, self.emotion_map, point, standard, key.offset)
        return Example(np.concatenate([[START], events]), condition)


class Clips:
    """EMOPIA's clips of one split, longer ones more often."""

    def __init__(self, corpus: Corpus, split: str, config: ComposerConfig) -> None:
        self.maker = Maker(config, corpus.emotion_map)
        points = [(float(valence), float(arousal)) for valence, arousal in corpus.points]
        chosen = [i for i, clip in enumerate(corpus.clips) if clip.split == split]
        self.clips = [(corpus.clips[i], points[i]) for i in chosen]
        lengths = np.array([len(clip.notes) for clip, _ in self.clips], dtype=np.float64)
        self.odds = lengths / lengths.sum()

    def excerpt(self, random: np.random.Generator, length: int) -> Example:
        clip, point = self.clips[random.choice(len(self.clips), p=self.odds)]
        example = self.maker.example(clip.notes, clip.key, point, clip.raw, random_stretch(random))
        latest = max(len(example.events) - length // 2, 1)
        start = 0 if random.random() < FROM_THE_START else int(random.integers(latest))
        return Example(example.events[start : start + length + 1], example.condition)

    def whole(self) -> list[Example]:
        """Every clip as it was played."""
        return [self.maker.example(clip.notes, clip.key, point, clip.raw) for clip, point in self.clips]


class Passages:
    """Passages of POP909's songs, each in the key and with the attributes that it has itself."""

    def __init__(self, songs: list[Song], emotion_map: EmotionMap, config: ComposerConfig) -> None:
        self.songs, self.maker = songs, Maker(config, emotion_map)
        lengths = np.array([len(song.notes) for song in songs], dtype=np.float64)
        self.odds = lengths / lengths.sum()

    def excerpt(self, random: np.random.Generator, length: int) -> Example:
        song = self.songs[random.choice(len(self.songs), p=self.odds)]
        start = int(random.integers(max(len(song.notes) - length // 2, 1)))
        return self.passage(song, start, length, random_stretch(random))

    def passage(self, song: Song, start: int, length: int, factor: float = 1.0) -> Example:
        notes = song.notes[start : start + length]
        key = find_key(notes)
        raw = attributes(notes, key)
        valence, arousal = self.maker.emotion_map.judged(raw)
        return self.maker.example(notes, key, (float(valence), float(arousal)), raw, factor)

    def whole(self, length: int) -> list[Example]:
        """The first `length` notes of every song."""
        return [self.passage(song, 0, length) for song in self.songs]


def batch_of(chosen: list[Example]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Padded (B, T, 4) events, (B, C) conditions, (B, T−1) mask of the events to predict."""
    T = max(len(e.events) for e in chosen)
    events = torch.zeros(len(chosen), T, len(START), dtype=torch.long)
    mask = torch.zeros(len(chosen), T - 1)
    for i, example in enumerate(chosen):
        events[i, : len(example.events)] = torch.from_numpy(example.events)
        mask[i, : len(example.events) - 1] = 1.0
    condition = torch.tensor(np.stack([e.condition for e in chosen]), dtype=torch.float32)
    return events, condition, mask
