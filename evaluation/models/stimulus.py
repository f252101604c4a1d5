"""What is rated: images and clips, with bytes of their own once their study is opened."""

import hashlib
import uuid
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.db import models
from django.db.models.fields.files import FieldFile
from django.utils.translation import gettext as _

from evaluation import design
from evaluation.errors import StudyError
from evaluation.models.study import Study
from ml import emotion
from ml.domain import EXPRESSIONS


def stimulus_path(stimulus: "Stimulus", filename: str) -> str:
    return f"studies/{stimulus.study.uid}/{stimulus.uid}{Path(filename).suffix.lower()}"


class StimulusQuerySet(models.QuerySet["Stimulus"]):
    def visible(self) -> "StimulusQuerySet":
        return self.filter(hidden=False)


class Stimulus(models.Model):
    """An image or a clip that is rated.

    In a draft a clip is a `Composition` and has no file of its own yet; opening the study copies its bytes. Imported
    stimuli have no files at all.
    """

    class Kind(models.TextChoices):
        IMAGE = design.IMAGE
        MUSIC = design.MUSIC

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="stimuli")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    label = models.CharField(max_length=120)
    pair = models.CharField(max_length=120, blank=True)
    expression = models.CharField(max_length=12, blank=True, choices=[(label, label) for label in EXPRESSIONS])
    probabilities = models.JSONField(null=True, blank=True)  # the machine's reading of an image
    predicted_mos = models.FloatField(null=True, blank=True)  # what the listener model expects of a clip
    practice = models.BooleanField(default=False)
    hidden = models.BooleanField(default=False)
    problem = models.TextField(blank=True)  # why there is no reading or no piece, for the researcher
    composition = models.ForeignKey(
        "compose.Composition", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    image = models.FileField(upload_to=stimulus_path, blank=True)
    audio = models.FileField(upload_to=stimulus_path, blank=True)
    midi = models.FileField(upload_to=stimulus_path, blank=True)
    sha256 = models.JSONField(default=dict, blank=True)  # of each frozen file, by field

    objects = StimulusQuerySet.as_manager()

    class Meta:
        ordering = ["label"]
        verbose_name_plural = "stimuli"
        constraints = [
            models.UniqueConstraint(fields=["study", "kind", "label"], name="one_stimulus_per_kind_and_label"),
            models.UniqueConstraint(
                fields=["study", "pair", "kind"], condition=~models.Q(pair=""), name="one_image_and_one_clip_per_pair"
            ),
        ]

    def __str__(self) -> str:
        return self.label

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.study.assert_draft()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self.study.assert_draft()
        return super().delete(*args, **kwargs)

    @property
    def media(self) -> FieldFile:
        """What participants see or hear."""
        return self.image if self.kind == self.Kind.IMAGE else self.audio

    def freeze(self) -> None:
        """Bring the bytes into the study and hash them.

        Raises:
            StudyError: there is no image, or no finished piece.
        """
        try:
            if self.kind == self.Kind.MUSIC and self.composition is not None:
                self.adopt_piece()
            files = {name: getattr(self, name) for name in ("image", "audio", "midi")}
            self.sha256 = {name: digest(file) for name, file in files.items() if file}
        except FileNotFoundError as error:
            detail = _("the file of %(label)s is gone: replace or hide it.") % {"label": self.label}
            raise StudyError("incomplete", detail) from error
        if not self.media:
            if self.kind == self.Kind.IMAGE:
                detail = _("%(label)s has no image: wait for it, replace it or hide it.")
            else:
                detail = _("%(label)s has no finished piece: wait for it, replace it or hide it.")
            raise StudyError("incomplete", detail % {"label": self.label})
        self.save(update_fields=["audio", "midi", "predicted_mos", "sha256"])

    def adopt_piece(self) -> None:
        """Copy the piece's files, so that nothing which happens to the piece touches the study."""
        assert self.composition is not None
        for name in ("audio", "midi"):
            source: FieldFile = getattr(self.composition, name)
            if not source:
                detail = _("the piece of %(label)s is not finished: wait, replace or hide it.")
                raise StudyError("incomplete", detail % {"label": self.label})
            copy_file(source, getattr(self, name))
        heard = self.composition.heard_valence
        self.predicted_mos = None if heard is None else emotion.mos(heard)

    def fingerprint(self) -> dict[str, Any]:
        fields = ("kind", "label", "pair", "expression", "practice", "sha256")
        return {name: getattr(self, name) for name in fields}

    def copy_to(self, study: Study) -> None:
        """The same stimulus in another version, with files of its own."""
        copy = Stimulus.objects.get(pk=self.pk)
        copy.pk, copy._state.adding, copy.uid, copy.study = None, True, uuid.uuid4(), study
        for name in ("image", "audio", "midi"):
            source: FieldFile = getattr(self, name)
            setattr(copy, name, "")
            if source:
                copy_file(source, getattr(copy, name))
        copy.sha256 = {}
        copy.save()


def copy_file(source: FieldFile, to: FieldFile) -> None:
    with source.open("rb") as file:
        to.save(Path(source.name or "").name, ContentFile(file.read()), save=False)


def digest(file: FieldFile) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
