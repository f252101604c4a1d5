"""What the study's tests share: files in a folder of their own."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_media(settings: object, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"  # type: ignore[attr-defined]
