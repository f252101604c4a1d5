"""A network that runs in 8 bits → one that can be trained on: what is committed is enough for a warm restart.

The export folded each batch normalisation into its convolution. Here every filter gets the length of a freshly drawn
one, so that steps turn it as far as they would in a new network, and its normalisation gives back the scale and the
offset that were folded, beside the statistics that Training faces have there. What is lost is the rounding to 8 bits.
"""

from pathlib import Path

import onnx
import torch
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import numpy_helper
from torch import nn

from ml import checkpoints
from ml.errors import CheckpointError
from ml.expression.data import FaceSet
from ml.expression.model import ExpressionCNN, ExpressionConfig, centre_logits
from ml.expression.network import SUFFIX

N_FACES = 2048  # whose statistics the normalisations get
LENGTH = 3**-0.5  # of a filter as PyTorch draws it


def load_trainable(path: Path, faces: FaceSet) -> tuple[ExpressionCNN, checkpoints.Card]:
    """The network of a training run or, thawed, of an export, and its card.

    Raises:
        CheckpointError: file or card missing or broken.
    """
    if path.suffix == SUFFIX:
        return thawed(path, faces), checkpoints.read_card(path)
    return checkpoints.load_model(path, ExpressionConfig, ExpressionCNN)


def thawed(path: Path, faces: FaceSet) -> ExpressionCNN:
    """The network in an ONNX file of ours, ready to be trained on; it reads as the file does, but for rounding.

    Raises:
        CheckpointError: file or card missing or broken, or it is of another architecture than "narrow".
    """
    config = checkpoints.build_config(checkpoints.read_card(path), ExpressionConfig)
    if config.architecture != "narrow":
        raise CheckpointError("bad-checkpoint", f'{path}: a "{config.architecture}" cannot be trained on from 8 bits')
    model = ExpressionCNN(config).eval()
    layers, hooks = dict(model.named_modules()), []
    try:
        folded = folded_layers(path)
        assign(layers["head"], *folded.pop("head"))
        for name, (weight, bias) in folded.items():
            scale = LENGTH / weight.flatten(1).norm(dim=1).clamp(min=1e-8)
            assign(layers[name], weight * scale.view(-1, 1, 1, 1))
            hooks.append(layers[after(name)].register_forward_pre_hook(Unfolding(scale, bias)))
    except (OSError, DecodeError, KeyError, RuntimeError) as error:
        raise CheckpointError("bad-checkpoint", f"{path}: no network that can be trained on ({error})") from error
    centre_logits(model, faces.some(N_FACES))
    for hook in hooks:
        hook.remove()
    return model


@torch.no_grad()
def assign(layer: nn.Module, weight: torch.Tensor, bias: torch.Tensor | None = None) -> None:
    layer.get_parameter("weight").copy_(weight)
    if bias is not None:
        layer.get_parameter("bias").copy_(bias)


class Unfolding:
    """Sets a normalisation, when its input is seen, so that it takes back `scale` (C,) and adds `bias` (C,)."""

    def __init__(self, scale: torch.Tensor, bias: torch.Tensor) -> None:
        self.scale, self.bias = scale, bias

    @torch.no_grad()
    def __call__(self, norm: nn.Module, inputs: tuple[torch.Tensor]) -> None:
        assert isinstance(norm, nn.BatchNorm2d)
        variance, mean = torch.var_mean(inputs[0], dim=(0, 2, 3))
        norm.get_buffer("running_mean").copy_(mean)
        norm.get_buffer("running_var").copy_(variance)
        assign(norm, (variance + norm.eps).sqrt() / self.scale, self.bias + mean / self.scale)


def after(convolution: str) -> str:
    """The name of the normalisation that follows: conv1 → norm1, stem.0 → stem.1, shortcut.1 → shortcut.2."""
    before, number = convolution[:-1], int(convolution[-1])
    return before.replace("conv", "norm") + str(number + (not before.endswith("conv")))


def folded_layers(path: Path) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """Weights and biases of each convolution, and of the head, by its name in `ExpressionCNN`."""
    graph = onnx.load(path).graph
    arrays = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    in_floats = {node.output[0]: node.input for node in graph.node if node.op_type == "DequantizeLinear"}

    def floats(name: str) -> torch.Tensor:
        values, scale, _zero = (arrays[each] for each in in_floats[name])  # symmetric: zero is 0
        return torch.from_numpy(values * scale.reshape(-1, *[1] * (values.ndim - 1)))

    nodes = [node for node in graph.node if node.op_type in ("Conv", "Gemm")]
    return {layer_of(node.name): (floats(node.input[1]), floats(node.input[2])) for node in nodes}


def layer_of(node: str) -> str:
    """/blocks/blocks.0/shortcut/shortcut.1/Conv → blocks.0.shortcut.1"""
    parts = node.split("/")[1:-1]
    return ".".join(
        part for part, following in zip(parts, [*parts[1:], ""], strict=True) if not following.startswith(f"{part}.")
    )
