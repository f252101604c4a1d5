"""The composer: a doubly stacked LSTM over note events, conditioned on emotion (the paper's architecture, widened).

Tensor letters: B pieces, T events, C the size of the condition, H the size of the LSTM.
"""

import torch
import torch.nn.functional as F
from torch import nn

from ml.music.weights import ComposerConfig, Weights


class Head(nn.Module):
    """One part of the next event, from the LSTM's output and the parts already chosen."""

    def __init__(self, n_in: int, n_hidden: int, n_out: int, dropout: float) -> None:
        super().__init__()
        self.inner = nn.Linear(n_in, n_hidden)
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Linear(n_hidden, n_out)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.out(self.dropout(F.gelu(self.inner(x))))
        return logits


class Composer(nn.Module):
    """Predicts each event from those before it, part by part: shift, then pitch, then duration, then velocity."""

    def __init__(self, config: ComposerConfig) -> None:
        super().__init__()
        self.config = config
        self.embed = nn.ModuleList(
            nn.Embedding(n + 1, width) for n, width in zip(config.sizes, config.embeddings, strict=True)
        )
        n_in = sum(config.embeddings) + config.condition
        self.lstm = nn.LSTM(n_in, config.hidden, config.layers, batch_first=True, dropout=config.dropout)
        self.dropout = nn.Dropout(config.dropout)
        before = [sum(config.embeddings[:i]) for i in range(len(config.sizes))]
        self.heads = nn.ModuleList(
            Head(config.hidden + config.condition + width, config.head, n, config.dropout / 2)
            for n, width in zip(config.sizes, before, strict=True)
        )

    def embedded(self, events: torch.Tensor) -> list[torch.Tensor]:
        """(B, T, 4) events → four (B, T, width) embeddings."""
        return [embed(events[..., i]) for i, embed in enumerate(self.embed)]

    def forward(self, events: torch.Tensor, condition: torch.Tensor) -> list[torch.Tensor]:
        """Logits of every event after the first, given those before it.

        Args:
            events: (B, T, 4), the first being the start event or the end of what went before.
            condition: (B, C).

        Returns:
            For each part, (B, T−1, n) logits.
        """
        T = events.size(1)
        embedded = self.embedded(events)
        wide = condition.unsqueeze(1).expand(-1, T - 1, -1)  # (B, T−1, C)
        past = torch.cat([*(e[:, :-1] for e in embedded), wide], dim=-1)
        memory = self.dropout(self.lstm(past)[0])
        chosen = [e[:, 1:] for e in embedded]
        return [head(torch.cat([memory, wide, *chosen[:i]], dim=-1)) for i, head in enumerate(self.heads)]


def weights_of(model: Composer) -> Weights:
    """Copies of its weights as they are now, for single steps."""
    tensors = model.state_dict()
    return Weights(
        model.config, {name: tensor.detach().cpu().float().numpy().copy() for name, tensor in tensors.items()}
    )


def event_loss(logits: list[torch.Tensor], events: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Mean negative log-likelihood of an event in nats, summed over its four parts.

    Args:
        logits: as `Composer.forward` returns them for these events.
        events: (B, T, 4).
        mask: (B, T−1), true where the event to predict is real.
    """
    losses = [
        F.cross_entropy(part.flatten(0, 1), events[:, 1:, i].flatten(), reduction="none")
        for i, part in enumerate(logits)
    ]
    total = torch.stack(losses).sum(dim=0)
    return (total * mask.flatten()).sum() / mask.sum()
