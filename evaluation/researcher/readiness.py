"""What a draft still lacks before it can be opened, what would make it better, and what a session will be like."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from evaluation import design
from evaluation.models import Study
from evaluation.researcher.cards import FAILED, ON_THE_WAY, PROBLEM, Card
from evaluation.researcher.forms import PairForm

IMAGE_S, CLIP_S, BEGINNING_S = 8.0, 38.0, 120.0  # a clip of 30 s and the time to judge it; consent and sound check
LONG_SESSION_MIN = 30  # beyond it, listeners tire and ratings grow careless (ITU-R BT.500 allows half an hour)
FEWEST_PAIRS = 10  # with 10 pairs and r = 0.9, Fisher's 95 % interval still spans 0.62–0.98


@dataclass(frozen=True)
class Readiness:
    """How far a draft is.

    Args:
        missing: what has to be done first; empty when it can be opened.
        advice: what could be better.
        outline: what a session will be like.
        n_done, n_all: pairs and lone stimuli that are ready, and all that are shown.
    """

    missing: tuple[str, ...]
    advice: tuple[str, ...]
    outline: str
    n_done: int
    n_all: int


def readiness(study: Study, cards: Sequence[Card]) -> Readiness:
    shown = [card for card in cards if card.shown != PairForm.NOTHING]
    undone = sum(card.state in (*ON_THE_WAY, PROBLEM, FAILED) for card in shown)
    return Readiness(
        tuple(missing(shown)), tuple(advice(study, shown)), outline(study, shown), len(shown) - undone, len(shown)
    )


def missing(shown: Sequence[Card]) -> Iterator[str]:
    if not any(not card.first.practice for card in shown):
        yield _("There is nothing to rate yet: upload some pictures below.")
    # A picture that is rated without music needs no piece.
    waiting = [card for card in shown if card.state in ON_THE_WAY and card.shown != PairForm.IMAGE]
    if waiting:
        told = ngettext(
            "%(n)d pair is still being read or composed: wait a little.",
            "%(n)d pairs are still being read or composed: wait a little.",
            len(waiting),
        )
        yield told % {"n": len(waiting)}
    stuck = [card for card in shown if card.state in (PROBLEM, FAILED) and card.shown != PairForm.IMAGE]
    if stuck:
        names = ", ".join(card.name for card in stuck[:5]) + (" …" if len(stuck) > 5 else "")
        told = ngettext(
            "%(n)d pair needs you: %(names)s. Replace the picture, choose an expression, or hide it.",
            "%(n)d pairs need you: %(names)s. Replace the picture, choose an expression, or hide it.",
            len(stuck),
        )
        yield told % {"n": len(stuck), "names": names}


def advice(study: Study, shown: Sequence[Card]) -> Iterator[str]:
    rated = [card for card in shown if not card.first.practice]
    n_pairs = sum(card.shown == PairForm.BOTH for card in rated)
    if not study.consent_text.strip():
        yield _("Write in the consent text who you are and what the study is for.")
    if not study.contact.strip():
        yield _("Name somebody whom participants can write to.")
    if rated and n_pairs == 0:
        yield _("No pair has both image and music rated, so the report will have no correlation.")
    elif 0 < n_pairs < FEWEST_PAIRS:
        told = ngettext(
            "With %(n)d pair the correlation will be very uncertain: %(fewest)d or more are better.",
            "With %(n)d pairs the correlation will be very uncertain: %(fewest)d or more are better.",
            n_pairs,
        )
        yield told % {"n": n_pairs, "fewest": FEWEST_PAIRS}
    if shown and len(rated) == len(shown):
        yield _("Set one pair apart for practice, so that people know the slider before it counts.")
    if minutes(study, shown) > LONG_SESSION_MIN:
        yield _("Sessions are long: let each person rate fewer stimuli of each kind.")


def outline(study: Study, shown: Sequence[Card]) -> str:
    """How long a session takes and how many people are needed, in a sentence."""
    n_images, n_clips = per_person(study, shown)
    if n_images + n_clips == 0:
        return ""
    n_rated = max(n_of(shown, PairForm.IMAGE, practice=False), n_of(shown, PairForm.MUSIC, practice=False))
    n_people = math.ceil(study.target_ratings * n_rated / min(study.per_block or n_rated, n_rated)) if n_rated else 0
    n_minutes = minutes(study, shown)
    counts = {
        "images": ngettext("%(n)d image", "%(n)d images", n_images) % {"n": n_images},
        "clips": ngettext("%(n)d clip", "%(n)d clips", n_clips) % {"n": n_clips},
        "time": ngettext("%(n)d minute", "%(n)d minutes", n_minutes) % {"n": n_minutes},
        "people": ngettext("%(n)d person", "%(n)d people", n_people) % {"n": n_people},
    }
    told = _(
        "Each person rates %(images)s and %(clips)s, which takes about %(time)s. About %(people)s who finish give "
        "every stimulus its ratings."
    )
    return told % counts


def minutes(study: Study, shown: Sequence[Card]) -> int:
    n_images, n_clips = per_person(study, shown)
    return math.ceil((BEGINNING_S + IMAGE_S * (n_images + study.n_attention) + CLIP_S * n_clips) / 60)


def per_person(study: Study, shown: Sequence[Card]) -> tuple[int, int]:
    """Images and clips in a session, practice and repeats included."""
    n_images, n_clips = (session_size(study, shown, kind) for kind in (PairForm.IMAGE, PairForm.MUSIC))
    return n_images, n_clips


def session_size(study: Study, shown: Sequence[Card], kind: str) -> int:
    n_rated = n_of(shown, kind, practice=False)
    n_rated = min(study.per_block or n_rated, n_rated)
    repeats = min(study.n_repeats, max(n_rated - design.REPEAT_DISTANCE, 0))
    return n_rated + repeats + n_of(shown, kind, practice=True)


def n_of(shown: Sequence[Card], kind: str, practice: bool) -> int:
    return sum(card.shown in (kind, PairForm.BOTH) and card.first.practice == practice for card in shown)
