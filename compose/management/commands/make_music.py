"""A photo becomes music: the whole pipeline without the page."""

import json
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from compose import pipeline
from compose.models import PIECE_SECONDS
from ml.errors import FrameError, SentiMozartError
from ml.music.request import Request


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("photo", type=Path)
        parser.add_argument("--out", type=Path, required=True, help="folder for the MIDI and audio files")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of a sentence")
        parser.add_argument("--finer", action="store_true", help="the reading's own valence and arousal")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--seconds", type=float, default=PIECE_SECONDS)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            result = self.make(options)
        except SentiMozartError as error:
            detail = f"{options['photo']}: {error.detail}" if isinstance(error, FrameError) else error.detail
            raise CommandError(detail, returncode=2) from error
        if options["json"]:
            self.stdout.write(json.dumps(result))
        else:
            self.stdout.write("{photo} looks {expression}: {emotion} music in {midi} and {audio}".format_map(result))

    def make(self, options: dict[str, Any]) -> dict[str, Any]:
        photo: Path = options["photo"]
        try:
            data = photo.read_bytes()
        except OSError as error:
            raise FrameError("no-photo", f"cannot be read ({error.strerror})") from error
        expression = pipeline.read_photo(data).expression
        assert expression is not None  # read_photo refuses a photo without a face
        request = Request(pipeline.target_of(expression, options["finer"]), options["seconds"], options["seed"])
        out: Path = options["out"]
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out) as folder:  # whole or not at all
            made = pipeline.make_piece(request, Path(folder))
            midi, audio = (
                made_file.rename(out / f"{photo.stem}{made_file.suffix}") for made_file in (made.midi, made.audio)
            )
        return {
            "photo": str(photo),
            "expression": expression.label,
            "probabilities": expression.as_dict(),
            "emotion": request.target.name,
            "midi": str(midi),
            "audio": str(audio),
            "seconds": round(made.piece.duration_s, 3),
        }
