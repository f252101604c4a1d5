"""A piece as a picture: its piano roll under its title, as links to it are shown with and as it can be kept."""

import importlib.util
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from ml.domain import Note
from ml.music.midi import PedalSpans

WIDTH_PX, HEIGHT_PX = 1200, 630  # the size that link previews are made for (Open Graph, 1.91 : 1)
FINE = 2  # everything is drawn so many times larger and then reduced, which smooths the edges

# The light theme's colour roles, as static/css/tokens.css has them.
PAPER, SHEET, INK, SOFT, RULE = "#f6f0e4", "#fffcf6", "#261c19", "#5f5148", "#d9ccb6"
MOODS = {"happy": "#966000", "sad": "#2b5f97", "neutral": "#655c54", "tense": "#a5262d", "calm": "#1f7060"}

EDGE_PX = 64
ROLL_PX = (EDGE_PX, 206, WIDTH_PX - EDGE_PX, 532)  # left, top, right, bottom of the sheet
INSET_PX = 18  # of the notes in the sheet
PEDAL_PX = 5  # the line under the notes where the pedal is needed
FEWEST_KEYS = 30  # as on the page: a narrow piece is not blown up to fat bars
PALEST = 0.3  # the softest note's part of its colour
TITLE_PX, SMALLEST_TITLE_PX, LINE_PX = 60, 34, 26

Font = ImageFont.FreeTypeFont
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Words:
    """What is written on the picture: the title, a line over it, and two at its foot."""

    title: str
    over: str
    left: str
    right: str


def draw_piece(notes: Sequence[Note], pedal: PedalSpans, seconds: float, mood: str, words: Words) -> bytes:
    """A PNG of WIDTH_PX × HEIGHT_PX.

    Args:
        mood: one of MOODS; anything else is drawn as neutral is.
    """
    picture = Image.new("RGB", (FINE * WIDTH_PX, FINE * HEIGHT_PX), PAPER)
    pen = ImageDraw.Draw(picture)
    colour = MOODS.get(mood, MOODS["neutral"])
    write(pen, words, colour)
    pen.rounded_rectangle(scaled(ROLL_PX), 6 * FINE, SHEET, RULE, FINE)
    draw_notes(pen, notes, pedal, seconds, colour)
    file = io.BytesIO()
    picture.resize((WIDTH_PX, HEIGHT_PX), Image.Resampling.BOX).save(file, "PNG")
    return file.getvalue()


def write(pen: ImageDraw.ImageDraw, words: Words, colour: str) -> None:
    small, foot_y = font(LINE_PX), FINE * (HEIGHT_PX - 66)
    left, right = FINE * EDGE_PX, FINE * (WIDTH_PX - EDGE_PX)
    pen.rectangle((0, 0, FINE * WIDTH_PX, 10 * FINE), colour)
    pen.text((left, 46 * FINE), words.over, SOFT, small)
    title = fitting(words.title, right - left)
    pen.text((left, 140 * FINE), words.title, INK, title, anchor="lm")
    pen.text((left, foot_y), words.left, INK, small)
    pen.text((right, foot_y), words.right, SOFT, small, anchor="ra")


def fitting(text: str, width: int) -> Font:
    """The title's font, smaller where the title is long."""
    for size in range(TITLE_PX, SMALLEST_TITLE_PX, -2):
        if font(size).getlength(text) <= width:
            return font(size)
    return font(SMALLEST_TITLE_PX)


@lru_cache(maxsize=32)
def font(size_px: int) -> Font:
    """DejaVu Serif, which comes with matplotlib: free, and it has ♭ and every letter of the site's languages."""
    spec = importlib.util.find_spec("matplotlib")  # found, not imported, which would take a second
    assert spec is not None and spec.submodule_search_locations  # requirements.txt has it
    folder = Path(next(iter(spec.submodule_search_locations)), "mpl-data", "fonts", "ttf")
    return ImageFont.truetype(folder / "DejaVuSerif.ttf", size_px * FINE)


def draw_notes(pen: ImageDraw.ImageDraw, notes: Sequence[Note], pedal: PedalSpans, seconds: float, colour: str) -> None:
    left, top, right, bottom = (FINE * edge for edge in ROLL_PX)
    left, top, right, bottom = left + FINE * INSET_PX, top + FINE * INSET_PX, right - FINE * INSET_PX, bottom
    floor = bottom - FINE * (INSET_PX + 2 * PEDAL_PX)
    low, high = span_of(notes)
    key_px, second_px = (floor - top) / (high - low + 1), (right - left) / seconds
    for octave in range(12 * -(-low // 12), high + 1, 12):
        y = floor - (octave - low) * key_px
        pen.line((left, y, right, y), RULE, FINE)
    for note in notes:
        x, y = left + note.start_s * second_px, floor - (note.pitch - low + 1) * key_px
        box = (x, y + FINE / 2, max(left + note.end_s * second_px - FINE, x + 2 * FINE), y + key_px - FINE / 2)
        pen.rounded_rectangle(box, min(2 * FINE, (box[3] - box[1]) / 2), shade(colour, note.velocity))
    for from_s, to_s in pedal:
        y = bottom - FINE * (INSET_PX - PEDAL_PX)
        pen.rectangle((left + from_s * second_px, y - FINE * PEDAL_PX, left + to_s * second_px, y), SOFT)


def span_of(notes: Sequence[Note]) -> tuple[int, int]:
    """Lowest and highest pitch that the roll has room for."""
    low, high = min(note.pitch for note in notes), max(note.pitch for note in notes)
    spare = max(1, -(-(FEWEST_KEYS - (high - low)) // 2))
    return low - spare, high + spare


def shade(colour: str, velocity: int) -> tuple[int, int, int]:
    """The colour on the sheet, paler the softer the note."""
    part = PALEST + (1 - PALEST) * velocity / 127
    over, under = (bytes.fromhex(hexadecimal[1:]) for hexadecimal in (colour, SHEET))
    red, green, blue = (round(part * o + (1 - part) * u) for o, u in zip(over, under, strict=True))
    return red, green, blue


def scaled(box: Box) -> Box:
    left, top, right, bottom = (FINE * edge for edge in box)
    return left, top, right, bottom
