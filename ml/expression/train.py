"""Train the expression network: python -m ml.expression.train DATA [--epochs N] [--resume] [--out DIR].

Stochastic gradient descent with Nesterov momentum, one cosine, label smoothing, an exponential moving average
of the weights; the first part at 32 pixels (cheaper), the rest at the model's own size. After every epoch the
whole state is on disk, so `--resume` loses at most the epoch that was running.
"""

import argparse
import dataclasses
import math
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from tqdm import tqdm

from ml import checkpoints, command, training
from ml.errors import SentiMozartError
from ml.expression import recognition
from ml.expression.calibration import LABEL_SMOOTHING
from ml.expression.data import FaceSet, load_split
from ml.expression.lessons import Lessons, Recipe
from ml.expression.model import ExpressionCNN, ExpressionConfig, centre_logits, centre_views, widen
from ml.expression.thaw import load_trainable
from ml.training import Row, Run

WARMUP_EPOCHS = 2.0
MOMENTUM = 0.9
WEIGHT_DECAY = 5e-4
EMA_DECAY = 0.998  # averages the last ~500 steps, two epochs
N_FIRST = 256  # faces that give the normalisations of a recognition network their statistics
SMALL_PART = 0.4  # of the epochs, the first ones, see pictures of four fifths the size


def learning_rate(epoch: float, n_epochs: int, peak: float) -> float:
    """Linear warm-up, then one cosine to zero; `epoch` counts in fractions."""
    if epoch < WARMUP_EPOCHS:
        return peak * (epoch + 0.01) / WARMUP_EPOCHS
    progress = (epoch - WARMUP_EPOCHS) / max(n_epochs - WARMUP_EPOCHS, 1e-9)
    return peak * 0.5 * (1 + math.cos(math.pi * min(progress, 1.0)))


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
        self.command = ""
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
        self.lessons = Lessons(recipe, seed, self.generator, device, out)

    def begin_from(self, weights: Path, faces: FaceSet) -> None:
        """Take a checkpoint's weights, a narrower network's or one in 8 bits too, or face recognition's in a folder."""
        if weights.is_dir():
            seen = torch.from_numpy(centre_views(self.config, faces.faces[:: max(len(faces) // N_FIRST, 1)]))
            recognition.load_into_trunk(self.model.blocks, weights, seen)
        else:
            before, _ = load_trainable(weights, faces)
            if before.config.inner < self.config.inner:
                widen(self.model, before)
            else:
                checkpoints.fill(self.model, before.state_dict(), weights)
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
        begins = self.epoch < SMALL_PART * self.n_epochs
        px = self.recipe.small_px if begins else self.config.input_px
        n_batches = math.ceil(len(train) / self.recipe.batch)
        label = f"epoch {self.epoch + 1}/{self.n_epochs} at {px} px"
        total = 0.0
        lessons = tqdm(self.lessons.of_epoch(self.epoch, train, px), desc=label, total=n_batches, disable=None)
        for i, (x, target) in enumerate(lessons):
            for group in self.optimiser.param_groups:
                group["lr"] = learning_rate(self.epoch + i / n_batches, self.n_epochs, self.recipe.peak_lr)
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self.recipe.bfloat16):
                logits = self.model(x.contiguous(memory_format=torch.channels_last))
            loss = F.cross_entropy(logits.float(), target, label_smoothing=LABEL_SMOOTHING)
            self.optimiser.zero_grad()
            loss.backward()
            self.optimiser.step()
            self.update_average()
            total += loss.item() * len(x)
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
        predicted = centre_logits(model, faces.faces[batch.numpy()], device)
        hits += int((predicted.argmax(dim=-1).cpu() == labels[batch]).sum())
    return hits / len(faces)


def finish(trainer: Trainer, validation: FaceSet, data: Path) -> None:
    """Write the averaged weights and their card."""
    card = {
        "name": "expression",
        "config": dataclasses.asdict(trainer.config),
        "data": f"{data.name}: FER2013 train/ only",
        "split": "train = FER2013 Training (28,709), test = PublicTest (3,589)",
        "seed": trainer.seed,
        "epochs": trainer.epoch,
        "command": trainer.command,
        "parameters": sum(p.numel() for p in trainer.average.parameters()),
        "selection": "none on test/: the last epoch's averaged weights of one run",
        "test_accuracy_centre_view": round(accuracy(trainer.average, validation, trainer.device), 4),
        "begun_from": begun_from(trainer.weights),
        "history": trainer.history,
    }
    checkpoints.save(trainer.average, card, trainer.out / "expression.safetensors")


def begun_from(weights: Path | None) -> dict[str, Any] | None:
    """What a card says of the weights that a run began from."""
    if weights is None:
        return None
    if weights.is_dir():
        return {"weights": recognition.WHAT}
    before = checkpoints.read_card(weights)
    return {key: before[key] for key in ("seed", "epochs", "command", "history", "begun_from") if key in before}


def command_of(args: argparse.Namespace, parser: argparse.ArgumentParser) -> str:
    """The command that begins this run anew: what was said, but for where to put it; files by name."""
    elsewhere, always = {"data", "out", "device", "resume"}, {"epochs", "seed"}
    options = [
        f"--{name.replace('_', '-')} {said(value)}".removesuffix(" True")
        for name, value in vars(args).items()
        if name in always or (name not in elsewhere and value != parser.get_default(name))
    ]
    return " ".join(["python -m ml.expression.train", args.data.name, *options])


def said(value: object) -> str:
    """An option's value as it is written."""
    if isinstance(value, list):
        return " ".join(map(str, value))
    return value.name if isinstance(value, Path) else str(value)


def check_sizes(args: argparse.Namespace) -> None:
    """Refuse pictures that the stages can't halve.

    Raises:
        SentiMozartError: "bad-size"; says which option asks for such pictures.
    """
    step = 2 ** len(args.widths)
    for option, px in (("--px", args.px), ("--small-px", args.small_px)):
        if args.architecture == "narrow" and (px < step or px % step):
            why = f"{len(args.widths)} stages halve the pictures, whose side must be a multiple of {step}"
            raise SentiMozartError("bad-size", f"{option} {px}: {why}")


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
    parser.add_argument("--blocks", type=int, default=14, help='of "recognition"')
    parser.add_argument("--inner", type=int, default=0, help="channels within the last blocks; 0: as many as outside")
    parser.add_argument("--stem", type=int, default=24, help='channels of "narrow" before its first stage')
    parser.add_argument("--widths", type=int, nargs="+", default=(48, 96, 192), help="channels of its stages")
    parser.add_argument("--depths", type=int, nargs="+", default=(1, 1, 2), help="blocks of each stage")
    parser.add_argument("--view-px", type=float, default=44.0, help="how much of a face the centre view shows")
    parser.add_argument("--px", type=int, default=40, help="side of the pictures")
    parser.add_argument("--small-px", type=int, default=32, help="side of the pictures in the first epochs")
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--dropout", type=float, default=0.2)
    parser.add_argument("--mixup", type=float, default=0.0, help="alpha of the share by which two faces are blended")
    parser.add_argument("--teacher", type=float, default=0.0, help="weight of the committed networks' readings, 0 to 1")
    parser.add_argument(
        "--rounds", type=int, default=0, help="epochs of different views that the teachers read; 0: each face once"
    )
    parser.add_argument("--bfloat16", action="store_true", help="products in 16 bits: see lscpu for avx512_bf16 or amx")
    args = parser.parse_args()
    check_sizes(args)
    training.keep_freed_memory()
    train, validation = load_split(args.data, "train"), load_split(args.data, "test")
    device = command.pick_device(args.device)
    recipe = Recipe(args.lr, args.batch, args.small_px, args.mixup, args.teacher, args.rounds, args.bfloat16)
    config = ExpressionConfig(
        architecture=args.architecture,
        stem=args.stem,
        widths=tuple(args.widths),
        depths=tuple(args.depths),
        view_px=args.view_px,
        inner=args.inner,
        input_px=args.px,
        n_blocks=args.blocks,
        dropout=args.dropout,
    )
    trainer = Trainer(config, recipe, args.epochs, args.seed, device, args.out)
    trainer.command = command_of(args, parser)
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
