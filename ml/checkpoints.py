"""Weights (safetensors, half precision) with a JSON card beside them: what they are, what made them, how good they are.

The card holds ``config``, the keyword arguments that build the model; shapes are checked on loading.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ml.errors import CheckpointError

if TYPE_CHECKING:  # what only reads cards does without PyTorch
    import torch

WEIGHTS_DIR = Path(__file__).parent / "weights"

Card = dict[str, Any]
C = TypeVar("C")
M = TypeVar("M", bound="torch.nn.Module")


def save(model: "torch.nn.Module", card: Card, path: Path) -> None:
    """Write ``path`` (.safetensors) and ``path`` with .json, each whole or not at all."""
    from safetensors.torch import save_file

    tensors = {name: halved(tensor).contiguous() for name, tensor in model.state_dict().items()}
    write_weights(lambda partial: save_file(tensors, partial), card, path)


def write_weights(save_to: Callable[[Path], None], card: Card, path: Path) -> None:
    """Let `save_to` write the weights to a partial file that then becomes ``path``; the card goes beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    save_to(partial)
    partial.chmod(0o644)  # safetensors keeps its files to their owner; these are to be published
    partial.replace(path)
    write_json(card, path.with_suffix(".json"))


def halved(tensor: "torch.Tensor") -> "torch.Tensor":
    return tensor.detach().cpu().half() if tensor.is_floating_point() else tensor.detach().cpu()


def write_json(data: Any, path: Path) -> None:
    """Write `data` as JSON, whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n")
    partial.replace(path)


def read_card(path: Path) -> Card:
    """The card of the weights at `path`.

    Raises:
        CheckpointError: no such file, or not a card.
    """
    card_path = path.with_suffix(".json")
    try:
        card = json.loads(card_path.read_text())
    except (OSError, ValueError) as error:
        raise CheckpointError(
            "no-checkpoint", f"{card_path}: the checkpoint's card cannot be read ({error})"
        ) from error
    if not isinstance(card, dict) or not isinstance(card.get("config"), dict):
        raise CheckpointError("bad-checkpoint", f"{card_path}: the card has no config")
    return card


def load_model(path: Path, config_type: type[C], model_type: Callable[[C], M]) -> tuple[M, Card]:
    """Build the model that the card describes and fill it with the weights at `path`, ready for use.

    Raises:
        CheckpointError: weights or card missing or broken, or they do not fit the code.
    """
    card = read_card(path)
    try:
        model = model_type(build_config(card, config_type))
    except (TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError("bad-checkpoint", f"{path}: its card's config builds no network ({error})") from error
    load_into(model, path)
    return model, card


def build_config(card: Card, config_type: type[C]) -> C:
    """What the card's ``config`` describes."""
    fields = {name: tuple(v) if isinstance(v, list) else v for name, v in card["config"].items()}  # JSON has no tuples
    return config_type(**fields)


def load_into(model: "torch.nn.Module", path: Path) -> None:
    """Fill `model` with the weights at `path` (as float32) and set it to evaluation mode.

    Raises:
        CheckpointError: the file is missing or broken, or its names or shapes are not the model's.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors = load_file(path)
    except (OSError, SafetensorError) as error:
        raise CheckpointError("no-checkpoint", f"{path}: the weights cannot be read ({error})") from error
    fill(model, tensors, path)
    model.eval()


def fill(model: "torch.nn.Module", tensors: "dict[str, torch.Tensor]", path: Path) -> None:
    """Give `model` the weights that come from `path`, as float32.

    Raises:
        CheckpointError: their names or shapes are not the model's.
    """
    try:
        model.load_state_dict({name: t.float() if t.is_floating_point() else t for name, t in tensors.items()})
    except RuntimeError as error:
        raise CheckpointError("bad-checkpoint", f"{path}: the weights do not fit the model ({error})") from error
