"""Faces found in real pictures, and the square that is cut out around them."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image
from skimage import data

from ml.domain import FACE_PX, Box, Pixels
from ml.faces import cut
from ml.framing import fer2013_squares
from tests.ml.pictures import finder, landscape, portrait, scaled

# Where the portrait's face is, in its 512 × 512 pixels; x, y, width, height.
FACE_BOX: Box = (181, 61, 87, 114)
TOLERANCE_PX = 8  # MTCNN places the box of the same face at another size up to a tenth of its width apart


def on_canvas(*placed: tuple[Pixels, int, int], height: int = 480, width: int = 640) -> Pixels:
    """Pictures laid on a grey frame at (x, y)."""
    frame = np.full((height, width, 3), 128, dtype=np.uint8)
    for picture, x, y in placed:
        frame[y : y + picture.shape[0], x : x + picture.shape[1]] = picture
    return frame


def test_the_portrait_has_one_face() -> None:
    (face,) = finder().find(portrait())
    assert face.box == pytest.approx(FACE_BOX, abs=TOLERANCE_PX)
    assert face.confidence > 0.99
    assert face.pixels.shape == (FACE_PX, FACE_PX) and face.pixels.dtype == np.uint8


def test_boxes_are_in_pixels_of_the_frame_as_sent() -> None:
    (face,) = finder().find(scaled(portrait(), 2))
    assert face.box == pytest.approx([2 * value for value in FACE_BOX], abs=2 * TOLERANCE_PX)


def test_the_crop_does_not_depend_on_the_size_of_the_frame() -> None:
    (small,), (large,) = finder().find(portrait()), finder().find(scaled(portrait(), 2.5))
    assert np.corrcoef(small.pixels.ravel(), large.pixels.ravel())[0, 1] > 0.9  # MTCNN's boxes move by a few per cent


def test_a_grey_frame_has_the_same_face() -> None:
    grey = np.repeat(portrait()[..., 1:2], 3, axis=2)
    (face,) = finder().find(grey)
    assert face.box == pytest.approx(FACE_BOX, abs=2 * TOLERANCE_PX)


def test_the_largest_of_several_faces_comes_first() -> None:
    head = portrait()[20:220, 120:320]
    faces = finder().find(on_canvas((head, 20, 40), (scaled(head, 1.6), 300, 100)))
    assert len(faces) == 2
    assert faces[0].box[2] > 1.3 * faces[1].box[2]
    assert faces[0].box[0] > 300 > faces[1].box[0]


def test_the_box_of_a_face_at_the_edge_stays_within_the_frame() -> None:
    frame = portrait()[85:, :250]  # cuts through forehead and ear
    (face,) = finder().find(frame)
    x, y, width, height = face.box
    assert min(x, y) >= 0 and x + width <= 250 and y + height <= frame.shape[0]
    assert face.pixels.std() > 20


def test_a_face_that_fills_the_picture_is_found() -> None:
    ((x, y, side),) = fer2013_squares(finder().detect(portrait())).tolist()
    small = np.repeat(cut(portrait(), x, y, side)[..., None], 3, axis=2)  # (48, 48, 3), as FER2013 has it
    (face,) = finder().find(small)
    assert face.box[3] > 0.8 * FACE_PX


@pytest.mark.parametrize(
    "frame",
    [
        landscape(),
        np.asarray(data.chelsea()),
        np.asarray(data.rocket()),
        np.repeat(data.brick()[..., None], 3, axis=2),
        np.repeat(data.gravel()[..., None], 3, axis=2),
        np.asarray(data.astronaut())[260:],
        np.zeros((480, 640, 3), dtype=np.uint8),
        np.full((30, 1600, 3), 200, dtype=np.uint8),
        np.zeros((1, 1, 3), dtype=np.uint8),
        np.zeros((2, 900, 3), dtype=np.uint8),
        np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8),
    ],
    ids=["coffee", "cat", "rocket", "bricks", "gravel", "no head", "black", "strip", "one pixel", "line", "noise"],
)
def test_a_frame_without_a_face_has_none(frame: Pixels) -> None:
    assert finder().find(frame) == []


def test_threads_can_share_a_finder() -> None:
    frames = [portrait(), landscape()] * 4
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(finder().find, frames))
    assert [len(faces) for faces in found] == [1, 0] * 4
    assert len({faces[0].box for faces in found[::2]}) == 1


@pytest.mark.parametrize("side_px", [90, 130, 200, 300, 400])
@pytest.mark.parametrize(
    "background", [landscape(), np.full((400, 600, 3), 128, dtype=np.uint8)], ids=["photo", "grey"]
)
def test_a_face_is_framed_alike_at_any_size(side_px: int, background: Pixels) -> None:
    ((x, y, side),) = fer2013_squares(finder().detect(portrait())).tolist()
    face = np.repeat(cut(portrait(), x, y, side)[..., None], 3, axis=2)  # (48, 48, 3), as FER2013 has it
    frame = np.asarray(Image.fromarray(background).resize((640, 480)))
    frame = frame.copy()
    frame[40 : 40 + side_px, 120 : 120 + side_px] = scaled(face, side_px / FACE_PX)
    ((left, top, again),) = fer2013_squares(finder().detect(frame)).tolist()
    assert again == pytest.approx(side_px, rel=0.15)
    assert (left + again / 2, top + again / 2) == pytest.approx(
        (120 + side_px / 2, 40 + side_px / 2), abs=0.07 * side_px
    )


def test_the_crop_shows_the_square_and_nothing_else() -> None:
    frame = np.zeros((100, 100, 3), dtype=np.uint8)
    frame[20:68, 30:78] = np.arange(48, dtype=np.uint8)[:, None, None] * 5
    assert np.array_equal(cut(frame, 30, 20, 48), np.repeat(np.arange(48) * 5, 48).reshape(48, 48))


def test_beyond_the_frame_its_edges_go_on() -> None:
    frame = np.zeros((40, 40, 3), dtype=np.uint8)
    frame[:, :20] = 200
    crop = cut(frame, -48, -30, 96)  # mostly outside; the step at x = 20 lies at 34 of 48
    assert (crop[:, :32] == 200).all() and (crop[:, 36:] == 0).all()


def test_a_larger_square_is_scaled_down_without_aliasing() -> None:
    frame = np.zeros((480, 480, 3), dtype=np.uint8)
    frame[:, ::2] = 255  # stripes of one pixel: all that is left of them is their mean
    assert np.abs(cut(frame, 0, 0, 480).astype(int)[:, 2:-2] - 127).max() <= 4
