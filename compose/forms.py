"""What visitors send: a chosen emotion, a photo, music to listen to, and what to do with a piece."""

import math
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compose import titles
from compose.models import SEEDS, Composition
from ml.emotion import TARGETS

LARGEST_PHOTO = 10 * 2**20  # bytes
LARGEST_MUSIC = 20 * 2**20  # bytes

# Happy and sad are the paper's ends of the scale; tense and calm go beyond it.
EMOTION_CHOICES = [(name, titles.CALLED[name]) for name in TARGETS]


class PieceForm(forms.Form):
    """One of `emotion` and `photo`; `finer` composes for the photo's own valence and arousal."""

    emotion = forms.ChoiceField(
        choices=EMOTION_CHOICES,
        required=False,
        error_messages={
            "invalid_choice": gettext_lazy(
                "Unknown emotion “%(value)s”: choose one of happy, sad, neutral, tense, calm."
            )
        },
    )
    photo = forms.FileField(required=False, error_messages={"empty": gettext_lazy("This photo is an empty file.")})
    finer = forms.BooleanField(required=False)

    def clean_photo(self) -> Any:
        photo = self.cleaned_data["photo"]
        if photo and photo.size > LARGEST_PHOTO:
            detail = _("This photo has %(size).1f MB; at most %(most)d MB are read.")
            sizes = {"size": photo.size / 2**20, "most": LARGEST_PHOTO // 2**20}
            raise forms.ValidationError(detail % sizes, code="too-large")
        return photo

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and bool(cleaned.get("emotion")) == bool(cleaned.get("photo")):
            raise forms.ValidationError(_("Choose an emotion or a photo."), code="nothing-chosen")
        return cleaned

    def first_error(self) -> tuple[str, str]:
        return first_error(self)


class MusicForm(forms.Form):
    """A file of music, MIDI or sound."""

    music = forms.FileField(
        error_messages={
            "required": gettext_lazy("Choose a file of music."),
            "empty": gettext_lazy("This file is empty."),
        },
    )

    def clean_music(self) -> Any:
        music = self.cleaned_data["music"]
        if music.size > LARGEST_MUSIC:
            detail = _("%(name)s has %(size).1f MB; at most %(most)d MB are read.")
            sizes = {"name": music.name, "size": music.size / 2**20, "most": LARGEST_MUSIC // 2**20}
            raise forms.ValidationError(detail % sizes, code="too-large")
        return music

    def first_error(self) -> tuple[str, str]:
        return first_error(self)


class FamilyForm(forms.Form):
    """What to make from a piece: `at`, in seconds, is where a continuation begins; `seed` makes one again."""

    way = forms.ChoiceField(
        choices=Composition.Way.choices,
        error_messages={
            "required": gettext_lazy("Say what to make: another, more, longer or on."),
            "invalid_choice": gettext_lazy("Unknown way “%(value)s”: choose another, more, longer or on."),
        },
    )
    at = forms.CharField(required=False, max_length=20)
    seed = forms.CharField(required=False, max_length=20)

    def clean_at(self) -> float | None:
        text = self.cleaned_data["at"].replace(",", ".")
        try:
            at_s = float(text) if text else None
        except ValueError:
            at_s = math.nan
        if at_s is not None and not math.isfinite(at_s):
            raise forms.ValidationError(_("“%(at)s” is no number of seconds.") % {"at": text}, code="bad-place")
        return at_s

    def clean_seed(self) -> int | None:
        text = self.cleaned_data["seed"]
        if text and not (text.isascii() and text.isdigit() and int(text) < SEEDS):
            detail = _("A seed is a whole number from 0 to %(last)d, not “%(seed)s”.")
            raise forms.ValidationError(detail % {"last": SEEDS - 1, "seed": text}, code="bad-seed")
        return int(text) if text else None

    def first_error(self) -> tuple[str, str]:
        return first_error(self, invalid_choice="bad-way")


class WallForm(forms.Form):
    """Whether a piece is shown on the wall."""

    show = forms.ChoiceField(
        choices=[("yes", "yes"), ("no", "no")],
        error_messages={
            "required": gettext_lazy("Say whether to show it: yes or no."),
            "invalid_choice": gettext_lazy("“%(value)s” is neither yes nor no."),
        },
    )

    def first_error(self) -> tuple[str, str]:
        return first_error(self, invalid_choice="bad-choice")


def first_error(form: forms.Form, invalid_choice: str = "unknown-emotion") -> tuple[str, str]:
    """The first error's code and sentence; `invalid_choice` is the code for a choice that there is not."""
    error = next(iter(form.errors.as_data().values()))[0]
    return {"invalid_choice": invalid_choice}.get(error.code or "", error.code or "invalid"), error.messages[0]
