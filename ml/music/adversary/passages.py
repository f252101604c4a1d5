"""Passages, composed ones and clips', as the discriminators and the policy gradient see them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ml.domain import Note
from ml.music.data import Clip
from ml.music.key import offset_of
from ml.music.measures import of_passage, of_phrases, phrase_begins_s
from ml.music.passage import PASSAGE_S, PHRASE_S, Array
from ml.music.timing import tightened_by_phrases
from ml.music.tokens import SHIFTS_S, Events, decode, encode

SHORTEST_S, CLIP_STEP_S, FEWEST_NOTES = 19.0, 5.0, 16  # of the clips' passages: as long as composed ones
BEFORE_S = 2.0  # what was played so long before a phrase has a part in it


class Measured(NamedTuple):
    """Of one passage: (n,) measures of the whole, and (m,) of each phrase that has enough notes."""

    whole: Array
    phrases: list[Array | None]


def measured(notes: Sequence[Note]) -> Measured:
    return Measured(of_passage(notes), of_phrases(notes))


def measured_events(events: Events, tonic: int) -> Measured | None:
    """Of what was composed; none where there is too little of it."""
    played = tightened_by_phrases(decode(events, offset_of(tonic)), PHRASE_S)
    notes = [note for note in played if note.start_s < PASSAGE_S]
    return measured(notes) if len(notes) >= FEWEST_NOTES else None


def measured_clip(clip: Clip) -> list[Measured]:
    """Of a clip's passages, once they have gone through the tokens as what is composed has."""
    notes = decode(encode(clip.notes, clip.key.offset), clip.key.offset)
    begin_s, length_s = notes[0].start_s, notes[-1].start_s - notes[0].start_s
    begins_s = [0.0, *np.arange(CLIP_STEP_S, length_s - PASSAGE_S + 1e-6, CLIP_STEP_S)]
    parts = [[n for n in notes if at <= n.start_s - begin_s < at + PASSAGE_S] for at in begins_s]
    long_enough = [p for p in parts if len(p) >= FEWEST_NOTES and p[-1].start_s - p[0].start_s >= SHORTEST_S]
    return [measured(part) for part in long_enough]


def wholes(passages: Sequence[Measured]) -> Array:
    return np.array([passage.whole for passage in passages])


def phrases(passages: Sequence[Measured]) -> Array:
    return np.array([phrase for passage in passages for phrase in passage.phrases if phrase is not None])


def advantages(passages: Sequence[Events], whole: Array, parts: Array, group: int) -> list[Array]:
    """For each of (N, 4) events, (N,) how much better it went on than others for the same condition, in deviations.

    Args:
        whole: (B,) rewards of whole passages; `group` that follow each other share a condition.
        parts: (B, phrases) rewards of their phrases, which count for the events in them and just before.
    """
    of_whole, of_parts = (against_others(rewards, group) for rewards in (whole, parts))
    found = []
    for events, gained, gained_parts in zip(passages, of_whole, of_parts, strict=True):
        at_s, begin_s = np.cumsum(SHIFTS_S[events[:, 0]])[:, None], phrase_begins_s()
        counts = (at_s >= begin_s - BEFORE_S) & (at_s < begin_s + PHRASE_S)  # (N, phrases)
        found.append(gained + counts @ gained_parts / np.maximum(counts.sum(axis=1), 1))
    deviation = np.concatenate(found).std()
    return [each / deviation for each in found]


def against_others(rewards: Array, group: int) -> Array:
    """Rewards less the mean of each group, in deviations."""
    grouped = rewards.reshape(-1, group, *rewards.shape[1:])
    less: Array = (grouped - grouped.mean(axis=1, keepdims=True)).reshape(rewards.shape)
    return np.asarray(less / (less.std() + 1e-6))
