"""Compose pieces: python -m ml.music.generate --emotion happy --out DIR [--count N] [--seed S] …

Several candidates are decoded together in one batch; the judge keeps the one that sounds nearest to the target.
Piece number i of a call has seed S + i, so any piece can be made again alone.
"""

import argparse
import json
import math
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from ml import checkpoints, command
from ml.domain import EmotionTarget, Note, Piece
from ml.emotion import TARGETS, target
from ml.errors import CheckpointError, EmotionError, MidiError
from ml.music import audio
from ml.music.attributes import EmotionMap
from ml.music.ending import ENDING_S, with_cadence
from ml.music.key import find_key, mode_on, offset_of
from ml.music.midi import one_key_one_note, read_notes, write_midi
from ml.music.model import Composer, ComposerConfig, State
from ml.music.request import Request
from ml.music.tokens import SHIFTS_S, SIZES, START, decode, encode

WEIGHTS = checkpoints.WEIGHTS_DIR / "composer.safetensors"
MOST_NOTES_PER_S = 40  # a bound on network steps; EMOPIA's densest clip has 29
LONGEST_SHIFT_S = 2.0  # so that no silence outlasts 3 s
# The template gives a quadrant's average clip; a listener needs a clear one. Valence is the faint axis (in EMOPIA it
# explains a quarter of the mode's variance, arousal two fifths of the density's), so it alone is drawn boldly.
BOLD_VALENCE, BOLD_AROUSAL = 2.0, 1.1
VARIETY = 0.35  # deviation of a candidate's attributes around the template's, in standard units
TEMPERATURE, NUCLEUS = 0.97, 0.95  # of every part of an event (Holtzman et al. 2020)

Progress = Callable[[float], None]


class MusicMaker:
    """The trained composer with its emotion map, ready to make pieces."""

    def __init__(self, model: Composer, emotion_map: EmotionMap, name: str) -> None:
        self.model, self.emotion_map, self.name = model, emotion_map, name

    @torch.inference_mode()
    def compose(self, request: Request, on_progress: Progress = lambda part: None) -> Piece:
        """Decode the candidates together and return the one nearest to the target; the same request, the same piece."""
        generator = torch.Generator().manual_seed(request.seed)
        tonic = find_key(request.primer).tonic if request.primer else int(torch.randint(12, (1,), generator=generator))
        conditions = self.conditions(request, generator)
        candidates, n_steps = self.decode_batch(request, tonic, conditions, generator, on_progress)
        wanted = self.wanted_point(request.target)
        notes = min(candidates, key=lambda candidate: math.dist(self.emotion_map.heard(candidate), wanted))
        return Piece(notes, request.target, request.seed, tonic, mode_on(notes, tonic), n_steps)

    def wanted_point(self, target: EmotionTarget) -> tuple[float, float]:
        return target.valence * target.strength, target.arousal * target.strength

    def conditions(self, request: Request, generator: torch.Generator) -> torch.Tensor:
        """(candidates, 8): the wanted point and attributes that go with it, each candidate's a little different."""
        point = self.wanted_point(request.target)
        attributes = self.emotion_map.expected(BOLD_VALENCE * point[0], BOLD_AROUSAL * point[1])
        one = torch.tensor([*point, *attributes], dtype=torch.float32)
        conditions = one.repeat(request.n_candidates, 1)
        conditions[:, 2:] += VARIETY * torch.randn(request.n_candidates, len(attributes), generator=generator)
        return conditions

    def hear(self, request: Request, tonic: int, conditions: torch.Tensor) -> tuple[torch.Tensor, State, int]:
        """Run the start event and the primer: the LSTM's output, its state, steps taken."""
        events = np.array([START])
        if request.primer:
            events = np.concatenate([events, encode(request.primer, offset_of(tonic))])
        state = self.model.start_state(request.n_candidates)
        memory = torch.empty(0)
        for event in torch.from_numpy(events):
            memory, state = self.model.step(event.expand(request.n_candidates, 4), conditions, state)
        return memory, state, len(events) * request.n_candidates

    def decode_batch(
        self, request: Request, tonic: int, conditions: torch.Tensor, generator: torch.Generator, on_progress: Progress
    ) -> tuple[list[tuple[Note, ...]], int]:
        """Sample events until every candidate has reached its ending."""
        memory, state, n_steps = self.hear(request, tonic, conditions)
        begin_s = request.primer[-1].start_s if request.primer else 0.0
        end_s = request.seconds - ENDING_S
        clock_s = np.full(request.n_candidates, begin_s)
        sampled: list[torch.Tensor] = []
        for _ in range(int(MOST_NOTES_PER_S * request.seconds)):
            event = self.sample(memory, conditions, first=not sampled and not request.primer, generator=generator)
            sampled.append(event)
            clock_s += SHIFTS_S[event[:, 0].numpy()]
            if len(sampled) % 16 == 0:
                on_progress(min(float(clock_s.min() - begin_s) / (end_s - begin_s), 1.0))
            if clock_s.min() >= end_s:
                break
            memory, state = self.model.step(event, conditions, state)
            n_steps += request.n_candidates
        rows = torch.stack(sampled, dim=1).numpy()  # (B, T, 4)
        finished = [self.finish(row, request, tonic, begin_s) for row in rows]
        return finished, n_steps

    def finish(
        self, events: np.typing.NDArray[np.int64], request: Request, tonic: int, begin_s: float
    ) -> tuple[Note, ...]:
        """One candidate's notes: the primer, what was sampled, and the closing cadence."""
        notes = one_key_one_note([*request.primer, *decode(events, offset_of(tonic), begin_s)])
        return with_cadence(notes, tonic, request.seconds)

    def sample(
        self, memory: torch.Tensor, conditions: torch.Tensor, first: bool, generator: torch.Generator
    ) -> torch.Tensor:
        """(B, 4): the next event of every candidate, part by part."""
        known = [memory, conditions]
        parts: list[torch.Tensor] = []
        for i, (head, embed) in enumerate(zip(self.model.heads, self.model.embed, strict=True)):
            logits = head(torch.cat(known, dim=-1)) / TEMPERATURE
            if i == 0:
                logits[:, SHIFTS_S > LONGEST_SHIFT_S] = -math.inf
                if first:
                    logits[:, 1:] = -math.inf  # a piece begins at once
            parts.append(nucleus_sample(logits, generator))
            known.append(embed(parts[-1]))
        return torch.stack(parts, dim=-1)


def nucleus_sample(logits: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """(B, n) logits → (B,) indices drawn from the likeliest ones that together hold NUCLEUS of the probability."""
    probabilities, order = logits.softmax(dim=-1).sort(dim=-1, descending=True)
    before = probabilities.cumsum(dim=-1) - probabilities
    probabilities = probabilities.masked_fill(before > NUCLEUS, 0.0)
    drawn = torch.multinomial(probabilities, 1, generator=generator)
    return order.gather(-1, drawn).squeeze(-1)


@lru_cache(maxsize=2)
def load_maker(weights: Path = WEIGHTS) -> MusicMaker:
    """The composer of a checkpoint, loaded once a process.

    Sets PyTorch to one thread per operation, for the whole process: these matrices are small, and a sum that is
    split among cores differs in its last bit from machine to machine, which would break "same seed, same bytes".

    Raises:
        CheckpointError: weights or card missing, broken, or made for another vocabulary.
    """
    torch.set_num_threads(1)
    model, card = checkpoints.load_model(weights, ComposerConfig, Composer)
    if model.config.sizes != tuple(SIZES):
        raise CheckpointError(
            "bad-checkpoint", f"{weights}: made for vocabulary {model.config.sizes}, this code has {tuple(SIZES)}"
        )
    return MusicMaker(model, EmotionMap.from_dict(card["emotion_map"]), str(card["name"]))


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
    parser.add_argument("--strength", type=float, default=1.0, help="0–1")
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
