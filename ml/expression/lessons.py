"""What a training run shows its network: views of faces, and what to read in them, by their labels or by teachers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from scipy.special import softmax

from ml.domain import EXPRESSIONS
from ml.expression import evaluate
from ml.expression.augment import augment, mixed
from ml.expression.calibration import LABEL_SMOOTHING, Calibration, Floats, calibrated
from ml.expression.data import FaceSet
from ml.expression.read import VIEWS, ExpressionReader, load_reader
from ml.expression.views import standardise

TEACHER_VIEWS, TEACHER_TEMPERATURE = 2, 2.0
ROUNDS_OF_A_SEED = 1000  # so many rounds of views before the next seed's begin

Batch = tuple[torch.Tensor, torch.Tensor]  # pictures (B, 1, px, px) and their targets (B, 7)


@dataclass(frozen=True)
class Recipe:
    """How a network is trained."""

    peak_lr: float = 0.1
    batch: int = 128
    small_px: int = 32  # the side of the pictures in the first epochs
    mixup: float = 0.0  # the alpha of its Beta distribution; 0 blends nothing
    teacher: float = 0.0  # how much of a target is what the committed networks read, rather than the label
    rounds: int = 0  # epochs of different views that the teacher reads one by one; 0: each face as it is, once
    bfloat16: bool = False  # products in 16 bits, weights and sums in 32; half the time where the processor knows it


class Lessons:
    """The batches of a run's epochs.

    Args:
        generator: draws the views; the run saves and restores it.
        out: where the teachers' readings are kept.
    """

    def __init__(self, recipe: Recipe, seed: int, generator: torch.Generator, device: torch.device, out: Path) -> None:
        self.recipe, self.seed, self.generator, self.device, self.out = recipe, seed, generator, device, out

    def targets(self, train: FaceSet) -> torch.Tensor:
        """(N, 7): the labels, or blends of them and what a teacher reads (distillation, Hinton et al. 2015)."""
        labels = F.one_hot(torch.from_numpy(train.labels), len(EXPRESSIONS)).float()
        if not self.recipe.teacher or self.recipe.rounds:
            return labels
        readings = self.once("teacher", lambda: reading_of_faces(train))
        return torch.lerp(labels, readings, self.recipe.teacher)

    def of_epoch(self, epoch: int, train: FaceSet, px: int) -> Iterator[Batch]:
        """One epoch's batches, every face once.

        With `rounds`, every so many epochs show the same views, and the teachers read just what the network is
        shown (Beyer et al. 2022, "A good teacher is patient and consistent").
        """
        targets = self.targets(train)
        if not (self.recipe.teacher and self.recipe.rounds):
            yield from self.views(train, targets, px, self.generator)
            return
        number = epoch % self.recipe.rounds

        def drawn(px: int) -> Iterator[Batch]:
            return self.views(train, targets, px, torch.Generator().manual_seed(ROUNDS_OF_A_SEED * self.seed + number))

        readings = self.once(f"teacher-{number}", lambda: reading_of_views(drawn))
        for (x, target), read in zip(drawn(px), readings.split(self.recipe.batch), strict=True):
            yield x, torch.lerp(target, read.to(self.device), self.recipe.teacher)

    def views(self, train: FaceSet, targets: torch.Tensor, px: int, generator: torch.Generator) -> Iterator[Batch]:
        """Each face once, augmented and blended, with its target; the generator decides everything but the size."""
        for batch in torch.randperm(len(train), generator=generator).split(self.recipe.batch):
            x = torch.from_numpy(standardise(train.faces[batch.numpy()])).to(self.device)
            yield mixed(augment(x, px, generator), targets[batch].to(self.device), self.recipe.mixup, generator)

    def once(self, name: str, read: Callable[[], Floats]) -> torch.Tensor:
        """(N, 7): what `read` gives, read once a run and kept, so that a resumed one has the same teacher."""
        path = self.out / f"{name}.npy"
        if not path.exists():
            partial = path.with_suffix(".partial.npy")
            np.save(partial, read())
            partial.replace(path)
        return torch.from_numpy(np.load(path)).float()


def reading_of_faces(train: FaceSet) -> Floats:
    """(N, 7): what all the committed networks together read, at a temperature that shows their doubts."""
    best = load_reader("best")
    teacher = ExpressionReader(best.networks, VIEWS[TEACHER_VIEWS], Calibration(LABEL_SMOOTHING, TEACHER_TEMPERATURE))
    return evaluate.predict(teacher, train.faces)


def reading_of_views(views: Callable[[int], Iterator[Batch]]) -> Floats:
    """(N, 7): what all the committed networks together read from one epoch's views, which come in any size."""
    looks = []
    for network in load_reader("best").networks:
        logits = np.concatenate([network.logits(x.cpu().numpy()) for x, _ in views(network.input_px)])
        looks.append(softmax(logits.astype(np.float64), axis=1))
    return calibrated(np.stack(looks), Calibration(LABEL_SMOOTHING, temperature=1.0))
