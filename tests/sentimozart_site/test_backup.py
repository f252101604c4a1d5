"""A backup of a running site comes back, whole, in an empty folder; anything else is refused and leaves nothing."""

import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.site import ROOT, Server

MAKE = """
from django.core.files.base import ContentFile
from compose.models import Composition
from ml import emotion
piece = Composition.objects.draw_up(emotion.target('sad'), 'emotion', seed=77)
piece.midi.save('piece.mid', ContentFile(b'MThd' * 9))
piece.save()
print(piece.id)
"""
LOOK = """
from compose.models import Composition
piece = Composition.objects.get(seed=77)
print(piece.id, len(piece.midi.read()))
"""


def manage(data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"DATA_DIR": str(data_dir), "DJANGO_SETTINGS_MODULE": "sentimozart_site.settings"}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture(scope="module")
def made(server: Server, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    piece_id = server.run(MAKE)
    path = tmp_path_factory.mktemp("backup") / "site.tar"
    manifest = json.loads(server.manage("backup", str(path)).splitlines()[-1])
    assert manifest["n_files"] >= 1
    assert path.stat().st_mode & 0o077 == 0
    return piece_id, path


def test_a_backup_comes_back_in_an_empty_folder_and_only_there(made: tuple[str, Path], tmp_path: Path) -> None:
    piece_id, path = made
    restored = manage(tmp_path, "restore", str(path))
    assert restored.returncode == 0, restored.stderr
    assert manage(tmp_path, "shell", "--no-imports", "-c", LOOK).stdout.split()[-2:] == [piece_id, "36"]
    again = manage(tmp_path, "restore", str(path))
    assert again.returncode == 2 and "already holds" in again.stderr


def test_a_backup_cut_short_is_refused_and_leaves_nothing(made: tuple[str, Path], tmp_path: Path) -> None:
    short = tmp_path / "short.tar"
    short.write_bytes(made[1].read_bytes()[:20_000])
    site = tmp_path / "site"
    refused = manage(site, "restore", str(short))
    assert refused.returncode == 2 and "short.tar" in refused.stderr
    assert not [path for path in (site / "media").rglob("*") if path.is_file()]
    with tarfile.open(short, "w") as tar:
        tar.addfile(tarfile.TarInfo("notes.txt"), io.BytesIO())
    refused = manage(site, "restore", str(short))
    assert refused.returncode == 2 and "not a backup" in refused.stderr
