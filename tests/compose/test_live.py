"""Live music: phrase by phrase through the database, never twice, and a piece at the end."""

import io
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from compose import jobs, live, live_jobs, live_models
from compose.live_models import MOMENTS_KEPT, LiveError, LiveMusic, LivePhrase
from compose.live_target import FADING_S, KEPT_S, faded
from compose.models import Composition
from ml import emotion
from ml.domain import EmotionTarget
from ml.errors import RenderError
from ml.music.audio import SLACK_S
from ml.music.codecs import RATE
from ml.music.midi import read_notes

pytestmark = pytest.mark.django_db

HAPPY, SAD = emotion.target("happy"), emotion.target("sad")


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the pages would have been told."""
    events: list[dict[str, Any]] = []
    monkeypatch.setattr(live_jobs, "tell", lambda live_id, event: events.append(event))
    monkeypatch.setattr(jobs, "tell", lambda composition_id, event: None)
    return events


def compose(music: LiveMusic, number: int, target: EmotionTarget | None = HAPPY) -> LivePhrase:
    music.ask(number, target)
    live_jobs.compose_phrase(live_id=str(music.pk), number=number)
    phrase = music.phrase(number)
    assert phrase is not None
    return phrase


def followed(n: int, target: EmotionTarget | None = HAPPY) -> LiveMusic:
    music = LiveMusic.objects.begin(HAPPY)
    for number in range(n):
        compose(music, number, target)
    return music


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    now = timezone.now() + timedelta(seconds=seconds)
    monkeypatch.setattr(timezone, "now", lambda: now)


def sound_of(phrase: LivePhrase) -> np.ndarray[Any, Any]:
    with phrase.sound.open("rb") as file:
        sound, rate = soundfile.read(io.BytesIO(file.read()))
    assert rate == RATE
    return np.asarray(sound)


def test_each_phrase_goes_on_where_the_one_before_ended() -> None:
    phrases = list(followed(4).composed)
    assert [phrase.number for phrase in phrases] == [0, 1, 2, 3]
    for one, next_one in pairwise(phrases):
        assert one.end_s == next_one.begin_s
    for phrase in phrases:
        sound, begins_s = sound_of(phrase), phrase.begin_s or 0.0
        assert len(sound) / RATE > max(note.end_s for note in phrase.score) - begins_s - SLACK_S
        assert 0.001 < np.abs(sound).max() <= 1.0
        assert np.abs(sound[-1]).max() == 0  # rung out


def test_asking_again_neither_advances_nor_turns_the_music(told: list[dict[str, Any]]) -> None:
    music = followed(2)
    before = compose(music, 1, SAD)
    sound = sound_of(before)
    assert (before.emotion, ProcrastinateJob.objects.count()) == ("happy", 2)
    live_jobs.compose_phrase(live_id=str(music.pk), number=1)  # as a retried job would
    assert music.composed.count() == 2
    assert np.array_equal(sound_of(music.composed[1]), sound)
    assert told[-1] == {"type": "live.phrase", "number": 1}


def test_a_phrase_whose_worker_died_is_made_again_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    music = followed(1)
    music.ask(1, SAD)
    n_jobs = ProcrastinateJob.objects.count()
    later(monkeypatch, 3)
    music.ask(1, HAPPY)  # the job waits for a worker: one is enough
    assert ProcrastinateJob.objects.count() == n_jobs
    with connection.cursor() as cursor:  # a worker takes it, and is killed
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")
    music.ask(1, HAPPY)  # too soon to worry
    assert ProcrastinateJob.objects.count() == n_jobs
    later(monkeypatch, 6)
    music.ask(1, HAPPY)
    assert ProcrastinateJob.objects.count() == n_jobs + 1
    live_jobs.compose_phrase(live_id=str(music.pk), number=1)
    phrase = music.phrase(1)
    assert phrase is not None and phrase.emotion == "sad"


def test_two_workers_on_one_phrase_store_it_once(tmp_path: Path) -> None:
    music = followed(1)
    slow = music.ask(1, HAPPY)
    before = music.moment_before(1)
    made = [live.next_phrase(before, music.seed, slow.target, folder(tmp_path / name)) for name in ("one", "other")]
    assert made[0].sound.read_bytes() == made[1].sound.read_bytes()
    assert made[0].moment == made[1].moment
    compose(music, 1)
    compose(music, 2)
    slow.complete(made[1])
    assert music.composed.count() == 3


def folder(path: Path) -> Path:
    path.mkdir()
    return path


@pytest.mark.parametrize("number", [0, 2, 99])
def test_phrases_come_in_order(number: int) -> None:
    music = followed(1) if number else LiveMusic.objects.begin(HAPPY)
    if number == 0:
        number = 1
    with pytest.raises(LiveError) as caught:
        music.ask(number, HAPPY)
    assert caught.value.code == "bad-number"
    assert str(number) in caught.value.detail


def test_a_face_that_is_gone_is_followed_for_a_while_then_the_music_fades_to_neutral() -> None:
    assert faded(SAD, 0) == faded(SAD, KEPT_S) == SAD
    half = faded(SAD, KEPT_S + FADING_S / 2)
    assert (half.name, half.valence, half.arousal) == ("custom", -0.5, -0.5)
    assert faded(SAD, KEPT_S + FADING_S).name == faded(SAD, 1000).name == "neutral"


def test_the_last_face_is_remembered_by_the_music_not_by_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    music = followed(1, SAD)
    assert compose(music, 1, None).emotion == "sad"
    later(monkeypatch, KEPT_S + FADING_S + 1)
    assert compose(music, 2, None).emotion == "neutral"


def test_it_ends_with_a_cadence_and_becomes_a_piece(told: list[dict[str, Any]]) -> None:
    music = followed(3)
    compose(music, 3, SAD)
    live_jobs.close_live(live_id=str(music.pk), after=2)
    music.refresh_from_db()
    last = music.last
    assert last is not None and music.is_over and music.composition is not None
    assert (last.number, last.begin_s) == (4, music.composed[2].end_s)  # phrase 3 was composed ahead, and is dropped
    assert np.abs(sound_of(last)).max() > 0.001
    assert told[-1] == {"type": "live.over"}

    piece = music.composition
    heard = [note for phrase in music.composed[:3] for note in phrase.score]
    assert {note.start_s for note in piece.score} == {note.start_s for note in [*heard, *last.score]}
    assert (piece.source, piece.emotion, round(piece.valence, 6)) == ("live", "happy", 1.0)
    jobs.compose_piece(composition_id=str(piece.pk))
    piece.refresh_from_db()
    assert piece.state == Composition.State.READY
    assert piece.duration_s == pytest.approx(last.end_s, abs=0.01)
    assert piece.mode in ("major", "minor")
    assert len(read_notes(Path(piece.midi.path))) == piece.n_notes
    assert piece.audio.size > 20_000


@pytest.mark.parametrize("seed", range(6))
def test_an_ending_fits_music_of_any_length(seed: int) -> None:
    music = LiveMusic.objects.begin(HAPPY)
    LiveMusic.objects.filter(pk=music.pk).update(seed=seed)
    for number in range(3):
        compose(music, number)
        moment = music.moment_before(number + 1)
        assert moment is not None
        ending = live.ending(moment, None)
        assert len(ending.notes) == 9  # a dominant seventh and a tonic chord
        assert ending.notes[0].start_s > ending.begin_s


def test_ending_twice_makes_one_piece() -> None:
    music = followed(2)
    for _ in range(2):
        live_jobs.close_live(live_id=str(music.pk))
    assert Composition.objects.count() == 1


def test_music_that_nobody_heard_leaves_nothing() -> None:
    music = followed(0)
    live_jobs.close_live(live_id=str(music.pk))
    music.refresh_from_db()
    assert music.is_over and music.composition is None
    assert not Composition.objects.exists()


def test_a_phrase_that_comes_after_the_end_is_dropped(tmp_path: Path) -> None:
    music = followed(2)
    late = music.ask(2, HAPPY)
    made = live.next_phrase(music.moment_before(2), music.seed, late.target, tmp_path)
    live_jobs.close_live(live_id=str(music.pk))
    late.complete(made)
    assert late.end_s is None
    live_jobs.compose_phrase(live_id=str(music.pk), number=2)
    assert music.phrases.get(number=2).end_s is None


def test_only_the_latest_moments_are_kept() -> None:
    music = followed(MOMENTS_KEPT + 2)
    kept = [phrase.number for phrase in music.composed if phrase.moment is not None]
    assert kept == list(range(2, MOMENTS_KEPT + 2))
    assert music.heard(after=0)[-1].number == MOMENTS_KEPT + 1  # it cannot turn there any more: all of it is kept
    assert music.heard(after=5)[-1].number == 5


def test_forsaken_music_becomes_a_piece_and_its_files_go(monkeypatch: pytest.MonkeyPatch) -> None:
    music, other = followed(2), followed(1)
    assert len(list(Path(settings.MEDIA_ROOT).rglob("*.flac"))) == 3
    live_jobs.tidy_live(timestamp=0)
    assert LiveMusic.objects.filter(state="following").count() == 2
    later(monkeypatch, live_models.FORSAKEN_AFTER.total_seconds() + 1)
    other.ask(1, None)
    live_jobs.tidy_live(timestamp=0)
    music.refresh_from_db()
    assert music.is_over and music.last is None and music.composition is not None
    later(monkeypatch, live_models.FETCHED_WITHIN.total_seconds() + 1)
    other.ask(1, None)
    live_jobs.tidy_live(timestamp=0)
    assert list(LiveMusic.objects.all()) == [other]
    assert Composition.objects.count() == 1
    assert {path.parent.name for path in Path(settings.MEDIA_ROOT).rglob("*.flac")} == {str(other.pk)}


def test_sound_that_fails_is_told_by_name_and_can_be_asked_for_again(
    monkeypatch: pytest.MonkeyPatch, told: list[dict[str, Any]]
) -> None:
    music = followed(1)
    music.ask(1, HAPPY)
    with monkeypatch.context() as broken:
        broken.setenv("SOUNDFONT", "/absent.sf2")
        live_jobs.compose_phrase(live_id=str(music.pk), number=1)
        assert (told[-1]["type"], told[-1]["code"]) == ("live.failed", "no-soundfont")
        live_jobs.close_live(live_id=str(music.pk))  # what was heard is kept all the same
    music.refresh_from_db()
    assert music.composition is not None and music.last is None


def test_a_phrase_too_soft_to_be_heard_is_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: object) -> None:
        raise RenderError("silent", "nothing can be heard")

    monkeypatch.setattr("ml.music.live_sound.played", silent)
    assert np.abs(sound_of(compose(followed(0), 0))).max() == 0


def test_the_sound_is_fetched_under_the_musics_key(client: Client) -> None:
    phrase = followed(1).composed[0]
    answer = client.get(phrase.url)
    assert (answer.status_code, answer["Content-Type"]) == (200, "audio/flac")
    assert answer.content[:4] == b"fLaC"
    assert client.get(phrase.url.replace("/0.flac", "/1.flac")).status_code == 404
    phrase.sound.storage.delete(str(phrase.sound.name))
    assert client.get(phrase.url).status_code == 404
