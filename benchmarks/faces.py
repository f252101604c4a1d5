"""Does a face read in a scene as it does by itself? FER2013's PublicTest pasted at 90–400 px into 640×480 scenes.

python -m benchmarks.faces [FER2013] [--count 700] [--empty 120]

Prints faces missed, scenes without a face in which one is seen, both models' accuracy on the same faces given
directly, through detection and through tracking (the fifth frame of a face that has moved a little in each), how far
the square that is cut out lies from the one that was pasted, and milliseconds of CPU time: wall-clock time on a busy
machine says little.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from tqdm import tqdm

from benchmarks import pasted
from benchmarks.pasted import Pasted
from ml import command
from ml.domain import Pixels
from ml.expression.read import MODELS, ExpressionReader, load_reader
from ml.faces import FaceFinder, cut
from ml.framing import fer2013_squares
from ml.sightings import Sightings, Track
from ml.tracking import FaceTracker

SEED = 1
BATCH = 64
N_FOLLOWED = 4  # frames after the one that is searched
STEP_PX = 3  # how far the face moves between them, at most, each way


@dataclass
class Measured:
    """What was seen of the faces that were found, one entry each."""

    labels: list[int] = field(default_factory=list)
    crops: dict[str, list[Pixels]] = field(
        default_factory=lambda: {"given directly": [], "through detection": [], "through tracking": []}
    )
    errors: list[list[float]] = field(default_factory=list)  # side, right, down, in sides
    n_missed: int = 0
    n_lost: int = 0
    search_ms: list[float] = field(default_factory=list)
    follow_ms: list[float] = field(default_factory=list)


def cut_out(frame: Pixels, seen: Sightings) -> Pixels:
    return cut(frame, *fer2013_squares(seen)[0].tolist())


def measure(finder: FaceFinder, scenes: Sequence[Pasted]) -> Measured:
    measured, random = Measured(), np.random.default_rng(SEED)
    for scene in tqdm(scenes, desc="faces", disable=None):
        started_s = time.process_time()
        seen = finder.detect(scene.frame)
        measured.search_ms.append(1000 * (time.process_time() - started_s))
        seen = pasted.of_the_face(seen, scene.square)
        if not len(seen):
            measured.n_missed += 1
            continue
        seen = pasted.largest(seen)
        measured.labels.append(scene.label)
        measured.crops["given directly"].append(scene.face)
        measured.crops["through detection"].append(cut_out(scene.frame, seen))
        measured.errors.append(error_of(fer2013_squares(seen)[0].tolist(), scene.square))
        measured.crops["through tracking"].append(followed(finder, scene, seen, measured, random))
    return measured


def error_of(square: Sequence[float], true: tuple[int, int, int]) -> list[float]:
    (left, top, side), (true_left, true_top, true_side) = square, true
    right, down = left + side / 2 - true_left - true_side / 2, top + side / 2 - true_top - true_side / 2
    return [(side - true_side) / true_side, right / true_side, down / true_side]


def followed(
    finder: FaceFinder, scene: Pasted, seen: Sightings, measured: Measured, random: np.random.Generator
) -> Pixels:
    """The crop after some frames in which the whole scene shakes."""
    frame = scene.frame
    tracker = FaceTracker(finder, Track(seen, frame.shape))
    for _ in range(N_FOLLOWED):
        frame = np.roll(frame, random.integers(-STEP_PX, STEP_PX + 1, 2), axis=(0, 1))
        started_s = time.process_time()
        now = tracker.follow(frame)
        measured.follow_ms.append(1000 * (time.process_time() - started_s))
        if now is None:
            measured.n_lost += 1
            break
        tracker.track = Track(now, frame.shape)
    return cut_out(frame, tracker.track.seen)


def accuracy(reader: ExpressionReader, faces: Sequence[Pixels], labels: Sequence[int]) -> float:
    parts = [reader.probabilities(np.stack(faces[i : i + BATCH])) for i in range(0, len(faces), BATCH)]
    return float((np.concatenate(parts).argmax(axis=1) == labels).mean())


def table(measured: Measured, n_false: int, empty_ms: Sequence[float]) -> None:
    n_found, n_empty = len(measured.labels), len(empty_ms)
    n = n_found + measured.n_missed
    print("| from frame to face | |\n|---|---|")
    print(f"| faces missed | {measured.n_missed} of {n} ({measured.n_missed / n:.1%}) |")
    print(f"| scenes without a face in which one is seen | {n_false} of {n_empty} ({n_false / n_empty:.1%}) |")
    for model in MODELS:
        reader = load_reader(model)
        for way, crops in measured.crops.items():
            print(f"| accuracy of {model}, {way} | {accuracy(reader, crops, measured.labels):.1%} |")
    for name, errors in zip(
        ("side", "middle, sideways", "middle, up and down"), np.transpose(measured.errors), strict=True
    ):
        print(f"| {name}: mean error, median absolute error | {errors.mean():+.1%}, {np.median(np.abs(errors)):.1%} |")
    print(f"| lost within {N_FOLLOWED} frames | {measured.n_lost} of {n_found} ({measured.n_lost / n_found:.1%}) |")
    for name, ms in (
        ("search", measured.search_ms),
        ("search where nobody is", empty_ms),
        ("follow", measured.follow_ms),
    ):
        print(f"| CPU ms, {name}: median (p95) | {np.median(ms):.1f} ({np.percentile(ms, 95):.1f}) |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    pasted.add_argument(parser)
    parser.add_argument("--count", type=int, default=700)
    parser.add_argument("--empty", type=int, default=120)
    args = parser.parse_args()
    if args.data is None:
        print("From frame to face: not measured (no FER2013 given, neither as an argument nor as $FER2013).")
        return
    finder, empty_ms, n_false = FaceFinder(), [], 0
    measured = measure(finder, list(pasted.pasted(args.data, "test", args.count, SEED)))
    for frame in pasted.empty_scenes(args.empty, SEED):
        started_s = time.process_time()
        n_false += len(finder.detect(frame)) > 0
        empty_ms.append(1000 * (time.process_time() - started_s))
    table(measured, n_false, empty_ms)


if __name__ == "__main__":
    command.run(main)
