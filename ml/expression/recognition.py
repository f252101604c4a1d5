"""Weights to begin from that know faces but no expressions: the face-recognition ResNet that face-api.js ships.

Davis King's `dlib_face_recognition_resnet_model_v1` (29 convolutions, CC0) was trained to tell people apart, on faces
labelled with identities alone; face-api.js stores it with 8 bits a weight. To fetch it:

    npm pack @vladmandic/face-api@1.7.15 && tar xzf vladmandic-face-api-1.7.15.tgz package/model
"""

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import nn

from ml.errors import CheckpointError

WHAT = "face recognition (identities, no expressions): dlib's ResNet as @vladmandic/face-api 1.7.15 stores it"
MANIFEST = "face_recognition_model-weights_manifest.json"
BLOCKS = (  # names of the residual blocks, in order; `down` halves the picture
    *("conv32_1", "conv32_2", "conv32_3"),
    *("conv64_down", "conv64_1", "conv64_2", "conv64_3"),
    *("conv128_down", "conv128_1", "conv128_2"),
    *("conv256_down", "conv256_1", "conv256_2", "conv256_down_out"),
)
FIRST_WIDTH = 32
GREY_UNIT = 60 / 256  # the network saw grey levels / 256; ours have a deviation of 1, about 60 levels

Floats = npt.NDArray[np.float32]


class RecognitionBlock(nn.Module):
    """Two 3×3 convolutions beside a shortcut without weights: averaged by twos and filled up with empty channels."""

    def __init__(self, n_in: int, n_out: int, down: bool) -> None:
        super().__init__()
        self.down, self.n_new = down, n_out - n_in
        self.conv1 = nn.Conv2d(n_in, n_out, 3, 2 if down else 1, 0 if down else 1, bias=False)
        self.norm1 = nn.BatchNorm2d(n_out)
        self.conv2 = nn.Conv2d(n_out, n_out, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(n_out)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        # dlib's strided convolution starts at the edge, so it is centred on pixels 1, 3, 5 …, as its shortcut is.
        padded = F.pad(x, (0, 1 + x.size(3) % 2, 0, 1 + x.size(2) % 2)) if self.down else x
        residual = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(padded)), inplace=True)))
        if self.down:
            x = F.pad(F.avg_pool2d(x, 2, ceil_mode=True), (0, 0, 0, 0, 0, self.n_new))
        return F.relu(residual + x)


def trunk(n_blocks: int = len(BLOCKS)) -> nn.Sequential:
    """(B, 1, S, S) standardised grey faces → (B, 256, S/64, S/64), rounded up; S/32 without the last block."""
    layers: list[nn.Module] = [
        nn.Conv2d(1, FIRST_WIDTH, 7, 2, 3, bias=False),
        nn.BatchNorm2d(FIRST_WIDTH),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, 2, 1),
    ]
    n_in = FIRST_WIDTH
    for name in BLOCKS[:n_blocks]:
        n_out = width_of(name)
        layers.append(RecognitionBlock(n_in, n_out, "down" in name))
        n_in = n_out
    return nn.Sequential(*layers)


def width_of(block: str) -> int:
    """How many channels a block gives, which its name tells."""
    return int(block.removeprefix("conv").split("_")[0])


def load_into_trunk(layers: nn.Sequential, folder: Path, faces: torch.Tensor) -> None:
    """Fill a `trunk` with face-api's weights.

    Its scales and shifts take the place of the batch normalisations, whose statistics are those of `faces`; each
    convolution is brought to the size that He et al. (2015) begin with, so that a learning rate means the same
    everywhere. Neither changes what the network computes.

    Args:
        folder: face-api's `model/`.
        faces: (B, 1, S, S) standardised faces, a few hundred.

    Raises:
        CheckpointError: the folder lacks the weights, or they are others.
    """
    tensors = read_weights(folder)
    hooks = []
    for i, (name, conv, norm) in enumerate(layers_of(layers)):
        if f"{name}/conv/filters" not in tensors:
            raise CheckpointError("bad-checkpoint", f"{folder}: there is no {name} among these weights")
        filters = torch.from_numpy(tensors[f"{name}/conv/filters"]).permute(3, 2, 0, 1)  # H, W, in, out → out, in, H, W
        if i == 0:
            filters = filters.sum(dim=1, keepdim=True) * GREY_UNIT  # grey: three equal channels
        if filters.shape != conv.weight.shape:
            raise CheckpointError("bad-checkpoint", f"{folder}: {name} has the shape {tuple(filters.shape)}")
        enlarged = math.sqrt(2 / filters[0].numel()) / float(filters.std())
        conv.weight.data = (filters * enlarged).contiguous()
        scale, shift = (torch.from_numpy(tensors[f"{name}/scale/{part}"]) for part in ("weights", "biases"))
        hooks.append(norm.register_forward_pre_hook(splitting(norm, scale / enlarged, shift)))
    with torch.no_grad():
        layers.eval()(faces)
    for hook in hooks:
        hook.remove()


def layers_of(layers: nn.Sequential) -> Iterator[tuple[str, nn.Conv2d, nn.BatchNorm2d]]:
    """Each convolution of a `trunk` with its normalisation, and face-api's name for the two."""
    first, norm, _, _, *blocks = layers
    assert isinstance(first, nn.Conv2d)
    assert isinstance(norm, nn.BatchNorm2d)
    yield "conv32_down", first, norm
    for name, block in zip(BLOCKS, blocks, strict=False):
        assert isinstance(block, RecognitionBlock)
        yield f"{name}/conv1", block.conv1, block.norm1
        yield f"{name}/conv2", block.conv2, block.norm2


def splitting(norm: nn.BatchNorm2d, scale: torch.Tensor, shift: torch.Tensor) -> Callable[..., None]:
    """A hook that makes `norm` do ``scale * x + shift``, with the statistics of the first input that it sees."""

    def split(module: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        norm.running_mean, norm.running_var = inputs[0].mean(dim=(0, 2, 3)), inputs[0].var(dim=(0, 2, 3))
        norm.weight.data = scale * (norm.running_var + norm.eps).sqrt()
        norm.bias.data = shift + scale * norm.running_mean

    return split


def read_weights(folder: Path) -> dict[str, Floats]:
    """Name → array, as face-api's manifest lays them out (8 bits each, with a scale and a least value)."""
    try:
        groups = json.loads((folder / MANIFEST).read_text())
        raw = b"".join((folder / path).read_bytes() for group in groups for path in group["paths"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            "no-checkpoint", f"{folder}: no weights of face-api's face recognition ({error})"
        ) from error
    tensors, start = {}, 0
    for entry in (entry for group in groups for entry in group["weights"]):
        how = entry.get("quantization", {"dtype": "float32", "scale": 1.0, "min": 0.0})
        values = np.frombuffer(raw, how["dtype"], math.prod(entry["shape"]), start)
        start += values.nbytes
        tensors[entry["name"]] = (values * how["scale"] + how["min"]).astype(np.float32).reshape(entry["shape"])
    return tensors
