"""Is anything copied? The longest runs of notes that a piece shares with the training set.

python -m benchmarks.copying [DATA…] [--count 50] [--seconds 30] [--seed 1000]

A note is compared by the interval from the note before (so in any key) and by how long after it it comes, in classes
of half an octave of time (so at about any tempo); DATA are EMOPIA and POP909. The validation clips, which nobody
copied, are measured alike: some runs are common to all piano music.
"""

import argparse
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view
from tqdm import tqdm

from benchmarks import real_music
from ml.domain import Note
from ml.emotion import TARGETS, target
from ml.music.data import load_emopia, load_songs
from ml.music.ending import ENDING_S
from ml.music.maker import load_maker
from ml.music.request import Request

Codes = npt.NDArray[np.uint64]

RUNS = (8, 12, 16, 24, 32)  # notes; 16 and more count as copied
TOGETHER_S = 0.05
RANDOM_FACTORS = np.random.default_rng(0).integers(1, 2**63, size=max(RUNS), dtype=np.uint64) | np.uint64(1)


def codes(notes: Sequence[Note]) -> Codes:
    """(N − 1,) one number for each note after the first: its interval and the class of its delay."""
    steps = np.diff([n.pitch for n in notes]) + 128
    delays_s = np.diff([n.start_s for n in notes])
    classes = np.where(delays_s < TOGETHER_S, 0, 20 + np.round(2 * np.log2(np.maximum(delays_s, TOGETHER_S))))
    return (steps * 64 + classes).astype(np.uint64)


def runs(piece: Codes, length: int) -> Codes:
    """A number for each run of `length` notes, the same for the same runs (a 64-bit polynomial hash)."""
    if len(piece) < length - 1:
        return np.empty(0, dtype=np.uint64)
    windows = sliding_window_view(piece * np.uint64(0x9E3779B97F4A7C15), length - 1)
    with np.errstate(over="ignore"):
        return np.asarray((windows * RANDOM_FACTORS[: length - 1]).sum(axis=1, dtype=np.uint64))


def known(pieces: Iterable[Codes], length: int) -> Codes:
    return np.unique(np.concatenate([runs(piece, length) for piece in pieces]))


def stands_in(some: Codes, sorted_codes: Codes) -> bool:
    """Whether any of them is among the sorted ones."""
    places = np.searchsorted(sorted_codes, some).clip(max=len(sorted_codes) - 1)
    return bool((sorted_codes[places] == some).any())


def report(what: str, pieces: Sequence[Codes], training: dict[int, Codes]) -> None:
    """For each length, the part of the pieces that hold at least one run that stands in the training set."""
    shares = [np.mean([stands_in(runs(piece, n), training[n]) for piece in pieces]) for n in RUNS]
    print(f"| {what} | {' | '.join(f'{share:.1%}' for share in shares)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    real_music.add_argument(parser)
    parser.add_argument("--count", type=int, default=50, help="pieces for each emotion")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1000)
    args = parser.parse_args()
    if not real_music.is_given(args):
        return
    clips, songs = load_emopia(args.data).clips, load_songs(args.data)
    seen = [codes(c.notes) for c in clips if c.split == "train"] + [codes(s.notes) for s in songs]
    training = {n: known(seen, n) for n in RUNS}
    maker = load_maker()
    ours = []
    for name in TARGETS:
        for i in tqdm(range(args.count), desc=name, disable=None):
            notes = maker.compose(Request(target(name), args.seconds, args.seed + i)).notes
            ours.append(codes([n for n in notes if n.start_s < args.seconds - ENDING_S]))
    print(
        f"| holds a run of the training set of | {' | '.join(f'{n} notes' for n in RUNS)} |\n|---|{'---|' * len(RUNS)}"
    )
    report(f"our {len(ours)} pieces", ours, training)
    validation = [codes(c.notes) for c in clips if c.split == "val"]
    report(f"{len(validation)} validation clips", validation, training)


if __name__ == "__main__":
    main()
