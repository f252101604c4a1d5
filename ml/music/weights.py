"""A composer's weights as plain arrays: what single steps are made of needs no PyTorch, whose import takes seconds.

`ml.music.model` is the network that is trained; its `weights_of` gives the same arrays.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file

from ml import checkpoints
from ml.checkpoints import Card
from ml.errors import CheckpointError
from ml.music.tokens import SIZES

Array = npt.NDArray[np.float32]

PARTS = ("shift", "pitch", "duration", "velocity")


@dataclass(frozen=True)
class ComposerConfig:
    """What builds a `Composer`; saved in its card. The sizes are checked against the vocabulary on loading."""

    condition: int = 10  # valence, arousal and eight attributes
    hidden: int = 384
    layers: int = 2
    embeddings: tuple[int, ...] = (48, 96, 48, 24)
    head: int = 192
    dropout: float = 0.3
    sizes: tuple[int, ...] = tuple(SIZES)
    functional: bool = True  # pitches relative to the tonic; without it, as they sound
    template: bool = True  # told the attributes besides the point; without it, the point alone


@dataclass(frozen=True)
class Weights:
    """A composer's arrays by the names that its network gives them, single precision."""

    config: ComposerConfig
    arrays: Mapping[str, Array]

    def embedding(self, part: int) -> Array:
        """(tokens, width) of one part of an event."""
        return self.arrays[f"embed.{part}.weight"]

    def layer(self, number: int) -> tuple[Array, Array, Array, Array]:
        """Of an LSTM layer: (4H, inputs), (4H, H), and two (4H,) biases that are added up."""
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        from_inputs, from_hidden, one, other = (self.arrays[f"lstm.{name}_l{number}"] for name in names)
        return from_inputs, from_hidden, one, other

    def head(self, part: int, layer: str) -> tuple[Array, Array]:
        """(out, in) and (out,) of the "inner" or the "out" layer that predicts one part of an event."""
        return self.arrays[f"heads.{part}.{layer}.weight"], self.arrays[f"heads.{part}.{layer}.bias"]


def shapes(config: ComposerConfig) -> dict[str, tuple[int, ...]]:
    """Of all the arrays of a composer with this config, by name."""
    H, width = config.hidden, sum(config.embeddings)
    found: dict[str, tuple[int, ...]] = {}
    for i, (size, embedding) in enumerate(zip(config.sizes, config.embeddings, strict=True)):
        before = sum(config.embeddings[:i])
        found |= {
            f"embed.{i}.weight": (size + 1, embedding),
            f"heads.{i}.inner.weight": (config.head, H + config.condition + before),
            f"heads.{i}.inner.bias": (config.head,),
            f"heads.{i}.out.weight": (size, config.head),
            f"heads.{i}.out.bias": (size,),
        }
    for i in range(config.layers):
        n_in = H if i else width + config.condition
        found |= {f"lstm.weight_ih_l{i}": (4 * H, n_in), f"lstm.weight_hh_l{i}": (4 * H, H)}
        found |= {f"lstm.bias_{where}_l{i}": (4 * H,) for where in ("ih", "hh")}
    return found


def load_weights(path: Path) -> tuple[Weights, Card]:
    """A checkpoint's arrays, and its card.

    Raises:
        CheckpointError: weights or card missing or broken, or they do not fit each other.
    """
    card = checkpoints.read_card(path)
    try:
        config = checkpoints.build_config(card, ComposerConfig)
        expected = shapes(config)
    except (TypeError, ValueError) as error:
        raise CheckpointError("bad-checkpoint", f"{path}: its card's config builds no network ({error})") from error
    try:
        arrays = {name: array.astype(np.float32) for name, array in load_file(path).items()}
    except (OSError, SafetensorError) as error:
        raise CheckpointError("no-checkpoint", f"{path}: the weights cannot be read ({error})") from error
    if {name: array.shape for name, array in arrays.items()} != expected:
        wrong = sorted(
            name for name in {*arrays, *expected} if name not in arrays or arrays[name].shape != expected.get(name)
        )
        raise CheckpointError("bad-checkpoint", f"{path}: the weights do not fit the model ({', '.join(wrong)})")
    return Weights(config, arrays), card
