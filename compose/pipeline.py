"""The single door to `ml`: loads each model once a process and chains the stages.

Nothing here touches the database, and no frame outlives its call.
"""

import gc
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache, wraps
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import simplejpeg

import ml
from compose.opening import OnOpening, Opening, OpeningRenderer
from ml import emotion
from ml.conditions import Condition, condition_of
from ml.domain import FACE_PX, EmotionTarget, Expression, Face, Note, Piece, Pixels
from ml.errors import FrameError
from ml.frames import decode_frame, decode_photo
from ml.music import audio
from ml.music.midi import write_midi
from ml.music.request import Request
from ml.sightings import UNKNOWN, Track

if TYPE_CHECKING:  # PyTorch takes seconds to import: it comes with the first model, so that pages are served at once
    from ml.expression.read import ExpressionReader
    from ml.faces import FaceFinder
    from ml.music.maker import MusicMaker

AUDIO_SUFFIX = ".mp3"  # plays in every browser, Safari's included
DECODED_PART = 0.85  # of the time a piece takes goes into decoding; the rest is rendering
WEIGHTS_DIR = Path(ml.__file__).with_name("weights")
WEIGHTS = ("expression.json", "expression-narrow.onnx", "composer.safetensors", "listener-notes.safetensors")
CROP_PX = (24, 64)  # a picture of this size may be a face cut out before, as FER2013's 48 × 48 are

T = TypeVar("T")
LOADING = Lock()

Progress = Callable[[str, float], None]  # stage ("composing", "rendering"), part of the whole 0–1


def once(load: Callable[..., T]) -> Callable[..., T]:
    """Remember what is loaded; one thread loads at a time, since building a detector does not bear company."""
    remembered = lru_cache(load)

    @wraps(load)
    def waiting(*args: Hashable) -> T:
        with LOADING:
            return remembered(*args)

    return waiting


@once
def live_finder() -> "FaceFinder":
    from ml.faces import FaceFinder

    return FaceFinder()


@once
def photo_finder() -> "FaceFinder":
    from ml.faces import PHOTO_DETECTION_PX, FaceFinder

    return FaceFinder(PHOTO_DETECTION_PX)


@once
def reader(model: str) -> "ExpressionReader":
    from ml.expression.read import load_reader

    return load_reader(model)


def maker() -> "MusicMaker":
    from ml.music.maker import load_maker

    return load_maker()


@dataclass(frozen=True)
class Reading:
    """What one frame showed: its faces, the largest first, the expression of that one, what makes it hard to read."""

    faces: tuple[Face, ...]
    expression: Expression | None
    condition: Condition | None = None


@dataclass(frozen=True)
class MadePiece:
    """A finished piece, where the listener model hears it (valence, arousal; it had no say in the piece), its files."""

    piece: Piece
    heard: tuple[float, float]
    midi: Path
    audio: Path
    model_name: str
    opening: Opening | None
    gain_db: float  # that the sound was given

    @property
    def opening_db(self) -> float | None:
        """How much louder the opening's file is than the same seconds of the whole one; None without an opening."""
        return self.opening.gain_db - self.gain_db if self.opening else None

    @property
    def opening_until_s(self) -> float | None:
        return self.opening.holds_until_s(self.piece) if self.opening else None


def read_frame(jpeg: bytes, track: Track = UNKNOWN) -> tuple[Reading, Track]:
    """Read one camera's next frame with the fast model.

    Args:
        track: what was given back with the frame before.

    Raises:
        FrameError: not an image, or too large.
    """
    from ml.tracking import FaceTracker

    frame = decode_frame(jpeg)
    tracker = FaceTracker(live_finder(), track)
    faces = tuple(tracker.find(frame))
    expression = reader("live").read(faces[0]) if faces else None
    return Reading(faces, expression, condition_of(frame, faces)), tracker.track


def read_photo(data: bytes) -> Reading:
    """Read a photo with the accurate model.

    Raises:
        FrameError: not an image, too large, or without a face.
    """
    faces = tuple(photo_finder().find(decode_photo(data)[0]))
    if not faces:
        raise FrameError(
            "no-face", "No face was found in this photo. Try one where the face is larger, upright and well lit."
        )
    return Reading(faces, reader("best").read(faces[0]))


def read_picture(data: bytes) -> Expression:
    """Read a picture of a study: a photo, or a face that was cut out of one before.

    Raises:
        FrameError: as `read_photo`, but for small pictures, which are read whole where no face is found in them.
    """
    try:
        expression = read_photo(data).expression
    except FrameError as error:
        pixels = decode_photo(data)[0] if error.code == "no-face" else None
        if pixels is None or not CROP_PX[0] <= min(pixels.shape[:2]) <= max(pixels.shape[:2]) <= CROP_PX[1]:
            raise
        return reader("best").read(whole_as_face(pixels))
    assert expression is not None  # read_photo refuses a photo without a face
    return expression


def whole_as_face(pixels: Pixels) -> Face:
    """The middle square of a small picture as a face."""
    from ml.faces import cut

    height, width = pixels.shape[:2]
    side = min(height, width)
    box = ((width - side) / 2, (height - side) / 2, float(side), float(side))
    return Face(cut(pixels, *box[:3]), box, confidence=0.0)


def target_of(expression: Expression, finer: bool) -> EmotionTarget:
    """What to compose for an expression: the paper's merge, or with `finer` its own valence and arousal."""
    return emotion.finer_target_for(expression) if finer else emotion.target_for(expression)


def make_piece(
    request: Request,
    folder: Path,
    on_progress: Progress = lambda stage, part: None,
    on_opening: OnOpening | None = None,
) -> MadePiece:
    """Compose, write and render one piece into `folder` as piece.mid and piece.mp3.

    Args:
        on_opening: given the opening, in folder/opening.mp3, as soon as it can be heard; called from another thread,
            and never after this function has ended. Without it no opening is rendered.

    Raises:
        CheckpointError, MidiError, RenderError: what is missing or went wrong, by name.
    """
    return play_piece(*compose_aloud(request, folder, on_progress, on_opening), folder, on_progress)


def play_piece(piece: Piece, opening: Opening | None, folder: Path, on_progress: Progress) -> MadePiece:
    """Write and render a piece that is composed into `folder` as piece.mid and piece.mp3.

    Raises:
        CheckpointError, MidiError, RenderError: what is missing or went wrong, by name.
    """
    midi, sound = folder / "piece.mid", folder / f"piece{AUDIO_SUFFIX}"
    write_midi(piece, midi)
    on_progress("rendering", DECODED_PART)
    gain_db = audio.render_notes(piece.notes, sound)
    return MadePiece(piece, hear_notes(piece.notes), midi, sound, maker().name, opening, gain_db)


def compose_aloud(
    request: Request, folder: Path, on_progress: Progress, on_opening: OnOpening | None
) -> tuple[Piece, Opening | None]:
    """Compose, and render the opening meanwhile."""

    def progress(part: float) -> None:
        on_progress("composing", DECODED_PART * part)

    if on_opening is None:
        return maker().compose(request, progress), None
    renderer = OpeningRenderer(folder / f"opening{AUDIO_SUFFIX}", on_opening)
    try:
        piece = maker().compose(request, progress, renderer.begin)
    finally:
        opening = renderer.end()
    return piece, opening


def hear_notes(notes: Sequence[Note]) -> tuple[float, float]:
    """Valence and arousal of notes, as the listener model hears them."""
    from ml.music.listen import load_listener

    heard = load_listener().hear_notes(notes)
    return heard.valence, heard.arousal


def missing_weights() -> list[str]:
    """Names of weights that are not where they are loaded from; a process that has loaded them goes on without."""
    return [name for name in WEIGHTS if not (WEIGHTS_DIR / name).is_file()]


def warm_up_reading() -> None:
    """Load what frames need, and photos, so that nobody waits for it; reading one also loads the decoders.

    What is loaded by then stays, so Python need not look through it for garbage: that stops everything for 0.1–0.4 s.
    """
    grey = np.full((FACE_PX, FACE_PX, 3), 128, dtype=np.uint8)
    read_frame(simplejpeg.encode_jpeg(grey))
    reader("live").read(whole_as_face(grey))
    photo_finder()
    reader("best")
    gc.collect()
    gc.freeze()
