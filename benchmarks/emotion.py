"""Do the emotions sound different? Plain note statistics of pieces for each emotion, from the committed composer.

python -m benchmarks.emotion [--count 20] [--seconds 30] [--seed 1000]

Nothing here listens: these are attributes that carry emotion in music (mode, density, register, loudness), as
mean ± standard deviation over the pieces. People's ratings are what the study is for.
"""

import argparse
from collections.abc import Sequence

import numpy as np
from tqdm import tqdm

from ml.domain import Piece
from ml.emotion import TARGETS, target
from ml.music.attributes import NAMES, attributes
from ml.music.generate import load_maker
from ml.music.request import Request

COLUMNS = ("notes/s", "major", "mean pitch", "velocity", "note s")


def statistics(pieces: Sequence[Piece]) -> list[str]:
    """Mean ± deviation of each column over the pieces."""
    raw = np.stack([attributes(piece.notes) for piece in pieces])
    value = dict(zip(NAMES, raw.T, strict=True))
    major = np.mean([piece.mode == "major" for piece in pieces])
    density, length = 2 ** value["density"], 2 ** value["articulation"]
    return [
        f"{density.mean():.1f} ± {density.std():.1f}",
        f"{major:.0%}",
        f"{value['register'].mean():.1f} ± {value['register'].std():.1f}",
        f"{value['loudness'].mean():.0f} ± {value['loudness'].std():.0f}",
        f"{length.mean():.2f} ± {length.std():.2f}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1000)
    args = parser.parse_args()
    maker = load_maker()
    print(f"| {args.count} pieces each | {' | '.join(COLUMNS)} |\n|---|{'---|' * len(COLUMNS)}")
    for name in TARGETS:
        requests = [Request(target(name), args.seconds, args.seed + i) for i in range(args.count)]
        pieces = [maker.compose(request) for request in tqdm(requests, desc=name, disable=None)]
        print(f"| {name} | {' | '.join(statistics(pieces))} |", flush=True)


if __name__ == "__main__":
    main()
