"""The fast decoder against the network as PyTorch computes it."""

import numpy as np
import numpy.typing as npt
import pytest
import torch

from ml.music.decoder import Decoder
from ml.music.graph import Array, Graph, Session
from ml.music.line import CHORD_SHIFTS, NOWHERE, REACH, gains
from ml.music.model import Composer, weights_of
from ml.music.phrases import TOO_LONG, chances
from ml.music.sampling import BELOW_ONE, LEAST_PART, TEMPERATURES, draw
from ml.music.steps import PITCH, SHIFT
from ml.music.tokens import START, encode
from tests import base


def told_apart(model: Composer, exact: bool) -> float:
    """The largest difference between the decoder's and the network's logits."""
    events = torch.tensor([list(START), *encode(base.scale(), 0).tolist()])[None].expand(3, -1, -1)
    conditions = torch.randn(3, model.config.condition)
    whole = [part.numpy() for part in model(events, conditions)]
    decoder = Decoder(weights_of(model), exact=exact)
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
    assert told_apart(base.small_composer(), exact) < tolerance


def test_going_on_draws_an_event_and_hears_it() -> None:
    weights, moves = base.small_maker().weights, [1.0, -1.0] * REACH + [0.5]
    decoder, n_pieces = Decoder(weights, moves), 8
    conditions = np.random.default_rng(0).standard_normal((n_pieces, weights.config.condition)).astype(np.float32)
    told = decoder.told(conditions)
    memory = decoder.hear(np.tile(START, (n_pieces, 1)), told, decoder.blank(n_pieces))
    chance, line = next(chances(n_pieces, np.random.default_rng(1))), np.array([60, NOWHERE] * (n_pieces // 2))
    events, after = decoder.go_on(told, memory, chance, TOO_LONG, line)
    assert events.shape == (n_pieces, 4)
    for one, other in zip(after, decoder.hear(events, told, memory), strict=True):
        assert np.allclose(one, other)
    logits = [part / of for part, of in zip(decoder.foretell(told, memory, events), TEMPERATURES, strict=True)]
    begins = events[:, SHIFT] >= CHORD_SHIFTS
    assert 0 < begins.sum() < n_pieces
    logits[SHIFT] += TOO_LONG
    logits[PITCH] += gains(moves)[line] * begins[:, None]
    for i, part in enumerate(logits):
        assert drawn(part.astype(np.float32), chance[:, i : i + 1]).tolist() == events[:, i].tolist()


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
