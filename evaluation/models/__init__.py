"""The study in the database: `study` and `stimulus` are what the researcher sets up, `session` what participants do."""

from evaluation.models.session import Erasure, Invitation, Item, Participant, Rating
from evaluation.models.stimulus import Stimulus
from evaluation.models.study import Study

__all__ = ["Erasure", "Invitation", "Item", "Participant", "Rating", "Stimulus", "Study"]
