"""The piano to play on: a grand taken once out of MuseScore's soundfont, else FluidR3, else the small TimGM6mb.

What speaks for the grand (a Steinway D that AKAI recorded for its S5000 and gave to the public domain), measured on
single notes through FluidSynth: FluidR3 plays one recording at every velocity, at 32 kHz, so that middle C is as
bright when struck softly as when struck hard (spectral centroid 402 Hz at velocity 25, 401 at 110); from C5 up its
channels run against each other (correlation −0.5, and −0.9 at C7), which thins it out on one loudspeaker. The grand
has two recorded layers at 44.1 kHz, grows brighter with the stroke (C2 from 250 to 657 Hz), and its channels agree from
C3 up (0.4 to 1). Rendering costs 1.2 times FluidR3's CPU time.

    python -m ml.music.soundfonts    take the grand out, if that is still to be done; prints what will be played
"""

import logging
import os
import sys
from pathlib import Path

import pretty_midi

from ml.errors import RenderError
from ml.music.sf3 import take_instrument

logger = logging.getLogger(__name__)

# MuseScore General by S. Christian Collins, MIT (its grand: public domain); either Debian package holds the same piano.
ORCHESTRAS = (
    Path("/usr/share/sounds/sf3/MuseScore_General_Lite.sf3"),  # package musescore-general-soundfont-small
    Path("/usr/share/sounds/sf3/MuseScore_General_Full.sf3"),  # package musescore-general-soundfont
)
GRAND = Path(sys.prefix, "share", "sentimozart", "grand-1.sf2")  # the number changes with how it is taken out
GRAND_BANK, GRAND_PROGRAM = 0, 0
GRAND_REVERB = 0.3  # its preset sends nothing into the room; so much makes the room 11 dB softer than the piano
DEBIAN_FONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")  # package fluid-soundfont-gm, MIT
SMALL_FONT = Path(pretty_midi.__file__).with_name("TimGM6mb.sf2")  # comes with pretty_midi
SMALLEST_FONT_BYTES = 1024


def soundfont() -> Path:
    """The font to play: $SOUNDFONT where it is set, else the best that there is.

    Raises:
        RenderError: "no-soundfont" when there is none, "bad-soundfont" when the file is something else.
    """
    named = os.environ.get("SOUNDFONT", "")
    if named:
        return checked_font(Path(named).expanduser())
    for path in (grand(), DEBIAN_FONT, SMALL_FONT):
        if path.is_file():
            return checked_font(path)
    raise RenderError("no-soundfont", f"no soundfont: neither {GRAND} nor {DEBIAN_FONT} nor {SMALL_FONT} is there")


def grand() -> Path:
    """Where the grand piano lies; taken out first where that can be done and has not been (3 s, 100 MB)."""
    orchestra = next((path for path in ORCHESTRAS if path.is_file()), None)
    if orchestra and not GRAND.is_file():
        try:
            GRAND.parent.mkdir(parents=True, exist_ok=True)
            take_instrument(orchestra, GRAND_BANK, GRAND_PROGRAM, GRAND, GRAND_REVERB)
        except (RenderError, OSError) as error:
            logger.warning("the grand piano cannot be taken out of its soundfont, so another one is played: %s", error)
    return GRAND


def checked_font(path: Path) -> Path:
    """The path, if a whole soundfont lies there: RIFF, the length of the file, sfbk."""
    try:
        with path.open("rb") as file:
            header = file.read(12)
        n_bytes = path.stat().st_size
    except OSError as error:
        raise RenderError("no-soundfont", f"{path}: the soundfont cannot be read ({error.strerror})") from error
    if header[:4] != b"RIFF" or header[8:] != b"sfbk" or n_bytes < SMALLEST_FONT_BYTES:
        raise RenderError("bad-soundfont", f"{path}: not a soundfont")
    if int.from_bytes(header[4:8], "little") + 8 > n_bytes:
        raise RenderError("bad-soundfont", f"{path}: the soundfont is cut short at {n_bytes} bytes")
    return path


def main() -> None:
    print(soundfont())


if __name__ == "__main__":
    from ml import command  # which brings PyTorch

    command.run(main)
