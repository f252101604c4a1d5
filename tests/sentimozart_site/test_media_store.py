"""Media in an S3-style store, over HTTP to moto's server: the same pieces, ranges, erasure and listing as on disk."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta

import boto3
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client, override_settings
from django.utils import timezone
from moto.server import ThreadedMotoServer

from compose import expiry
from compose.models import Composition
from ml import emotion
from sentimozart_site import environment
from sentimozart_site.operations import backup

BUCKET = "sentimozart-media"


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A bucket, and the settings that name it."""
    server = ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("MEDIA_STORE", f"s3://{BUCKET}/site")
    boto3.client("s3").create_bucket(Bucket=BUCKET)
    static = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(STORAGES={"default": environment.media_store("MEDIA_STORE"), "staticfiles": static}):
        yield
    server.stop()


@pytest.mark.django_db
def test_a_piece_lives_in_the_bucket(
    store: None, client: Client, django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]]
) -> None:
    piece = Composition.objects.draw_up(emotion.target("happy"), "emotion")
    for _ in range(2):  # a job that runs a second time writes over the first's
        piece.midi.save("piece.mid", ContentFile(b"MThd and more"), save=False)
    piece.state = Composition.State.READY
    piece.save()
    objects = boto3.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]
    assert [each["Key"] for each in objects] == [f"site/pieces/{piece.id}/piece.mid"]

    answer = client.get(f"/pieces/{piece.id}/piece.mid", headers={"Range": "bytes=5-7"})
    assert (answer.status_code, answer.content) == (206, b"and")
    assert list(backup.stored_files()) == [f"pieces/{piece.id}/piece.mid"]

    default_storage.save("pieces/2f3c7a50-0000-4000-8000-000000000000/piece.mp3", ContentFile(b"half"))
    later = timezone.now() + timedelta(hours=2)
    assert expiry.remove_orphans(later) == ["pieces/2f3c7a50-0000-4000-8000-000000000000/piece.mp3"]
    with django_capture_on_commit_callbacks(execute=True):
        piece.delete()
    assert "Contents" not in boto3.client("s3").list_objects_v2(Bucket=BUCKET)


@pytest.mark.django_db
def test_a_file_that_is_gone_from_the_bucket_is_not_found(store: None, client: Client) -> None:
    piece = Composition.objects.draw_up(emotion.target("happy"), "emotion")
    piece.midi.save("piece.mid", ContentFile(b"MThd"))
    piece.state = Composition.State.READY
    piece.save()
    default_storage.delete(str(piece.midi.name))
    assert client.get(f"/pieces/{piece.id}/piece.mid").status_code == 404


@pytest.mark.parametrize("address", ["bucket", "s3://", "s3://UPPER", "https://bucket.s3.amazonaws.com"])
def test_an_address_that_names_no_bucket_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIA_STORE", address)
    with pytest.raises(ImproperlyConfigured, match="MEDIA_STORE"):
        environment.media_store("MEDIA_STORE")
