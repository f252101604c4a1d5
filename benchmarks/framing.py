"""Fit anew the constants of ml/framing.py: python -m benchmarks.framing FER2013 [--count 1200].

Ridge regression on Training faces pasted into scenes, PublicTest is not looked at. Faces whose square comes out far
off (detections of half a face, pictures with two) are left out, and the rest is fitted again.
"""

import argparse

import numpy as np
from tqdm import tqdm

from benchmarks import pasted
from ml import command
from ml.boxes import Values
from ml.faces import FaceFinder
from ml.framing import in_units, sideways_features, upright_features

SEED = 11
RIDGE = 1e-3  # of the number of faces; the constant term goes free
OUTLIER = 4.0  # standard deviations, as estimated from the median absolute residual
SIGMA_PER_MAD = 1.4826  # of a normal distribution
ROUNDS = 4


def fitted(features: Values, target: Values) -> Values:
    """Weights of the features, so that they give the target."""
    penalty = RIDGE * len(target) * np.diag((np.ptp(features, axis=0) > 0).astype(np.float64))
    used = np.ones(len(target), dtype=bool)
    for _ in range(ROUNDS):
        x = features[used]
        weights = np.linalg.solve(x.T @ x + penalty, x.T @ target[used])
        off = np.abs(target - features @ weights)
        used = off < OUTLIER * SIGMA_PER_MAD * np.median(off[used])
    return np.asarray(weights)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    pasted.add_argument(parser)
    parser.add_argument("--count", type=int, default=1200)
    args = parser.parse_args()
    if args.data is None:
        parser.error("no FER2013 given, neither as an argument nor as $FER2013")
    finder, rows = FaceFinder(), []
    for scene in tqdm(pasted.pasted(args.data, "train", args.count, SEED), total=args.count, disable=None):
        seen = pasted.of_the_face(finder.detect(scene.frame), scene.square)
        if len(seen):
            seen = pasted.largest(seen)
            middles, units, points = in_units(seen)
            left, top, side = scene.square
            right, down = (np.array([left, top]) + side / 2 - middles[0]) / units[0]
            rows.append(
                (upright_features(seen, units, points)[0], sideways_features(points)[0], side / units[0], down, right)
            )
    upright, sideways, sides, down, right = (np.array(column) for column in zip(*rows, strict=True))
    weights = {"SIDE": fitted(upright, sides), "DOWN": fitted(upright, down), "RIGHT": fitted(sideways, right)}
    for name, values in weights.items():
        print(f"{name} = ({', '.join(f'{value:.3f}' for value in values)})")


if __name__ == "__main__":
    command.run(main)
