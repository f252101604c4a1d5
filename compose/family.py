"""Pieces that come from pieces: another one, more of the same emotion, a longer one, one that goes on from a place."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from ml import emotion
from ml.domain import EmotionTarget, Note
from ml.errors import SentiMozartError
from ml.music.ending import ENDING_S
from ml.music.request import Request

if TYPE_CHECKING:
    from compose.models import Composition

NEW_S = 30.0  # that a continuation adds: as long as a piece is
MOST_S = 240.0  # the longest piece that can be asked for: its making occupies a worker for a quarter of a minute
LEAST_LONGER_S = 8.0  # a longer piece is longer by that much, or not worth the while
EARLIEST_S = 2.0  # before this there is hardly anything to go on from
CUT_S = 0.001  # before the closing chords: a stored note's time is rounded to the millisecond


class FamilyError(SentiMozartError):
    """A piece that cannot be made from another one."""


@dataclass(frozen=True)
class Plan:
    """What a child is to be: `primer_s` is how much of its parent it begins with, if it does."""

    way: str
    target: EmotionTarget
    seconds: float
    primer_s: float | None = None


def plan(parent: "Composition", way: str, at_s: float | None = None) -> Plan:
    """What a child of this piece would be.

    Args:
        way: one of Composition.Way.
        at_s: where the continuation begins, for the way "on".

    Raises:
        FamilyError: "not-ready", "no-more", "too-long", "bad-place" or "bad-way".
    """
    if parent.state != parent.State.READY:
        raise FamilyError("not-ready", _("This piece is not ready yet, so nothing can be made from it."))
    if way == parent.Way.ANOTHER:
        return Plan(way, parent.target, new_seconds(parent))
    if way == parent.Way.MORE:
        return Plan(way, more(parent), new_seconds(parent))
    if way == parent.Way.LONGER:
        return Plan(way, parent.target, longer_seconds(parent), round(body_s(parent), 3))
    if way == parent.Way.ON:
        return continuation(parent, at_s)
    raise FamilyError("bad-way", _("Nobody knows how to make a piece “%(way)s”.") % {"way": way})


def new_seconds(parent: "Composition") -> float:
    """The length of a piece of its own: its parent's, save that live music has none that was chosen."""
    return NEW_S if parent.source == parent.Source.LIVE else min(parent.seconds, MOST_S)


def more(parent: "Composition") -> EmotionTarget:
    target = emotion.further(parent.target)
    if target is None:
        raise FamilyError("no-more", _("There is no more of this emotion than this piece has."))
    return target


def longer_seconds(parent: "Composition") -> float:
    """Twice as long, up to MOST_S."""
    lasts_s = parent.duration_s or 0.0
    seconds = min(round(2 * lasts_s), MOST_S)
    if seconds < lasts_s + LEAST_LONGER_S:
        detail = _("This piece lasts %(lasts)d seconds already; pieces last at most %(most)d.")
        raise FamilyError("too-long", detail % {"lasts": lasts_s, "most": MOST_S})
    return seconds


def continuation(parent: "Composition", at_s: float | None) -> Plan:
    lasts_s, latest_s = parent.duration_s or 0.0, MOST_S - NEW_S
    if at_s is None or not EARLIEST_S <= at_s <= min(lasts_s, latest_s):
        detail = _("Go on from a place between %(first)d and %(last)d seconds, not %(at)s.")
        place = "–" if at_s is None else f"{at_s:g}"
        last = int(min(lasts_s, latest_s))
        raise FamilyError("bad-place", detail % {"first": EARLIEST_S, "last": last, "at": place})
    primer_s = round(min(at_s, body_s(parent)), 3)
    if not primer(parent, primer_s):
        raise FamilyError("bad-place", _("Nothing has been played yet at %(at)s seconds.") % {"at": f"{at_s:g}"})
    return Plan(parent.Way.ON, parent.target, primer_s + NEW_S, primer_s)


def body_s(parent: "Composition") -> float:
    """Up to where the piece goes before its closing chords, which nothing can go on from."""
    return (parent.duration_s or 0.0) - ENDING_S - CUT_S


def primer(parent: "Composition", until_s: float) -> tuple[Note, ...]:
    """The parent's notes that are struck before `until_s`."""
    return tuple(note for note in parent.score if note.start_s < until_s)


def request_of(piece: "Composition") -> Request:
    """What the composer is asked for; the same parent, way and seed ask for the same notes.

    Raises:
        FamilyError: "no-parent", the piece that this one begins with has been deleted.
    """
    if piece.primer_s is None:
        return Request(piece.target, piece.seconds, piece.seed, tonic=kept_tonic(piece))
    if piece.parent is None:
        raise FamilyError("no-parent", _("The piece that this one goes on from is gone."))
    notes = primer(piece.parent, piece.primer_s)
    return Request(piece.target, piece.seconds, piece.seed, primer=notes, tonic=piece.parent.tonic)


def kept_tonic(piece: "Composition") -> int | None:
    """Of the ways without a primer, "more" stays in the parent's key, so that the two can be compared."""
    return piece.parent.tonic if piece.parent is not None and piece.way == piece.Way.MORE else None
