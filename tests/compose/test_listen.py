"""The page that listens to an uploaded file."""

import html
import re
import tempfile
from pathlib import Path

import numpy as np
import pytest
import soundfile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django.fixtures import Settings

from compose import forms, listening
from ml.music.listening.calibration import Calibration
from ml.music.listening.rendering import Playing, play
from ml.music.listening.sound import RATE
from ml.music.soundfonts import SMALL_FONT
from tests import base

pytestmark = pytest.mark.django_db

JSON = {"Accept": "application/json"}


def midi(name: str = "my song.mid") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, base.SONG.read_bytes(), content_type="audio/midi")


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the test's own for temporary files."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_the_page_says_what_it_takes_and_how_far_to_trust_it(client: Client) -> None:
    page = client.get("/listen/").content.decode()
    assert "20 MB" in page and "10 minutes" in page and 'enctype="multipart/form-data"' in page
    assert "stands in for people" in page and "876 clips" in page
    assert "/listen/" in client.get("/").content.decode()  # the header leads to it


def test_a_midi_file_is_heard_and_not_kept(client: Client, scratch: Path, settings: object) -> None:
    page = html.unescape(client.post("/listen/", {"music": midi()}).content.decode())
    assert "my song.mid" in page and "uncalibrated" in page
    point = re.search(r'cx="([-.\d]+)" cy="([-.\d]+)"', page)
    assert point is not None and all(-1 <= float(value) <= 1 for value in point.groups())
    assert "<script>" not in page and " style=" not in page
    assert not list(scratch.iterdir()) and not list(settings.MEDIA_ROOT.rglob("*.*"))  # type: ignore[attr-defined]


def test_a_sound_file_is_heard(client: Client, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.ogg", play(base.scale(), Playing(SMALL_FONT, 0, 1.0, 0.5, 0.5))[: 4 * RATE], RATE)
    upload = SimpleUploadedFile("a.ogg", (tmp_path / "a.ogg").read_bytes(), content_type="audio/ogg")
    answer = client.post("/listen/", {"music": upload}, headers=JSON).json()
    assert answer["file"] == "a.ogg" and -1 <= answer["valence"] <= 1 and answer["calibrated"] is False


def silent(tmp_path: Path) -> bytes:
    soundfile.write(tmp_path / "silent.wav", np.zeros(RATE), RATE)
    return (tmp_path / "silent.wav").read_bytes()


@pytest.mark.parametrize(
    ("content", "code", "detail", "words"),
    [
        (b"just words", "bad-sound", "song.txt: not a readable sound file", "song.txt is not a sound file that can"),
        (b"MThd\x00\x00", "bad-midi", "song.txt: not a readable MIDI file", "song.txt is not a MIDI file that can"),
        (b"", "empty", "This file is empty.", "This file is empty."),
        (None, "silent", "song.txt: nothing can be heard in it", "Nothing can be heard in song.txt."),
    ],
)
def test_what_is_no_music_is_refused_by_its_own_name(
    client: Client, scratch: Path, tmp_path: Path, content: bytes | None, code: str, detail: str, words: str
) -> None:
    data = silent(tmp_path) if content is None else content
    answer = client.post("/listen/", {"music": SimpleUploadedFile("song.txt", data)}, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.json()["detail"].startswith(detail) and str(scratch) not in answer.json()["detail"]
    page = client.post("/listen/", {"music": SimpleUploadedFile("song.txt", data)})
    assert page.status_code == 400 and words in html.unescape(page.content.decode())
    assert not list(scratch.iterdir())


def test_no_file_and_too_large_a_file_are_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.post("/listen/", headers=JSON).json()["detail"] == "Choose a file of music."
    monkeypatch.setattr(forms, "LARGEST_MUSIC", 1000)
    answer = client.post("/listen/", {"music": midi()}, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


def test_while_others_are_heard_the_page_says_that_it_is_busy(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "WAIT_S", 0.01)
    with listening.one_at_a_time:
        answer = client.post("/listen/", {"music": midi()}, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert client.post("/listen/", {"music": midi()}, headers=JSON).status_code == 200


def test_one_client_has_so_many_files_heard_and_no_more(client: Client, settings: Settings) -> None:
    settings.LIMITS = settings.LIMITS | {"upload": (1, 3600)}
    assert client.post("/listen/", {"music": midi()}, headers=JSON).status_code == 200
    answer = client.post("/listen/", {"music": midi()}, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (429, "too-often")
    assert 0 < int(answer["Retry-After"]) <= 3600


def test_a_calibrated_score_says_on_which_study(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "line.json").write_text(Calibration(1.0, 0.5, 20, "winter, version 1").as_json())
    monkeypatch.setenv("LISTENER_CALIBRATION", str(tmp_path / "line.json"))
    page = client.post("/listen/", {"music": midi()}).content.decode()
    assert "winter, version 1" in page and "uncalibrated" not in page
    monkeypatch.setenv("LISTENER_CALIBRATION", str(tmp_path / "none.json"))
    assert client.post("/listen/", {"music": midi()}, headers=JSON).status_code == 503
