"""What the researcher's tests share: someone on the staff, real faces, and a small composer."""

import io
from collections.abc import Callable

import pytest
import skimage.data
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image, ImageEnhance
from procrastinate.contrib.django.models import ProcrastinateJob

from compose import jobs as compose_jobs
from evaluation import jobs
from tests.compose.conftest import jpeg, landscape, portrait, small_pieces  # noqa: F401  # fixtures

HEAD = (150, 40, 310, 200)  # in skimage's astronaut: Eileen Collins, NASA, public domain


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_user("researcher", password="unused", is_staff=True))
    return client


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody follows the pieces, and they are short."""
    monkeypatch.setattr(compose_jobs, "tell", lambda composition_id, event: None)
    monkeypatch.setattr("compose.models.Composition.seconds.field.default", 8.0)


def face(brightness: float = 1.0, px: int = 240) -> bytes:
    """A JPEG of one smiling face."""
    head = Image.fromarray(skimage.data.astronaut()).crop(HEAD).resize((px, px))
    return jpeg(ImageEnhance.Brightness(head).enhance(brightness))


def grey_crop(px: int = 48) -> bytes:
    """A PNG as FER2013 has them: small, grey, all face."""
    buffer = io.BytesIO()
    head = Image.fromarray(skimage.data.astronaut()).crop((195, 70, 255, 130))
    head.convert("L").resize((px, px)).save(buffer, "PNG")
    return buffer.getvalue()


def uploaded(data: bytes, name: str = "face.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def work() -> list[str]:
    """Do every queued job, as a worker would; returns their names."""
    tasks: dict[str, Callable[..., None]] = {
        "prepare_pair": jobs.prepare_pair,
        "compose_piece": compose_jobs.compose_piece,
    }
    done: list[tuple[int, str]] = []
    while job := ProcrastinateJob.objects.exclude(pk__in=[pk for pk, _ in done]).order_by("pk").first():
        tasks[job.task_name](**job.args)
        done.append((job.pk, job.task_name))
    return [name for _, name in done]
