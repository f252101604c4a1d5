"""Train a composer against a discriminator: python -m ml.music.adversary.train EMOPIA [--resume] [--out DIR].

Likelihood teaches the next note; what gives composed music away shows over many bars. So the composer, begun from a
checkpoint, writes passages for many targets, a discriminator learns to tell them from passages of EMOPIA's training
clips, and the composer moves towards those that it is taken in by (policy gradient: SeqGAN, Yu et al. 2017; each
passage beside others for the same condition: GRPO, Shao et al. 2024). The linear judge's hearing counts as well, so
that the emotion stays, and so does the likelihood of the clips, so that the network does not forget how they go.
An epoch is ROUNDS of that; after each the whole state is on disk.
"""

import argparse
import json
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from tqdm import tqdm

from ml import checkpoints, command, training
from ml.domain import EmotionTarget
from ml.emotion import TARGETS, target
from ml.errors import DataError
from ml.music.adversary.discriminator import Discriminator
from ml.music.adversary.passages import (
    SHORTEST_S,
    Measured,
    advantages,
    measured_clip,
    measured_events,
    phrases,
    wholes,
)
from ml.music.adversary.rollouts import Sampler, log_likelihood
from ml.music.data import Corpus, load_emopia
from ml.music.examples import Clips, Example, batch_of
from ml.music.key import offset_of
from ml.music.maker import WEIGHTS, MusicMaker, load_maker
from ml.music.model import Composer, event_loss
from ml.music.passage import PASSAGE_S, Array
from ml.music.request import Request
from ml.music.tokens import START, Events, decode
from ml.music.train import CONDITION_NOISE, EXCERPT, MAX_GRADIENT, validation_loss
from ml.training import Row, Run

ROUNDS = 10  # an epoch
N_CONDITIONS, GROUP = 32, 8  # in a round: conditions, and passages for each
AT_A_TIME = 64  # passages a backward pass
STEPS = 4  # of the optimiser in a round
LR, LAST_LR, BETAS = 4e-4, 1e-4, (0.9, 0.98)
LIKELIHOOD, LIKELIHOOD_BATCH = 0.2, 8  # how much the clips' likelihood counts, and of how many excerpts a step
EMOTION = 3.0  # what a distance of 1 from the target costs, in the discriminator's nats
NAMED = 0.6  # of the targets are named emotions, at strengths down to WEAKEST; the others lie anywhere in the plane
WEAKEST = 0.4
FARTHEST = 3.0  # a larger miss costs no more
SPOILT, THIN = -10.0, -1.0  # a passage that cannot be measured; a phrase of few notes, beside the others
KEPT = 4  # rounds whose passages the discriminator learns from
LEARNS_EVERY = 2  # rounds
MOST_PHRASES = 2500  # of either kind that it learns from


class Asked(NamedTuple):
    """What a passage was written for."""

    target: EmotionTarget
    tonic: int


class Trainer(Run):
    """The whole state of a run: the composer, its optimiser, what the discriminator learns from, random numbers."""

    def __init__(
        self, maker: MusicMaker, corpus: Corpus, n_epochs: int, seed: int, out: Path, rates: tuple[float, float]
    ) -> None:
        super().__init__(n_epochs, seed, torch.device("cpu"), out)
        self.first_lr, self.last_lr = rates  # it falls in a line
        self.maker, config = maker, maker.weights.config
        self.model = Composer(config)
        self.model.load_state_dict({name: torch.tensor(array) for name, array in maker.weights.arrays.items()})
        self.optimiser = torch.optim.Adam(self.model.parameters(), lr=self.first_lr, betas=BETAS)
        self.random = np.random.default_rng(seed)
        self.clips = Clips(corpus, "train", config)
        self.validation = Clips(corpus, "val", config).whole()
        self.pool = ProcessPoolExecutor(mp_context=multiprocessing.get_context("forkserver"))
        clips = [clip for clip in corpus.clips if clip.split == "train"]
        played = [p for passages in self.pool.map(measured_clip, clips, chunksize=16) for p in passages]
        if not played:
            raise DataError("bad-data", f"no training clip holds a passage of {SHORTEST_S:g} seconds")
        self.played, self.played_parts = wholes(played), phrases(played)
        self.kept: list[tuple[Array, Array]] = []  # of the last rounds: measures of passages and of phrases
        self.discriminators: tuple[Discriminator, Discriminator] | None = None

    def state(self) -> dict[str, Any]:
        return {
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "random": json.dumps(self.random.bit_generator.state),
            "kept": [tuple(map(torch.from_numpy, pair)) for pair in self.kept],
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.random.bit_generator.state = json.loads(state["random"])
        self.kept = [(wholes.numpy(), phrases.numpy()) for wholes, phrases in state["kept"]]

    def one_epoch(self) -> Row:
        rounds = [self.one_round(i) for i in tqdm(range(ROUNDS), desc=f"epoch {self.epoch + 1}", disable=None)]
        row = {name: round(float(np.mean([each[name] for each in rounds])), 4) for name in rounds[0]}
        return row | {"validation": round(validation_loss(self.model, self.validation, self.device), 4)}

    def one_round(self, i: int) -> Row:
        """Write passages, let them be judged, learn from that."""
        done = (self.epoch + i / ROUNDS) / self.n_epochs
        self.optimiser.param_groups[0]["lr"] = self.first_lr + done * (self.last_lr - self.first_lr)
        conditions, asked = self.ask()
        passages = Sampler(self.model.eval()).passages(torch.from_numpy(conditions), PASSAGE_S)
        tonics = [each.tonic for each in asked]
        heard = list(self.pool.map(measured_events, passages, tonics, chunksize=16))
        real, real_parts = self.judged(heard, learns=i % LEARNS_EVERY == 0)
        miss = np.array([self.miss(*each) for each in zip(passages, asked, strict=True)])
        gained = advantages(passages, real - EMOTION * miss, real_parts, GROUP)
        loss = self.improve(conditions, passages, gained)
        some = [each for each in heard if each]
        self.kept = [*self.kept, (wholes(some), phrases(some))][-KEPT:]
        return {"log_odds": float(real.mean()), "miss": float(miss.mean()), "loss": loss}

    def ask(self) -> tuple[npt.NDArray[np.float32], list[Asked]]:
        """(B, C) conditions, each GROUP times, and what they stand for."""
        conditions, asked = list[npt.NDArray[np.float32]](), list[Asked]()
        for _ in range(N_CONDITIONS):
            wanted, tonic = self.any_target(), int(self.random.integers(12))
            conditions += [self.maker.conditions(Request(wanted, n_candidates=1), tonic, self.random)[0]] * GROUP
            asked += [Asked(wanted, tonic)] * GROUP
        return np.stack(conditions), asked

    def any_target(self) -> EmotionTarget:
        if self.random.random() < NAMED:
            return target(list(TARGETS)[self.random.integers(len(TARGETS))], float(self.random.uniform(WEAKEST, 1)))
        valence, arousal = self.random.uniform(-1, 1, 2).tolist()
        return EmotionTarget("custom", valence, arousal)

    def miss(self, events: Events, asked: Asked) -> float:
        return min(self.maker.miss(decode(events, offset_of(asked.tonic)), asked.target), FARTHEST)

    def judged(self, heard: Sequence[Measured | None], learns: bool) -> tuple[Array, Array]:
        """(B,) and (B, phrases) log odds that passages and their phrases were played.

        Args:
            learns: the discriminators learn from the rounds before, before they judge.
        """
        some = [each for each in heard if each]
        if learns or self.discriminators is None:
            kept = self.kept or [(wholes(some), phrases(some))]
            self.discriminators = self.learnt(*(np.concatenate(each) for each in zip(*kept, strict=True)))
        of_whole, of_part = self.discriminators
        is_measured = np.array([each is not None for each in heard])
        has_part = np.array([[part is not None for part in each.phrases] for each in some])
        real, part_odds = np.full(len(heard), SPOILT), of_part.odds(phrases(some))
        real[is_measured] = of_whole.odds(wholes(some))
        found = np.full(has_part.shape, part_odds.mean() + THIN)
        found[has_part] = part_odds
        parts = np.full((len(heard), has_part.shape[1]), SPOILT)
        parts[is_measured] = found
        return np.clip(real, SPOILT, None), parts

    def learnt(self, composed: Array, composed_parts: Array) -> tuple[Discriminator, Discriminator]:
        """Discriminators of passages and of phrases."""
        seed = int(self.random.integers(2**31))
        parts = [self.random.permutation(each)[:MOST_PHRASES] for each in (composed_parts, self.played_parts)]
        return Discriminator(composed, self.played, seed), Discriminator(parts[0], parts[1], seed)

    def improve(
        self, conditions: npt.NDArray[np.float32], passages: Sequence[Events], gained: Sequence[Array]
    ) -> float:
        """Make what gained more likely, and the clips; returns the clips' nats a note before."""
        by_length = np.argsort([len(events) for events in passages])
        batches = np.array_split(by_length, max(len(passages) // AT_A_TIME, 1))
        losses = []
        for step in np.array_split(self.random.permutation(len(batches)), STEPS):
            self.optimiser.zero_grad()
            chosen = [batches[i] for i in step]
            n_events = sum(len(passages[i]) for batch in chosen for i in batch)
            for batch in chosen:
                examples = [Example(np.concatenate([[START], passages[i]]), conditions[i]) for i in batch]
                events, told, _mask = batch_of(examples)
                weight = torch.zeros(events.shape[0], events.shape[1] - 1)
                for row, i in enumerate(batch):
                    weight[row, : len(gained[i])] = torch.from_numpy(gained[i])
                (-(log_likelihood(self.predicted(events, told), events) * weight).sum() / n_events).backward()
            losses.append(self.remember())
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), MAX_GRADIENT)
            self.optimiser.step()
        return float(np.mean(losses))

    def remember(self) -> float:
        """Add the gradient of some excerpts' likelihood; returns their nats a note."""
        events, condition, mask = batch_of([self.clips.excerpt(self.random, EXCERPT) for _ in range(LIKELIHOOD_BATCH)])
        self.model.train()
        condition = condition + CONDITION_NOISE * torch.randn_like(condition)
        loss = event_loss(self.predicted(events, condition), events, mask)
        (LIKELIHOOD * loss).backward()
        self.model.eval()
        return loss.item()

    def predicted(self, events: torch.Tensor, condition: torch.Tensor) -> list[torch.Tensor]:
        with torch.autocast(self.device.type, torch.bfloat16):
            logits: list[torch.Tensor] = self.model(events, condition)
        return [part.float() for part in logits]


def finish(trainer: Trainer, before: checkpoints.Card, data: Path) -> None:
    """Write the last weights and their card: that of the checkpoint they began from, and what came after.

    What the composer before was taught of played music (`ml.music.critic_train`) fits this one no longer.
    """
    loss = trainer.history[-1]["validation"]
    card = {name: value for name, value in before.items() if name != "adversary"} | {
        "validation_nats_per_note": loss,
        "adversary": {
            "validation_nats_per_note_before": before["validation_nats_per_note"],
            "data": f"{data.name}: passages of EMOPIA's training clips ({len(trainer.played)} of {PASSAGE_S:g} s)",
            "passages_composed": trainer.epoch * ROUNDS * N_CONDITIONS * GROUP,
            "seed": trainer.seed,
            "command": f"python -m ml.music.adversary.train {data.name} --epochs {trainer.epoch} --seed {trainer.seed} "
            f"--lr {trainer.first_lr:g} --last-lr {trainer.last_lr:g}",
            "selection": "none: the last epoch of one run",
            "begun_from": before.get("adversary"),
            "history": trainer.history,
        },
    }
    checkpoints.save(trainer.model, card, trainer.out / "composer.safetensors")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="emopia.zip or its folder")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="the checkpoint to begin from")
    training.add_arguments(parser, n_epochs=20, out=Path("runs/adversary"))
    parser.add_argument("--lr", type=float, default=LR, help="learning rate of the optimiser at first")
    parser.add_argument("--last-lr", type=float, default=LAST_LR, help="and at the end")
    args = parser.parse_args()
    training.keep_freed_memory()
    composer, corpus = load_maker(args.weights, as_played=False), load_emopia([args.data])
    trainer = Trainer(composer, corpus, args.epochs, args.seed, args.out, (args.lr, args.last_lr))
    if args.resume:
        trainer.resume()
    trainer.fit(trainer.one_epoch)
    finish(trainer, checkpoints.read_card(args.weights), args.data)


if __name__ == "__main__":
    command.run(main)
