"""What the consent page says in figures: how much there is to do, how long it takes, how long ratings are kept."""

from dataclasses import dataclass
from math import ceil

from django.db.models import Avg

from evaluation import design
from evaluation.models import Stimulus, Study

RATING_S = 8.0  # looking or thinking, and moving the slider
CLIP_S = 30.0  # of a clip whose length is not known
OPENING_S = 60.0  # the sound check and the pages in between
DAYS_OF = {"year": 365, "month": 30, "week": 7, "day": 1}


def plural(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def retention(days: int) -> str:
    """Days in the largest unit that fits them whole: "10 years", "6 months", "45 days"."""
    noun, size = next((noun, size) for noun, size in DAYS_OF.items() if days % size == 0)
    return plural(days // size, noun)


@dataclass(frozen=True)
class Task:
    """What one participant is asked to do."""

    n_images: int
    n_clips: int
    minutes: int

    @property
    def words(self) -> str:
        parts = [plural(self.n_images, "picture")] if self.n_images else []
        parts += [plural(self.n_clips, "short piece") + " of piano music"] if self.n_clips else []
        return " and ".join(parts)


def task(study: Study) -> Task:
    """The task as a participant meets it: main, repeated and practice items of each kind."""
    n_images, n_clips = (n_screens(study, kind) for kind in design.KINDS)
    clips = study.stimuli.visible().filter(kind=Stimulus.Kind.MUSIC)
    clip_s = clips.aggregate(mean=Avg("composition__duration_s"))["mean"] or CLIP_S
    n_all = n_images + n_clips + study.n_attention
    return Task(n_images, n_clips, ceil((OPENING_S + n_all * RATING_S + n_clips * clip_s) / 60))


def n_screens(study: Study, kind: str) -> int:
    stimuli = study.stimuli.visible().filter(kind=kind)
    n_practice = stimuli.filter(practice=True).count()
    n_main = stimuli.filter(practice=False).count()
    n_main = n_main if study.per_block is None else min(n_main, study.per_block)
    n_repeats = min(study.n_repeats, max(n_main - design.REPEAT_DISTANCE, 0))
    return n_practice + n_main + n_repeats
