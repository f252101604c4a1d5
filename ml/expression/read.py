"""Read the expression of each face in photos: python -m ml.expression.read PHOTO… [--model live|best] [--json]."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.special import softmax

from ml import checkpoints, command
from ml.domain import Expression, Face, Pixels
from ml.emotion import valence_arousal
from ml.errors import CheckpointError, FrameError
from ml.expression.calibration import Calibration, Floats, calibrated
from ml.expression.network import SUFFIX, Network, load_network
from ml.expression.views import Floats as Views
from ml.expression.views import fixed_view, standardise
from ml.faces import PHOTO_DETECTION_PX, FaceFinder
from ml.frames import decode_photo

MODELS = ("live", "best")  # fast, for the webcam; accurate, for photos
CARD = checkpoints.WEIGHTS_DIR / "expression.json"  # which networks and views each model has, and what it scores


class View(NamedTuple):
    """How a network looks at a face; sizes in source pixels."""

    shift: tuple[float, float] = (0, 0)
    flip: bool = False
    wider_px: float = 0.0  # by how much more than the network's own view shows


CENTRE: Sequence[View] = [View()]
# The ten views of test-time augmentation: the centre and four corners, each as it is and mirrored (Krizhevsky 2012).
TEN_VIEWS: Sequence[View] = [
    View(shift, flip) for flip in (False, True) for shift in ((0, 0), (-2, -2), (2, -2), (-2, 2), (2, 2))
]
# The same from nearer and from farther away, within what training shows (`augment.VIEW_PX`).
THIRTY_VIEWS: Sequence[View] = [view._replace(wider_px=px) for px in (0.0, -3.0, 3.0) for view in TEN_VIEWS]
VIEWS = {1: CENTRE, 2: [View(), View(flip=True)], 10: TEN_VIEWS, 30: THIRTY_VIEWS}

DECIMALS = 4  # of a probability, valence or arousal
BOX_DECIMALS = 1


class ExpressionReader:
    """Networks that read faces together; holds no state between faces, so threads may share one.

    Args:
        networks: their probabilities are averaged.
        views: of each face, averaged likewise.
        calibration: of each look before that, so that 0.7 means right in 7 of 10.
    """

    def __init__(self, networks: Sequence[Network], views: Sequence[View], calibration: Calibration) -> None:
        self.networks, self.views, self.calibration = networks, views, calibration

    def read(self, face: Face) -> Expression:
        """The expression on one face."""
        return self.read_all([face])[0]

    def read_all(self, faces: Sequence[Face]) -> list[Expression]:
        """The expression on each of several faces, in one pass through the networks."""
        if not faces:
            return []
        rows = self.probabilities(np.stack([face.pixels for face in faces])).tolist()
        return [Expression(tuple(row)) for row in rows]

    def probabilities(self, faces: Pixels) -> Floats:
        """(N, 48, 48) uint8 faces → (N, 7) probabilities."""
        return calibrated(self.looks(faces), self.calibration)

    def looks(self, faces: Pixels) -> Floats:
        """(N, 48, 48) uint8 faces → (looks, N, 7): what each network reads from each view, as it comes."""
        x = standardise(faces)
        seen = [self.one_look(network, x, view) for network in self.networks for view in self.views]
        return np.stack(seen)

    def one_look(self, network: Network, x: Views, view: View) -> Floats:
        """(N, 1, 48, 48) standardised faces → (N, 7) probabilities of one network, from one view."""
        view_px = network.view_px + view.wider_px
        logits = network.logits(fixed_view(x, view_px, network.input_px, view.shift, view.flip))
        return np.asarray(softmax(logits.astype(np.float64), axis=1))


def load_reader(model: str = "live", card: Path = CARD) -> ExpressionReader:
    """Load a model once, for all the faces to come.

    Args:
        model: "live" (one network, for the webcam) or "best" (all of them, many views each, for photos).
        card: says which networks; they lie beside it.

    Raises:
        CheckpointError: no such model, or its card or a network is missing or broken.
    """
    if model not in MODELS:
        raise CheckpointError("no-checkpoint", f"unknown model {model!r}: choose one of {', '.join(MODELS)}")
    config = checkpoints.read_card(card)["config"]
    try:
        names, views = config[model]["networks"], VIEWS[config[model]["views"]]
        calibration = Calibration(*(float(config[model][key]) for key in Calibration._fields))
        return ExpressionReader([load_network(beside(card, name)) for name in names], views, calibration)
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError("bad-checkpoint", f"{card}: the card does not describe {model!r} ({error!r})") from error


def beside(card: Path, name: str) -> Path:
    return card.with_name(f"expression-{name}{SUFFIX}")


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
    parser.add_argument("--model", choices=MODELS, default="best")
    parser.add_argument("--json", action="store_true", help="one JSON object per photo")
    args = parser.parse_args()
    reader, finder = load_reader(args.model), FaceFinder(PHOTO_DETECTION_PX)
    for photo in args.photos:
        report = read_photo(photo, finder, reader)
        print(json.dumps(report, ensure_ascii=False) if args.json else sentence(report), flush=True)


if __name__ == "__main__":
    command.run(main)
