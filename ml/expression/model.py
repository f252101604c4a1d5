"""The expression network: a narrow residual CNN for 48×48 grey faces.

Four 3×3 stages at 40, 20, 10 and 5 pixels with pre-summed shortcuts (He et al. 2016, ResNet-D's average-pooled
shortcut); narrow rather than deep, because on FER2013 narrowing helps more than deepening.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from ml.domain import EXPRESSIONS, Pixels
from ml.expression import recognition
from ml.expression.views import Floats, fixed_view, standardise


@dataclass(frozen=True)
class ExpressionConfig:
    """What builds an `ExpressionCNN`; saved in its card."""

    architecture: str = "narrow"  # or "recognition", begun from a network that tells people apart
    stem: int = 24
    widths: tuple[int, ...] = (48, 96, 192)
    depths: tuple[int, ...] = (1, 1, 2)
    inner: int = 0  # channels between the two convolutions of the last stage's blocks; 0: as many as come out
    input_px: int = 40  # faces are resampled to this, which every stage halves
    view_px: float = 44.0  # how much of the 48-pixel face the centre view shows
    n_blocks: int = 14  # of "recognition"
    dropout: float = 0.2


class Residual(nn.Module):
    """Two 3×3 convolutions beside a shortcut, `n_inner` channels between them; `stride` 2 halves the picture."""

    def __init__(self, n_in: int, n_inner: int, n_out: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(n_in, n_inner, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(n_inner)
        self.conv2 = nn.Conv2d(n_inner, n_out, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(n_out)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or n_in != n_out:
            self.shortcut = nn.Sequential(
                nn.AvgPool2d(stride), nn.Conv2d(n_in, n_out, 1, bias=False), nn.BatchNorm2d(n_out)
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        residual = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)), inplace=True)))
        return F.relu(residual + self.shortcut(x))


def narrow_trunk(config: ExpressionConfig) -> tuple[nn.Sequential, nn.Sequential]:
    """The stem and the residual stages."""
    stem = nn.Sequential(
        nn.Conv2d(1, config.stem, 3, 1, 1, bias=False), nn.BatchNorm2d(config.stem), nn.ReLU(inplace=True)
    )
    blocks, n_in = [], config.stem
    inner = (*config.widths[:-1], config.inner or config.widths[-1])
    for width, n_inner, depth in zip(config.widths, inner, config.depths, strict=True):
        for i in range(depth):
            blocks.append(Residual(n_in, n_inner, width, stride=2 if i == 0 else 1))
            n_in = width
    return stem, nn.Sequential(*blocks)


class ExpressionCNN(nn.Module):
    """(B, 1, input_px, input_px) standardised grey faces → (B, 7) logits."""

    def __init__(self, config: ExpressionConfig) -> None:
        super().__init__()
        self.config = config
        if config.architecture == "recognition":
            self.stem, self.blocks = nn.Sequential(), recognition.trunk(config.n_blocks)
            width = recognition.width_of(recognition.BLOCKS[config.n_blocks - 1])
        else:
            self.stem, self.blocks = narrow_trunk(config)
            width = config.widths[-1]
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(width, len(EXPRESSIONS))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        features = self.blocks(self.stem(x)).mean(dim=(2, 3))  # (B, C)
        logits: torch.Tensor = self.head(self.dropout(features))
        return logits


def widen(model: ExpressionCNN, narrower: ExpressionCNN) -> None:
    """Let `model`, which differs in a larger `inner` alone, read just as `narrower` does (Net2Net, Chen et al. 2016).

    What the new channels say counts for nothing yet; their own weights stay as they were drawn.
    """
    own = model.state_dict()
    for name, smaller in narrower.state_dict().items():
        if name.endswith("conv2.weight"):
            own[name].zero_()
        own[name][tuple(slice(n) for n in smaller.shape)] = smaller


@torch.inference_mode()
def centre_logits(model: ExpressionCNN, faces: Pixels, device: torch.device | None = None) -> torch.Tensor:
    """(B, 48, 48) uint8 faces → (B, 7) logits of their centre views."""
    logits: torch.Tensor = model(torch.from_numpy(centre_views(model.config, faces)).to(device))
    return logits


def centre_views(config: ExpressionConfig, faces: Pixels) -> Floats:
    """(B, 48, 48) uint8 faces → (B, 1, input_px, input_px), as the network wants them."""
    return fixed_view(standardise(faces), config.view_px, config.input_px)
