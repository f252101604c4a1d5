"""MTCNN's three networks, with the weights in facenet-pytorch's wheel, as ONNX Runtime runs them.

Zhang, Zhang, Li, Qiao, "Joint Face Detection and Alignment using Multitask Cascaded Convolutional Networks", 2016.
A search takes ONNX Runtime about two thirds of the time that PyTorch takes with the networks traced and frozen.
"""

import io
import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import onnxruntime
import torch
from torch import nn

from ml import torchvision_ops
from ml.domain import Pixels

PNET_PX, RNET_PX, ONET_PX = 12, 24, 48  # the side of the square that each judges
PNET_STRIDE = 2  # pixels between the squares that P-Net judges
OPSET = 17

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


class FromPixels(nn.Module):
    """One of facenet-pytorch's networks, from pixels as they come; the probability first."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, ...]:
        scaled = (pixels.permute(0, 3, 1, 2).float() - 127.5) / 128  # as the networks were trained
        *others, probabilities = self.network(scaled)
        return probabilities[:, 1], *others


def load_mtcnn() -> Mtcnn:
    """Read the weights and turn them into sessions; takes a second or two."""
    torchvision_ops.ensure()
    from facenet_pytorch.models.mtcnn import ONet, PNet, RNet  # only now: it imports torchvision

    return Mtcnn(
        session_of(PNet(), PNET_PX, {1: "height", 2: "width"}),
        session_of(RNet(), RNET_PX, {0: "n"}),
        session_of(ONet(), ONET_PX, {0: "n"}),
    )


def session_of(network: nn.Module, px: int, free_axes: dict[int, str]) -> onnxruntime.InferenceSession:
    """The network on one thread: frames of several cameras are searched side by side, each by one."""
    graph = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the newer exporter wants onnxscript
        torch.onnx.export(
            FromPixels(network).eval(),
            (torch.zeros(1, px, px, 3, dtype=torch.uint8),),
            graph,  # type: ignore[arg-type]  # files do as well
            input_names=["pixels"],
            dynamic_axes={"pixels": free_axes},
            opset_version=OPSET,
            dynamo=False,
        )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(graph.getvalue(), options, providers=["CPUExecutionProvider"])
