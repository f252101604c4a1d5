"""Drawing tokens from the network's predictions."""

import torch

TEMPERATURE = 0.94  # of every part of an event
BELOW_ONE = 1 - 1e-6  # rounding must not reach past the last token
LEAST_PART = 0.03  # of the likeliest token's probability: what is rarer is never drawn (min-p, Nguyen et al. 2024)


def draw(logits: torch.Tensor, uniform: torch.Tensor) -> torch.Tensor:
    """(B, n) logits → (B,) indices of likely tokens, by (B, 1) numbers in 0–1 that stand for chance."""
    odds = (logits / TEMPERATURE).softmax(dim=-1)
    odds = torch.where(odds < LEAST_PART * odds.amax(dim=-1, keepdim=True), 0.0, odds)
    up_to = odds.cumsum(dim=-1)
    return torch.searchsorted(up_to, uniform * up_to[:, -1:] * BELOW_ONE, right=True).squeeze(-1)
