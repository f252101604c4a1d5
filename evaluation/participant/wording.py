"""What the consent page says in figures: how much there is to do, how long it takes, how long ratings are kept."""

from dataclasses import dataclass
from math import ceil

from django.db.models import Avg
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from evaluation import design
from evaluation.models import Stimulus, Study

RATING_S = 8.0  # looking or thinking, and moving the slider
CLIP_S = 30.0  # of a clip whose length is not known
OPENING_S = 60.0  # the sound check and the pages in between


def retention(days: int) -> str:
    """Days in the largest unit that fits them whole: "10 years", "6 months", "45 days"."""
    if days % 365 == 0:
        return ngettext("%(n)d year", "%(n)d years", days // 365) % {"n": days // 365}
    if days % 30 == 0:
        return ngettext("%(n)d month", "%(n)d months", days // 30) % {"n": days // 30}
    if days % 7 == 0:
        return ngettext("%(n)d week", "%(n)d weeks", days // 7) % {"n": days // 7}
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}


@dataclass(frozen=True)
class Task:
    """What one participant is asked to do."""

    n_images: int
    n_clips: int
    minutes: int

    @property
    def words(self) -> str:
        n_clips = self.n_clips
        images = ngettext("%(n)d picture", "%(n)d pictures", self.n_images) % {"n": self.n_images}
        clips = ngettext("%(n)d short piece of piano music", "%(n)d short pieces of piano music", n_clips) % {
            "n": n_clips
        }
        if self.n_images and n_clips:
            return _("%(images)s and %(clips)s") % {"images": images, "clips": clips}
        return images if self.n_images else clips


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
