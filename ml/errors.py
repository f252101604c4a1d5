"""One exception per border of the system; each carries a short code for machines and a sentence for people."""


class SentiMozartError(Exception):
    """Something a caller handed us, or that should be installed, is wrong.

    Args:
        code: short machine-readable name, e.g. ``"no-face"``.
        detail: one sentence that names the bad value.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail

    def __reduce__(self) -> tuple[type["SentiMozartError"], tuple[str, str]]:
        """As pickle wants it, for errors that cross from one process to another."""
        return type(self), (self.code, self.detail)


class FrameError(SentiMozartError):
    """A frame or photo that cannot be read."""


class CheckpointError(SentiMozartError):
    """Weights or their card are missing, broken or do not fit the code."""


class DataError(SentiMozartError):
    """A training or evaluation set that is not what it should be."""


class EmotionError(SentiMozartError):
    """An emotion target that does not exist or lies outside its range."""


class MidiError(SentiMozartError):
    """A MIDI file that cannot be read, or notes that cannot be written as one."""


class RenderError(SentiMozartError):
    """MIDI that could not be turned into sound."""


class SoundError(SentiMozartError):
    """A sound file that cannot be listened to."""
