"""Train the listener: python -m ml.music.listen_train DATA… [--out DIR] [--only notes|sound], DATA being EMOPIA.

The ear for notes learns from the clips' MIDI, the ear for sound from the same clips played on two soundfonts, on
several pianos, in several rooms and at varied tempi. Both are measured by song-wise cross-validation over all clips;
what is kept is fitted on the training songs alone.
"""

import argparse
import json
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from ml import checkpoints, command
from ml.domain import Note
from ml.errors import DataError
from ml.music.data import LICENCE, Clip, load_emopia
from ml.music.listen import NOTES_WEIGHTS, SOUND_WEIGHTS
from ml.music.listening import growing, rendering
from ml.music.listening.ear import AXES, Ear
from ml.music.listening.growing import Labelled, table_of
from ml.music.listening.note_features import note_features
from ml.music.listening.score import Features, Floats
from ml.music.listening.sound import RATE, read_sound
from ml.music.listening.sound_features import sound_features
from ml.music.trees import N_BINS

Flags = npt.NDArray[np.bool_]

EXCERPT_S = 8.0  # as long as the opening that a composer's candidates are judged by
FEWEST_NOTES = 5  # a shorter excerpt teaches nothing
CITATION = "EMOPIA (Hung et al., ISMIR 2021), training songs"


def from_notes(clips: Sequence[Clip]) -> Labelled:
    """Three rows for each clip: all of it, its opening and its middle."""
    rows = [
        note_features(part)
        for clip in tqdm(clips, desc="measuring notes", disable=None)
        for part in (clip.notes, excerpt(clip.notes, 0.0), excerpt(clip.notes, 0.5))
    ]
    return labelled(clips, rows, [True, False, False])


def excerpt(notes: Sequence[Note], place: float) -> Sequence[Note]:
    """EXCERPT_S of the notes, from their beginning (0) to their end (1); all of them where few lie there."""
    begin_s = notes[0].start_s + place * max(notes[-1].start_s - notes[0].start_s - EXCERPT_S, 0.0)
    part = [note for note in notes if begin_s <= note.start_s < begin_s + EXCERPT_S]
    return part if len(part) >= FEWEST_NOTES else notes


def from_sound(clips: Sequence[Clip], seed: int, folder: Path) -> Labelled:
    """Two rows for each font that a clip is played on: all of it and its opening."""
    files = rendering.render_clips([(clip.name, clip.notes) for clip in clips], seed, folder)
    rows = []
    for path in tqdm([path for played in files for path in played], desc="measuring sound", disable=None):
        sound = read_sound(path)
        rows += [sound_features(sound), sound_features(sound[: int(EXCERPT_S * RATE)])]
    return labelled(clips, rows, [True, False] * len(rendering.FONTS))


def labelled(clips: Sequence[Clip], rows: list[Features], whole: list[bool]) -> Labelled:
    """The rows, as many a clip as `whole` is long, with the clips' labels."""
    names, table = table_of(rows)
    of = np.repeat(np.arange(len(clips)), len(whole))
    high = np.array([[axis > 0 for axis in clip.corner] for clip in clips])
    songs = np.array([clip.song for clip in clips])
    return Labelled(names, table, high[of], songs[of], of, np.tile(whole, len(clips)))


def measured(data: Labelled, heard: Floats) -> dict[str, Any]:
    """Scores on whole clips, and on their excerpts."""
    whole = growing.scores(heard[data.whole], data.high[data.whole])
    return whole | {f"excerpts_of_{EXCERPT_S:.0f}_s": growing.scores(heard[~data.whole], data.high[~data.whole])}


def card_of(data: Labelled, ear: Ear, train: Flags, args: argparse.Namespace) -> checkpoints.Card:
    """What the ear is, what made it, and how good it is."""
    heard = growing.out_of_fold(data, args.seed)
    val = data.rows(~train[data.clips])
    n_clips = np.unique([clip_song for clip_song, _ in set(zip(val.songs, val.clips, strict=True))], return_counts=True)
    sources = " ".join(source.name for source in args.data)
    card = {
        "config": {"features": list(data.names), "bins": N_BINS, "trees": growing.N_TREES},
        "model": "valence and arousal are each the mean of two probabilities: extremely randomised trees, "
        "logistic regression on standard features",
        "data": f"{sources}: {CITATION}",
        "licence": LICENCE,
        "split": {"train": int(train.sum()), "val": int((~train).sum())},
        "fitted_on": "the training songs only",
        "cross_validated": {"folds": growing.N_FOLDS, "by": "song, over all clips", **measured(data, heard)},
        "val": {
            "note": f"{len(n_clips[0])} recordings; {n_clips[1].max()} of the clips are from one of them",
            **measured(val, ear.feel(val.table)),
        },
        "seed": args.seed,
        "command": f"python -m ml.music.listen_train {sources} --seed {args.seed}",
    }
    return card | (robustness(data, heard) if data.whole.sum() > len(train) else {})


def robustness(data: Labelled, heard: Floats) -> dict[str, Any]:
    """How far a reading moves when the same clip is played on the other font, in another room, at another tempo."""
    first, second = (heard[data.whole][k :: len(rendering.FONTS)] for k in (0, 1))
    moves = np.median(np.abs(first - second), axis=0).tolist()
    same = ((first >= 0) == (second >= 0)).mean(axis=0).tolist()
    how = {
        "between": "two renderings of a clip, one a font; piano, tempo and reverb differ as well",
        "fonts": [font.name for font in rendering.FONTS],
        "pianos": f"General MIDI 1–{rendering.PROGRAMMES}",
        "tempo": f"±{rendering.STRETCH:.0%}",
        "reverb": "from none to a hall",
        "level": "no effect: a sound is brought to one level before it is measured",
    }
    for i, axis in enumerate(AXES):
        how |= {f"{axis}_median_move": round(moves[i], 4), f"{axis}_same_side": round(same[i], 4)}
    return {"robustness": how}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="+", metavar="DATA", help="emopia.zip, or the folder it holds")
    parser.add_argument("--out", type=Path, default=Path("runs/listener"))
    parser.add_argument("--only", choices=("notes", "sound"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--renders", type=Path, metavar="DIR", help="keep the played clips here")
    args = parser.parse_args()
    clips = load_emopia(args.data).clips
    train = np.array([clip.split == "train" for clip in clips])
    if len({clip.song for clip in clips}) < growing.N_FOLDS or train.all():
        raise DataError("bad-data", f"{args.data[0]}: fewer than {growing.N_FOLDS} songs, or no validation clips")
    if args.only != "sound":
        keep(args.out / NOTES_WEIGHTS.name, from_notes(clips), train, args)
    if args.only != "notes":
        with nullcontext(args.renders) if args.renders else tempfile.TemporaryDirectory() as folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            keep(args.out / SOUND_WEIGHTS.name, from_sound(clips, args.seed, Path(folder)), train, args)


def keep(path: Path, data: Labelled, train: Flags, args: argparse.Namespace) -> None:
    """Fit an ear on the training songs, measure it, write it."""
    ear = growing.fit_ear(data.rows(train[data.clips]), args.seed)
    card = card_of(data, ear, train, args)
    ear.save(path, {"name": path.stem, **card})
    print(json.dumps({"file": str(path), "cross_validated": card["cross_validated"], "val": card["val"]}), flush=True)


if __name__ == "__main__":
    command.run(main)
