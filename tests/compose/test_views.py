"""Pages and files over HTTP."""

import html
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from compose import jobs, readers
from compose.models import Composition
from ml import emotion
from ml.errors import CheckpointError

pytestmark = pytest.mark.django_db

JSON = {"Accept": "application/json"}


@pytest.fixture
def ready(monkeypatch: pytest.MonkeyPatch) -> Composition:
    """A short piece that is ready."""
    monkeypatch.setattr(jobs, "tell", lambda composition_id, event: None)
    composition = Composition.objects.ask(emotion.target("sad"), Composition.Source.EMOTION, seed=5)
    Composition.objects.filter(pk=composition.pk).update(seconds=8.0)
    jobs.compose_piece(composition_id=str(composition.id))
    composition.refresh_from_db()
    return composition


def photo(data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("photo.jpg", data, content_type="image/jpeg")


def test_the_stage_says_that_a_machine_reads_before_anything_is_read(client: Client) -> None:
    page = client.get("/").content.decode()
    assert "machine" in page
    assert 'id="camera-start"' in page
    assert client.get("/privacy/").status_code == 200


def test_a_chosen_emotion_becomes_a_queued_piece(client: Client) -> None:
    answer = client.post("/pieces/", {"emotion": "tense"}, headers=JSON)
    composition = Composition.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {"piece": str(composition.id), "url": f"/pieces/{composition.id}/"}
    assert (composition.valence, composition.arousal) == (-1.0, 1.0)
    assert client.get(answer.json()["url"]).status_code == 200


def test_a_photo_is_read_and_not_kept(client: Client, portrait: bytes, settings: object) -> None:
    answer = client.post("/pieces/", {"photo": photo(portrait)})
    composition = Composition.objects.get()
    assert answer.headers["Location"] == composition.get_absolute_url()
    assert composition.expression == composition.emotion == "happy"
    assert not list(settings.MEDIA_ROOT.rglob("*.*"))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"emotion": "joyful"}, 400, "unknown-emotion"),
        ({}, 400, "nothing-chosen"),
        ({"photo": b"not a picture"}, 400, "bad-image"),
        ({"photo": b""}, 400, "empty"),
    ],
)
def test_what_cannot_be_composed_is_refused_by_name(
    client: Client, fields: dict[str, object], status: int, code: str
) -> None:
    def ask(**headers: str) -> Any:
        data = {name: photo(value) if isinstance(value, bytes) else value for name, value in fields.items()}
        return client.post("/pieces/", data, headers=headers)

    answer = ask(**JSON)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    page = ask()  # without script: the stage again, saying the same
    assert page.status_code == status
    assert answer.json()["detail"] in html.unescape(page.content.decode())
    assert not Composition.objects.exists()


def test_a_photo_without_a_face_is_refused(client: Client, landscape: bytes) -> None:
    answer = client.post("/pieces/", {"photo": photo(landscape)}, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (400, "no-face")


def test_weights_that_are_missing_are_the_servers_fault(
    client: Client, portrait: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(data: bytes) -> None:
        raise CheckpointError("no-checkpoint", "expression.safetensors: the weights cannot be read")

    monkeypatch.setattr(readers, "read_photo", missing)
    answer = client.post("/pieces/", {"photo": photo(portrait)}, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (503, "no-checkpoint")


def test_files_are_served_in_parts(client: Client, ready: Composition) -> None:
    audio = client.get(f"{ready.get_absolute_url()}audio.mp3", headers={"Range": "bytes=0-1"})
    assert (audio.status_code, len(audio.content)) == (206, 2)
    midi = client.get(f"{ready.get_absolute_url()}piece.mid?download")
    assert midi.content.startswith(b"MThd")
    assert "attachment" in midi["Content-Disposition"]
    notes = client.get(f"{ready.get_absolute_url()}notes.json").json()
    assert len(notes["notes"]) == ready.n_notes
    assert ready.get_absolute_url() + "audio.mp3" in client.get(ready.get_absolute_url()).content.decode()


def test_a_piece_that_is_not_ready_or_not_there_has_no_files(client: Client) -> None:
    composition = Composition.objects.ask(emotion.target("sad"), Composition.Source.EMOTION)
    assert client.get(f"{composition.get_absolute_url()}audio.mp3").status_code == 404
    assert client.get(f"{composition.get_absolute_url()}opening.mp3").status_code == 404
    assert client.get("/pieces/00000000-0000-4000-8000-000000000000/").status_code == 404


def test_a_file_that_was_removed_is_a_404(client: Client, ready: Composition) -> None:
    ready.audio.storage.delete(str(ready.audio.name))
    assert client.get(f"{ready.get_absolute_url()}audio.mp3").status_code == 404


def test_no_page_needs_an_inline_script(client: Client, ready: Composition) -> None:
    for url in ("/", "/privacy/", ready.get_absolute_url()):
        answer = client.get(url)
        assert "script-src 'unsafe-inline'" not in answer.headers["Content-Security-Policy"]
        assert "<script>" not in answer.content.decode()
        assert " style=" not in answer.content.decode()
