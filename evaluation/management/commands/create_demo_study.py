"""Make a ready study from a folder or zip of face pictures: each is read, and its clip composed, here and now."""

import random
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from tqdm import tqdm

from evaluation import demo
from evaluation.errors import StudyError
from evaluation.models import Study
from ml.domain import EXPRESSIONS
from ml.errors import SentiMozartError
from sentimozart_site import environment

TITLE = "Faces and the music made from them"
WHY = {"no-face": "without a face", "bad-image": "not readable", "too-large": "too large"}


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--images", type=Path, required=True, help="a folder or a zip of JPEG, PNG or WebP pictures"
        )
        parser.add_argument("--per-expression", type=int, required=True, metavar="N")
        parser.add_argument("--name", default="demo", help="the study's name: letters, digits, hyphens")
        parser.add_argument("--seed", type=int, default=0, help="settles which pictures are drawn, and every clip")
        parser.add_argument("--open", action="store_true", help="open the study and print its link")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.refuse(options)
            study = self.make(options)
        except SentiMozartError as error:
            raise CommandError(error.detail.replace("\n", " "), returncode=2) from error
        self.stdout.write(f"{study.name}: {study.stimuli.count() // 2} pairs, each with image and clip; {study.state}")
        if options["open"]:
            port = environment.port("PORT", 8000)
            self.stdout.write(f"http://127.0.0.1:{port}{reverse('study-welcome', args=[study.name])}")
        else:
            self.stdout.write(f"Open it at {study.get_absolute_url()}")

    def refuse(self, options: dict[str, Any]) -> None:
        """Refuse what cannot work before anything is loaded."""
        name, n = options["name"], options["per_expression"]
        if n < 1:
            raise StudyError("bad-number", f"--per-expression is a whole number from 1, not {n}")
        try:
            Study._meta.get_field("name").run_validators(name)
        except ValidationError as error:
            raise StudyError("bad-name", f"--name {name!r}: {error.messages[0]}") from error
        existing = Study.objects.filter(name=name).order_by("-version").first()
        if existing is not None:
            raise StudyError("name-taken", f"there is a study {existing} already: choose another --name")

    def make(self, options: dict[str, Any]) -> Study:
        chance, n = random.Random(options["seed"]), options["per_expression"]
        drawn = demo.draw(demo.Pictures(options["images"]), n, chance)
        self.tell(drawn, n)
        if not len(drawn):
            raise StudyError("no-images", f"{options['images']}: the machine could read none of these pictures")
        study = Study(name=options["name"], title=TITLE)
        with tqdm(total=len(drawn), desc="composing", unit="clip", file=sys.stderr) as bar:
            demo.build(study, drawn, chance, lambda name: bar.update())
        if options["open"]:
            study.open()
        study.refresh_from_db()
        return study

    def tell(self, drawn: demo.Drawn, n: int) -> None:
        """What is used of the pictures, and what is not."""
        for label in EXPRESSIONS:
            found = len(drawn.chosen.get(label, ()))
            if found < n:
                self.stderr.write(f"{label}: {found} of {n}; there are no more that can be read")
        if drawn.skipped:
            reasons = ", ".join(f"{count} {WHY.get(code, code)}" for code, count in drawn.skipped.most_common())
            self.stderr.write(f"{drawn.skipped.total()} pictures skipped: {reasons}")
