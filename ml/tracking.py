"""Follow faces from frame to frame: the detector's last network looks again where each face was.

A full detection searches the whole frame at many sizes; between two frames of a webcam a face hardly moves, so the
previous box, a little wider, is handed to MTCNN's O-Net alone (Zhang et al. 2016, section 3.1), which says whether
there still is a face and corrects the box. Lost faces, and the clock, bring the full detection back.
"""

import numpy as np
import numpy.typing as npt
import torch

from ml.domain import Face, Pixels
from ml.faces import FaceFinder, patch_of

LOOK_ANEW = 10  # frames after which the whole frame is searched again: at 5 a second, newcomers wait 2 s at most
STILL_A_FACE = 0.8  # O-Net's probability below which a face counts as lost; detection itself accepts 0.7
WIDER = 1.05  # the square that is looked at, over the previous box's longer side
SAME_FACE = 0.5  # boxes that overlap more than this (intersection over union) have run onto one face
ONET_PX = 48

Corners = npt.NDArray[np.float64]  # (N, 4) x1, y1, x2, y2 in frame pixels


class FaceTracker:
    """The faces of one camera; hand it the frames in order. One thread at a time.

    Args:
        finder: does the full detections; may be shared by any number of trackers.
    """

    def __init__(self, finder: FaceFinder) -> None:
        self.finder = finder
        self.corners: Corners = np.empty((0, 4))
        self.frame_shape: tuple[int, ...] = ()
        self.n_followed = 0

    def find(self, frame: Pixels) -> list[Face]:
        """The same as `FaceFinder.find`, mostly without searching.

        Args:
            frame: (H, W, 3) uint8 RGB.
        """
        found = self.follow(frame)
        if found is None:
            found = self.finder.detect(frame)
            self.n_followed = 0
        self.corners = np.array([corners for corners, _ in found], dtype=np.float64).reshape(-1, 4)
        self.frame_shape = frame.shape
        return self.finder.faces_at(frame, found)

    def follow(self, frame: Pixels) -> list[tuple[tuple[float, ...], float]] | None:
        """Corners and confidence of each face of the previous frame; None when the frame must be searched."""
        if not len(self.corners) or frame.shape != self.frame_shape or self.n_followed >= LOOK_ANEW:
            return None
        self.n_followed += 1
        corners, confidences = self.look_again(frame, wider_squares(self.corners))
        if confidences.min() < STILL_A_FACE or any_overlap(corners):
            return None
        return [(tuple(c), float(p)) for c, p in zip(corners.tolist(), confidences.tolist(), strict=True)]

    @torch.inference_mode()
    def look_again(self, frame: Pixels, squares: Corners) -> tuple[Corners, npt.NDArray[np.float64]]:
        """(N, 4) corrected corners and (N,) probabilities that a face is there."""
        crops = [patch_of(frame, x1, y1, x2 - x1, ONET_PX) for x1, y1, x2, _ in squares.tolist()]
        pixels = torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2).float()  # (N, 3, 48, 48)
        offsets, _, probabilities = self.finder.detector.onet((pixels - 127.5) / 128)  # as the network was trained
        sides = squares[:, 2:3] - squares[:, 0:1]
        return squares + offsets.double().numpy() * sides, probabilities[:, 1].double().numpy()


def wider_squares(corners: Corners) -> Corners:
    """A square around each box, `WIDER` times its longer side."""
    centres = (corners[:, :2] + corners[:, 2:]) / 2
    halves = WIDER * (corners[:, 2:] - corners[:, :2]).max(axis=1, keepdims=True) / 2
    return np.concatenate([centres - halves, centres + halves], axis=1)


def any_overlap(corners: Corners) -> bool:
    """Whether two of the boxes have run onto the same face."""
    shared = np.minimum(corners[:, None, 2:], corners[None, :, 2:]) - np.maximum(
        corners[:, None, :2], corners[None, :, :2]
    )
    both = shared.clip(min=0).prod(axis=2)
    area = (corners[:, 2:] - corners[:, :2]).prod(axis=1)
    union = area[:, None] + area[None, :] - both
    return bool((np.triu(both / union, k=1) > SAME_FACE).any())
