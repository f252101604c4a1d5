"""The fast decoder against the network as PyTorch computes it."""

import pytest
import torch

from ml.music.decoder import Decoder
from ml.music.model import Composer
from ml.music.sampling import LEAST_PART, draw
from ml.music.tokens import START, encode
from tests import base


def told_apart(model: Composer, exact: bool) -> list[float]:
    """The largest difference between the decoder's and the network's logits, for each part of an event."""
    events = torch.tensor([list(START), *encode(base.scale(), 0).tolist()])[None].expand(3, -1, -1)
    conditions = torch.randn(3, model.config.condition)
    whole = model(events, conditions)
    decoder = Decoder(model, exact)
    told, memory = decoder.told(conditions), decoder.blank(3)
    worst = [0.0] * 4

    for t in range(events.size(1) - 1):
        memory = decoder.hear(events[:, t], told, memory)

        def choose(part: int, logits: torch.Tensor, t: int = t) -> torch.Tensor:
            worst[part] = max(worst[part], float((logits - whole[part][:, t]).abs().max()))
            return events[:, t + 1, part]

        decoder.choose(memory, told, choose)
    return worst


@pytest.mark.parametrize(("exact", "tolerance"), [(True, 1e-5), (False, 0.05)])
@torch.inference_mode()
def test_it_computes_what_the_network_computes(exact: bool, tolerance: float) -> None:
    assert max(told_apart(base.small_maker().model, exact)) < tolerance


def test_only_likely_tokens_are_drawn() -> None:
    logits = torch.tensor([0.5, 0.3, 0.185, 0.01, 0.005]).log().expand(4000, -1)
    chance = torch.linspace(0, 1, 4000)[:, None]
    drawn = draw(logits, chance).bincount(minlength=5) / 4000
    assert 0.01 / 0.5 < LEAST_PART < 0.185 / 0.5  # between the fourth and the third
    assert drawn[3:].sum() == 0
    assert drawn[:3].tolist() == pytest.approx([0.51, 0.30, 0.19], abs=0.02)
