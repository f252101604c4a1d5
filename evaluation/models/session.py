"""What participants do: their session, one item per screen, one rating per item."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.crypto import get_random_string

from evaluation import design
from evaluation.design import HIGHEST, LOWEST, Role
from evaluation.errors import StudyError
from evaluation.models.stimulus import Stimulus
from evaluation.models.study import UNAMBIGUOUS, Study

RESERVED = timedelta(minutes=45)  # without a sign of life for this long, a session gives its places back
CODE_LENGTH = 12  # of 31 letters and digits: 59 bits, so that nobody guesses another's


def participation_code() -> str:
    return get_random_string(CODE_LENGTH, UNAMBIGUOUS)


def invitation_token() -> str:
    return get_random_string(24)


def reserving(since: datetime) -> Q:
    """Sessions whose places are taken: finished, imported, or with a sign of life after `since`."""
    return Q(finished__isnull=False) | Q(last_seen__gte=since)


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def real(self) -> "ParticipantQuerySet":
        return self.filter(simulated=False)

    def with_code(self, code: str) -> "Participant | None":
        """The participant who was given `code`, however they typed it."""
        return self.select_related("study").filter(code=normal_code(code)).first()

    def begin(
        self,
        study: Study,
        simulated: bool = False,
        invitation: "Invitation | None" = None,
        demographics: dict[str, str] | None = None,
    ) -> "Participant":
        """Take someone in: number, block order and every item are settled here, one entry after the other.

        Raises:
            StudyError: the study is not open or full, or the personal link was used by someone who withdrew.
        """
        with transaction.atomic():
            study = Study.objects.select_for_update().get(pk=study.pk)
            if study.state != Study.State.OPEN:
                raise StudyError("not-open", "This study is not open: nobody can begin it now.")
            offers = study_offers(study, simulated)
            if design.is_full(offers, study.protocol):
                raise StudyError("full", "This study has all the ratings it needs. Thank you for coming.")
            place = self.place_in(study, simulated)
            participant = self.create(study=study, simulated=simulated, demographics=demographics, **place)
            participant.settle(offers, study.protocol)
            if invitation is not None:
                invitation.spend(participant)
        return participant

    def place_in(self, study: Study, simulated: bool) -> dict[str, Any]:
        """The next number, and the block order that fewer people have so far."""
        others = self.filter(study=study)
        number = (others.aggregate(last=models.Max("number"))["last"] or 0) + 1
        n = others.filter(reserving(timezone.now() - RESERVED), simulated=simulated).aggregate(
            begin_with_music=Count("pk", filter=Q(music_first=True)),
            begin_with_images=Count("pk", filter=Q(music_first=False)),
        )
        music_first = n["begin_with_music"] < n["begin_with_images"]
        return {"number": number, "label": f"P{number:04d}", "music_first": music_first}


def study_offers(study: Study, simulated: bool) -> list[design.Offer]:
    """The study's stimuli, each with how many (simulated, or real) people rated it or are about to."""
    since = timezone.now() - RESERVED
    people = Participant.objects.filter(reserving(since), study=study, simulated=simulated)
    mine = Item.objects.filter(participant__study=study, participant__simulated=simulated, role=Role.MAIN)
    taken = mine.filter(Q(rating__isnull=False) | Q(participant__in=people))
    counts = dict(taken.values_list("stimulus").annotate(n=Count("pk")))
    return [
        design.Offer(stimulus.pk, stimulus.kind, stimulus.pair, counts.get(stimulus.pk, 0), stimulus.practice)
        for stimulus in study.stimuli.visible().order_by("pk")
    ]


def normal_code(code: str) -> str:
    """A code as stored, from one with blanks, hyphens or small letters."""
    return "".join(letter for letter in code.upper() if letter.isalnum())


class Participant(models.Model):
    """One person's session. No name and no address: only what they do, under a code that they alone were given."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="participants")
    number = models.PositiveIntegerField()
    label = models.CharField(max_length=120)  # in exports: P0001, or the name that an imported file gave
    code = models.CharField(max_length=CODE_LENGTH, default=participation_code, unique=True)
    music_first = models.BooleanField(default=False)
    simulated = models.BooleanField(default=False)
    began = models.DateTimeField(default=timezone.now)
    last_seen = models.DateTimeField(default=timezone.now, db_index=True)
    finished = models.DateTimeField(null=True, blank=True)
    sound_checked = models.DateTimeField(null=True, blank=True)
    sound_check_tries = models.PositiveSmallIntegerField(default=0)
    demographics = models.JSONField(null=True, blank=True)

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["study", "number"], name="one_participant_per_number"),
            models.UniqueConstraint(fields=["study", "label"], name="one_participant_per_label"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def shown_code(self) -> str:
        """The code in groups of four, to be written down."""
        return "-".join(self.code[i : i + 4] for i in range(0, len(self.code), 4))

    def settle(self, offers: list[design.Offer], protocol: design.Protocol) -> None:
        """Decide and store everything that this participant will be shown."""
        # Odd and even numbers get the two block orders, so the row is counted up once for both.
        slots = design.session_plan(offers, protocol, self.music_first, row=self.number // 2, seed=self.number)
        Item.objects.bulk_create(
            Item(participant=self, position=i, kind=s.kind, role=s.role, stimulus_id=s.stimulus, asked=s.asked)
            for i, s in enumerate(slots)
        )

    def seen(self) -> None:
        """Note a sign of life, which keeps the session's places reserved."""
        self.last_seen = timezone.now()
        self.save(update_fields=["last_seen"])

    def withdraw(self) -> None:
        """Erase the session and all its ratings; only an anonymous line stays, and none of a simulated session.

        A second time nothing happens.
        """
        with transaction.atomic():
            # Locked as `give` locks it: no rating comes in between and is left over.
            if Participant.objects.select_for_update().filter(pk=self.pk).first() is None:
                return
            if not self.simulated:
                n_ratings = Rating.objects.filter(item__participant=self).count()
                Erasure.objects.create(study=self.study, n_ratings=n_ratings)
            self.delete()


class ItemQuerySet(models.QuerySet["Item"]):
    def open(self) -> "ItemQuerySet":
        """Those not rated yet, in order."""
        return self.filter(rating__isnull=True).order_by("position")


class Item(models.Model):
    """One screen of a session: a stimulus to rate, or an attention check."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=Stimulus.Kind.choices)  # of the block it stands in
    role = models.CharField(max_length=10, choices=[(role.value, role.value) for role in Role], default=Role.MAIN)
    stimulus = models.ForeignKey(Stimulus, on_delete=models.CASCADE, null=True, blank=True, related_name="items")
    asked = models.FloatField(null=True, blank=True)  # the score that an attention check asks for

    objects = ItemQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["participant", "position"], name="one_item_per_position"),
            models.UniqueConstraint(fields=["participant", "stimulus", "role"], name="one_item_per_stimulus_and_role"),
        ]

    def __str__(self) -> str:
        return f"{self.participant} {self.position}: {self.stimulus or self.role}"


class RatingQuerySet(models.QuerySet["Rating"]):
    def give(self, item: Item, score: float, **circumstances: int | None) -> tuple["Rating", bool]:
        """Store a rating once: a second one of the same item changes nothing and gives back the first.

        Returns:
            The stored rating and whether it is new; it is committed, with the session's end if it was the last.

        Raises:
            StudyError: the participant has withdrawn.
        """
        with transaction.atomic():
            # One rating of a person after the other, so that the last one knows itself to be the last.
            participant = Participant.objects.select_for_update().filter(pk=item.participant_id).first()
            if participant is None:
                raise StudyError("withdrawn", "This session was withdrawn and its ratings erased.")
            rating, is_new = self.get_or_create(item=item, defaults={"score": score, **circumstances})
            participant.last_seen = timezone.now()
            if participant.finished is None and not participant.items.open().exists():
                participant.finished = participant.last_seen
            participant.save(update_fields=["last_seen", "finished"])
        return rating, is_new


class Rating(models.Model):
    """One participant's score of one item, and the circumstances in which it was given."""

    item = models.OneToOneField(Item, on_delete=models.CASCADE, related_name="rating")
    score = models.FloatField()
    given = models.DateTimeField(default=timezone.now)
    response_ms = models.PositiveIntegerField(null=True, blank=True)  # from the item's showing to its rating
    plays = models.PositiveSmallIntegerField(default=0)  # how often a clip was played
    stalls = models.PositiveSmallIntegerField(default=0)  # how often its sound had to wait for the network
    tab_changes = models.PositiveSmallIntegerField(default=0)  # how often the page was left meanwhile

    objects = RatingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(score__gte=LOWEST) & Q(score__lte=HIGHEST), name="score_from_zero_to_ten"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item}: {self.score:g}"


class Invitation(models.Model):
    """A personal link: it begins one session, and brings that person back to it from any device."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="invitations")
    token = models.CharField(max_length=32, default=invitation_token, unique=True)
    created = models.DateTimeField(default=timezone.now)
    spent = models.DateTimeField(null=True, blank=True)
    participant = models.OneToOneField(Participant, on_delete=models.SET_NULL, null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.study}: {'used' if self.spent else 'unused'}"

    def spend(self, participant: Participant) -> None:
        """Tie the link to its one participant.

        Raises:
            StudyError: it was used already.
        """
        locked = Invitation.objects.select_for_update().get(pk=self.pk)
        if locked.spent is not None:
            raise StudyError("spent", "This personal link has been used.")
        self.participant, self.spent = participant, timezone.now()
        self.save(update_fields=["participant", "spent"])


class Erasure(models.Model):
    """That someone's data was erased: nothing in it leads back to them."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="erasures")
    erased = models.DateTimeField(default=timezone.now)
    n_ratings = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.study}: {self.n_ratings} ratings erased"
