"""What is said of a piece beside its title: its origin, how it is heard, what can be made of it, why it failed."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compose import family, titles
from compose.family import FamilyError

if TYPE_CHECKING:
    from compose.models import Composition

ORIGINS = {
    "camera": gettext_lazy("Composed from a face in the camera"),
    "photo": gettext_lazy("Composed from a photo"),
    "emotion": gettext_lazy("Composed from a chosen emotion"),
    "study": gettext_lazy("Composed from an image of a rating study"),
    "live": gettext_lazy("Composed while it followed a face"),
}
EXPRESSION_WORDS = {
    "angry": gettext_lazy("angry"),
    "disgust": gettext_lazy("disgust"),
    "fear": gettext_lazy("fear"),
    "happy": gettext_lazy("happy"),
    "sad": gettext_lazy("sad"),
    "surprise": gettext_lazy("surprise"),
    "neutral": gettext_lazy("neutral"),
}
MORE = {
    "happy": gettext_lazy("More happy"),
    "sad": gettext_lazy("More sad"),
    "neutral": gettext_lazy("More neutral"),
    "tense": gettext_lazy("More tense"),
    "calm": gettext_lazy("More calm"),
    "custom": gettext_lazy("Stronger feelings"),
}
AT_ITS_MOST = {
    "happy": gettext_lazy("As happy as it gets"),
    "sad": gettext_lazy("As sad as it gets"),
    "neutral": gettext_lazy("As neutral as it gets"),
    "tense": gettext_lazy("As tense as it gets"),
    "calm": gettext_lazy("As calm as it gets"),
    "custom": gettext_lazy("As strong as feelings get"),
}

# Why a piece could not be made, by the code of the error; a code that is not here has its own English detail.
UNPLAYABLE = gettext_lazy("Its notes could not be turned into sound on this server.")
UNTAUGHT = gettext_lazy("The composer's weights are missing or damaged on this server.")
FAILURES = {
    **dict.fromkeys(("no-fluidsynth", "no-soundfont", "bad-soundfont", "fluidsynth-failed"), UNPLAYABLE),
    **dict.fromkeys(("timeout", "too-short", "silent"), UNPLAYABLE),
    **dict.fromkeys(("no-checkpoint", "bad-checkpoint"), UNTAUGHT),
    "interrupted": gettext_lazy("Making this piece was interrupted twice. Please ask for another one."),
    "internal": gettext_lazy("Something went wrong while making this piece. Please ask for another one."),
    "no-parent": gettext_lazy("The piece that this one goes on from is gone."),
}


@dataclass(frozen=True)
class Offers:
    """What can be made of a ready piece.

    Args:
        more: the word on the button; `has_more` tells whether it can be pressed.
        longer_s: how long a longer piece would be; None where this one is as long as pieces get.
        first_s, latest_s: between them a continuation can begin; `latest_s` is None where no continuation fits.
    """

    more: str
    has_more: bool
    longer_s: int | None
    first_s: int
    latest_s: int | None

    @property
    def middle_s(self) -> int:
        return (self.first_s + (self.latest_s or self.first_s)) // 2


def offers(piece: "Composition") -> Offers:
    has_more = can(piece, "more")
    words = MORE if has_more else AT_ITS_MOST
    longer_s = round(family.longer_seconds(piece)) if can(piece, "longer") else None
    latest_s = int(min(piece.duration_s or 0.0, family.MOST_S - family.NEW_S))
    has_room = can(piece, "on", latest_s)
    more = str(words.get(piece.emotion, words["custom"]))
    return Offers(more, has_more, longer_s, int(family.EARLIEST_S), latest_s if has_room else None)


def can(piece: "Composition", way: str, at_s: float | None = None) -> bool:
    try:
        family.plan(piece, way, at_s)
    except FamilyError:
        return False
    return True


def origin_of(piece: "Composition") -> str:
    return str(ORIGINS[piece.source])


def expression_word(piece: "Composition") -> str:
    """The expression that it was made from; empty when an emotion was chosen."""
    return str(EXPRESSION_WORDS[piece.expression]) if piece.expression else ""


def heard_sentence(piece: "Composition") -> str:
    """What the listener model makes of it; empty while it has not heard it."""
    if not piece.heard_as:
        return ""
    word = titles.EMOTIONS[piece.heard_as]
    if piece.missed:
        return _("Our listener model hears it as %(emotion)s: the target was missed.") % {"emotion": word}
    return _("Our listener model hears it as %(emotion)s.") % {"emotion": word}


def failure_of(piece: "Composition") -> str:
    return str(FAILURES.get(piece.error_code, piece.error_detail))
