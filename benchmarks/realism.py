"""Do the pieces look like real piano music? Note statistics beside EMOPIA's validation clips.

python -m benchmarks.realism [EMOPIA] [--strength 1.0] [--seed 2000] [--repeats N] [--picture PNG] [--curve] [--sound]

As many pieces for each quadrant as there are validation clips. Of both, the first 20 seconds count: ours have an
ending, the clips are cut out. The clips go through the tokens and back first, else the grid of times would tell them
apart. A classifier (extremely randomised trees on the listener's note features, ten-fold, each song in one fold)
tries to tell ours from real ones: an area under the curve of 0.5 means that it cannot. So few pieces give it by ±0.03:
with --repeats it is the mean of so many sets of pieces, beside the least and the most. With --sound another one, on the
listener's features of sound, hears both played on one piano: nothing that composes has learnt from sound.
"""

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib
import numpy as np
import numpy.typing as npt
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from tqdm import tqdm

from benchmarks import real_music
from ml.domain import Note
from ml.emotion import TARGETS, target
from ml.music import audio
from ml.music.data import Clip, load_emopia
from ml.music.key import MAJOR_PROFILE, MINOR_PROFILE, find_key, pitch_class_weights
from ml.music.listen import load_listener
from ml.music.listening.note_features import note_features
from ml.music.listening.score import Features
from ml.music.listening.sound import read_sound
from ml.music.listening.sound_features import sound_features
from ml.music.maker import load_maker
from ml.music.midi import write_notes
from ml.music.request import Request
from ml.music.tokens import decode, encode

Floats = npt.NDArray[np.float64]
Measure = Callable[[Sequence[Note]], Features]

SECONDS = 20.0
PIECE_S = 30.0
NAMES = {point: name for name, point in TARGETS.items()}
SEEDS_APART = 1000
STRENGTHS = (0.25, 0.5, 0.75, 1.0)


def first_seconds(notes: Sequence[Note]) -> list[Note]:
    begin_s = notes[0].start_s
    return [n for n in notes if n.start_s < begin_s + SECONDS]


def through_tokens(notes: Sequence[Note]) -> tuple[Note, ...]:
    offset = find_key(notes).offset
    return decode(encode(notes, offset), offset)


def compose_like(clips: Sequence[Clip], strength: float, seed: int) -> list[Sequence[Note]]:
    """One piece for each clip, asked for its quadrant."""
    maker = load_maker()
    requests = [Request(target(NAMES[clip.corner], strength), PIECE_S, seed + i) for i, clip in enumerate(clips)]
    return [maker.compose(request).notes for request in tqdm(requests, desc=f"composing {strength:g}", disable=None)]


def auc(
    ours: Sequence[Sequence[Note]],
    real: Sequence[Sequence[Note]],
    songs: Sequence[str],
    measure: Measure,
) -> float:
    """How well a classifier tells ours from real ones by what is measured of them."""
    table = features([*ours, *real], measure)
    groups = [*(f"ours {i}" for i in range(len(ours))), *songs]
    made = np.array([1] * len(ours) + [0] * len(real))
    return told_apart(table, made, groups)


def features(pieces: Sequence[Sequence[Note]], measure: Measure) -> Floats:
    return np.array([list(measure(notes).values()) for notes in tqdm(pieces, desc="measuring", disable=None)])


def played_features(notes: Sequence[Note]) -> Features:
    """Of the sound of the notes."""
    with tempfile.TemporaryDirectory() as folder:
        midi, wav = Path(folder, "piece.mid"), Path(folder, "piece.wav")
        write_notes(notes, midi)
        audio.render(midi, wav)
        return sound_features(read_sound(wav))


def told_apart(table: Floats, labels: npt.NDArray[np.int64], groups: Sequence[str]) -> float:
    trees = ExtraTreesClassifier(300, min_samples_leaf=2, random_state=0)
    odds = cross_val_predict(trees, table, labels, groups=groups, cv=GroupKFold(10), method="predict_proba")
    return float(roc_auc_score(labels, odds[:, 1]))


def statistics(notes: Sequence[Note]) -> dict[str, float]:
    """What a musician would look at first."""
    starts = np.array([n.start_s for n in notes])
    pitches = np.array([n.pitch for n in notes])
    lengths = np.array([n.end_s - n.start_s for n in notes])
    weights = pitch_class_weights(notes) / pitch_class_weights(notes).sum()
    key = find_key(notes)
    profile = np.roll(MAJOR_PROFILE if key.mode == "major" else MINOR_PROFILE, key.tonic)
    seconds = max(starts[-1] - starts[0], 1.0)
    return {
        "notes a second": len(notes) / seconds,
        "notes sounding at a time": lengths.sum() / seconds,
        "pitch range (semitones)": float(np.ptp(pitches)),
        "mean pitch": float(pitches.mean()),
        "pitch-class entropy (bits)": float(-(weights[weights > 0] * np.log2(weights[weights > 0])).sum()),
        "correlation with the key's profile": float(np.corrcoef(profile, weights)[0, 1]),
        "median note length (s)": float(np.median(lengths)),
        "velocity": float(np.mean([n.velocity for n in notes])),
        "part of figures that come back": repeated(pitches),
    }


def repeated(pitches: npt.NDArray[np.int64], length: int = 5) -> float:
    """Part of the runs of five pitches, transposed or not, that were heard before."""
    steps = np.diff(pitches)
    runs = [tuple(steps[i : i + length - 1]) for i in range(len(steps) - length + 2)]
    return 1 - len(set(runs)) / len(runs) if runs else 0.0


def picture(ours: Sequence[Sequence[Note]], real: Sequence[Sequence[Note]], path: Path) -> None:
    """The distributions of the statistics, ours over real ones."""
    matplotlib.use("Agg")
    from matplotlib import pyplot

    rows = [[statistics(notes) for notes in some] for some in (real, ours)]
    figure, axes = pyplot.subplots(3, 3, figsize=(10, 7.5), layout="constrained")
    for axis, name in zip(axes.flat, rows[0][0], strict=True):
        values = [[row[name] for row in some] for some in rows]
        low, high = np.quantile(np.concatenate(values), (0.005, 0.995))
        bins = np.linspace(low, high, 22)
        axis.hist(values[0], bins, density=True, color="#9aa5b1", label="EMOPIA, validation clips")
        axis.hist(values[1], bins, density=True, histtype="step", linewidth=2, color="#8c2f39", label="SentiMozart")
        axis.set_title(name, fontsize=9)
        axis.set_yticks([])
        axis.tick_params(labelsize=8)
    axes.flat[0].legend(fontsize=8, frameon=False)
    figure.savefig(path, dpi=80)
    pyplot.close(figure)


def heard_difference(clips: Sequence[Clip], pieces: Sequence[Sequence[Note]]) -> float:
    """Mean valence heard in what was asked to be pleasant less that in what was asked to be unpleasant."""
    heard = np.array([load_listener().hear_notes(notes).valence for notes in pieces])
    pleasant = np.array([clip.corner[0] > 0 for clip in clips])
    return float(heard[pleasant].mean() - heard[~pleasant].mean())


def spread(values: Sequence[float]) -> str:
    """The mean of several values, and between which they lie."""
    mean = f"{np.mean(values):.3f}"
    return mean if len(values) == 1 else f"{mean} ({min(values):.3f}–{max(values):.3f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    real_music.add_argument(parser)
    parser.add_argument("--strength", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--curve", action="store_true", help="over strengths 0.25–1")
    parser.add_argument("--sound", action="store_true", help="told apart by their sound too (plays every piece)")
    args = parser.parse_args()
    if not real_music.is_given(args):
        return
    clips = [clip for clip in load_emopia(args.data).clips if clip.split == "val"]
    real, songs = [first_seconds(through_tokens(clip.notes)) for clip in clips], [clip.song for clip in clips]
    by = {"notes": note_features} | ({"sound": played_features} if args.sound else {})
    columns = "".join(f" told from real ones by {name} (AUC) |" for name in by)
    print(f"| strength |{columns} heard valence, pleasant less unpleasant |\n|---|{'---|' * len(by)}---|")
    for strength in STRENGTHS if args.curve else (args.strength,):
        seeds = [args.seed + SEEDS_APART * i for i in range(args.repeats)]
        sets = [[first_seconds(notes) for notes in compose_like(clips, strength, seed)] for seed in seeds]
        told = "".join(
            f" {spread([auc(pieces, real, songs, measure) for pieces in sets])} |" for measure in by.values()
        )
        difference = np.mean([heard_difference(clips, pieces) for pieces in sets])
        print(f"| {strength:.2f} |{told} {difference:.2f} |", flush=True)
        if args.picture and strength == args.strength:
            picture(sets[0], real, args.picture)
    print(f"| real clips |{' |' * len(by)} {heard_difference(clips, real):.2f} |")


if __name__ == "__main__":
    main()
