"""Search a frame for faces: MTCNN's networks one after another, each judging what the one before it let through.

P-Net sees the whole frame at many sizes, R-Net what P-Net proposes, O-Net what R-Net leaves.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from PIL import Image

from ml.boxes import Corners, Values, best_of, moved, squares_around
from ml.crops import crops_within, patch_of
from ml.domain import Pixels
from ml.mtcnn import ONET_PX, PNET_PX, PNET_STRIDE, RNET_PX, Mtcnn
from ml.sightings import NOBODY, Sightings

# The probabilities that the networks must give. MTCNN's own are 0.6, 0.7 and 0.7, but most faces that it misses are
# lost before O-Net, above all tightly framed and turned ones, in squares in which O-Net would have seen them.
PROPOSED, REFINED, CONFIRMED = 0.4, 0.1, 0.5
# What O-Net must say on average of a face and of its mirror image, to make up for that: of 240 scenes without a face
# 7 then had one at 0.7 without the mirror, none with it, for 22 instead of 19 missed of 250 Training faces.
TWICE_CONFIRMED = 0.75
MIRRORED_WIDER = 1.05  # the mirrored square, over the box's longer side
PYRAMID_STEP = 0.709  # each level's size over the one before; MTCNN's own: it halves the area
# How much two boxes may overlap and count as two, MTCNN's own: within a level, within the frame, in the end (there of
# the smaller one, because O-Net sees a face within a face).
SAME_LEVEL, SAME_FRAME, SAME_FACE = 0.5, 0.7, 0.7
BORDER = 0.05  # grey border, as a part of the longest side: MTCNN overlooks faces that fill the frame
BORDER_GREY = 128
LEAST_CROP_PX = 4  # of a proposal, within the frame and its border


def search(mtcnn: Mtcnn, picture: Pixels, smallest_px: int) -> Sightings:
    """Every face of a picture, in its pixels.

    Args:
        picture: (H, W, 3) uint8 RGB.
        smallest_px: the side of the smallest square that is searched.
    """
    border = round(BORDER * max(picture.shape))
    bordered = np.pad(picture, ((border, border), (border, border), (0, 0)), constant_values=BORDER_GREY)
    image = Image.fromarray(bordered)
    proposed = proposals(mtcnn, image, smallest_px)
    refined = refine(mtcnn, image, proposed)
    return seen_mirrored_too(mtcnn, bordered, confirm(mtcnn, image, refined)).in_frame(border, 1.0)


def proposals(mtcnn: Mtcnn, image: Image.Image, smallest_px: int) -> Corners:
    """Squares in which P-Net sees something like a face, over all sizes."""
    found = [level_proposals(mtcnn, image, level) for level in pyramid(image, smallest_px)]
    corners, scores = (np.concatenate(parts) for parts in zip((np.empty((0, 4)), np.empty(0)), *found, strict=True))
    return squares_around(corners[best_of(corners, scores, SAME_FRAME)])


def pyramid(image: Image.Image, smallest_px: int) -> Iterator[Image.Image]:
    """The picture at ever smaller sizes: in the first, `smallest_px` are what P-Net looks at."""
    scale = PNET_PX / smallest_px
    while min(image.size) * scale >= PNET_PX:
        size = (round(image.width * scale), round(image.height * scale))
        yield image.resize(size, Image.Resampling.BOX)
        scale *= PYRAMID_STEP


def level_proposals(mtcnn: Mtcnn, image: Image.Image, level: Image.Image) -> tuple[Corners, Values]:
    """(N, 4) corners in pixels of `image` and (N,) scores, from one level of its pyramid."""
    probabilities, offsets = mtcnn.propose(np.asarray(level))
    rows, columns = np.nonzero(probabilities >= PROPOSED)
    scores = probabilities[rows, columns].astype(np.float64)
    starts = np.stack([columns, rows], axis=1) * float(PNET_STRIDE)
    squares = np.concatenate([starts, starts + PNET_PX], axis=1)
    kept = best_of(squares, scores, SAME_LEVEL)
    corners = moved(squares[kept], offsets[:, rows[kept], columns[kept]].T)
    return corners * np.tile([image.width / level.width, image.height / level.height], 2), scores[kept]


def refine(mtcnn: Mtcnn, image: Image.Image, squares: Corners) -> Corners:
    """What R-Net leaves of proposals, corrected, as squares again."""
    boxes = within(squares, image)
    if not len(boxes):
        return boxes
    probabilities, offsets = mtcnn.refine(crops_within(image, boxes, RNET_PX))
    passed = probabilities > REFINED
    boxes, offsets, scores = boxes[passed], offsets[passed], probabilities[passed]
    kept = best_of(boxes, scores, SAME_FRAME)
    return squares_around(moved(boxes[kept], offsets[kept]))


def confirm(mtcnn: Mtcnn, image: Image.Image, squares: Corners) -> Sightings:
    """The faces that O-Net sees in them, each once."""
    boxes = within(squares, image)
    if not len(boxes):
        return NOBODY
    seen = sightings_in(boxes, *mtcnn.confirm(crops_within(image, boxes, ONET_PX)))
    seen = seen[seen.probabilities > CONFIRMED]
    return seen[best_of(seen.corners, seen.probabilities, SAME_FACE, of_smaller=True)]


def seen_mirrored_too(mtcnn: Mtcnn, bordered: Pixels, seen: Sightings) -> Sightings:
    """Those of the faces that O-Net sees in the mirror as well, with the mean of both probabilities."""
    if not len(seen):
        return seen
    crops = crops_at(bordered, squares_around(seen.corners, MIRRORED_WIDER))
    probabilities = (seen.probabilities + mtcnn.confirm(np.ascontiguousarray(crops[:, :, ::-1]))[0]) / 2
    return Sightings(seen.corners, seen.landmarks, probabilities)[probabilities > TWICE_CONFIRMED]


def within(boxes: Corners, image: Image.Image) -> Corners:
    """The parts of the boxes that the picture has, where they are large enough to judge."""
    inside = boxes.clip(0, [image.width, image.height] * 2)
    return np.asarray(inside[(inside[:, 2:] - inside[:, :2]).min(axis=1, initial=np.inf) >= LEAST_CROP_PX])


def look(mtcnn: Mtcnn, frame: Pixels, squares: Corners) -> Sightings:
    """What O-Net sees in squares of a frame; they may lie partly beyond its edges."""
    return sightings_in(squares, *mtcnn.confirm(crops_at(frame, squares)))


def crops_at(frame: Pixels, squares: Corners) -> Pixels:
    """(N, 48, 48, 3), for O-Net."""
    return np.stack([patch_of(frame, left, top, right - left, ONET_PX) for left, top, right, _ in squares.tolist()])


def sightings_in(
    boxes: Corners,
    probabilities: npt.NDArray[np.float32],
    offsets: npt.NDArray[np.float32],
    landmarks: npt.NDArray[np.float32],
) -> Sightings:
    """O-Net's answers about some boxes, in the pixels of those."""
    sizes = boxes[:, None, 2:] - boxes[:, None, :2]  # (N, 1, 2)
    points = boxes[:, None, :2] + sizes * landmarks.reshape(-1, 2, 5).transpose(0, 2, 1)
    return Sightings(moved(boxes, offsets), points, probabilities.astype(np.float64))
