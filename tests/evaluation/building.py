"""Ready studies for tests: real image and sound files, made small."""

import io
import wave
from typing import Any

import numpy as np
from django.core.files.base import ContentFile
from PIL import Image

from evaluation.models import Participant, Rating, Stimulus, Study
from ml.domain import EXPRESSIONS


def picture(seed: int = 0, px: int = 48) -> bytes:
    """A small grey PNG, different for each seed."""
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (px, px), dtype=np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def sound(seed: int = 0, seconds: float = 1.0, rate: int = 8000) -> bytes:
    """A quiet tone as WAV, different for each seed."""
    time_s = np.arange(int(seconds * rate)) / rate
    samples = (3000 * np.sin(2 * np.pi * (220 + 20 * seed) * time_s)).astype(np.int16)
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return buffer.getvalue()


def draft(n_pairs: int = 4, name: str = "faces", **fields: Any) -> Study:
    """A draft with `n_pairs` images and their clips, files and expressions included."""
    study = Study.objects.create(**{"name": name, "title": "Faces and music", **fields})
    for i in range(n_pairs):
        pair, expression = f"p{i + 1:03d}", EXPRESSIONS[i % len(EXPRESSIONS)]
        for kind, data, suffix in (("image", picture(i), "png"), ("music", sound(i), "wav")):
            stimulus = Stimulus(study=study, kind=kind, label=f"{pair}-{kind}", pair=pair, expression=expression)
            file = stimulus.image if kind == "image" else stimulus.audio
            file.save(f"any.{suffix}", ContentFile(data), save=False)
            stimulus.save()
    return study


def opened(n_pairs: int = 4, **fields: Any) -> Study:
    """The same, open to everyone."""
    study = draft(n_pairs, **fields)
    study.open()
    study.refresh_from_db()
    return study


def rate_all(participant: Participant, score: float = 5.0) -> None:
    """Give every open item of the session the same score; attention checks what they ask for."""
    for item in participant.items.open():
        Rating.objects.give(item, score if item.asked is None else item.asked, response_ms=4000, plays=1)
