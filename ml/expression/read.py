"""Read the expression of each face in photos: python -m ml.expression.read PHOTO… [--model live|best] [--json]."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ml import checkpoints, command
from ml.domain import Expression, Face
from ml.emotion import valence_arousal
from ml.errors import CheckpointError, FrameError
from ml.expression.model import ExpressionCNN, ExpressionConfig, class_probabilities
from ml.faces import PHOTO_DETECTION_PX, FaceFinder
from ml.frames import decode_photo

# Both read with the same weights: live looks once at the middle of a face, best averages ten views of it.
WEIGHTS = checkpoints.WEIGHTS_DIR / "expression.safetensors"
TEN_VIEWS_OF = {"live": False, "best": True}

DECIMALS = 4  # of a probability, valence or arousal
BOX_DECIMALS = 1


class ExpressionReader:
    """A loaded network that reads faces; holds no state between them, so threads may share one.

    Args:
        model: the network, in evaluation mode.
        ten_views: average ten views of a face instead of looking once at its middle.
    """

    def __init__(self, model: ExpressionCNN, ten_views: bool) -> None:
        self.model = model
        self.ten_views = ten_views

    def read(self, face: Face) -> Expression:
        """The expression on one face."""
        return self.read_all([face])[0]

    def read_all(self, faces: Sequence[Face]) -> list[Expression]:
        """The expression on each of several faces, in one pass through the network."""
        if not faces:
            return []
        pixels = torch.from_numpy(np.stack([face.pixels for face in faces]))  # (B, 48, 48)
        rows = class_probabilities(self.model, pixels, self.ten_views).tolist()
        return [Expression(tuple(row)) for row in rows]


def load_reader(model: str = "live", weights: Path = WEIGHTS) -> ExpressionReader:
    """Load a model once, for all the faces to come.

    Args:
        model: "live" (one view of a face, for the webcam) or "best" (ten views, for photos).
        weights: the checkpoint, its card beside it.

    Raises:
        CheckpointError: no such model, or its checkpoint is missing or does not fit the code.
    """
    if model not in TEN_VIEWS_OF:
        raise CheckpointError("no-checkpoint", f"unknown model {model!r}: choose one of {', '.join(TEN_VIEWS_OF)}")
    network, _ = checkpoints.load_model(weights, ExpressionConfig, ExpressionCNN)
    return ExpressionReader(network, TEN_VIEWS_OF[model])


def read_photo(photo: Path, finder: FaceFinder, reader: ExpressionReader) -> dict[str, Any]:
    """What there is to say about one photo, ready for JSON; boxes in pixels of the photo, largest face first.

    Raises:
        FrameError: the file cannot be read or is no photo; its detail names the file.
    """
    try:
        pixels, scale = decode_photo(photo.read_bytes())
    except OSError as error:
        raise FrameError("no-photo", f"{photo}: cannot be read ({error.strerror})") from error
    except FrameError as error:
        raise FrameError(error.code, f"{photo}: {error.detail}") from error
    faces = finder.find(pixels)
    readings = zip(faces, reader.read_all(faces), strict=True)
    return {"file": str(photo), "faces": [describe(face, expression, scale) for face, expression in readings]}


def describe(face: Face, expression: Expression, scale: float) -> dict[str, Any]:
    """One face as JSON has it; `scale` is how many of the photo's pixels the box's unit spans."""
    valence, arousal = valence_arousal(expression)
    return {
        "box": [round(value * scale, BOX_DECIMALS) for value in face.box],
        "confidence": round(face.confidence, DECIMALS),
        "expression": expression.label,
        "probabilities": {label: round(p, DECIMALS) for label, p in expression.as_dict().items()},
        "valence": round(valence, DECIMALS),
        "arousal": round(arousal, DECIMALS),
    }


def sentence(report: dict[str, Any]) -> str:
    """The same for people, on one line."""
    faces = [
        f"{face['expression']} {face['probabilities'][face['expression']]:.0%} "
        f"(valence {face['valence']:+.2f}, arousal {face['arousal']:+.2f}, "
        "face at {:.0f},{:.0f}, {:.0f}×{:.0f} px)".format(*face["box"])
        for face in report["faces"]
    ]
    return f"{report['file']}: {'; '.join(faces) or 'no face'}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path, nargs="+", metavar="PHOTO", help="JPEG, PNG or WebP")
    parser.add_argument("--model", choices=TEN_VIEWS_OF, default="best")
    parser.add_argument("--json", action="store_true", help="one JSON object per photo")
    args = parser.parse_args()
    reader, finder = load_reader(args.model), FaceFinder(PHOTO_DETECTION_PX)
    for photo in args.photos:
        report = read_photo(photo, finder, reader)
        print(json.dumps(report, ensure_ascii=False) if args.json else sentence(report), flush=True)


if __name__ == "__main__":
    command.run(main)
