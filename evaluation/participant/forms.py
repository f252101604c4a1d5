"""What participants fill in: consent, a few questions about themselves, a code."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from evaluation.models import Participant
from evaluation.models.session import CODE_LENGTH, normal_code

NO_ANSWER = ("", _("I would rather not say"))
# What is stored is the same in every language: the key.
AGES = {
    "under 18": _("under 18"),
    **{span: span for span in ("18–24", "25–34", "35–44", "45–54", "55–64")},
    "65 or older": _("65 or older"),
}
GENDERS = {
    "woman": _("woman"),
    "man": _("man"),
    "non-binary": _("non-binary"),
    "another": pgettext_lazy("gender", "another"),
}
TRAINING = {
    "none": pgettext_lazy("lessons", "none"),
    "less than 3 years": _("less than 3 years"),
    "3 to 10 years": _("3 to 10 years"),
    "more than 10 years": _("more than 10 years"),
    "professional musician": _("professional musician"),
}


def choices(answers: Mapping[str, str | Promise]) -> list[tuple[str, str | Promise]]:
    return [NO_ANSWER, *answers.items()]


class ConsentForm(forms.Form):
    """Consent alone."""

    agree = forms.BooleanField(
        label=_("I have read this and want to take part."),
        error_messages={"required": _("Please tick the box if you agree; without it the study cannot begin.")},
    )

    def demographics(self) -> dict[str, str] | None:
        """What was told about oneself; None when nothing was asked or nothing told."""
        told = {name: value for name, value in self.cleaned_data.items() if name != "agree" and value}
        return told or None


class DemographicsForm(ConsentForm):
    """Consent, and questions that may all stay unanswered."""

    age = forms.ChoiceField(label=_("Your age"), choices=choices(AGES), required=False)
    gender = forms.ChoiceField(label=_("Your gender"), choices=choices(GENDERS), required=False)
    musical_training = forms.ChoiceField(
        label=_("Lessons on an instrument or in singing"), choices=choices(TRAINING), required=False
    )
    field_order = ("age", "gender", "musical_training", "agree")


class CodeForm(forms.Form):
    """The participation code; `clean` finds whose it is."""

    code = forms.CharField(
        label=_("Your code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": _("Please type your code.")},
    )
    participant: Participant | None = None

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"])
        self.participant = Participant.objects.with_code(code)
        if self.participant is None:
            raise forms.ValidationError(wrong_code(code), code="wrong-code")
        return code

    @property
    def is_wrong_guess(self) -> bool:
        return self.has_error("code", "wrong-code")


def wrong_code(code: str) -> str:
    n = len(normal_code(code))
    if n != CODE_LENGTH:
        detail = gettext("“%(code)s” has %(n)d letters and digits; a code has %(length)d, like ABCD-EFGH-JKMN.")
        return detail % {"code": code, "n": n, "length": CODE_LENGTH}
    detail = gettext(
        "There is no session with the code “%(code)s”. Check each letter; it may also have been withdrawn."
    )
    return detail % {"code": code}


class WithdrawForm(CodeForm):
    """The code, and the word that it is meant."""

    confirm = forms.BooleanField(
        label=_("Yes, erase my session and all my ratings. This cannot be undone."),
        error_messages={"required": _("Please tick the box to say that you mean it.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["confirm"].widget.attrs["class"] = "tick"
