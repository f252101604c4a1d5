"""In which language a participant is spoken to: the study's, whatever the browser asks for.

The words of a scale are part of the measurement, so that everyone in a study reads the same ones.
"""

from django.utils import translation

from evaluation.models import Study


def speak(study: Study) -> None:
    """Answer the request at hand in the study's language; the next request is asked for its own again."""
    translation.activate(study.language)
