"""What is refused in a study, by code and sentence."""

from ml.errors import SentiMozartError


class StudyError(SentiMozartError):
    """A study, a session or a rating that cannot be what was asked for."""
