"""Stimuli as the workshop shows them: a pair, or a lone stimulus, with where it stands on its way."""

import hashlib
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from compose.models import Composition
from compose.piece_words import EXPRESSION_WORDS, failure_of
from evaluation.models import Stimulus, Study
from evaluation.pieces import reading_of
from evaluation.researcher.forms import PairForm

# Where a card stands: those on the way are looked at again and again, the others wait for the researcher.
READING, PROBLEM, READY, FAILED = "reading", "problem", "ready", "failed"
ON_THE_WAY = (READING, "queued", "composing", "rendering")
WORDS = {
    READING: _("The machine is reading the face…"),
    "queued": _("The piece waits for a free musician…"),
    "composing": _("The piece is being composed…"),
    "rendering": _("The piece is being played in…"),
    READY: _("Ready"),
    PROBLEM: _("Needs you"),
    FAILED: _("The piece could not be made"),
}


@dataclass(frozen=True)
class Card:
    """A pair's image and clip, or the one there is."""

    image: Stimulus | None
    clip: Stimulus | None

    @property
    def first(self) -> Stimulus:
        either = self.image or self.clip
        assert either is not None  # cards_of makes no empty ones
        return either

    @property
    def name(self) -> str:
        return self.first.pair or self.first.label

    @property
    def piece(self) -> Composition | None:
        return self.clip.composition if self.clip else None

    @property
    def state(self) -> str:
        if self.piece is not None:
            return str(self.piece.state)
        if self.clip is not None and self.clip.audio:
            return READY
        if self.image is not None and self.image.problem:
            return PROBLEM
        if self.image is None or self.clip is None:
            return READY if self.first.media else PROBLEM
        return READING if self.image.image else PROBLEM

    @property
    def words(self) -> str:
        return str(WORDS[self.state])

    @property
    def sentence(self) -> str:
        """What is wrong, if anything."""
        if self.state == FAILED and self.piece is not None:
            return failure_of(self.piece)
        if self.state != PROBLEM:
            return ""
        problem = self.image.problem if self.image else ""  # written by a worker, in English
        return gettext(problem or "There is no file of this stimulus here.")

    @property
    def expression(self) -> str:
        """The expression by which the report sorts it, in words; empty where none is known."""
        return str(EXPRESSION_WORDS.get(self.first.expression, self.first.expression))

    @property
    def readings(self) -> list[tuple[str, float]]:
        """The machine's probabilities in words, the likeliest first."""
        reading = reading_of(self.image) if self.image else None
        ranked = sorted(reading.as_dict().items(), key=lambda pair: -pair[1]) if reading else []
        return [(str(EXPRESSION_WORDS[label]), probability) for label, probability in ranked]

    @property
    def has_audio(self) -> bool:
        return self.state == READY and self.clip is not None and (self.piece is not None or bool(self.clip.audio))

    @property
    def shown(self) -> str:
        image = self.image is not None and not self.image.hidden
        clip = self.clip is not None and not self.clip.hidden
        if image and clip:
            return PairForm.BOTH
        return PairForm.IMAGE if image else PairForm.MUSIC if clip else PairForm.NOTHING

    @property
    def is_pair(self) -> bool:
        return self.image is not None and self.clip is not None

    @property
    def form(self) -> PairForm:
        first = self.first
        form = PairForm(
            initial={"shown": self.shown, "practice": first.practice, "expression": first.expression},
            auto_id=f"id_%s_{first.pk}",
        )
        if not self.is_pair:
            only = PairForm.IMAGE if self.image else PairForm.MUSIC
            choices = [choice for choice in form.fields["shown"].choices if choice[0] in (only, PairForm.NOTHING)]  # type: ignore[attr-defined]
            form.fields["shown"].choices = choices  # type: ignore[attr-defined]
        return form

    @property
    def mark(self) -> str:
        """Changes whenever the card has to be shown anew."""
        first, piece = self.first, self.piece.pk if self.piece else None
        seen = (self.state, self.sentence, self.shown, piece, bool(self.readings))
        of_first = (first.uid, first.expression, first.practice)
        return hashlib.sha256(repr((seen, of_first)).encode()).hexdigest()[:12]

    def describe(self) -> dict[str, Any]:
        """The card as the page's script follows it."""
        first = self.first
        return {
            "id": first.pk,
            "mark": self.mark,
            "state": self.state,
            "piece": str(self.piece.pk) if self.piece is not None else None,
            "url": reverse("study-card", args=[first.study_id, first.pk]),
        }


def cards_of(study: Study) -> list[Card]:
    """Every pair and lone stimulus, in order of their labels."""
    found: dict[str, dict[str, Stimulus]] = {}
    # A piece's notes are long, and not shown here.
    for stimulus in study.stimuli.select_related("composition").defer("composition__notes").order_by("label"):
        stimulus.study = study
        found.setdefault(stimulus.pair or f"alone {stimulus.pk}", {})[stimulus.kind] = stimulus
    return [Card(pair.get(Stimulus.Kind.IMAGE), pair.get(Stimulus.Kind.MUSIC)) for pair in found.values()]


def card_of(study: Study, stimulus: Stimulus) -> Card:
    """The card that holds a stimulus."""
    return next(card for card in cards_of(study) if stimulus in (card.image, card.clip))
