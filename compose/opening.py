"""A piece's opening: rendered beside the composing, so that it is heard while the rest is still being written."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ml.domain import Note, Piece
from ml.errors import RenderError
from ml.music import audio

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Opening:
    """The first phrase as a sound file, and the gain in dB that made it as loud as every piece is."""

    notes: tuple[Note, ...]
    audio: Path
    gain_db: float

    def holds_until_s(self, piece: Piece) -> float:
        """Up to when the whole piece sounds the same: the first note that one of the two lacks."""
        own, whole = ({(note.start_s, note.pitch) for note in notes} for notes in (self.notes, piece.notes))
        return min((start_s for start_s, _ in own ^ whole), default=piece.duration_s)


OnOpening = Callable[[Opening], None]


class OpeningRenderer:
    """Renders one opening in a thread of its own (FluidSynth is a process, LAME and NumPy release the lock)."""

    def __init__(self, path: Path, on_opening: OnOpening) -> None:
        self.path, self.on_opening = path, on_opening
        self.thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="opening")
        self.rendering: Future[Opening | None] | None = None

    def begin(self, piece: Piece) -> None:
        """What the composer calls as soon as the first phrase stands."""
        self.rendering = self.thread.submit(self.render, piece)

    def render(self, piece: Piece) -> Opening | None:
        try:
            gain_db = audio.render_notes(piece.notes, self.path, "the opening")
        except RenderError as error:  # the piece itself may still sound; if not, it says so
            logger.warning("no opening for seed %d: %s", piece.seed, error.detail)
            return None
        opening = Opening(piece.notes, self.path, gain_db)
        self.on_opening(opening)
        return opening

    def end(self) -> Opening | None:
        """Wait for the opening, if one was begun."""
        self.thread.shutdown()
        return self.rendering.result() if self.rendering else None
