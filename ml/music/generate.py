"""Compose pieces: python -m ml.music.generate --emotion happy --out DIR [--count N] [--seed S] …

Several candidates of each phrase are decoded together; the judge keeps the one that sounds nearest to the target.
Piece number i of a call has seed S + i, so any piece can be made again alone.
"""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from ml import command
from ml.domain import STRONGEST, EmotionTarget, Note
from ml.emotion import TARGETS, target
from ml.errors import EmotionError, MidiError
from ml.music import audio
from ml.music.maker import MusicMaker, load_maker
from ml.music.midi import read_notes, write_midi
from ml.music.request import Request


def parse_target(args: argparse.Namespace) -> EmotionTarget:
    if args.emotion is not None:
        if args.valence is not None or args.arousal is not None:
            raise EmotionError("bad-emotion", "give --emotion or --valence and --arousal, not both")
        return target(args.emotion, args.strength)
    if args.valence is None or args.arousal is None:
        raise EmotionError("bad-emotion", f"give --emotion ({', '.join(TARGETS)}) or both --valence and --arousal")
    return EmotionTarget("custom", args.valence, args.arousal, args.strength)


def file_stem(piece_target: EmotionTarget, seed: int) -> str:
    """A name that the target and the seed fix."""
    name = piece_target.name
    if name == "custom":
        name = f"v{piece_target.valence:+.2f}a{piece_target.arousal:+.2f}"
    return f"{name}-s{piece_target.strength:.2f}-{seed:05d}"


def make_one(maker: MusicMaker, request: Request, out: Path, audio_kind: str) -> dict[str, Any]:
    """Compose, write and render one piece; returns its line of the report."""
    started = time.perf_counter()
    with tqdm(total=1.0, desc=f"seed {request.seed}", disable=None) as bar:
        piece = maker.compose(request, lambda part: bar.update(part - bar.n))
    path = out / f"{file_stem(request.target, request.seed)}.mid"
    write_midi(piece, path)
    composed = time.perf_counter()
    if audio_kind != "none":
        audio.render_as(path, path.with_suffix(f".{audio_kind}"))
    wanted = request.target
    return {
        "file": str(path),
        "emotion": wanted.name,
        "valence": wanted.valence,
        "arousal": wanted.arousal,
        "strength": wanted.strength,
        "seconds": round(piece.duration_s, 3),
        "notes": len(piece.notes),
        "seed": piece.seed,
        "tokens": piece.n_steps,
        "generate_s": round(composed - started, 3),
        "render_s": round(time.perf_counter() - composed, 3) if audio_kind != "none" else 0.0,
    }


def primer_notes(path: Path | None) -> Sequence[Note]:
    """The primer's notes, moved to begin at 0 s."""
    if path is None:
        return ()
    notes = read_notes(path)
    begin_s = notes[0].start_s
    return tuple(Note(n.pitch, n.velocity, n.start_s - begin_s, n.end_s - begin_s) for n in notes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--emotion", help=", ".join(TARGETS))
    parser.add_argument("--valence", type=float)
    parser.add_argument("--arousal", type=float)
    parser.add_argument("--strength", type=float, default=1.0, help=f"0–{STRONGEST:g}")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--candidates", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--primer", type=Path, help="a MIDI file to go on from")
    parser.add_argument("--audio", choices=("none", "wav", "ogg"), default="none")
    args = parser.parse_args()
    if not 1 <= args.count <= 10_000:
        raise MidiError("bad-count", f"--count must be 1–10000, not {args.count}")
    wanted, primer = parse_target(args), tuple(primer_notes(args.primer))
    requests = [Request(wanted, args.seconds, args.seed + i, args.candidates, primer) for i in range(args.count)]
    maker = load_maker()
    if args.audio != "none":
        audio.check_ready()  # before anything is written
    args.out.mkdir(parents=True, exist_ok=True)
    for request in requests:
        print(json.dumps(make_one(maker, request, args.out, args.audio)), flush=True)


if __name__ == "__main__":
    command.run(main)
