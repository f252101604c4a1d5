"""What the researcher fills in: the protocol, an existing piece, what is done with a pair, and how many links."""

import re
import uuid
from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from compose.models import Composition
from compose.piece_words import EXPRESSION_WORDS
from evaluation.models import Study
from ml.domain import EXPRESSIONS

TAKEN_NAMES = ("link", "resume", "withdraw")  # other pages stand at /study/<these>/
FIRST_FIELDS = ("title", "name", "consent_text", "contact")
MOST_LINKS = 1000  # personal links made at once
PIECE_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class ProtocolForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """Everything that participants meet; frozen when the study opens."""

    completion_url = forms.URLField(
        label=_("Completion address"),
        required=False,
        assume_scheme="https",
        help_text=Study._meta.get_field("completion_url").help_text,
    )

    class Meta:
        model = Study
        fields = [
            "title", "consent_text", "contact", "retention_days", "target_ratings", "per_block", "n_repeats",
            "n_attention", "demographics", "language", "entry", "completion_code", "completion_url",
        ]  # fmt: skip
        widgets = {"consent_text": forms.Textarea(attrs={"rows": 6})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.fields["language"].required = False  # left out, it stays as it is, or English

    def first_fields(self) -> list[forms.BoundField]:
        """What every study has to say in its own words."""
        return [field for field in self if field.name in FIRST_FIELDS]

    def further_fields(self) -> list[forms.BoundField]:
        """What has a good default."""
        return [field for field in self if field.name not in FIRST_FIELDS]


class NewStudyForm(ProtocolForm):
    """The same, and the name, which never changes."""

    name = forms.SlugField(
        label=_("Name"),
        max_length=60,
        required=False,
        help_text=_("In the study's address and in exports. Empty: made from the title."),
    )
    field_order = ["title", "name"]

    class Meta(ProtocolForm.Meta):
        fields = ["name", *ProtocolForm.Meta.fields]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        name = cleaned.get("name") or slugify(cleaned.get("title", ""))[:60]
        if not name and "title" in cleaned:
            detail = gettext("No name can be made from this title: choose one of letters, digits and hyphens.")
            self.add_error("name", detail)
        elif name in TAKEN_NAMES or Study.objects.filter(name=name).exists():
            detail = gettext("The name “%(name)s” is taken: choose another one.") % {"name": name}
            self.add_error("name", detail)
        cleaned["name"] = self.instance.name = name
        return cleaned


class PieceForm(forms.Form):
    """An existing piece, by its page's address or its id, for a pair or alone."""

    piece = forms.CharField(
        label=_("The piece's address"), widget=forms.TextInput(attrs={"placeholder": "https://…/pieces/…"})
    )
    pair = forms.CharField(required=False, max_length=120)

    def clean_piece(self) -> Composition:
        text = self.cleaned_data["piece"]
        found = PIECE_ID.search(text)
        piece = Composition.objects.filter(pk=uuid.UUID(found[0])).first() if found else None
        if piece is None:
            detail = gettext("There is no piece at “%(address)s”: copy the address of its own page.")
            raise forms.ValidationError(detail % {"address": text[:80]})
        return piece


class PairForm(forms.Form):
    """What is done with a pair: which of the two is rated, only for practice or not, and its expression."""

    BOTH, IMAGE, MUSIC, NOTHING = "both", "image", "music", "nothing"
    shown = forms.ChoiceField(
        choices=[
            (BOTH, _("image and music")), (IMAGE, _("the image only")), (MUSIC, _("the music only")),
            (NOTHING, _("nothing: hidden")),
        ]
    )  # fmt: skip
    practice = forms.BooleanField(required=False)
    expression = forms.ChoiceField(
        choices=[("", _("not known")), *((label, EXPRESSION_WORDS[label]) for label in EXPRESSIONS)], required=False
    )


class LinksForm(forms.Form):
    """How many personal links to make."""

    n = forms.IntegerField(min_value=1, max_value=MOST_LINKS, initial=20, label=_("How many"))
