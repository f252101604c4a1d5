"""The weights in facenet-pytorch's wheel → the graphs that `ml.mtcnn` runs."""

import io
import warnings

import torch
from torch import nn

from ml import torchvision_ops
from ml.mtcnn import ONET_PX, PNET_PX, RNET_PX

OPSET = 17


class FromPixels(nn.Module):
    """One of facenet-pytorch's networks, from pixels as they come; the probability first."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, ...]:
        scaled = (pixels.permute(0, 3, 1, 2).float() - 127.5) / 128  # as the networks were trained
        *others, probabilities = self.network(scaled)
        return probabilities[:, 1], *others


def make_graphs() -> list[bytes]:
    """The networks in facenet-pytorch's wheel as ONNX graphs, in the order of `GRAPHS`."""
    torchvision_ops.ensure()
    from facenet_pytorch.models.mtcnn import ONet, PNet, RNet  # only now: it imports torchvision

    return [
        graph_of(PNet(), PNET_PX, {1: "height", 2: "width"}),
        graph_of(RNet(), RNET_PX, {0: "n"}),
        graph_of(ONet(), ONET_PX, {0: "n"}),
    ]


def graph_of(network: nn.Module, px: int, free_axes: dict[int, str]) -> bytes:
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
    return graph.getvalue()
