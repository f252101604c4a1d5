"""The fast decoder against the network as PyTorch computes it."""

import numpy as np
import numpy.typing as npt
import pytest
import torch

from ml.music.decoder import Decoder
from ml.music.graph import Array, Graph, Session
from ml.music.model import Composer
from ml.music.phrases import TOO_LONG, chances
from ml.music.sampling import BELOW_ONE, LEAST_PART, TEMPERATURE, draw
from ml.music.steps import SHIFT
from ml.music.tokens import START, encode
from tests import base


def told_apart(model: Composer, exact: bool) -> float:
    """The largest difference between the decoder's and the network's logits."""
    events = torch.tensor([list(START), *encode(base.scale(), 0).tolist()])[None].expand(3, -1, -1)
    conditions = torch.randn(3, model.config.condition)
    whole = [part.numpy() for part in model(events, conditions)]
    decoder = Decoder(model, exact)
    told, memory = decoder.told(conditions.numpy()), decoder.blank(3)
    worst = 0.0
    for t in range(events.size(1) - 1):
        memory = decoder.hear(events[:, t].numpy(), told, memory)
        logits = decoder.foretell(told, memory, events[:, t + 1].numpy())
        worst = max([worst, *(np.abs(part - all_[:, t]).max() for part, all_ in zip(logits, whole, strict=True))])
    return worst


@pytest.mark.parametrize(("exact", "tolerance"), [(True, 1e-5), (False, 0.05)])
@torch.inference_mode()
def test_it_computes_what_the_network_computes(exact: bool, tolerance: float) -> None:
    assert told_apart(base.small_maker().model, exact) < tolerance


def test_going_on_draws_an_event_and_hears_it() -> None:
    model = base.small_maker().model
    decoder = Decoder(model)
    told = decoder.told(np.random.default_rng(0).standard_normal((3, model.config.condition)).astype(np.float32))
    memory = decoder.hear(np.tile(START, (3, 1)), told, decoder.blank(3))
    chance = chances(3, np.random.default_rng(1))
    events, after = decoder.go_on(told, memory, chance, TOO_LONG)
    assert events.shape == (3, 4)
    for one, other in zip(after, decoder.hear(events, told, memory), strict=True):
        assert np.allclose(one, other)
    logits = decoder.foretell(told, memory, events)
    logits[SHIFT] = logits[SHIFT] + TOO_LONG
    for i, part in enumerate(logits):
        assert drawn(part / TEMPERATURE, chance[:, i : i + 1]).tolist() == events[:, i].tolist()


def drawn(logits: Array, chance: Array) -> npt.NDArray[np.int64]:
    graph = Graph(exact=True)
    graph.output(draw(graph, graph.input("logits"), graph.input("chance")))
    indices: npt.NDArray[np.int64] = Session(graph).run(logits=logits, chance=chance)[0]
    return indices


def test_only_likely_tokens_are_drawn() -> None:
    logits = np.tile(np.log(np.array([0.5, 0.3, 0.185, 0.01, 0.005], dtype=np.float32)), (4000, 1))
    chance = np.linspace(0, BELOW_ONE, 4000, dtype=np.float32)[:, None]
    counts = np.bincount(drawn(logits, chance), minlength=5) / 4000
    assert 0.01 / 0.5 < LEAST_PART < 0.185 / 0.5  # between the fourth and the third
    assert counts[3:].sum() == 0
    assert counts[:3].tolist() == pytest.approx([0.51, 0.30, 0.19], abs=0.02)
