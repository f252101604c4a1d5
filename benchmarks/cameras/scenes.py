"""What the cameras see: the browser tests' films as JPEG frames, 640×480, each a loop."""

import io
from collections.abc import Callable

from PIL import Image

from tests.browser import fake_camera

JPEG_QUALITY = 80  # as the page encodes
FILM_FPS = 30
CAMERA_FPS = 5
GROUP_WIDTHS_PX = (150.0, 190.0, 230.0, 170.0)  # how much of the portrait each of the group's cells shows


def group(phase: float) -> Image.Image:
    """Four faces, two by two, each of another size and moving in its own time."""
    width, height = (side // 2 for side in fake_camera.FRAME_PX)
    frame = Image.new("RGB", fake_camera.FRAME_PX)
    for i, shown_px in enumerate(GROUP_WIDTHS_PX):
        cell = fake_camera.portrait(phase + i, shown_px, (width, height))
        frame.paste(cell, (i % 2 * width, i // 2 * height))
    return frame


SCENES: dict[str, Callable[[float], Image.Image]] = {
    "one moving face": fake_camera.face,
    "four people": group,
    "nobody": fake_camera.no_face,
}


def film(scene: str) -> list[bytes]:
    """A loop of frames as JPEG, as far from one to the next as a face moves between two frames of a camera."""
    pictures = fake_camera.frames(SCENES[scene])
    return [encoded(picture) for picture in pictures[:: FILM_FPS // CAMERA_FPS]]


def encoded(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()
