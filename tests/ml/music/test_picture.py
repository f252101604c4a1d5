"""A piece's picture: a PNG of the right size with its notes where they are, in the page's own colours."""

import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ml.domain import Note
from ml.music import picture
from ml.music.picture import Words, draw_piece
from tests import base

TOKENS = Path(__file__).parents[3] / "static" / "css" / "tokens.css"
WORDS = Words("Fröhlich, in As-Dur, lebhaft (132)", "Aus einem Gesicht", "SentiMozart", "30 Sekunden")


def drawn(notes: tuple[Note, ...], seconds: float, pedal: list[tuple[float, float]] | None = None) -> Image.Image:
    return Image.open(io.BytesIO(draw_piece(notes, pedal or [], seconds, "happy", WORDS)))


def inked(image: Image.Image, left: float, right: float) -> float:
    """How much of the roll between two parts of its width is darker than the sheet and its lines."""
    x0, top, x1, bottom = picture.ROLL_PX
    inner = (x0 + picture.INSET_PX, x1 - picture.INSET_PX)
    box = [inner[0] + part * (inner[1] - inner[0]) for part in (left, right)]
    pixels = np.asarray(image.convert("RGB").crop((int(box[0]), top + 2, int(box[1]), bottom - 2))).astype(int)
    return float((pixels.min(axis=2) < min(bytes.fromhex(picture.RULE[1:])) - 10).mean())


def test_it_is_a_png_of_the_size_that_previews_have() -> None:
    image = drawn(base.scale(), 4.0)
    assert (image.format, image.size) == ("PNG", (1200, 630))


def test_notes_are_where_they_sound() -> None:
    image = drawn((Note(60, 100, 5.0, 7.5), Note(84, 100, 5.0, 7.5)), 10.0)
    assert inked(image, 0.0, 0.45) == 0
    assert inked(image, 0.52, 0.73) > 0.01
    assert inked(image, 0.78, 1.0) == 0


def test_louder_notes_are_darker() -> None:
    soft, loud = (sum(picture.shade("#966000", velocity)) for velocity in (20, 120))
    assert loud < soft


def test_the_pedal_is_drawn_below_the_notes() -> None:
    assert inked(drawn((Note(60, 100, 0.0, 1.0),), 10.0, [(8.0, 9.0)]), 0.78, 0.92) > 0


def test_the_same_piece_gives_the_same_picture() -> None:
    assert draw_piece(base.scale(), [], 4.0, "sad", WORDS) == draw_piece(base.scale(), [], 4.0, "sad", WORDS)


def test_a_very_long_title_still_fits() -> None:
    title = picture.fitting("Eine sehr, sehr lange Überschrift mit vielen Wörtern, in Des-Dur (96)", 2 * 1072)
    assert title.size >= picture.SMALLEST_TITLE_PX * picture.FINE


@pytest.mark.parametrize(
    "name", ["paper", "sheet", "ink", "ink-soft", "rule", *(f"mood-{mood}" for mood in picture.MOODS)]
)
def test_its_colours_are_the_light_themes(name: str) -> None:
    found = re.search(rf"--{name}: (#\w+);", TOKENS.read_text())
    roles = {"paper": picture.PAPER, "sheet": picture.SHEET, "ink": picture.INK, "ink-soft": picture.SOFT}
    roles |= {"rule": picture.RULE} | {f"mood-{mood}": colour for mood, colour in picture.MOODS.items()}
    assert found
    assert found[1] == roles[name]
