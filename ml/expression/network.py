"""A trained network as the product runs it: an ONNX file with 8-bit weights, its card beside it, ONNX Runtime."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from onnxruntime.capi.onnxruntime_pybind11_state import (
    Fail,
    InvalidGraph,
    InvalidProtobuf,
    NoSuchFile,
    NotImplemented,
    RuntimeException,
)

from ml import checkpoints
from ml.domain import EXPRESSIONS
from ml.errors import CheckpointError

SUFFIX = ".onnx"
BROKEN = (Fail, InvalidGraph, InvalidProtobuf, NoSuchFile, NotImplemented, RuntimeException)  # share no base class

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Network:
    """(B, 1, input_px, input_px) standardised grey faces → (B, 7) logits; threads may share one."""

    session: onnxruntime.InferenceSession
    input_px: int
    view_px: float
    card: checkpoints.Card

    def logits(self, x: Floats) -> Floats:
        return np.asarray(self.session.run(None, {"x": x})[0], dtype=np.float32)


def load_network(path: Path) -> Network:
    """The network at `path`, on one thread: frames of several cameras are read side by side, each by one.

    Raises:
        CheckpointError: file or card missing or broken, or a network of another kind.
    """
    card = checkpoints.read_card(path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except BROKEN as error:
        raise CheckpointError("no-checkpoint", f"{path}: the network cannot be read ({error})") from error
    px = card["config"].get("input_px")
    if (shapes := shapes_of(session)) != ([1, px, px], [len(EXPRESSIONS)]):
        raise CheckpointError("bad-checkpoint", f"{path}: its shapes {shapes} are not those that its card says")
    return Network(session, px, card["config"]["view_px"], card)


def shapes_of(session: onnxruntime.InferenceSession) -> tuple[list[Any], list[Any]]:
    """The shapes of the one input and the one output, but for the batch."""
    return session.get_inputs()[0].shape[1:], session.get_outputs()[0].shape[1:]
