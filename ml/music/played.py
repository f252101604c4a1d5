"""What a composer was taught of played music, in a file beside its weights."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from ml import checkpoints
from ml.errors import CheckpointError
from ml.music.critic import Critic, Line, Trees
from ml.music.measures import N_MEASURES
from ml.music.trees import Arrays, forest_from

LINE, EDGES = ("mean", "deviation", "weights"), "edges"
AGAIN = "python -m ml.music.critic_train EMOPIA teaches it anew"


class Played(NamedTuple):
    """What there is to teach.

    Args:
        moves: what the upper line's moves gain, as `line.gains` takes it.
        critics: by how many seconds they hear.
    """

    moves: Sequence[float]
    critics: Mapping[float, Critic]


UNTAUGHT = Played((), {})


def path_beside(weights: Path) -> Path:
    """Where it lies for the composer whose weights are at `weights`."""
    return weights.with_name(f"{weights.stem}-played{weights.suffix}")


def digest(weights: Path) -> str:
    return hashlib.sha256(weights.read_bytes()).hexdigest()


def save_played(played: Played, card: checkpoints.Card, weights: Path) -> None:
    """Write what was taught to the composer at `weights` beside it; the card says to which one."""
    arrays: Arrays = {}
    for span_s, critic in played.critics.items():
        arrays |= {f"{span_s:g}.{name}": getattr(critic.line, name).astype(np.float32) for name in LINE}
        if critic.trees:
            arrays[f"{span_s:g}.{EDGES}"] = critic.trees.edges
            arrays |= critic.trees.forest.arrays(f"{span_s:g}.forest")
    dense = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    config = {"composer": digest(weights), "moves": list(played.moves), "spans_s": list(played.critics)}
    card = card | {"config": config}
    checkpoints.write_weights(lambda partial: save_file(dense, partial), card, path_beside(weights))


def load_played(weights: Path) -> Played:
    """What the composer at `weights` was taught.

    Raises:
        CheckpointError: file or card missing or broken, or taught to other weights or with other measures.
    """
    path = path_beside(weights)
    config = checkpoints.read_card(path)["config"]
    if config.get("composer") != digest(weights):
        raise CheckpointError("bad-checkpoint", f"{path}: not made for the weights in {weights.name}; {AGAIN}")
    try:
        arrays = load_file(path)
        critics = {span_s: critic_from(arrays, f"{span_s:g}") for span_s in map(float, config["spans_s"])}
        moves = [float(gain) for gain in config["moves"]]
    except (OSError, SafetensorError) as error:
        raise CheckpointError("no-checkpoint", f"{path}: the critics cannot be read ({error})") from error
    except (KeyError, ValueError, TypeError) as error:
        raise CheckpointError("bad-checkpoint", f"{path}: the critics do not fit their card ({error})") from error
    sizes = {span_s: critic.line.mean.size for span_s, critic in critics.items()}
    if sizes != N_MEASURES:
        raise CheckpointError(
            "bad-checkpoint",
            f"{path}: its critics know {sizes} measures by how many seconds they hear, "
            f"this code takes {N_MEASURES}; {AGAIN}",
        )
    return Played(moves, critics)


def critic_from(arrays: Arrays, prefix: str) -> Critic:
    """The critic whose arrays were saved under this prefix.

    Raises:
        KeyError: an array is missing.
        ValueError: the arrays make no critic.
    """
    mean, deviation, weights = (arrays[f"{prefix}.{name}"].astype(np.float64) for name in LINE)
    edges, n = arrays[f"{prefix}.{EDGES}"].astype(np.float32), mean.size
    if (mean.shape, deviation.shape, weights.shape, edges.shape[:1]) != ((n,), (n,), (1 + 2 * n,), (n,)):
        raise ValueError(f"{prefix}: line and bins differ in how much they measure")
    return Critic(Line(mean, deviation, weights), Trees(edges, forest_from(arrays, f"{prefix}.forest", n)))
