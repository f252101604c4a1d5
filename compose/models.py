"""Compositions: pieces that were asked for, are being made, or are ready to be heard."""

import secrets
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.files import File
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone

from compose import attempts, family, piece_folder, piece_words, titles
from ml import emotion
from ml.domain import EXPRESSIONS, TONIC_NAMES, EmotionTarget, Expression, Note
from ml.music.tempo import tempo_of

if TYPE_CHECKING:  # every manage.py command loads the models; only the web process and workers need PyTorch
    from compose.opening import Opening
    from compose.pipeline import MadePiece

PIECE_SECONDS = 30.0
MOST_ATTEMPTS = 2  # a piece whose worker died is made once more
SEEDS = 2**31


class CompositionQuerySet(models.QuerySet["Composition"]):
    def ask(
        self, target: EmotionTarget, source: str, expression: Expression | None = None, seed: int | None = None
    ) -> "Composition":
        """Ask for a piece: its row and the job that makes it are written in one transaction."""
        from compose.jobs import compose_piece  # which needs this model, and PyTorch

        with transaction.atomic():
            composition = self.draw_up(target, source, expression, seed)
            compose_piece.defer(composition_id=str(composition.id))
        return composition

    def draw_up(
        self, target: EmotionTarget, source: str, expression: Expression | None = None, seed: int | None = None
    ) -> "Composition":
        """The row of a piece, for whoever makes it without the queue."""
        return self.create(
            source=source,
            emotion=target.name,
            valence=target.valence,
            arousal=target.arousal,
            strength=target.strength,
            probabilities=expression.as_dict() if expression else None,
            seed=secrets.randbelow(SEEDS) if seed is None else seed,
        )

    def ask_from(self, parent: "Composition", plan: family.Plan, seed: int | None = None) -> "Composition":
        """Ask for a piece that comes from another one, and from the same expression."""
        from compose.jobs import compose_piece

        source = Composition.Source.EMOTION if parent.source == Composition.Source.LIVE else parent.source
        with transaction.atomic():
            child = self.draw_up(plan.target, source, parent.reading, seed)
            child.parent, child.way, child.primer_s, child.seconds = parent, plan.way, plan.primer_s, plan.seconds
            child.save(update_fields=["parent", "way", "primer_s", "seconds"])
            compose_piece.defer(composition_id=str(child.id))
        return child

    def wall(self) -> "CompositionQuerySet":
        """The pieces that their makers hung on the wall, the newest first; a study's never hang there."""
        return self.filter(on_wall=True, state=Composition.State.READY).exclude(source=Composition.Source.STUDY)

    def begin(self, composition_id: str) -> "Composition | None":
        """Take a piece up for making; None when there is nothing to do for it any more."""
        with transaction.atomic():
            composition = self.select_for_update().filter(pk=composition_id).first()
            if composition is None or composition.is_over:
                return None
            if composition.attempts >= MOST_ATTEMPTS:
                composition.fail("interrupted", "Making this piece was interrupted twice. Please ask for another one.")
                return None
            composition.attempts += 1
            composition.state = Composition.State.COMPOSING
            composition.save(update_fields=["attempts", "state"])
        return composition


def as_rows(notes: Sequence[Note]) -> list[list[float]]:
    return [[n.pitch, round(n.start_s, 3), round(n.end_s, 3), n.velocity] for n in notes]


def as_notes(rows: Sequence[Sequence[float]]) -> list[Note]:
    return [Note(int(pitch), int(velocity), start_s, end_s) for pitch, start_s, end_s, velocity in rows]


def midi_path(composition: "Composition", filename: str) -> str:
    return f"pieces/{composition.id}/piece.mid"


def audio_path(composition: "Composition", filename: str) -> str:
    return f"pieces/{composition.id}/piece{Path(filename).suffix}"


def opening_path(composition: "Composition", filename: str) -> str:
    return f"pieces/{composition.id}/opening{Path(filename).suffix}"


class Composition(models.Model):
    """One generated result: what it was made from, and once ready its notes and files.

    The primary key is a random UUID, so that nobody finds a piece without its link. File names depend on the key
    alone: a second attempt writes over what a killed one left behind.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        COMPOSING = "composing"
        RENDERING = "rendering"
        READY = "ready"
        FAILED = "failed"

    class Source(models.TextChoices):
        CAMERA = "camera"
        PHOTO = "photo"
        EMOTION = "emotion"
        STUDY = "study"  # an image of a rating study
        LIVE = "live"  # music that followed a face until it was stopped

    class Way(models.TextChoices):
        """How a piece came from another one."""

        ANOTHER = "another"
        MORE = "more"  # of the same emotion, further out
        LONGER = "longer"
        ON = "on"  # goes on from a place in it

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created = models.DateTimeField(default=timezone.now, db_index=True)
    finished = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)

    source = models.CharField(max_length=12, choices=Source.choices)
    probabilities = models.JSONField(null=True, blank=True)  # the smoothed reading, never a picture
    emotion = models.CharField(max_length=12)
    valence = models.FloatField()
    arousal = models.FloatField()
    strength = models.FloatField(default=1.0)
    seed = models.BigIntegerField()
    seconds = models.FloatField(default=PIECE_SECONDS)

    parent = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="children")
    way = models.CharField(max_length=8, choices=Way.choices, blank=True)
    primer_s = models.FloatField(null=True, blank=True)  # it begins with so much of its parent
    on_wall = models.BooleanField(default=False)  # shown to everyone, because whoever made it said so

    tonic = models.PositiveSmallIntegerField(null=True, blank=True)
    mode = models.CharField(max_length=8, blank=True)
    bpm = models.FloatField(null=True, blank=True)  # beats a minute, where a pulse can be felt
    duration_s = models.FloatField(null=True, blank=True)
    notes = models.JSONField(default=list, blank=True)  # [[pitch, start_s, end_s, velocity], …]; the opening's at first
    heard_valence = models.FloatField(null=True, blank=True)  # where the listener model hears it, −1…1
    heard_arousal = models.FloatField(null=True, blank=True)
    model_name = models.CharField(max_length=40, blank=True)
    midi = models.FileField(upload_to=midi_path, blank=True)
    audio = models.FileField(upload_to=audio_path, blank=True)
    opening = models.FileField(upload_to=opening_path, blank=True)  # only while the rest is being composed
    # How much louder the opening's file was than the same seconds of the whole one, and up to when the two agree.
    opening_db = models.FloatField(null=True, blank=True)
    opening_until_s = models.FloatField(null=True, blank=True)

    error_code = models.CharField(max_length=40, blank=True)
    error_detail = models.TextField(blank=True)

    objects = CompositionQuerySet.as_manager()

    class Meta:
        ordering = ["-created"]
        indexes = [models.Index(fields=["-created"], name="wall", condition=models.Q(on_wall=True))]

    def __str__(self) -> str:
        return f"{self.emotion} {self.seed} ({self.state})"

    def get_absolute_url(self) -> str:
        return reverse("piece", args=[self.id])

    @property
    def is_over(self) -> bool:
        return self.state in (self.State.READY, self.State.FAILED)

    @property
    def expression(self) -> str:
        """The expression that it was made from; empty when an emotion was chosen."""
        reading = self.reading
        return reading.label if reading else ""

    @property
    def reading(self) -> Expression | None:
        """The smoothed reading; put in order by label, since the database keeps no order of its own."""
        if not self.probabilities:
            return None
        return Expression(tuple(self.probabilities[label] for label in EXPRESSIONS))

    @property
    def tonic_name(self) -> str:
        return TONIC_NAMES[self.tonic] if self.tonic is not None else ""

    @property
    def title(self) -> str:
        return titles.title_of(self)

    @property
    def key_name(self) -> str:
        return titles.key_of(self)

    @property
    def tempo(self) -> str:
        return titles.tempo_of(self)

    @property
    def begin_s(self) -> float:
        """Where its first playing begins: a continuation's is heard from where it goes on."""
        return self.primer_s or 0.0 if self.way == self.Way.ON else 0.0

    @property
    def may_hang(self) -> bool:
        """Whether it can be shown on the wall."""
        return self.state == self.State.READY and self.source != self.Source.STUDY

    @property
    def score(self) -> list[Note]:
        """Its notes as records; times as stored, to the millisecond."""
        return as_notes(self.notes)

    @property
    def n_notes(self) -> int:
        return len(self.notes)

    @property
    def target(self) -> EmotionTarget:
        return EmotionTarget(self.emotion, self.valence, self.arousal, self.strength)

    @property
    def heard_as(self) -> str:
        """What the listener model makes of it in one word; empty until the piece is ready."""
        if self.heard_valence is None or self.heard_arousal is None:
            return ""
        if max(abs(self.heard_valence), abs(self.heard_arousal)) < emotion.UNDECIDED:
            return "neutral"
        return emotion.mood(self.heard_valence, self.heard_arousal)

    @property
    def missed(self) -> bool:
        """Whether the listener model hears something else than was asked for."""
        if self.heard_valence is None or self.heard_arousal is None:
            return False
        return emotion.misses(self.target, (self.heard_valence, self.heard_arousal))

    def rendering(self) -> None:
        with attempts.held(self):
            self.state = self.State.RENDERING
            self.save(update_fields=["state"])

    def open(self, opening: "Opening") -> None:
        """Store what can be heard of it already, while the rest is being composed."""
        with opening.audio.open("rb") as sound, attempts.held(self):
            self.opening.save(opening.audio.name, File(sound), save=False)
            self.notes = as_rows(opening.notes)
            Composition.objects.filter(pk=self.pk).update(opening=self.opening.name, notes=self.notes)

    def complete(self, made: "MadePiece") -> None:
        """Store the finished piece; readers see nothing of it before all of it is there."""
        with made.midi.open("rb") as midi, made.audio.open("rb") as audio, attempts.held(self):
            self.midi.save(made.midi.name, File(midi), save=False)
            self.audio.save(made.audio.name, File(audio), save=False)
            self.tonic, self.mode = made.piece.tonic, made.piece.mode
            self.bpm = tempo_of(made.piece.notes)
            self.duration_s, self.model_name = made.piece.duration_s, made.model_name
            self.heard_valence, self.heard_arousal = made.heard
            self.notes = as_rows(made.piece.notes)
            self.opening_db, self.opening_until_s = made.opening_db, made.opening_until_s
            self.opening = ""
            self.state, self.finished = self.State.READY, timezone.now()
            self.save()
            kept = {str(self.midi.name), str(self.audio.name)}
            transaction.on_commit(lambda: piece_folder.empty(self.pk, kept))  # or an attempt that broke off

    def fail(self, code: str, detail: str) -> None:
        with attempts.held(self):
            self.state, self.finished = self.State.FAILED, timezone.now()
            self.error_code, self.error_detail = code, detail
            self.notes, self.opening, self.midi, self.audio = [], "", "", ""
            self.save(
                update_fields=["state", "finished", "error_code", "error_detail", "notes", "opening", "midi", "audio"]
            )
            transaction.on_commit(lambda: piece_folder.empty(self.pk))  # an attempt that broke off may have stored more

    def describe_opening(self) -> dict[str, Any]:
        """What the page needs to play the opening."""
        return {
            "audio_url": reverse("piece-opening", args=[self.id]),
            "title": self.title,
            "emotion": self.emotion,
            "valence": self.valence,
            "arousal": self.arousal,
            "seconds": self.seconds,
            "begin_s": self.begin_s,
            "notes": self.notes,
        }

    def describe(self) -> dict[str, Any]:
        """The ready piece as the page receives it."""
        url = self.get_absolute_url()
        return {
            "id": str(self.id),
            "url": url,
            "audio_url": reverse("piece-audio", args=[self.id]),
            "midi_url": reverse("piece-midi", args=[self.id]),
            "notes_url": reverse("piece-notes", args=[self.id]),
            "picture_url": reverse("piece-picture", args=[self.id]),
            "title": self.title,
            "key": self.key_name,
            "tempo": self.tempo,
            "begin_s": self.begin_s,
            "emotion": self.emotion,
            "valence": self.valence,
            "arousal": self.arousal,
            "mode": self.mode,
            "tonic": self.tonic_name,
            "seed": self.seed,
            "seconds": self.duration_s,
            "n_notes": self.n_notes,
            "model": self.model_name,
            "heard_as": self.heard_as,
            "heard": piece_words.heard_sentence(self),
            "missed": self.missed,
            "opening_db": self.opening_db,
            "opening_until_s": self.opening_until_s,
        }


from compose import live_models  # noqa: E402, F401  # Django looks for models here alone
