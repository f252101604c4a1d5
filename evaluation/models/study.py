"""Studies: drafted freely, frozen when opened.

A row of `Study` is one version of a study. Opening copies the bytes of every clip into the study's own folder and
hashes protocol and stimuli together; from then on neither can be changed, only a new version be made.
"""

import hashlib
import json
import uuid
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from evaluation import design
from evaluation.errors import StudyError

UNAMBIGUOUS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # no 0 and O, 1, I and L


def random_code(length: int = 8) -> str:
    return get_random_string(length, UNAMBIGUOUS)


class StudyQuerySet(models.QuerySet["Study"]):
    def newest(self, name: str) -> "Study":
        """The study's newest version that was ever opened, else its draft.

        Raises:
            StudyError: there is none of that name.
        """
        versions = self.filter(name=name).order_by("-version")
        study = versions.exclude(state=Study.State.DRAFT).first() or versions.first()
        if study is None:
            known = ", ".join(self.order_by("name").values_list("name", flat=True).distinct()) or "none yet"
            raise StudyError("no-study", f"there is no study called {name!r}; there are: {known}")
        return study


class Study(models.Model):
    """One version of a study: protocol, state, and how people get in."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("state of a study", "draft")
        OPEN = "open", pgettext_lazy("state of a study", "open")
        CLOSED = "closed", pgettext_lazy("state of a study", "closed")

    class Entry(models.TextChoices):
        OPEN_LINK = "open", _("one open link for everybody")
        PERSONAL = "personal", _("personal links that work for one person each")

    class Language(models.TextChoices):
        ENGLISH = "en-gb", "English"
        GERMAN = "de", "Deutsch"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.SlugField(
        max_length=60, help_text=_("In the study's address and in exports: letters, digits, hyphens.")
    )
    version = models.PositiveSmallIntegerField(default=1, editable=False)
    version_hash = models.CharField(max_length=64, blank=True, editable=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT, editable=False)
    created = models.DateTimeField(default=timezone.now, editable=False)
    opened = models.DateTimeField(null=True, blank=True, editable=False)
    closed = models.DateTimeField(null=True, blank=True, editable=False)

    title = models.CharField(_("title"), max_length=120, help_text=_("What participants see."))
    consent_text = models.TextField(
        _("consent text"), blank=True,
        help_text=_("Shown before the standard text on what is stored. Say who you are and what it is for."),
    )  # fmt: skip
    contact = models.CharField(_("contact"), max_length=200, blank=True, help_text=_("Whom participants can write to."))
    retention_days = models.PositiveIntegerField(
        _("days that ratings are kept"), default=3650, validators=[MinValueValidator(1)],
        help_text=_("Participants are told this before they agree."),
    )  # fmt: skip
    target_ratings = models.PositiveIntegerField(
        _("ratings wanted per stimulus"), default=20, validators=[MinValueValidator(1)]
    )
    per_block = models.PositiveIntegerField(
        _("stimuli of each kind per person"), null=True, blank=True, validators=[MinValueValidator(1)],
        help_text=_("Empty: everyone rates all of them."),
    )  # fmt: skip
    n_repeats = models.PositiveSmallIntegerField(
        _("repeated items of each kind"), default=1, validators=[MaxValueValidator(10)],
        help_text=_("Shown twice to the same person, to see how steady the ratings are."),
    )  # fmt: skip
    n_attention = models.PositiveSmallIntegerField(
        _("attention checks per person"), default=2, validators=[MaxValueValidator(10)]
    )
    demographics = models.BooleanField(_("ask for age group, gender and musical training"), default=False)
    language = models.CharField(
        _("language"), max_length=8, choices=Language.choices, default=Language.ENGLISH,
        help_text=_("Of the participants' pages, for all of them: the words of a scale are part of what is measured."),
    )  # fmt: skip
    entry = models.CharField(_("links"), max_length=8, choices=Entry.choices, default=Entry.OPEN_LINK)
    completion_code = models.CharField(
        _("completion code"),
        max_length=40,
        default=random_code,
        help_text=_("Shown at the end, for recruiting platforms."),
    )
    completion_url = models.URLField(
        blank=True, help_text=_("Where participants may return to at the end, if anywhere.")
    )

    objects = StudyQuerySet.as_manager()

    class Meta:
        ordering = ["-created"]
        verbose_name_plural = "studies"
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="one_row_per_version")]

    def __str__(self) -> str:
        return f"{self.name} (version {self.version}, {self.state})"

    def get_absolute_url(self) -> str:
        return reverse("study", args=[self.pk])

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT

    @property
    def protocol(self) -> design.Protocol:
        return design.Protocol(self.target_ratings, self.per_block, self.n_repeats, self.n_attention)

    def assert_draft(self) -> None:
        """Raises: StudyError: the study was opened, so that it must not change any more."""
        if not self.is_draft:
            raise StudyError(
                "frozen", gettext("%(study)s is frozen: make a new version to change it.") % {"study": self}
            )

    def save(self, *args: Any, **kwargs: Any) -> None:
        if "update_fields" not in kwargs and self.pk and not Study.objects.filter(pk=self.pk, state="draft").exists():
            raise StudyError(
                "frozen", gettext("%(study)s is frozen: make a new version to change it.") % {"study": self}
            )
        super().save(*args, **kwargs)

    def open(self) -> None:
        """Freeze the study and let people in; an open earlier version is closed.

        Raises:
            StudyError: it is not a draft, or something that participants need is missing.
        """
        with transaction.atomic():
            study = Study.objects.select_for_update().get(pk=self.pk)
            study.assert_draft()
            stimuli = list(self.stimuli.visible().select_related("composition"))
            if not any(not stimulus.practice for stimulus in stimuli):
                detail = gettext("%(study)s has nothing to rate yet: add images or pieces first.")
                raise StudyError("no-stimuli", detail % {"study": self})
            for stimulus in stimuli:
                stimulus.freeze()
            for other in Study.objects.filter(name=self.name, state=self.State.OPEN):
                other.close()
            self.version_hash = self.fingerprint()
            self.state, self.opened = self.State.OPEN, timezone.now()
            self.save(update_fields=["version_hash", "state", "opened"])

    def close(self) -> None:
        """Let nobody new in; those who have begun may finish, so that no rating of theirs is lost."""
        self.state, self.closed = self.State.CLOSED, timezone.now()
        self.save(update_fields=["state", "closed"])

    def fingerprint(self) -> str:
        """SHA-256 over the protocol and every frozen stimulus."""
        fields = ["title", "consent_text", "contact", "retention_days", "demographics", "language", "entry"]
        fields += ["target_ratings", "per_block", "n_repeats", "n_attention"]
        protocol = {name: getattr(self, name) for name in fields}
        stimuli = [stimulus.fingerprint() for stimulus in self.stimuli.visible().order_by("label")]
        canonical = json.dumps({"protocol": protocol, "stimuli": stimuli}, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()

    def revise(self) -> "Study":
        """A draft of the next version, with the same protocol and stimuli.

        Raises:
            StudyError: there is a draft of it already.
        """
        with transaction.atomic():
            versions = list(Study.objects.select_for_update().filter(name=self.name).order_by("version"))
            if versions[-1].is_draft:
                detail = gettext("%(study)s is still a draft: change that one.")
                raise StudyError("draft-exists", detail % {"study": versions[-1]})
            stimuli = list(self.stimuli.all())
            draft = Study.objects.get(pk=self.pk)
            draft.pk, draft._state.adding, draft.uid = None, True, uuid.uuid4()
            draft.version, draft.version_hash = versions[-1].version + 1, ""
            draft.state, draft.created, draft.opened, draft.closed = self.State.DRAFT, timezone.now(), None, None
            draft.save()
            for stimulus in stimuli:
                stimulus.copy_to(draft)
        return draft
