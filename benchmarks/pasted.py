"""FER2013's faces pasted into 640×480 scenes, so that it is known where a face is and what it shows."""

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from skimage import data

from ml.boxes import shared_areas
from ml.domain import Pixels
from ml.expression.data import load_split
from ml.sightings import Sightings

FRAME_PX = (640, 480)
SMALLEST_PX, LARGEST_PX = 90, 400  # sides of the pasted faces
BACKGROUNDS = ("coffee", "chelsea", "rocket")
# Pictures without a face, in scikit-image's wheel; of two with people, a part without a head.
EMPTY = (*BACKGROUNDS, "brick", "grass", "gravel", "page", "text", "moon", "horse", "hubble_deep_field", "retina")
LEAST_PART = 0.35  # of an empty picture that a scene shows
COVERS = 0.16  # of a pasted face that a box must cover to have found it
WIDEST = 1.6  # and a box wider than this, in sides of the pasted face, is no box of it


@dataclass(frozen=True)
class Pasted:
    """A scene with one face: (H, W, 3) pixels, the face's left, top and side, its 48×48 original and its label."""

    frame: Pixels
    square: tuple[int, int, int]
    face: Pixels
    label: int


def add_argument(parser: argparse.ArgumentParser) -> None:
    given = os.environ.get("FER2013")
    parser.add_argument("data", type=Path, nargs="?", default=given, metavar="FER2013", help="default: $FER2013")


def picture(name: str) -> Image.Image:
    return Image.fromarray(getattr(data, name)()).convert("RGB")


def pasted(source: Path, split: str, count: int, seed: int) -> Iterator[Pasted]:
    """Up to `count` faces of a split, each in a scene of its own, at a random size and place."""
    faces, random = load_split(source, split), np.random.default_rng(seed)
    scenes = [np.asarray(picture(name).resize(FRAME_PX)) for name in BACKGROUNDS]
    for i in random.permutation(len(faces))[:count]:
        side = int(random.integers(SMALLEST_PX, LARGEST_PX + 1))
        left, top = (int(random.integers(0, length - side + 1)) for length in FRAME_PX)
        frame = scenes[random.choice(len(scenes))]
        yield Pasted(
            with_face(frame, faces.faces[i], left, top, side), (left, top, side), faces.faces[i], faces.labels[i]
        )


def with_face(frame: Pixels, face: Pixels, left: int, top: int, side: int) -> Pixels:
    scene = frame.copy()
    enlarged = np.asarray(Image.fromarray(face).resize((side, side), Image.Resampling.BICUBIC))
    scene[top : top + side, left : left + side] = enlarged[..., None]
    return scene


def empty_scenes(count: int, seed: int) -> Iterator[Pixels]:
    """Parts of pictures without a face, one after another, some mirrored."""
    pictures, random = [picture(name) for name in EMPTY], np.random.default_rng(seed)
    for i in range(count):
        whole = pictures[i % len(pictures)]
        width = random.uniform(LEAST_PART, 1) * min(whole.width, whole.height * 4 / 3)
        left, top = random.uniform(0, whole.width - width), random.uniform(0, whole.height - width * 3 / 4)
        box = (left, top, left + width, top + width * 3 / 4)
        scene = whole.resize(FRAME_PX, Image.Resampling.BICUBIC, box=box)
        yield np.asarray(scene if i % 2 else scene.transpose(Image.Transpose.FLIP_LEFT_RIGHT))


def of_the_face(seen: Sightings, square: tuple[int, int, int]) -> Sightings:
    """The sightings that are of the pasted face, not of something else in the scene."""
    left, top, side = square
    whole = np.array([left, top, left + side, top + side], dtype=np.float64)
    covered = shared_areas(whole, seen.corners) / side**2
    widths = seen.corners[:, 2] - seen.corners[:, 0]
    return seen[np.flatnonzero((covered > COVERS) & (widths < WIDEST * side))]


def largest(seen: Sightings) -> Sightings:
    """The largest of them alone; at least one is given."""
    return seen[np.argsort(-np.prod(seen.corners[:, 2:] - seen.corners[:, :2], axis=1))[:1]]
