"""Train the expression network: python -m ml.expression.train DATA [--epochs N] [--resume] [--out DIR].

Stochastic gradient descent with Nesterov momentum, one cosine, label smoothing, an exponential moving average
of the weights; the first part at 32 pixels (cheaper), the rest at the model's own size. After every epoch the
whole state is on disk, so `--resume` loses at most the epoch that was running.
"""

import argparse
import dataclasses
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from tqdm import tqdm

from ml import checkpoints, command, training
from ml.domain import EXPRESSIONS
from ml.expression import recognition
from ml.expression.data import FaceSet, load_split
from ml.expression.model import ExpressionCNN, ExpressionConfig, centre_logits, fixed_view, standardise, view
from ml.training import Row, Run

WARMUP_EPOCHS = 2.0
MOMENTUM = 0.9
WEIGHT_DECAY = 5e-4
LABEL_SMOOTHING = 0.1
EMA_DECAY = 0.998  # averages the last ~500 steps, two epochs
SMALL_PART = 0.4  # of the epochs, the first ones, see pictures of four fifths the size

MAX_ROTATION = math.radians(12)
MAX_SHIFT_PX = 3.0
VIEW_PX = (38.0, 51.0)  # side of the sampled view in source pixels; a detector's boxes vary by about 9 % in scale
BRIGHTNESS, CONTRAST = 0.3, 0.25  # in standard deviations, and as a factor around 1
ERASE_PROBABILITY, ERASE_SIDE = 0.4, (0.15, 0.4)  # random erasing (Zhong et al. 2020), side as a part of the picture


def augment(x: torch.Tensor, px: int, generator: torch.Generator) -> torch.Tensor:
    """A random view of each standardised (B, 1, 48, 48) face: moved, scaled, turned, mirrored, relit, partly erased."""
    B = x.size(0)

    def uniform(low: float, high: float) -> torch.Tensor:
        return torch.empty(B).uniform_(low, high, generator=generator)

    angle, scale = uniform(-MAX_ROTATION, MAX_ROTATION), uniform(*VIEW_PX) / x.size(-1)
    mirror = torch.where(uniform(0, 1) < 0.5, -1.0, 1.0)
    shift = [uniform(-MAX_SHIFT_PX, MAX_SHIFT_PX) * 2 / x.size(-1) for _ in range(2)]
    affine = torch.stack(
        [
            torch.stack([mirror * scale * angle.cos(), -scale * angle.sin(), shift[0]], dim=1),
            torch.stack([mirror * scale * angle.sin(), scale * angle.cos(), shift[1]], dim=1),
        ],
        dim=1,
    )  # (B, 2, 3)
    contrast, brightness = uniform(1 - CONTRAST, 1 + CONTRAST), uniform(-BRIGHTNESS, BRIGHTNESS)
    seen = view(x, affine.to(x.device), px)
    seen = seen * contrast.view(B, 1, 1, 1).to(x.device) + brightness.view(B, 1, 1, 1).to(x.device)
    return erase(seen, uniform, px)


def erase(x: torch.Tensor, uniform: Any, px: int) -> torch.Tensor:
    """Blank one rectangle in some of the pictures."""
    position = torch.arange(px)
    inside = []
    for _ in range(2):  # rows, then columns
        side = uniform(*ERASE_SIDE) * px
        start = uniform(0, 1) * (px - side)
        inside.append((position >= start[:, None]) & (position < (start + side)[:, None]))
    hit = uniform(0, 1) < ERASE_PROBABILITY
    mask = inside[0][:, :, None] & inside[1][:, None, :] & hit[:, None, None]  # (B, px, px)
    return x.masked_fill(mask.unsqueeze(1).to(x.device), 0.0)


def learning_rate(epoch: float, n_epochs: int, peak: float) -> float:
    """Linear warm-up, then one cosine to zero; `epoch` counts in fractions."""
    if epoch < WARMUP_EPOCHS:
        return peak * (epoch + 0.01) / WARMUP_EPOCHS
    progress = (epoch - WARMUP_EPOCHS) / max(n_epochs - WARMUP_EPOCHS, 1e-9)
    return peak * 0.5 * (1 + math.cos(math.pi * min(progress, 1.0)))


def mixed(
    x: torch.Tensor, target: torch.Tensor, alpha: float, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Each face and target blended with another's by a share from Beta(alpha, alpha) (mixup, Zhang et al. 2018)."""
    if alpha == 0:
        return x, target
    one, other = (torch._standard_gamma(torch.full((x.size(0),), alpha), generator=generator) for _ in range(2))
    share = (one / (one + other).clamp(min=1e-9)).to(x.device)
    order = torch.randperm(x.size(0), generator=generator)
    wide = share.view(-1, 1, 1, 1)
    return wide * x + (1 - wide) * x[order], share[:, None] * target + (1 - share[:, None]) * target[order]


@dataclass(frozen=True)
class Recipe:
    """How a network is trained."""

    peak_lr: float = 0.1
    batch: int = 128
    small_px: int = 32  # the side of the pictures in the first epochs
    mixup: float = 0.0  # the alpha of its Beta distribution; 0 blends nothing


class Trainer(Run):
    """The whole state of a run: network, its moving average, optimiser, epoch, random numbers."""

    def __init__(
        self,
        config: ExpressionConfig,
        recipe: Recipe,
        n_epochs: int,
        seed: int,
        device: torch.device,
        out: Path,
    ) -> None:
        super().__init__(n_epochs, seed, device, out)
        self.config, self.recipe = config, recipe
        self.weights: Path | None = None
        self.model = ExpressionCNN(config).to(device)
        self.model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing in its types
        self.average = ExpressionCNN(config).to(device).requires_grad_(False).eval()
        self.average.load_state_dict(self.model.state_dict())
        decayed = [p for p in self.model.parameters() if p.ndim > 1]
        plain = [p for p in self.model.parameters() if p.ndim <= 1]
        self.optimiser = torch.optim.SGD(
            [{"params": decayed, "weight_decay": WEIGHT_DECAY}, {"params": plain, "weight_decay": 0.0}],
            lr=recipe.peak_lr,
            momentum=MOMENTUM,
            nesterov=True,
        )
        self.generator = torch.Generator().manual_seed(seed)

    def begin_from(self, weights: Path, faces: FaceSet) -> None:
        """Take a checkpoint's weights, or those of the face recognition in a folder."""
        if weights.is_dir():
            first = torch.from_numpy(faces.faces[:: len(faces) // 256])
            seen = fixed_view(standardise(first), self.config.view_px, self.config.input_px)
            recognition.load_into_trunk(self.model.blocks, weights, seen)
        else:
            checkpoints.load_into(self.model, weights)
        self.average.load_state_dict(self.model.state_dict())
        self.weights = weights

    def state(self) -> dict[str, Any]:
        return {
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "generator": self.generator.get_state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.generator.set_state(state["generator"].cpu())

    def train_epoch(self, train: FaceSet) -> float:
        """One pass over the training faces; returns the mean loss."""
        self.model.train()
        faces, labels = torch.from_numpy(train.faces), torch.from_numpy(train.labels)
        begins = self.epoch < SMALL_PART * self.n_epochs
        px = self.recipe.small_px if begins else self.config.input_px
        batches = torch.randperm(len(train), generator=self.generator).split(self.recipe.batch)
        total = 0.0
        for i, batch in enumerate(
            tqdm(batches, desc=f"epoch {self.epoch + 1}/{self.n_epochs} at {px} px", disable=None)
        ):
            for group in self.optimiser.param_groups:
                group["lr"] = learning_rate(self.epoch + i / len(batches), self.n_epochs, self.recipe.peak_lr)
            x = augment(standardise(faces[batch].to(self.device)), px, self.generator)
            target = F.one_hot(labels[batch], len(EXPRESSIONS)).float().to(self.device)
            x, target = mixed(x, target, self.recipe.mixup, self.generator)
            logits = self.model(x.contiguous(memory_format=torch.channels_last))
            loss = F.cross_entropy(logits, target, label_smoothing=LABEL_SMOOTHING)
            self.optimiser.zero_grad()
            loss.backward()
            self.optimiser.step()
            self.update_average()
            total += loss.item() * len(batch)
        return total / len(train)

    @torch.no_grad()
    def update_average(self) -> None:
        decay = min(EMA_DECAY, (1 + self.epoch) / (10 + self.epoch))  # follows quickly while the weights still run
        live = self.model.state_dict()
        for name, tensor in self.average.state_dict().items():
            if tensor.is_floating_point():
                tensor.lerp_(live[name], 1 - decay)
            else:
                tensor.copy_(live[name])


@torch.inference_mode()
def accuracy(model: ExpressionCNN, faces: FaceSet, device: torch.device) -> float:
    model.eval()
    labels = torch.from_numpy(faces.labels)
    hits = 0
    for batch in torch.arange(len(faces)).split(256):
        predicted = centre_logits(model, torch.from_numpy(faces.faces)[batch].to(device))
        hits += int((predicted.argmax(dim=-1).cpu() == labels[batch]).sum())
    return hits / len(faces)


def finish(trainer: Trainer, validation: FaceSet, data: Path) -> None:
    """Write the averaged weights and their card."""
    before = checkpoints.read_card(trainer.weights) if trainer.weights else None
    card = {
        "name": "expression",
        "config": dataclasses.asdict(trainer.config),
        "data": f"{data.name}: FER2013 train/ only",
        "split": "train = FER2013 Training (28,709), test = PublicTest (3,589)",
        "seed": trainer.seed,
        "epochs": trainer.epoch,
        "command": command_of(trainer, data),
        "parameters": sum(p.numel() for p in trainer.average.parameters()),
        "selection": "none on test/: the last epoch's averaged weights of one run",
        "test_accuracy_centre_view": round(accuracy(trainer.average, validation, trainer.device), 4),
        "begun_from": {key: before[key] for key in ("seed", "epochs", "command", "history")} if before else None,
        "history": trainer.history,
    }
    checkpoints.save(trainer.average, card, trainer.out / "expression.safetensors")


def command_of(trainer: Trainer, data: Path) -> str:
    begun = f" --weights {trainer.weights.name}" if trainer.weights else ""
    return f"python -m ml.expression.train {data.name} --epochs {trainer.n_epochs} --seed {trainer.seed}{begun}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "data", type=Path, help="fer2013.zip, fer2013.csv, or a folder with train/<label>/ and test/<label>/"
    )
    training.add_arguments(parser, n_epochs=45, out=Path("runs/expression"))
    parser.add_argument(
        "--weights", type=Path, help="begin from a checkpoint (a warm restart, Loshchilov and Hutter 2017)"
    )
    parser.add_argument("--architecture", choices=("narrow", "recognition"), default="narrow")
    parser.add_argument("--px", type=int, default=40)
    parser.add_argument("--blocks", type=int, default=14)
    parser.add_argument("--small-px", type=int, default=32)
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--dropout", type=float, default=0.2)
    parser.add_argument("--mixup", type=float, default=0.0)
    args = parser.parse_args()
    train, validation = load_split(args.data, "train"), load_split(args.data, "test")
    device = command.pick_device(args.device)
    recipe = Recipe(args.lr, args.batch, args.small_px, args.mixup)
    config = ExpressionConfig(
        architecture=args.architecture, input_px=args.px, n_blocks=args.blocks, dropout=args.dropout
    )
    trainer = Trainer(config, recipe, args.epochs, args.seed, device, args.out)
    if args.weights:
        trainer.begin_from(args.weights, train)
    if args.resume:
        trainer.resume()

    def one_epoch() -> Row:
        loss = trainer.train_epoch(train)
        measured = accuracy(trainer.average, validation, trainer.device)
        return {"loss": round(loss, 4), "test_accuracy": round(measured, 4)}

    trainer.fit(one_epoch)
    finish(trainer, validation, args.data)


if __name__ == "__main__":
    command.run(main)
