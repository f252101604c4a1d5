"""What has had its time goes, with its files; what is still wanted stays."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.utils import timezone

from compose.models import Composition
from evaluation.models import Participant, Study
from ml import emotion
from sentimozart_site.operations import retention

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def old_piece(days: int, **facts: object) -> Composition:
    piece = Composition.objects.draw_up(emotion.target("happy"), str(facts.pop("source", "emotion")))
    piece.midi.save("piece.mid", ContentFile(b"MThd"))
    Composition.objects.filter(pk=piece.pk).update(created=NOW - timedelta(days=days), **facts)
    return piece


def path_of(piece: Composition) -> Path:
    return Path(settings.MEDIA_ROOT, str(piece.midi.name))


def test_old_pieces_go_with_their_files_and_wanted_ones_stay(
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]],
) -> None:
    fresh, old = old_piece(364), old_piece(366)
    shown, studied = old_piece(366, on_wall=True), old_piece(366, source="study")
    with django_capture_on_commit_callbacks(execute=True):
        assert retention.expire(NOW).pieces == 1
    assert set(Composition.objects.all()) == {fresh, shown, studied}
    assert not path_of(old).exists()
    assert all(path_of(piece).exists() for piece in (fresh, shown, studied))


def test_files_that_nobody_refers_to_go_once_they_are_settled() -> None:
    kept = old_piece(1)
    lost = Path(settings.MEDIA_ROOT, "pieces", "2f3c7a50-0000-4000-8000-000000000000", "piece.mp3")
    lost.parent.mkdir(parents=True)
    lost.write_bytes(b"half")
    assert retention.expire(timezone.now()).orphans == 0
    an_hour_ago = (timezone.now() - timedelta(hours=2)).timestamp()
    os.utime(lost, (an_hour_ago, an_hour_ago))
    os.utime(path_of(kept), (an_hour_ago, an_hour_ago))
    assert retention.expire(timezone.now()).orphans == 1
    assert not lost.exists() and path_of(kept).exists()


def test_ratings_are_kept_for_as_long_as_their_study_said() -> None:
    brief = Study.objects.create(name="brief", title="Brief", retention_days=30)
    long = Study.objects.create(name="long", title="Long", retention_days=300)
    people = [
        Participant.objects.create(study=study, number=1, label="P0001", last_seen=NOW - timedelta(days=days))
        for study, days in ((brief, 31), (long, 31))
    ]
    people.append(Participant.objects.create(study=brief, number=2, label="P0002", last_seen=NOW - timedelta(days=29)))
    assert retention.expire(NOW).sessions == 1
    assert set(Participant.objects.all()) == {people[1], people[2]}
