"""What is done to a training face so that none is seen twice: moved, turned, blurred, relit, partly erased, blended."""

import math
from typing import Any

import torch
import torch.nn.functional as F

MAX_ROTATION = math.radians(12)
MAX_SHIFT_PX = 3.0
VIEW_PX = (36.0, 54.0)  # side of the sampled view in source pixels; a detector's boxes vary by about 9 % in scale
BLUR = (-0.3, 0.8)  # a part of what a mean of 3 × 3 pixels takes away; below 0 it sharpens
BRIGHTNESS, CONTRAST = 0.3, 0.25  # in standard deviations, and as a factor around 1
ERASE_PROBABILITY, ERASE_SIDE = 0.4, (0.15, 0.4)  # random erasing (Zhong et al. 2020), side as a part of the picture


def view(x: torch.Tensor, affine: torch.Tensor, px: int) -> torch.Tensor:
    """Sample (B, 1, 48, 48) pictures through (B, 2, 3) affine maps onto px × px."""
    grid = F.affine_grid(affine, [x.size(0), 1, px, px], align_corners=False)
    return F.grid_sample(x, grid, mode="bilinear", padding_mode="border", align_corners=False)


def blurred(x: torch.Tensor, strength: torch.Tensor) -> torch.Tensor:
    """(B, 1, H, W) pictures, each blurred or sharpened by its (B,) strength; cameras and resampling do both."""
    soft = F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), kernel_size=3, stride=1)
    return torch.lerp(x, soft, strength.view(-1, 1, 1, 1))


def augment(x: torch.Tensor, px: int, generator: torch.Generator) -> torch.Tensor:
    """A random view of each standardised (B, 1, 48, 48) face, in px × px: all that is done to it but the blend."""
    B = x.size(0)

    def uniform(low: float, high: float) -> torch.Tensor:
        return torch.empty(B).uniform_(low, high, generator=generator)

    angle, scale = uniform(-MAX_ROTATION, MAX_ROTATION), uniform(*VIEW_PX) / x.size(-1)
    mirror = torch.where(uniform(0, 1) < 0.5, -1.0, 1.0)
    shift = [uniform(-MAX_SHIFT_PX, MAX_SHIFT_PX) * 2 / x.size(-1) for _ in range(2)]
    affine = torch.stack(
        [
            torch.stack([mirror * scale * angle.cos(), -scale * angle.sin(), shift[0]], dim=1),
            torch.stack([mirror * scale * angle.sin(), scale * angle.cos(), shift[1]], dim=1),
        ],
        dim=1,
    )  # (B, 2, 3)
    contrast, brightness = uniform(1 - CONTRAST, 1 + CONTRAST), uniform(-BRIGHTNESS, BRIGHTNESS)
    seen = view(blurred(x, uniform(*BLUR).to(x.device)), affine.to(x.device), px)
    seen = seen * contrast.view(B, 1, 1, 1).to(x.device) + brightness.view(B, 1, 1, 1).to(x.device)
    return erase(seen, uniform, px)


def erase(x: torch.Tensor, uniform: Any, px: int) -> torch.Tensor:
    """Blank one rectangle in some of the pictures."""
    position = torch.arange(px)
    inside = []
    for _ in range(2):  # rows, then columns
        side = uniform(*ERASE_SIDE) * px
        start = uniform(0, 1) * (px - side)
        inside.append((position >= start[:, None]) & (position < (start + side)[:, None]))
    hit = uniform(0, 1) < ERASE_PROBABILITY
    mask = inside[0][:, :, None] & inside[1][:, None, :] & hit[:, None, None]  # (B, px, px)
    return x.masked_fill(mask.unsqueeze(1).to(x.device), 0.0)


def mixed(
    x: torch.Tensor, target: torch.Tensor, alpha: float, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Each face and target blended with another's by a share from Beta(alpha, alpha) (mixup, Zhang et al. 2018)."""
    if alpha == 0:
        return x, target
    one, other = (torch._standard_gamma(torch.full((x.size(0),), alpha), generator=generator) for _ in range(2))
    share = (one / (one + other).clamp(min=1e-9)).to(x.device)
    order = torch.randperm(x.size(0), generator=generator)
    wide = share.view(-1, 1, 1, 1)
    return wide * x + (1 - wide) * x[order], share[:, None] * target + (1 - share[:, None]) * target[order]
