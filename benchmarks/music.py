"""How fast is a piece composed? Beside the loop that one would write first, and beside what the memory allows.

python -m benchmarks.music [--count 10] [--seconds 30] [EMOPIA]

CPU seconds on one core, medians: wall-clock time on a busy machine says little. The plain loop is the same network
with `nn.LSTM` and its heads called once an event. The floor is the time to read every weight once, from memory at
the speed a large copy reaches. What reading the weights as 8-bit integers costs is measured in nats a note, over
EMOPIA's validation clips where they are given, else over the song in the tests' fixtures.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from tqdm import tqdm

from benchmarks import real_music
from ml import checkpoints
from ml.domain import Piece
from ml.emotion import TARGETS, target
from ml.music import audio
from ml.music.data import Song, load_emopia
from ml.music.decoder import Decoder
from ml.music.examples import Clips, Example, Passages, batch_of
from ml.music.line import UpperLine
from ml.music.maker import WEIGHTS, MusicMaker, load_maker
from ml.music.midi import read_notes
from ml.music.model import Composer
from ml.music.phrases import TOO_LONG, chances
from ml.music.request import Request
from ml.music.tokens import SHIFTS_S
from ml.music.weights import ComposerConfig

CANDIDATES = 8
N_EVENTS = 200  # of each loop's measurement
REPEATS = 5
FIXTURE = Path(__file__).parents[1] / "tests" / "fixtures" / "pop909_001.mid"


def cpu_s(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def median_cpu_s(work: Callable[[], object], repeats: int = REPEATS) -> float:
    return float(np.median([cpu_s(work) for _ in range(repeats)]))


@torch.inference_mode()
def plain_loop(model: Composer, n_pieces: int) -> None:
    """N_EVENTS events by `nn.LSTM` and the heads as they are, drawn by `torch.multinomial`."""
    event = torch.tensor([list(model.config.sizes)]).expand(n_pieces, -1)
    condition = torch.zeros(n_pieces, model.config.condition)
    state: tuple[torch.Tensor, torch.Tensor] | None = None
    for _ in range(N_EVENTS):
        embedded = [embed(event[:, i]) for i, embed in enumerate(model.embed)]
        memory, state = model.lstm(torch.cat([*embedded, condition], dim=-1)[:, None], state)
        known, parts = [memory[:, 0], condition], []
        for head, embed in zip(model.heads, model.embed, strict=True):
            odds = head(torch.cat(known, dim=-1)).softmax(dim=-1)
            parts.append(torch.multinomial(odds, 1).squeeze(-1))
            known.append(embed(parts[-1]))
        event = torch.stack(parts, dim=-1)


def our_loop(maker: MusicMaker, n_pieces: int) -> None:
    """N_EVENTS events by the decoder, sampled as the product samples them."""
    decoder, random = maker.decoder, np.random.default_rng(0)
    told = decoder.told(np.zeros((n_pieces, maker.weights.config.condition), dtype=np.float32))
    memory, line, clock_s = decoder.blank(n_pieces), UpperLine(n_pieces), np.zeros(n_pieces)
    drawn = chances(n_pieces, random)
    for _ in range(N_EVENTS):
        events, memory = decoder.go_on(told, memory, next(drawn), TOO_LONG, line.at)
        clock_s = clock_s + SHIFTS_S[events[:, 0]]
        line.hear(events, clock_s)


def loops(maker: MusicMaker) -> None:
    print("\n| events a CPU second | one piece | 8 pieces |\n|---|---|---|")
    model, _ = checkpoints.load_model(WEIGHTS, ComposerConfig, Composer)
    rates = {}
    for name, loop in (
        ("plain `nn.LSTM` loop", lambda n: plain_loop(model, n)),
        ("ours", lambda n: our_loop(maker, n)),
    ):
        rates[name] = [n * N_EVENTS / median_cpu_s(lambda n=n, loop=loop: loop(n)) for n in (1, CANDIDATES)]  # type: ignore[misc]
        print(f"| {name} | {rates[name][0]:,.0f} | {rates[name][1]:,.0f} |", flush=True)
    plain, ours = rates.values()
    print(f"| ratio | {ours[0] / plain[0]:.1f} | {ours[1] / plain[1]:.1f} |")
    floor(maker, ours[1] / CANDIDATES)


def floor(maker: MusicMaker, steps_per_s: float) -> None:
    """The time of a step beside the time to read its weights."""
    n_bytes = sum(array.size for name, array in maker.weights.arrays.items() if "embed" not in name)
    block = np.ones(64 * 2**20, dtype=np.int64)  # 512 MB: no cache holds it
    bytes_per_s = block.nbytes / median_cpu_s(lambda: block.sum())
    print(
        f"\nA step for 8 pieces takes {1e3 / steps_per_s:.2f} ms; its {n_bytes / 1e6:.1f} MB of 8-bit weights are "
        f"read in {1e3 * n_bytes / bytes_per_s:.2f} ms at the {bytes_per_s / 1e9:.1f} GB/s measured."
    )


def pieces(maker: MusicMaker, count: int, seconds: float) -> None:
    """CPU seconds of whole pieces, composed with all candidates, and until their first phrase can sound."""
    print(
        f"\n| {seconds:g} s, {CANDIDATES} candidates | first phrase composed and rendered | whole composed | rendered "
        "| in all |\n|---|---|---|---|---|"
    )
    for name in TARGETS:
        rows = [
            timed_piece(maker, Request(target(name), seconds, seed, CANDIDATES))
            for seed in tqdm(range(count), desc=name, disable=None)
        ]
        first, composed, rendered = np.median(rows, axis=0)
        print(
            f"| {name} | {first:.2f} s | {composed:.2f} s | {rendered:.2f} s | {composed + rendered:.2f} s |",
            flush=True,
        )


def timed_piece(maker: MusicMaker, request: Request) -> tuple[float, float, float]:
    """CPU seconds until the first phrase can sound, for composing, for rendering."""
    started = time.process_time()
    openings: list[tuple[float, Piece]] = []
    piece = maker.compose(request, on_opening=lambda opening: openings.append((time.process_time() - started, opening)))
    composed_s = time.process_time() - started
    phrase_s, opening = openings[0]
    return phrase_s + rendering_cpu_s(opening), composed_s, rendering_cpu_s(piece)


def rendering_cpu_s(piece: Piece) -> float:
    """To an MP3; FluidSynth's time is a child process's."""
    with tempfile.TemporaryDirectory() as folder:
        before_s = time.process_time() + child_s()
        audio.render_notes(piece.notes, Path(folder, "piece.mp3"))
        return time.process_time() + child_s() - before_s


def child_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def losses_of(logits: list[torch.Tensor], events: torch.Tensor) -> torch.Tensor:
    """(B,) negative log-likelihoods of (B, 4) events, summed over their parts."""
    parts = [F.cross_entropy(part, events[:, i], reduction="none") for i, part in enumerate(logits)]
    return torch.stack(parts).sum(dim=0)


@torch.inference_mode()
def nats(decoder: Decoder, examples: Sequence[Example], length: int = 256) -> float:
    """Mean negative log-likelihood of a note over the first `length` events of each example, 16 at a time."""
    total, n = 0.0, 0.0
    for i in range(0, len(examples), 16):
        part = [Example(e.events[: length + 1], e.condition) for e in examples[i : i + 16]]
        events, condition, mask = batch_of(part)
        told, memory = decoder.told(condition.numpy()), decoder.blank(len(part))
        for t in range(events.size(1) - 1):
            memory = decoder.hear(events[:, t].numpy(), told, memory)
            logits = decoder.foretell(told, memory, events[:, t + 1].numpy())
            each = losses_of([torch.from_numpy(part) for part in logits], events[:, t + 1])
            total += float((each * mask[:, t]).sum())
            n += float(mask[:, t].sum())
    return total / n


def quantisation(maker: MusicMaker, data: list[Path]) -> None:
    """What 8-bit weights cost in likelihood."""
    config = maker.weights.config
    if data:
        examples = Clips(load_emopia(data), "val", config).whole()
        what = f"{len(examples)} validation clips"
    else:
        passages = Passages([Song("001", read_notes(FIXTURE))], maker.emotion_map, config)
        examples, what = (
            [passages.passage(passages.songs[0], at, 256) for at in range(0, 1280, 256)],
            "one song of POP909",
        )
    exact, integers = (nats(Decoder(maker.weights, exact=exact), examples) for exact in (True, False))
    print(
        f"\n{what}: {exact:.4f} nats a note in 32-bit floats, {integers:.4f} in 8-bit integers "
        f"({integers - exact:+.4f})"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=30.0)
    real_music.add_argument(parser)
    args = parser.parse_args()
    maker = load_maker()
    pieces(maker, args.count, args.seconds)
    loops(maker)
    quantisation(maker, args.data)


if __name__ == "__main__":
    main()
