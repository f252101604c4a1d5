"""Faces followed from frame to frame, and found again when they are lost."""

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from ml.domain import Pixels
from ml.faces import FaceFinder
from ml.sightings import NOBODY, Sightings
from ml.tracking import LOOK_ANEW, FaceTracker, calmed, with_newcomers
from tests.ml.pictures import finder, portrait, scaled

NEAR_PX = 10  # the networks place the box of one and the same face up to a tenth of its width apart


class CountingFinder(FaceFinder):
    """Counts how often the whole frame is searched."""

    def __init__(self) -> None:
        self.detection_px, self.mtcnn = finder().detection_px, finder().mtcnn
        self.n_searches = 0

    def detect(self, frame: Pixels) -> Sightings:
        self.n_searches += 1
        return super().detect(frame)


@pytest.fixture
def tracker() -> FaceTracker:
    return FaceTracker(CountingFinder())


def n_searches(tracker: FaceTracker) -> int:
    assert isinstance(tracker.finder, CountingFinder)
    return tracker.finder.n_searches


def scene(*places: tuple[int, int]) -> Pixels:
    """A grey 640 × 480 frame with the portrait's head, 200 px wide, at each (x, y)."""
    frame = np.full((480, 640, 3), 128, dtype=np.uint8)
    head = portrait()[20:220, 120:320]
    for x, y in places:
        frame[y : y + 200, x : x + 200] = head
    return frame


def test_a_moving_face_is_followed_without_searching(tracker: FaceTracker) -> None:
    for step in range(LOOK_ANEW):
        (face,) = tracker.find(scene((100 + 10 * step, 100 + 4 * step)))
        assert face.box[0] - 10 * step == pytest.approx(161, abs=NEAR_PX)
        assert face.box[1] - 4 * step == pytest.approx(141, abs=NEAR_PX)
    assert n_searches(tracker) == 1


def test_a_box_that_is_followed_for_long_stays_where_the_face_is(
    tracker: FaceTracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ml.tracking.LOOK_ANEW", 1000)
    (searched,) = tracker.find(scene((200, 150)))
    for _ in range(100):
        (followed,) = tracker.find(scene((200, 150)))
    assert followed.box == pytest.approx(searched.box, abs=NEAR_PX)
    assert np.corrcoef(searched.pixels.ravel(), followed.pixels.ravel())[0, 1] > 0.85
    assert n_searches(tracker) == 1


def test_a_face_that_leaves_is_gone_and_one_that_comes_back_is_found(tracker: FaceTracker) -> None:
    found = [len(tracker.find(frame)) for frame in (scene((200, 150)), scene(), scene((20, 20)), scene((420, 250)))]
    assert found == [1, 0, 1, 1]


def test_a_newcomer_is_seen_when_the_frame_is_searched_again(tracker: FaceTracker) -> None:
    tracker.find(scene((50, 100)))
    found = [len(tracker.find(scene((50, 100), (400, 150)))) for _ in range(LOOK_ANEW + 1)]
    assert found == [1] * LOOK_ANEW + [2]


def test_several_faces_are_followed_each(tracker: FaceTracker) -> None:
    tracker.find(scene((50, 100), (400, 150)))
    faces = tracker.find(scene((54, 100), (396, 150)))
    assert sorted(face.box[0] for face in faces) == pytest.approx([115, 457], abs=NEAR_PX)
    assert n_searches(tracker) == 1


def test_a_camera_that_changes_its_size_is_searched(tracker: FaceTracker) -> None:
    tracker.find(scene((200, 150)))
    (face,) = tracker.find(scaled(scene((200, 150)), 0.5))
    assert face.box[0] == pytest.approx(130, abs=NEAR_PX)


def seen_at(*corners: tuple[float, float, float, float]) -> Sightings:
    """Faces at these corners, their landmarks all in the middle."""
    boxes = np.array(corners, dtype=np.float64)
    middles = (boxes[:, None, :2] + boxes[:, None, 2:]) / 2
    return Sightings(boxes, np.repeat(middles, 5, axis=1), np.ones(len(boxes)))


def test_a_trembling_box_is_calmed() -> None:
    now = calmed(seen_at((100, 100, 200, 200)), seen_at((102, 100, 202, 200)))
    assert now.corners[0].tolist() == pytest.approx([100.6, 100, 200.6, 200])
    assert now.landmarks[0, 0].tolist() == pytest.approx([150.6, 150])


def test_a_moving_box_does_not_lag() -> None:
    now = calmed(seen_at((100, 100, 200, 200)), seen_at((112, 100, 212, 200)))
    assert now.corners[0].tolist() == [112, 100, 212, 200]


def test_a_followed_face_stays_where_it_is_followed_to() -> None:
    followed = seen_at((100, 100, 200, 200))
    both = with_newcomers(followed, seen_at((105, 100, 205, 200), (400, 100, 450, 160)))
    assert both.corners.tolist() == [[100, 100, 200, 200], [400, 100, 450, 160]]


def test_a_face_that_the_search_overlooks_is_kept() -> None:
    followed = seen_at((100, 100, 200, 200))
    assert with_newcomers(followed, NOBODY) is followed
    assert len(with_newcomers(followed, seen_at((400, 100, 450, 160)))) == 2


def test_a_box_that_has_slid_off_its_face_goes() -> None:
    assert with_newcomers(seen_at((100, 100, 160, 160)), seen_at((100, 100, 220, 220))).corners.tolist() == [
        [100, 100, 220, 220]
    ]


def turned(degrees: float) -> Callable[[Pixels], Pixels]:
    return lambda frame: np.asarray(Image.fromarray(frame).rotate(degrees, fillcolor=(128, 128, 128)))


def lit_from_the_left(frame: Pixels) -> Pixels:
    light = np.interp(np.arange(640), [250, 400], [1.0, 0.25])  # across the head
    return (frame * light[None, :, None]).astype(np.uint8)


def with_the_mouth_covered(frame: Pixels) -> Pixels:
    covered = frame.copy()
    covered[265:310, 255:345] = (70, 90, 140)
    return covered


def with_an_eye_covered(frame: Pixels) -> Pixels:
    covered = frame.copy()
    covered[200:245, 300:350] = (70, 90, 140)
    return covered


@pytest.mark.parametrize(
    "seen",
    [
        lambda frame: np.repeat(frame[..., 1:2], 3, axis=2),
        lambda frame: frame // 4,
        lit_from_the_left,
        turned(20),
        turned(-20),
        with_the_mouth_covered,
        with_an_eye_covered,
    ],
    ids=["grey", "dark", "side-lit", "turned left", "turned right", "mouth covered", "an eye covered"],
)
def test_a_face_that_is_hard_to_see_is_found_and_followed(
    tracker: FaceTracker, seen: Callable[[Pixels], Pixels]
) -> None:
    frame = seen(scene((200, 150)))
    (searched,), (followed,) = tracker.find(frame), tracker.find(frame)
    assert n_searches(tracker) == 1
    assert followed.box == pytest.approx(searched.box, abs=2 * NEAR_PX)
