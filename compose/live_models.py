"""Live music while it sounds: a row for each listener's, and one for each of its phrases. Whoever has them can go on.

Nothing here outlives the music by more than minutes: when it ends it becomes a Composition, and these rows and their
files are deleted.
"""

import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from django.core.files import File
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone

from compose.live_target import faded
from compose.models import SEEDS, Composition, as_notes, as_rows
from ml.domain import EmotionTarget, Note, Piece
from ml.errors import SentiMozartError
from ml.music.key import mode_on

if TYPE_CHECKING:
    from compose.live import MadeEnding, MadePhrase

FORSAKEN_AFTER = timedelta(seconds=60)  # nobody asked for a phrase: the page is gone
FETCHED_WITHIN = timedelta(seconds=120)  # after the end: time for the last sounds to be fetched, and to come back
DEFERRED_AGAIN_AFTER = timedelta(seconds=2)  # asked for once more: the worker may be lost. A phrase takes half a second
MOMENTS_KEPT = 8  # phrases from which the music can still turn to its ending: more than can be composed ahead


def piece_of(composition: Composition) -> Piece:
    """The piece that live music became; its notes stand before anything else of it does."""
    assert composition.tonic is not None  # live music knows its key
    notes = tuple(sorted(composition.score, key=lambda note: note.start_s))
    mode = mode_on(notes, composition.tonic)
    return Piece(notes, composition.target, composition.seed, composition.tonic, mode, n_steps=0)


class LiveError(SentiMozartError):
    """Something that cannot be asked of live music."""


class LiveMusicQuerySet(models.QuerySet["LiveMusic"]):
    def begin(self, target: EmotionTarget) -> "LiveMusic":
        live = LiveMusic(seed=secrets.randbelow(SEEDS))
        live.turn_to(target, timezone.now())
        live.save()
        return live

    def sounding(self, now: datetime) -> "LiveMusicQuerySet":
        return self.filter(state=LiveMusic.State.FOLLOWING, asked__gte=now - FORSAKEN_AFTER)

    def forsaken(self, now: datetime) -> "LiveMusicQuerySet":
        return self.filter(state=LiveMusic.State.FOLLOWING, asked__lt=now - FORSAKEN_AFTER)

    def spent(self, now: datetime) -> "LiveMusicQuerySet":
        return self.filter(state=LiveMusic.State.ENDED, asked__lt=now - FETCHED_WITHIN)


class LiveMusic(models.Model):
    """Music that follows one face. The key is random: who knows it may go on with the music, and nobody else."""

    class State(models.TextChoices):
        FOLLOWING = "following"
        ENDED = "ended"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created = models.DateTimeField(default=timezone.now)
    asked = models.DateTimeField(default=timezone.now, db_index=True)  # anything, for the last time
    state = models.CharField(max_length=12, choices=State.choices, default=State.FOLLOWING)
    seed = models.BigIntegerField()
    emotion = models.CharField(max_length=12)  # of the face when it was last seen
    valence = models.FloatField()
    arousal = models.FloatField()
    seen = models.DateTimeField()
    composition = models.ForeignKey(Composition, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = LiveMusicQuerySet.as_manager()

    def __str__(self) -> str:
        return f"live {self.seed} ({self.state})"

    @property
    def is_over(self) -> bool:
        return self.state == self.State.ENDED

    @property
    def composed(self) -> "models.QuerySet[LivePhrase]":
        """Its phrases so far, in order."""
        return self.phrases.filter(end_s__isnull=False).order_by("number")

    @property
    def lasts_s(self) -> float:
        """For how long it plays so far."""
        return self.composed.aggregate(end_s=models.Max("end_s"))["end_s"] or 0.0

    @property
    def last(self) -> "LivePhrase | None":
        """The cadence, if it has ended with one that can be heard."""
        return self.phrases.filter(is_last=True, sound__gt="").first()

    def turn_to(self, target: EmotionTarget, now: datetime) -> None:
        self.emotion, self.valence, self.arousal, self.seen = target.name, target.valence, target.arousal, now

    def ask(self, number: int, target: EmotionTarget | None) -> "LivePhrase":
        """Ask for a phrase; asking again changes nothing, save that a job that seems lost is queued once more.

        Args:
            number: of the phrase that comes next, or of one that was asked for before.
            target: what the face shows; None while there is none.

        Raises:
            LiveError: "bad-number", it is neither.
        """
        now = timezone.now()
        with transaction.atomic():
            live = LiveMusic.objects.select_for_update().get(pk=self.pk)
            if target is not None:
                live.turn_to(target, now)
            live.asked = now
            live.save()
            return live.phrase(number) or live.draw_up(number, now)

    def phrase(self, number: int) -> "LivePhrase | None":
        return self.composed.filter(number=number).first()

    def draw_up(self, number: int, now: datetime) -> "LivePhrase":
        """The row of the phrase that comes next, and the job that composes it."""
        from compose.live_jobs import compose_phrase, queue_once  # which need these models

        following = self.composed.count()
        if number != following:
            raise LiveError("bad-number", f"phrase {following} comes next, not {number}")
        target = faded(EmotionTarget(self.emotion, self.valence, self.arousal), (now - self.seen).total_seconds())
        wanted = {"emotion": target.name, "valence": target.valence, "arousal": target.arousal, "asked": now}
        phrase, is_new = self.phrases.get_or_create(number=number, defaults=wanted)
        if is_new or phrase.asked < now - DEFERRED_AGAIN_AFTER:
            self.phrases.filter(pk=phrase.pk).update(asked=now)
            queue_once(compose_phrase, str(self.pk), number=number)
        return phrase

    def moment_before(self, number: int) -> bytes | None:
        """Where the music stands before that phrase; None before the first one."""
        before = self.phrases.filter(number=number - 1).first()
        return bytes(before.moment) if before and before.moment is not None else None

    def heard(self, after: int | None) -> "list[LivePhrase]":
        """The phrases that it ends after: up to `after` where the music can still turn there, else all."""
        phrases = list(self.composed)
        kept = [phrase for phrase in phrases if after is None or phrase.number <= after]
        return kept if kept and kept[-1].moment is not None else phrases

    def end(self) -> None:
        """End with nothing left of it."""
        LiveMusic.objects.filter(pk=self.pk).update(state=self.State.ENDED, asked=timezone.now())

    def end_with(self, heard: "Sequence[LivePhrase]", ending: "MadeEnding") -> None:
        """Become a piece: what was heard, then the ending, without what was composed ahead; void where it has ended."""
        from compose.jobs import compose_piece

        with transaction.atomic():
            live = LiveMusic.objects.select_for_update().get(pk=self.pk)
            if live.is_over:
                return
            live.add_ending(heard, ending)
            live.composition = Composition.objects.create(**live.as_piece(heard, ending))
            live.state, live.asked = self.State.ENDED, timezone.now()
            live.save()
            compose_piece.defer(composition_id=str(live.composition.pk))

    def add_ending(self, heard: "Sequence[LivePhrase]", ending: "MadeEnding") -> None:
        """Under a number of its own, since browsers keep what they fetched under another phrase's."""
        number = max(phrase.number for phrase in self.phrases.all()) + 1
        last = LivePhrase(
            live=self, number=number, emotion=heard[-1].emotion, valence=heard[-1].valence, arousal=heard[-1].arousal,
            begin_s=ending.begin_s, end_s=ending.end_s, notes=as_rows(ending.notes), is_last=True,
        )  # fmt: skip
        if ending.sound:
            with ending.sound.open("rb") as sound:
                last.sound.save(ending.sound.name, File(sound), save=False)
        last.save()

    def as_piece(self, heard: "Sequence[LivePhrase]", ending: "MadeEnding") -> dict[str, object]:
        """The row of the piece that it becomes: of the emotion that it followed longest, and of their mean."""
        lasting: dict[str, float] = {}
        for phrase in heard:
            lasting[phrase.emotion] = lasting.get(phrase.emotion, 0.0) + phrase.seconds
        whole_s = sum(lasting.values())
        return {
            "source": Composition.Source.LIVE,
            "emotion": max(lasting, key=lasting.__getitem__),
            "valence": sum(phrase.valence * phrase.seconds for phrase in heard) / whole_s,
            "arousal": sum(phrase.arousal * phrase.seconds for phrase in heard) / whole_s,
            "seed": self.seed,
            "seconds": ending.end_s,
            "tonic": ending.tonic,
            "notes": as_rows(ending.whole([note for phrase in heard for note in phrase.score])),
        }


def sound_path(phrase: "LivePhrase", filename: str) -> str:
    return f"live/{phrase.live_id}/{phrase.number}{Path(filename).suffix}"


class LivePhrase(models.Model):
    """One phrase: wanted, and once composed its notes, its sound, and where the music stands after it."""

    live = models.ForeignKey(LiveMusic, models.CASCADE, related_name="phrases")
    number = models.PositiveIntegerField()
    asked = models.DateTimeField(default=timezone.now)
    emotion = models.CharField(max_length=12)  # stands from the first asking on: the same phrase, however often made
    valence = models.FloatField()
    arousal = models.FloatField()
    begin_s = models.FloatField(null=True, blank=True)
    end_s = models.FloatField(null=True, blank=True)
    notes = models.JSONField(
        default=list, blank=True
    )  # [[pitch, start_s, end_s, velocity], …] from the music's beginning
    moment = models.BinaryField(null=True, blank=True)
    is_last = models.BooleanField(default=False)
    sound = models.FileField(upload_to=sound_path, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["live", "number"], name="one_phrase_a_number")]

    def __str__(self) -> str:
        return f"phrase {self.number} of {self.live_id}"

    @property
    def target(self) -> EmotionTarget:
        return EmotionTarget(self.emotion, self.valence, self.arousal)

    @property
    def score(self) -> list[Note]:
        return as_notes(self.notes)

    @property
    def seconds(self) -> float:
        return (self.end_s or 0.0) - (self.begin_s or 0.0)

    @property
    def url(self) -> str:
        return reverse("live-phrase", args=[self.live_id, self.number])

    def complete(self, made: "MadePhrase") -> None:
        """Store what was made of it; void where that was done before, or where the music has ended meanwhile."""
        with made.sound.open("rb") as sound, transaction.atomic():
            live = LiveMusic.objects.select_for_update().get(pk=self.live_id)
            if live.is_over or live.phrase(self.number):
                return
            self.sound.save(made.sound.name, File(sound), save=False)
            self.begin_s, self.end_s, self.moment = made.begin_s, made.end_s, made.moment
            self.notes = as_rows(made.notes)
            self.save()
            live.phrases.filter(number__lte=self.number - MOMENTS_KEPT, moment__isnull=False).update(moment=None)
