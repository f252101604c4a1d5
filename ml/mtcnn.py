"""MTCNN's three networks, with the weights in facenet-pytorch's wheel, as ONNX Runtime runs them.

Zhang, Zhang, Li, Qiao, "Joint Face Detection and Alignment using Multitask Cascaded Convolutional Networks", 2016.
A search takes ONNX Runtime about two thirds of the time that PyTorch takes with the networks traced and frozen.

    python -m ml.mtcnn    turn the weights into graphs, if that is still to be done
"""

import logging
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from ml.domain import Pixels

logger = logging.getLogger(__name__)

PNET_PX, RNET_PX, ONET_PX = 12, 24, 48  # the side of the square that each judges
PNET_STRIDE = 2  # pixels between the squares that P-Net judges
FOLDER = Path(sys.prefix, "share", "sentimozart")
GRAPHS = tuple(FOLDER / f"mtcnn-1-{name}.onnx" for name in "pro")  # the number changes with how they are made

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Mtcnn:
    """The three networks; threads may share them.

    Each takes (N, H, W, 3) uint8 RGB and gives the probability of a face in a square, first of all, and then how far
    the face's left, top, right and bottom lie from the square's, in sides of it; O-Net also where the eyes, the nose
    and the corners of the mouth are (five x, then five y), in sides from the square's left and top.
    """

    pnet: onnxruntime.InferenceSession
    rnet: onnxruntime.InferenceSession
    onet: onnxruntime.InferenceSession

    def propose(self, picture: Pixels) -> tuple[Floats, Floats]:
        """(H, W, 3) → (h, w) probabilities of the squares that begin every `PNET_STRIDE` pixels, (4, h, w) offsets."""
        probabilities, offsets = self.pnet.run(None, {"pixels": picture[None]})
        return probabilities[0], offsets[0]

    def refine(self, crops: Pixels) -> tuple[Floats, Floats]:
        """(N, 24, 24, 3) → (N,) probabilities, (N, 4) offsets."""
        probabilities, offsets = self.rnet.run(None, {"pixels": crops})
        return probabilities, offsets

    def confirm(self, crops: Pixels) -> tuple[Floats, Floats, Floats]:
        """(N, 48, 48, 3) → (N,) probabilities, (N, 4) offsets, (N, 10) landmarks."""
        probabilities, offsets, landmarks = self.onet.run(None, {"pixels": crops})
        return probabilities, offsets, landmarks


def load_mtcnn() -> Mtcnn:
    """The networks as sessions; the first time on an installation that takes seconds more, for their graphs."""
    try:
        graphs = [path.read_bytes() for path in GRAPHS]
    except FileNotFoundError:
        from ml.mtcnn_graphs import make_graphs  # only now: it wants PyTorch

        graphs = make_graphs()
        keep(graphs)
    return Mtcnn(*map(session_of, graphs))


def keep(graphs: list[bytes]) -> None:
    """Lay the graphs beside the installation, each whole or not at all; where that may not be written, go without."""
    try:
        FOLDER.mkdir(parents=True, exist_ok=True)
        for path, graph in zip(GRAPHS, graphs, strict=True):
            partial = path.with_suffix(f".{os.getpid()}.partial")  # two processes may begin at the same time
            partial.write_bytes(graph)
            partial.replace(path)
    except OSError as error:
        logger.info("the detector's graphs are not kept: %s", error)


def session_of(graph: bytes) -> onnxruntime.InferenceSession:
    """The network on one thread: frames of several cameras are searched side by side, each by one."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


if __name__ == "__main__":
    load_mtcnn()
