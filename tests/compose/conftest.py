"""What the page's tests share: a small composer, a face to look at, and files in a folder of their own."""

import io
from pathlib import Path

import pytest
import skimage.data
from PIL import Image

from compose import pipeline
from ml.music.soundfonts import SMALL_FONT
from tests import base


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch, settings: object, tmp_path: Path) -> None:
    """Pieces come from a composer with random weights and sound on the small font (tests/browser has the real ones)."""
    maker = base.small_maker()
    monkeypatch.setattr(pipeline, "maker", lambda: maker)
    monkeypatch.setenv("SOUNDFONT", str(SMALL_FONT))
    settings.MEDIA_ROOT = tmp_path / "media"  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def portrait() -> bytes:
    """A JPEG of a smiling face: Eileen Collins, NASA, public domain."""
    return jpeg(Image.fromarray(skimage.data.astronaut()).resize((480, 480)))


@pytest.fixture(scope="session")
def landscape() -> bytes:
    """A JPEG without a face."""
    return jpeg(Image.fromarray(skimage.data.coffee()).resize((480, 320)))


def jpeg(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.convert("RGB").save(buffer, "JPEG", quality=85)
    return buffer.getvalue()
