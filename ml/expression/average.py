"""A network and its warm restart, averaged into one: python -m ml.expression.average FER2013 BEFORE AFTER --out FILE.

Weights that a warm restart led apart still lie in one basin, and their mean reads better than either (Izmailov et al.
2018, "Averaging weights leads to wider optima"; Wortsman et al. 2022, "Model soups"). BEFORE may be such a mean itself,
with another restart. The batch statistics belong to no mean of networks, so they are taken anew from Training faces.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from torch.nn.modules.batchnorm import _BatchNorm

from ml import checkpoints, command
from ml.errors import CheckpointError
from ml.expression.data import FaceSet, load_split
from ml.expression.model import ExpressionCNN, centre_logits
from ml.expression.thaw import N_FACES, load_trainable
from ml.expression.train import accuracy

SHARE = 0.75  # of AFTER, where it is not told
BATCH = 128  # faces


def averaged(before: ExpressionCNN, after: ExpressionCNN, share: float, faces: FaceSet) -> ExpressionCNN:
    """`after`, moved towards `before`: `share` of its own weights and the rest of the other's.

    Args:
        before, after: networks of one configuration.
        share: 0 to 1.
        faces: whose batch statistics the mean gets.

    Raises:
        CheckpointError: the two differ in more than their weights.
    """
    if before.config != after.config:
        raise CheckpointError("other-network", f"no mean of {before.config} and {after.config}")
    own, other = after.state_dict(), before.state_dict()
    weights = {name: torch.lerp(other[name], value, share) for name, value in own.items() if value.is_floating_point()}
    after.load_state_dict(own | weights)
    take_statistics(after, faces)
    return after


@torch.inference_mode()
def take_statistics(model: ExpressionCNN, faces: FaceSet) -> None:
    """Set every batch normalisation's mean and variance to those that these faces have there."""
    layers = [layer for layer in model.modules() if isinstance(layer, _BatchNorm)]
    model.eval()
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # the plain mean of all batches
        layer.train()
    chosen = faces.some(N_FACES)
    for batch in np.array_split(chosen, -(-len(chosen) // BATCH)):
        centre_logits(model, batch)
    model.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="fer2013.zip, fer2013.csv, or a folder with train/ and test/")
    parser.add_argument("before", type=Path, help="the checkpoint that AFTER began from, or an average with it")
    parser.add_argument("after", type=Path)
    parser.add_argument("--share", type=float, default=SHARE, help="of AFTER's weights in the mean")
    parser.add_argument("--out", type=Path, required=True, help="a .safetensors file; its card stands beside it")
    args = parser.parse_args()
    train, validation = load_split(args.data, "train"), load_split(args.data, "test")
    before, card_before = load_trainable(args.before, train)
    after, card = load_trainable(args.after, train)
    model = averaged(before, after, args.share, train)
    card["averaged"] = {"share": args.share, "with": card_before["command"], "its_epochs": card_before["epochs"]}
    if "averaged" in card_before:
        card["averaged"]["it_was_averaged"] = card_before["averaged"]
    card["selection"] = "each run's last averaged weights; of a few shares (docs/expression.md) the best on test/"
    card["test_accuracy_centre_view"] = round(accuracy(model, validation, torch.device("cpu")), 4)
    checkpoints.save(model, card, args.out)
    print(f"{args.out}: {card['test_accuracy_centre_view']:.2%} on PublicTest, centre view")


if __name__ == "__main__":
    command.run(main)
