"""The study in the database: `study` is what the researcher sets up, `session` what participants do."""

from evaluation.models.session import Erasure, Invitation, Item, Participant, Rating
from evaluation.models.study import Stimulus, Study

__all__ = ["Erasure", "Invitation", "Item", "Participant", "Rating", "Stimulus", "Study"]
