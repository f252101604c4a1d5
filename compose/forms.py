"""What visitors send: a chosen emotion, a photo, or music to listen to."""

from typing import Any

from django import forms

from ml.emotion import TARGETS

LARGEST_PHOTO = 10 * 2**20  # bytes
LARGEST_MUSIC = 20 * 2**20  # bytes

# Happy and sad are the paper's ends of the scale; tense and calm go beyond it.
EMOTION_CHOICES = [(name, name.capitalize()) for name in TARGETS]


class PieceForm(forms.Form):
    """One of `emotion` and `photo`; `finer` composes for the photo's own valence and arousal."""

    emotion = forms.ChoiceField(
        choices=EMOTION_CHOICES,
        required=False,
        error_messages={"invalid_choice": f"Unknown emotion “%(value)s”: choose one of {', '.join(TARGETS)}."},
    )
    photo = forms.FileField(required=False, error_messages={"empty": "This photo is an empty file."})
    finer = forms.BooleanField(required=False)

    def clean_photo(self) -> Any:
        photo = self.cleaned_data["photo"]
        if photo and photo.size > LARGEST_PHOTO:
            raise forms.ValidationError(
                f"This photo has {photo.size / 2**20:.1f} MB; at most {LARGEST_PHOTO // 2**20} MB are read.",
                code="too-large",
            )
        return photo

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and bool(cleaned.get("emotion")) == bool(cleaned.get("photo")):
            raise forms.ValidationError("Choose an emotion or a photo.", code="nothing-chosen")
        return cleaned

    def first_error(self) -> tuple[str, str]:
        return first_error(self)


class MusicForm(forms.Form):
    """A file of music, MIDI or sound."""

    music = forms.FileField(
        error_messages={"required": "Choose a file of music.", "empty": "This file is empty."},
    )

    def clean_music(self) -> Any:
        music = self.cleaned_data["music"]
        if music.size > LARGEST_MUSIC:
            raise forms.ValidationError(
                f"{music.name} has {music.size / 2**20:.1f} MB; at most {LARGEST_MUSIC // 2**20} MB are read.",
                code="too-large",
            )
        return music

    def first_error(self) -> tuple[str, str]:
        return first_error(self)


def first_error(form: forms.Form) -> tuple[str, str]:
    """The first error's code and sentence."""
    error = next(iter(form.errors.as_data().values()))[0]
    return {"invalid_choice": "unknown-emotion"}.get(error.code or "", error.code or "invalid"), error.messages[0]
