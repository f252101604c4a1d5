"""Films for Chromium's fake camera: .mjpeg files, that is JPEGs back to back, 640×480, two seconds that loop.

The face is skimage.data.astronaut(): Eileen Collins, smiling; NASA, public domain.
"""

import io
import math
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image

FRAME_PX = (640, 480)
N_FRAMES = 60  # Chromium plays 30 a second
JPEG_QUALITY = 85
FACE_CENTRE = (225.0, 125.0)  # in the astronaut's 512×512 picture
NEAR_PX, FAR_PX = 260.0, 360.0  # width of the part of the picture the camera sees, as the face comes and goes
SWAY_PX = 12.0

Scene = Callable[[float], Image.Image]  # the phase of the loop, 0–2π → a frame


@cache
def astronaut() -> Image.Image:
    return Image.fromarray(skimage.data.astronaut())


@cache
def coffee() -> Image.Image:
    return Image.fromarray(skimage.data.coffee())  # 600×400


def portrait(phase: float, width: float, size: tuple[int, int]) -> Image.Image:
    """The astronaut's head, swaying a little, in a view `width` pixels of the original wide."""
    height = width * size[1] / size[0]
    x, y = FACE_CENTRE[0] + SWAY_PX * math.sin(phase), FACE_CENTRE[1] + SWAY_PX / 2 * math.sin(2 * phase)
    left, top = x - width / 2, max(y - height / 2, 0.0)
    return astronaut().resize(size, Image.Resampling.BILINEAR, (left, top, left + width, top + height))


def face(phase: float) -> Image.Image:
    """One face that sways and comes closer."""
    return portrait(phase, (NEAR_PX + FAR_PX) / 2 + (FAR_PX - NEAR_PX) / 2 * math.cos(phase), FRAME_PX)


def two_faces(phase: float) -> Image.Image:
    """A near face on the left and a farther one, mirrored, on the right."""
    half = (FRAME_PX[0] // 2, FRAME_PX[1])
    frame = Image.new("RGB", FRAME_PX)
    frame.paste(portrait(phase, 170.0, half), (0, 0))
    frame.paste(portrait(phase + 1, 240.0, half).transpose(Image.Transpose.FLIP_LEFT_RIGHT), (half[0], 0))
    return frame


def no_face(phase: float) -> Image.Image:
    """A cup of coffee on a table that sways."""
    shift = SWAY_PX * (1 + math.sin(phase))
    return coffee().resize(FRAME_PX, Image.Resampling.BILINEAR, (shift, 0.0, shift + 520.0, 390.0))


def dark(phase: float) -> Image.Image:
    """A covered lens: nothing but the sensor's noise."""
    random = np.random.default_rng(round(phase * 1000))
    return Image.fromarray(random.integers(0, 6, (FRAME_PX[1], FRAME_PX[0], 3), dtype=np.uint8))


def dim(phase: float) -> Image.Image:
    """The face in a dark room: it is found, just."""
    return face(phase).point(lambda value: 0.2 * value)


def glaring(phase: float) -> Image.Image:
    """A lamp into the lens: everything is white but what was darkest."""
    return face(phase).point(lambda value: 6.0 * value)


def far(phase: float) -> Image.Image:
    """The face from across the room: its box is 45 px high in 640."""
    frame = Image.new("RGB", FRAME_PX, (120, 110, 100))
    frame.paste(astronaut().resize((220, 220), Image.Resampling.BOX), (round(200 + SWAY_PX * math.sin(phase)), 200))
    return frame


SCENES: dict[str, Scene] = {
    "face": face, "two_faces": two_faces, "no_face": no_face, "dark": dark, "dim": dim, "glaring": glaring, "far": far,
}  # fmt: skip


def frames(scene: Scene, n_frames: int = N_FRAMES) -> list[Image.Image]:
    """One loop of a scene."""
    return [scene(2 * math.pi * i / n_frames) for i in range(n_frames)]


def write_films(folder: Path) -> Path:
    """Write <scene>.mjpeg for every scene into the folder; returns the folder."""
    for name, scene in SCENES.items():
        film = io.BytesIO()
        for frame in frames(scene):
            frame.save(film, "JPEG", quality=JPEG_QUALITY)
        (folder / f"{name}.mjpeg").write_bytes(film.getvalue())
    return folder
