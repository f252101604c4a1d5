"""What a camera and a photo showed is nowhere afterwards: not on disk, not in the database, not in a log."""

import asyncio
import io
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from PIL import Image

from benchmarks.cameras import camera_socket
from tests.ml import pictures
from tests.site import Server

MARK = b"seventeen-purple-herons-58121"  # stands in the files that are sent, and nowhere else
N_FRAMES = 6
LARGE = 200_000  # bytes: from about 100 kB on, uploads pass through temporary files


def marked(size_bytes: int) -> bytes:
    """A photo of a face as JPEG, with the mark in its comment, padded with comments to the size."""
    out = io.BytesIO()
    Image.fromarray(pictures.portrait()).save(out, "JPEG", quality=85, comment=MARK)
    jpeg = out.getvalue()
    padding = b""
    while len(jpeg) + len(padding) < size_bytes:
        padding += b"\xff\xfe" + (60_000).to_bytes(2, "big") + (MARK * 2100)[: 60_000 - 2]
    return jpeg[:2] + padding + jpeg[2:]


async def show(url: str, jpeg: bytes) -> list[str]:
    """Send frames as a camera does; the types of the answers."""
    socket = await camera_socket.connect(f"{url}/ws/reading/")
    kinds = []
    for _ in range(N_FRAMES):
        socket.send(camera_socket.masked(jpeg))
        kinds.append(json.loads(await asyncio.wait_for(socket.hear(), 60))["type"])
    await socket.close()
    return kinds


def places(server: Server, since_s: float) -> Iterator[Path]:
    """Every file of the site's own, and whatever is new where temporary files go."""
    yield from server.data_dir.rglob("*")
    for top in (Path(tempfile.gettempdir()), Path("/dev/shm")):
        for path in (*top.glob("*"), *top.glob("*/*")):
            if server.data_dir not in (path, *path.parents) and path.lstat().st_mtime >= since_s:
                yield path


def holding(server: Server, since_s: float) -> list[Path]:
    found = []
    for path in places(server, since_s):
        try:
            if path.is_file() and MARK in path.read_bytes():
                found.append(path)
        except OSError:  # gone meanwhile, or another user's
            continue
    return found


def test_frames_and_photos_leave_nothing_behind(server: Server) -> None:
    began_s = time.time()
    kinds = asyncio.run(show(server.url, marked(0)))
    assert kinds == ["reading"] * N_FRAMES
    session = requests.Session()
    session.get(server.url, timeout=30)
    answer = session.post(
        f"{server.url}/pieces/",
        data={"csrfmiddlewaretoken": session.cookies["csrftoken"]},
        files={"photo": ("heron.jpg", marked(LARGE), "image/jpeg")},
        headers={"Accept": "application/json", "Referer": server.url},
        timeout=60,
    )
    assert answer.status_code == 201, answer.text
    assert "heron" not in "".join(path.read_text() for path in (server.data_dir / "logs").iterdir())
    assert holding(server, began_s) == []


@pytest.mark.parametrize("where", ["media/leak.bin", "logs/leak.log"])
def test_the_search_would_find_what_was_left(server: Server, where: str) -> None:
    leak = server.data_dir / where
    leak.parent.mkdir(exist_ok=True)
    leak.write_bytes(b"..." + MARK)
    try:
        assert holding(server, time.time()) == [leak]
    finally:
        leak.unlink()
