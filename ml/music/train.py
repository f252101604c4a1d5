"""Train the composer: python -m ml.music.train DATA… [--epochs N] [--resume] [--out DIR], DATA being EMOPIA and POP909.

Adam on random excerpts, first of POP909's songs where they are given, then of EMOPIA's clips; after every epoch the
whole state is on disk, so `--resume` loses at most the epoch that was running. The weights that are kept are those
with the least validation loss.
"""

import argparse
import copy
import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from ml import checkpoints, command, training
from ml.music import attributes
from ml.music.data import LICENCE, NEUTRAL_WITHIN, Corpus, Song, load_emopia, load_songs
from ml.music.examples import Clips, Example, Passages, Source, batch_of
from ml.music.model import Composer, event_loss
from ml.music.weights import ComposerConfig
from ml.training import Row, Run

BATCH = 16
EXCERPT = 256  # events
EXCERPTS_PER_EPOCH = 1056  # about as many events as the training clips hold
PEAK_LR = 2e-3
WARMUP_PART = 0.05
WEIGHT_DECAY = 1e-2
MAX_GRADIENT = 1.0
AFTER_SONGS_LR = 1e-3
VALIDATED = 512  # events of each validation clip
HELD_OUT_SONG = 20  # every so manieth song is kept for validation
CONDITION_NOISE = 0.15  # in units of the plane and of the attributes: neighbouring points should sound alike


@torch.inference_mode()
def validation_loss(model: Composer, chosen: list[Example], device: torch.device) -> float:
    """Nats a note over the first 512 events of each."""
    model.eval()
    total, n = 0.0, 0.0
    for i in range(0, len(chosen), BATCH):
        part = [Example(e.events[: VALIDATED + 1], e.condition) for e in chosen[i : i + BATCH]]
        events, condition, mask = (t.to(device) for t in batch_of(part))
        total += event_loss(model(events, condition), events, mask).item() * mask.sum().item()
        n += mask.sum().item()
    return total / n


class Trainer(Run):
    """The whole state of a run: network, optimiser, random numbers, the best weights so far."""

    def __init__(
        self,
        config: ComposerConfig,
        corpus: Corpus,
        songs: list[Song],
        epochs: tuple[int, int],
        seed: int,
        device: torch.device,
        out: Path,
    ) -> None:
        super().__init__(sum(epochs), seed, device, out)
        self.n_before = epochs[0]
        self.corpus, self.config = corpus, config
        self.model = Composer(config).to(device)
        self.optimiser = torch.optim.AdamW(self.model.parameters(), lr=PEAK_LR, weight_decay=WEIGHT_DECAY)
        self.random = np.random.default_rng(seed)
        self.best: dict[str, Any] = {"loss": math.inf, "epoch": 0, "model": {}}
        held_out = songs[::HELD_OUT_SONG]
        self.songs = Passages([song for song in songs if song not in held_out], corpus.emotion_map, config)
        self.clips = Clips(corpus, "train", config)
        self.song_validation = Passages(held_out, corpus.emotion_map, config).whole(EXCERPT)
        self.validation = Clips(corpus, "val", config).whole()

    @property
    def before(self) -> bool:
        """Whether this epoch is one of those on the unlabelled songs."""
        return self.epoch < self.n_before

    def state(self) -> dict[str, Any]:
        return {
            "n_before": self.n_before,
            "best": self.best,
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "random": json.dumps(self.random.bit_generator.state),
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.n_before, self.best = state["n_before"], state["best"]
        self.model.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.random.bit_generator.state = json.loads(state["random"])

    def learning_rate(self, epoch: float) -> float:
        """Warm-up and one cosine to zero for the songs, another, lower one for the clips after them."""
        if self.before:
            return cosine(epoch / self.n_before, PEAK_LR)
        peak = AFTER_SONGS_LR if self.n_before else PEAK_LR
        return cosine((epoch - self.n_before) / (self.n_epochs - self.n_before), peak)

    def random_batch(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        source: Source = self.songs if self.before else self.clips
        return batch_of([source.excerpt(self.random, EXCERPT) for _ in range(BATCH)])

    def train_epoch(self) -> float:
        self.model.train()
        n_batches = EXCERPTS_PER_EPOCH // BATCH
        total = 0.0
        for i in tqdm(range(n_batches), desc=f"epoch {self.epoch + 1}/{self.n_epochs}", disable=None):
            for group in self.optimiser.param_groups:
                group["lr"] = self.learning_rate(self.epoch + i / n_batches)
            events, condition, mask = (t.to(self.device) for t in self.random_batch())
            condition = condition + CONDITION_NOISE * torch.randn_like(condition)
            loss = event_loss(self.model(events, condition), events, mask)
            self.optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), MAX_GRADIENT)
            self.optimiser.step()
            total += loss.item()
        return total / n_batches

    def one_epoch(self) -> Row:
        loss = self.train_epoch()
        measured = self.measure()
        self.keep_best(measured["validation"])
        return {"loss": round(loss, 4), **measured}

    def measure(self) -> Row:
        """Nats a note on validation songs and clips."""
        row = {"validation": round(validation_loss(self.model, self.validation, self.device), 4)}
        if self.song_validation:
            row["songs"] = round(validation_loss(self.model, self.song_validation, self.device), 4)
        return row

    def keep_best(self, loss: float) -> None:
        """Of the epochs on the clips."""
        if not self.before and loss < self.best["loss"]:
            self.best = {"loss": loss, "epoch": self.epoch + 1, "model": copy.deepcopy(self.model.state_dict())}


def cosine(progress: float, peak: float) -> float:
    if progress < WARMUP_PART:
        return peak * (progress + 0.005) / WARMUP_PART
    return peak * 0.5 * (1 + math.cos(math.pi * (progress - WARMUP_PART) / (1 - WARMUP_PART)))


def by_name(values: attributes.Array) -> dict[str, float]:
    return dict(zip(attributes.NAMES, values.round(3).tolist(), strict=True))


def finish(trainer: Trainer, data: list[Path]) -> None:
    """Write the best weights and their card."""
    corpus = trainer.corpus
    trainer.model.load_state_dict(trainer.best["model"])
    neutral = np.stack([c.raw for c in corpus.clips])[corpus.neutral]
    card = {
        "name": "composer",
        "config": dataclasses.asdict(trainer.config),
        "emotion_map": corpus.emotion_map.as_dict(),
        "attributes": list(attributes.NAMES),
        "data": "EMOPIA (Hung et al., ISMIR 2021), training songs"
        + (f", after {len(trainer.songs.songs)} songs of POP909 (Wang et al., ISMIR 2020)" if trainer.n_before else ""),
        "licence": LICENCE,
        "split": {name: sum(c.split == name for c in corpus.clips) for name in ("train", "val")},
        "labels": "valence and arousal of a clip: mean of its quadrant's corner and the prediction of a linear "
        "judge on eight attributes, out of fold by song",
        "neutral": {
            "rule": "EMOPIA has none: clips whose out-of-fold |valence| and |arousal| are both at most "
            f"{NEUTRAL_WITHIN}, placed at that prediction; the neutral target is the plane's middle",
            "clips": len(neutral),
            "attribute_mean": by_name(neutral.mean(axis=0)) if len(neutral) else {},
            "attribute_deviation": by_name(neutral.std(axis=0)) if len(neutral) else {},
        },
        "seed": trainer.seed,
        "epochs": {"songs": trainer.n_before, "clips": trainer.epoch - trainer.n_before},
        "best_epoch": trainer.best["epoch"],
        "selection": "least validation loss over the epochs of one run",
        "validation_nats_per_note": round(trainer.best["loss"], 4),
        "parameters": sum(p.numel() for p in trainer.model.parameters()),
        "command": f"python -m ml.music.train {' '.join(d.name for d in data)} --epochs "
        f"{trainer.n_epochs - trainer.n_before} --seed {trainer.seed}"
        + (f" --song-epochs {trainer.n_before}" if trainer.n_before else ""),
        "history": trainer.history,
    }
    checkpoints.save(trainer.model, card, trainer.out / "composer.safetensors")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="+", help="emopia.zip or its folder, and pop909.zip or its folder")
    training.add_arguments(parser, n_epochs=24, out=Path("runs/composer"))
    parser.add_argument(
        "--song-epochs", type=int, default=24, help="of as many notes, on POP909 first where it is given"
    )
    args = parser.parse_args()
    training.keep_freed_memory()
    corpus, songs = load_emopia(args.data), load_songs(args.data)
    epochs = (args.song_epochs if songs else 0, args.epochs)
    device = command.pick_device(args.device)
    trainer = Trainer(ComposerConfig(), corpus, songs, epochs, args.seed, device, args.out)
    if args.resume:
        trainer.resume()
    trainer.fit(trainer.one_epoch)
    finish(trainer, args.data)


if __name__ == "__main__":
    command.run(main)
