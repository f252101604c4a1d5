"""Are the pieces heard as the emotion they were asked for? By the listener model, beside real clips.

python -m benchmarks.emotion [--count 50] [--seconds 30] [--seed 1000] [--strength 1.0] [--audio] [--curve]
                             [EMOPIA]

The listener that reports here is not the judge that picks the candidates: another model on other features (notes),
and with --audio a third one that hears the rendered sound alone. All are trained on EMOPIA's labels and stand in for
people, which only the study can replace. With EMOPIA given, the same listeners hear its validation clips.
"""

import argparse
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from benchmarks import real_music
from ml.domain import Note, Piece
from ml.emotion import TARGETS, target
from ml.music import audio
from ml.music.data import CORNERS, load_emopia
from ml.music.listen import load_listener
from ml.music.maker import load_maker
from ml.music.midi import write_notes
from ml.music.request import Request

Floats = npt.NDArray[np.float64]
Hear = Callable[[Sequence[Note]], tuple[float, float]]

NEUTRAL_WITHIN = 0.2  # of the middle: the listener's valence there is called neutral
MERGED = ("happy", "sad", "neutral")
QUADRANTS = {point: name for name, point in TARGETS.items() if name != "neutral"}
STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Heard:
    """What one listener made of N pieces.

    Args:
        asked: (N,) emotions.
        points: (N, 2) valence and arousal heard.
    """

    asked: npt.NDArray[np.str_]
    points: Floats

    def of(self, name: str) -> Floats:
        chosen: Floats = self.points[self.asked == name]
        return chosen

    def auc(self) -> float:
        """How often a happy piece is heard as more pleasant than a sad one (area under the ROC curve)."""
        happy, sad = self.of("happy")[:, 0], self.of("sad")[:, 0]
        above = (happy[:, None] > sad).mean() + 0.5 * (happy[:, None] == sad).mean()
        return float(above)

    def correlation(self, axis: int) -> float:
        """Between the asked and the heard valence (0) or arousal (1), over all pieces."""
        wanted = [TARGETS[name][axis] for name in self.asked]
        return float(np.corrcoef(wanted, self.points[:, axis])[0, 1])

    def right(self, axis: int) -> float:
        """Part of the pieces of the four quadrants whose side of the axis is heard."""
        some = self.asked != "neutral"
        wanted = np.array([TARGETS[name][axis] for name in self.asked[some]])
        return float((np.sign(self.points[some, axis]) == wanted).mean())

    def right_quadrant(self) -> float:
        some = self.asked != "neutral"
        named = [QUADRANTS[1.0 if v >= 0 else -1.0, 1.0 if a >= 0 else -1.0] for v, a in self.points[some]]
        return float((np.array(named) == self.asked[some]).mean())

    def right_of_three(self) -> float:
        """Part of the happy, sad and neutral pieces that are heard as that, by valence alone."""
        some = np.isin(self.asked, MERGED)
        valence = self.points[some, 0]
        named = np.where(np.abs(valence) <= NEUTRAL_WITHIN, "neutral", np.where(valence > 0, "happy", "sad"))
        return float((named == self.asked[some]).mean())


def compose(count: int, seconds: float, seed: int, strength: float, names: Sequence[str]) -> dict[str, list[Piece]]:
    maker = load_maker()
    return {
        name: [
            maker.compose(Request(target(name, strength), seconds, seed + i))
            for i in tqdm(range(count), desc=f"{name} {strength:g}", disable=None)
        ]
        for name in names
    }


def listen(music: dict[str, list[Sequence[Note]]], hear: Hear) -> Heard:
    asked = [name for name, some in music.items() for _ in some]
    points = [hear(notes) for some in music.values() for notes in tqdm(some, desc="listening", disable=None)]
    return Heard(np.array(asked), np.array(points))


def hear_notes(notes: Sequence[Note]) -> tuple[float, float]:
    heard = load_listener().hear_notes(notes)
    return heard.valence, heard.arousal


def hear_sound(notes: Sequence[Note]) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        midi, wav = Path(folder, "piece.mid"), Path(folder, "piece.wav")
        write_notes(notes, midi)
        audio.render(midi, wav)
        heard = load_listener().hear_audio(wav)
    return heard.valence, heard.arousal


def summary(what: str, heard: Heard) -> None:
    """One row of the table."""
    neutral = "neutral" in heard.asked
    three = f"{heard.right_of_three():.2f}" if neutral else "–"
    print(
        f"| {what} | {heard.auc():.3f} | {heard.correlation(0):.2f} | {three} | {heard.right_quadrant():.2f} | "
        f"{heard.right(0):.2f} | {heard.right(1):.2f} |",
        flush=True,
    )


def by_emotion(heard: Heard) -> None:
    print("\n| heard by the listener of notes | valence | arousal |\n|---|---|---|")
    for name in TARGETS:
        if name in heard.asked:
            mean, deviation = heard.of(name).mean(axis=0), heard.of(name).std(axis=0)
            print(f"| {name} | {mean[0]:+.2f} ± {deviation[0]:.2f} | {mean[1]:+.2f} ± {deviation[1]:.2f} |")


def notes_of(pieces: dict[str, list[Piece]]) -> dict[str, list[Sequence[Note]]]:
    return {name: [piece.notes for piece in some] for name, some in pieces.items()}


def real_clips(data: list[Path]) -> dict[str, list[Sequence[Note]]]:
    """EMOPIA's validation clips by the emotion that their quadrant stands for."""
    music: dict[str, list[Sequence[Note]]] = {QUADRANTS[corner]: [] for corner in CORNERS.values()}
    for clip in load_emopia(data).clips:
        if clip.split == "val":
            music[QUADRANTS[clip.corner]].append(clip.notes)
    return music


def curve(count: int, seconds: float, seed: int) -> None:
    """Heard valence as the strength grows."""
    print("\n| strength | happy | sad | difference |\n|---|---|---|---|")
    for strength in STRENGTHS:
        heard = listen(notes_of(compose(count, seconds, seed, strength, ("happy", "sad"))), hear_notes)
        happy, sad = heard.of("happy")[:, 0].mean(), heard.of("sad")[:, 0].mean()
        print(f"| {strength:.2f} | {happy:+.2f} | {sad:+.2f} | {happy - sad:.2f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=50, help="pieces for each emotion")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1000)
    parser.add_argument("--strength", type=float, default=1.0)
    parser.add_argument("--audio", action="store_true", help="also by the listener of sound (renders every piece)")
    parser.add_argument("--curve", action="store_true", help="also over strengths 0–1")
    real_music.add_argument(parser)
    args = parser.parse_args()
    music = notes_of(compose(args.count, args.seconds, args.seed, args.strength, tuple(TARGETS)))
    sources = {"ours": music} | ({"EMOPIA's validation clips": real_clips(args.data)} if args.data else {})
    listeners = {"notes": hear_notes} | ({"sound": hear_sound} if args.audio else {})
    print("| music, heard by | happy–sad AUC | asked–heard valence r | of three | quadrant | valence | arousal |")
    print("|---|---|---|---|---|---|---|")
    ours = None
    for what, some in sources.items():
        for by, hear in listeners.items():
            heard = listen(some, hear)
            ours = ours or heard
            summary(f"{what}, {by}", heard)
    assert ours is not None
    by_emotion(ours)
    if args.curve:
        curve(args.count, args.seconds, args.seed)


if __name__ == "__main__":
    main()
