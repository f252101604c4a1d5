"""What a piece is called in the visitor's language: emotion, key and pace, as in "Happy, in D major, lively (132)"."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

if TYPE_CHECKING:
    from compose.models import Composition

EMOTIONS = {
    "happy": gettext_lazy("happy"),
    "sad": gettext_lazy("sad"),
    "neutral": gettext_lazy("neutral"),
    "tense": gettext_lazy("tense"),
    "calm": gettext_lazy("calm"),
    "custom": gettext_lazy("finer feelings"),
}
CALLED = {
    "happy": pgettext_lazy("title of a piece", "Happy"),
    "sad": pgettext_lazy("title of a piece", "Sad"),
    "neutral": pgettext_lazy("title of a piece", "Neutral"),
    "tense": pgettext_lazy("title of a piece", "Tense"),
    "calm": pgettext_lazy("title of a piece", "Calm"),
    "custom": pgettext_lazy("title of a piece", "Finer feelings"),
}
CALLED_STRONG = {  # further out than the training clips go
    "happy": pgettext_lazy("title of a piece", "Very happy"),
    "sad": pgettext_lazy("title of a piece", "Very sad"),
    "tense": pgettext_lazy("title of a piece", "Very tense"),
    "calm": pgettext_lazy("title of a piece", "Very calm"),
    "custom": pgettext_lazy("title of a piece", "Strong feelings"),
}
CALLED_LIVE = pgettext_lazy("title of a piece", "Following a face")

KEYS = {
    ("C", "major"): gettext_lazy("C major"),
    ("D♭", "major"): gettext_lazy("D♭ major"),
    ("D", "major"): gettext_lazy("D major"),
    ("E♭", "major"): gettext_lazy("E♭ major"),
    ("E", "major"): gettext_lazy("E major"),
    ("F", "major"): gettext_lazy("F major"),
    ("G♭", "major"): gettext_lazy("G♭ major"),
    ("G", "major"): gettext_lazy("G major"),
    ("A♭", "major"): gettext_lazy("A♭ major"),
    ("A", "major"): gettext_lazy("A major"),
    ("B♭", "major"): gettext_lazy("B♭ major"),
    ("B", "major"): gettext_lazy("B major"),
    ("C", "minor"): gettext_lazy("C minor"),
    ("D♭", "minor"): gettext_lazy("D♭ minor"),
    ("D", "minor"): gettext_lazy("D minor"),
    ("E♭", "minor"): gettext_lazy("E♭ minor"),
    ("E", "minor"): gettext_lazy("E minor"),
    ("F", "minor"): gettext_lazy("F minor"),
    ("G♭", "minor"): gettext_lazy("G♭ minor"),
    ("G", "minor"): gettext_lazy("G minor"),
    ("A♭", "minor"): gettext_lazy("A♭ minor"),
    ("A", "minor"): gettext_lazy("A minor"),
    ("B♭", "minor"): gettext_lazy("B♭ minor"),
    ("B", "minor"): gettext_lazy("B minor"),
}

NO_BREAK = "\N{NO-BREAK SPACE}"  # a line that ends between D and major reads badly

# Beats a minute below which a tempo has the name: the scale printed on metronomes of Maelzel's kind (to 40 grave).
TEMPI = (
    (60.0, "largo", gettext_lazy("very slow")),
    (66.0, "larghetto", gettext_lazy("slow")),
    (76.0, "adagio", gettext_lazy("at a slow pace")),
    (108.0, "andante", gettext_lazy("at a walking pace")),
    (120.0, "moderato", gettext_lazy("at a moderate pace")),
    (168.0, "allegro", gettext_lazy("lively")),
    (200.0, "presto", gettext_lazy("fast")),
    (float("inf"), "prestissimo", gettext_lazy("very fast")),
)


def title_of(piece: "Composition") -> str:
    """The piece's one title; without what is not known, or not yet."""
    parts = {"what": what_of(piece), "key": key_of(piece).replace(" ", NO_BREAK)}
    if not parts["key"]:
        return parts["what"]
    if piece.bpm is None:
        return _("%(what)s, in %(key)s") % parts
    pace, bpm = tempo_words(piece.bpm)[1], round(piece.bpm)
    return _("%(what)s, in %(key)s, %(pace)s (%(bpm)d)") % {**parts, "pace": pace, "bpm": bpm}


def what_of(piece: "Composition") -> str:
    if piece.source == piece.Source.LIVE:
        return str(CALLED_LIVE)
    names = CALLED_STRONG if piece.strength > 1 and piece.emotion in CALLED_STRONG else CALLED
    return str(names.get(piece.emotion, CALLED["custom"]))


def key_of(piece: "Composition") -> str:
    """Its key, as in "D major"; empty while it is not known."""
    return str(KEYS.get((piece.tonic_name, piece.mode), ""))


def tempo_of(piece: "Composition") -> str:
    """Its tempo, as in "andante, 96 beats a minute"; empty where no pulse stands out."""
    if piece.bpm is None:
        return ""
    parts = {"name": tempo_words(piece.bpm)[0], "bpm": round(piece.bpm)}
    return _("%(name)s, %(bpm)d beats a minute") % parts


def tempo_words(bpm: float) -> tuple[str, str]:
    """The tempo's Italian name, and what that means."""
    return next((name, str(meaning)) for below, name, meaning in TEMPI if bpm < below)
