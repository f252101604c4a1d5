"""Train the composer: python -m ml.music.train DATA… [--epochs N] [--resume] [--out DIR], DATA being EMOPIA.

Adam on random excerpts, stretched a little in time; after every epoch the whole state is on disk, so `--resume`
loses at most the epoch that was running. The weights that are kept are those with the least validation loss.
"""

import argparse
import copy
import dataclasses
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from ml import checkpoints, command, training
from ml.domain import Note
from ml.music import attributes
from ml.music.data import NEUTRAL_WITHIN, Corpus, load_emopia
from ml.music.model import Composer, ComposerConfig, event_loss
from ml.music.tokens import START, Events, encode
from ml.training import Row, Run

BATCH = 32
EXCERPT = 256  # events
EXCERPTS_PER_EPOCH = 1056  # about as many events as the training clips hold
PEAK_LR = 2e-3
WARMUP_PART = 0.05
WEIGHT_DECAY = 1e-2
MAX_GRADIENT = 1.0
STRETCH = 0.08  # tempo is varied by up to this part either way
CONDITION_NOISE = 0.15  # in units of the plane and of the attributes: neighbouring points should sound alike


@dataclass
class Example:
    """One clip ready for training: events that begin with the start event, and the condition that goes with it."""

    events: Events
    condition: attributes.Array


def stretched(notes: tuple[Note, ...], factor: float) -> list[Note]:
    return [Note(n.pitch, n.velocity, n.start_s * factor, n.end_s * factor) for n in notes]


def examples(corpus: Corpus, split: str, factor: float = 1.0) -> list[Example]:
    """The clips of one split as events, played `factor` times as slowly."""
    chosen = []
    for clip, point in zip(corpus.clips, corpus.points, strict=True):
        if clip.split == split:
            raw = clip.raw.copy()
            raw[attributes.NAMES.index("density")] -= math.log2(factor)
            raw[attributes.NAMES.index("articulation")] += math.log2(factor)
            condition = np.concatenate([point, corpus.emotion_map.standard(raw)])
            events = encode(stretched(clip.notes, factor), clip.key.offset)
            chosen.append(Example(np.concatenate([[START], events]), condition))
    return chosen


def batch_of(chosen: list[Example], starts: list[int], length: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Excerpts of at most `length` + 1 events from `starts`, padded: events, condition, mask of events to predict."""
    cut = [e.events[s : s + length + 1] for e, s in zip(chosen, starts, strict=True)]
    T = max(len(c) for c in cut)
    events = torch.zeros(len(cut), T, len(START), dtype=torch.long)
    mask = torch.zeros(len(cut), T - 1)
    for i, c in enumerate(cut):
        events[i, : len(c)] = torch.from_numpy(c)
        mask[i, : len(c) - 1] = 1.0
    condition = torch.tensor(np.stack([e.condition for e in chosen]), dtype=torch.float32)
    return events, condition, mask


@torch.inference_mode()
def validation_loss(model: Composer, chosen: list[Example], device: torch.device) -> float:
    """Nats a note over whole clips, up to 512 events each."""
    model.eval()
    total, n = 0.0, 0.0
    for i in range(0, len(chosen), BATCH):
        part = chosen[i : i + BATCH]
        events, condition, mask = (t.to(device) for t in batch_of(part, [0] * len(part), 512))
        total += event_loss(model(events, condition), events, mask).item() * mask.sum().item()
        n += mask.sum().item()
    return total / n


class Trainer(Run):
    """The whole state of a run: network, optimiser, random numbers, the best weights so far."""

    def __init__(self, corpus: Corpus, n_epochs: int, seed: int, device: torch.device, out: Path) -> None:
        super().__init__(n_epochs, seed, device, out)
        self.corpus = corpus
        self.config = ComposerConfig()
        self.model = Composer(self.config).to(device)
        self.optimiser = torch.optim.AdamW(self.model.parameters(), lr=PEAK_LR, weight_decay=WEIGHT_DECAY)
        self.random = np.random.default_rng(seed)
        self.best: dict[str, Any] = {"loss": math.inf, "epoch": 0, "model": {}}
        factors = np.linspace(1 - STRETCH, 1 + STRETCH, 5)
        self.train_sets = [examples(corpus, "train", float(f)) for f in factors]
        self.validation = examples(corpus, "val")

    def state(self) -> dict[str, Any]:
        return {
            "best": self.best,
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "random": json.dumps(self.random.bit_generator.state),
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.best = state["best"]
        self.model.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.random.bit_generator.state = json.loads(state["random"])

    def learning_rate(self, epoch: float) -> float:
        progress = epoch / self.n_epochs
        if progress < WARMUP_PART:
            return PEAK_LR * (progress + 0.005) / WARMUP_PART
        return PEAK_LR * 0.5 * (1 + math.cos(math.pi * (progress - WARMUP_PART) / (1 - WARMUP_PART)))

    def random_batch(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Excerpts of random clips, longer clips more often; a quarter of them begin where the clip begins."""
        train = self.train_sets[self.random.integers(len(self.train_sets))]
        lengths = np.array([len(e.events) for e in train], dtype=np.float64)
        chosen = [train[i] for i in self.random.choice(len(train), BATCH, p=lengths / lengths.sum())]
        latest = [max(len(e.events) - EXCERPT // 2, 1) for e in chosen]
        starts = [0 if self.random.random() < 0.25 else int(self.random.integers(n)) for n in latest]
        return batch_of(chosen, starts, EXCERPT)

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

    def keep_best(self, loss: float) -> None:
        if loss < self.best["loss"]:
            self.best = {"loss": loss, "epoch": self.epoch + 1, "model": copy.deepcopy(self.model.state_dict())}


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
        "data": f"{', '.join(d.name for d in data)}: EMOPIA (Hung et al., ISMIR 2021), training songs",
        "licence": "CC BY-NC-SA 4.0, as EMOPIA's: non-commercial use, share alike, credit Hung et al.",
        "split": {name: sum(c.split == name for c in corpus.clips) for name in ("train", "val")},
        "labels": "valence and arousal of a clip: mean of its quadrant's corner and the prediction of a linear "
        "judge on six attributes, out of fold by song",
        "neutral": {
            "rule": "EMOPIA has none: clips whose out-of-fold |valence| and |arousal| are both at most "
            f"{NEUTRAL_WITHIN}, placed at that prediction; the neutral target is the plane's middle",
            "clips": len(neutral),
            "attribute_mean": by_name(neutral.mean(axis=0)) if len(neutral) else {},
            "attribute_deviation": by_name(neutral.std(axis=0)) if len(neutral) else {},
        },
        "seed": trainer.seed,
        "epochs": trainer.epoch,
        "best_epoch": trainer.best["epoch"],
        "selection": "least validation loss over the epochs of one run",
        "validation_nats_per_note": round(trainer.best["loss"], 4),
        "parameters": sum(p.numel() for p in trainer.model.parameters()),
        "command": f"python -m ml.music.train {' '.join(d.name for d in data)} --epochs {trainer.n_epochs} "
        f"--seed {trainer.seed}",
        "history": trainer.history,
    }
    checkpoints.save(trainer.model, card, trainer.out / "composer.safetensors")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="+", help="emopia.zip or its folder")
    training.add_arguments(parser, n_epochs=24, out=Path("runs/composer"))
    args = parser.parse_args()
    corpus = load_emopia(args.data)
    trainer = Trainer(corpus, args.epochs, args.seed, command.pick_device(args.device), args.out)
    if args.resume:
        trainer.resume()

    def one_epoch() -> Row:
        loss = trainer.train_epoch()
        heard = validation_loss(trainer.model, trainer.validation, trainer.device)
        trainer.keep_best(heard)
        return {"loss": round(loss, 4), "validation": round(heard, 4)}

    trainer.fit(one_epoch)
    finish(trainer, args.data)


if __name__ == "__main__":
    command.run(main)
