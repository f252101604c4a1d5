"""What a frame's light, distance and company are called: real pictures, darkened, brightened, shrunk."""

import numpy as np
import pytest

from ml.conditions import condition_of
from ml.domain import Pixels
from tests.ml.pictures import finder, landscape, portrait, scaled

HEAD = (slice(0, 300), slice(80, 380))


def lit(pixels: Pixels, gain: float) -> Pixels:
    return np.asarray(np.clip(pixels * gain, 0, 255), dtype=np.uint8)


def seen_as(frame: Pixels) -> str | None:
    return condition_of(frame, finder().find(frame))


def before_a_window(gain: float) -> Pixels:
    """The head so dark in front of a white wall."""
    frame = np.full((480, 640, 3), 255, dtype=np.uint8)
    frame[90:390, 170:470] = lit(portrait()[HEAD], gain)
    return frame


def far_away(head_px: int) -> Pixels:
    """The head, 300 px of the portrait, so wide on grey."""
    frame = np.full((480, 640, 3), 120, dtype=np.uint8)
    small = scaled(portrait()[HEAD], head_px / 300)
    frame[100 : 100 + head_px, 200 : 200 + head_px] = small[:head_px, :head_px]
    return frame


def two_people() -> Pixels:
    head = portrait()[HEAD]
    return np.concatenate([head, head[:, ::-1]], axis=1)


@pytest.mark.parametrize(
    ("frame", "condition"),
    [
        (portrait(), None),
        (lit(portrait(), 0.5), None),  # a dim room
        (lit(portrait(), 0.2), "dark"),
        (lit(portrait(), 0.03), "dark"),  # no face is found any more
        (np.zeros((480, 640, 3), dtype=np.uint8), "dark"),  # a covered lens
        (lit(portrait(), 1.9), "bright"),
        (np.full((480, 640, 3), 255, dtype=np.uint8), "bright"),
        (before_a_window(1.0), None),
        (before_a_window(0.25), "bright"),
        (before_a_window(0.03), "bright"),
        (far_away(200), None),
        (far_away(110), "far"),
        (landscape(), "no-face"),
        (two_people(), "several"),
        (lit(two_people(), 0.2), "dark"),  # what harms the reading most comes first
        (np.zeros((1, 1, 3), dtype=np.uint8), "dark"),
    ],
    ids=lambda value: None if isinstance(value, np.ndarray) else str(value),
)
def test_a_frame_is_named_by_what_makes_it_hard_to_read(frame: Pixels, condition: str | None) -> None:
    assert seen_as(frame) == condition


def test_dark_skin_in_good_light_is_not_called_dark() -> None:
    """Skin a third as bright, with teeth and eyes as they are."""
    frame = portrait().copy()
    skin = frame.mean(axis=2) < 215
    frame[skin] = lit(frame, 0.35)[skin]
    assert seen_as(frame) is None


def test_a_face_at_the_edge_is_no_error() -> None:
    frame = np.full((480, 640, 3), 120, dtype=np.uint8)
    frame[:300, :200] = portrait()[HEAD][:, 100:]
    assert seen_as(frame) in (None, "no-face")
