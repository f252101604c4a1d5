"""What participants fill in: consent, a few questions about themselves, a code."""

from typing import Any

from django import forms

from evaluation.models import Participant
from evaluation.models.session import CODE_LENGTH, normal_code

NO_ANSWER = ("", "I would rather not say")
AGES = ("under 18", "18–24", "25–34", "35–44", "45–54", "55–64", "65 or older")
GENDERS = ("woman", "man", "non-binary", "another")
TRAINING = ("none", "less than 3 years", "3 to 10 years", "more than 10 years", "professional musician")


def choices(answers: tuple[str, ...]) -> list[tuple[str, str]]:
    return [NO_ANSWER, *((answer, answer) for answer in answers)]


class ConsentForm(forms.Form):
    """Consent alone."""

    agree = forms.BooleanField(
        label="I have read this and want to take part.",
        error_messages={"required": "Please tick the box if you agree; without it the study cannot begin."},
    )

    def demographics(self) -> dict[str, str] | None:
        """What was told about oneself; None when nothing was asked or nothing told."""
        told = {name: value for name, value in self.cleaned_data.items() if name != "agree" and value}
        return told or None


class DemographicsForm(ConsentForm):
    """Consent, and questions that may all stay unanswered."""

    age = forms.ChoiceField(label="Your age", choices=choices(AGES), required=False)
    gender = forms.ChoiceField(label="Your gender", choices=choices(GENDERS), required=False)
    musical_training = forms.ChoiceField(
        label="Lessons on an instrument or in singing", choices=choices(TRAINING), required=False
    )
    field_order = ("age", "gender", "musical_training", "agree")


class CodeForm(forms.Form):
    """The participation code; `clean` finds whose it is."""

    code = forms.CharField(
        label="Your code",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": "Please type your code."},
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
        return f"“{code}” has {n} letters and digits; a code has {CODE_LENGTH}, like ABCD-EFGH-JKMN."
    return f"There is no session with the code “{code}”. Please check each letter; it may also have been withdrawn."


class WithdrawForm(CodeForm):
    """The code, and the word that it is meant."""

    confirm = forms.BooleanField(
        label="Yes, erase my session and all my ratings. This cannot be undone.",
        error_messages={"required": "Please tick the box to say that you mean it."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["confirm"].widget.attrs["class"] = "tick"
