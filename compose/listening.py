"""The door to the listener model for files that visitors bring; none of them outlives its call."""

import tempfile
import threading
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from ml.errors import MidiError, SoundError
from ml.music.listening.sound import LONGEST_S
from ml.music.midi import LARGEST_BYTES

# Ten minutes of sound are measured in some seconds of one core: one file at a time, others wait or are sent away.
one_at_a_time = threading.BoundedSemaphore(1)
WAIT_S = 20.0
LONGEST_SOUND_S, LARGEST_MIDI_BYTES = LONGEST_S, LARGEST_BYTES


def hear_upload(chunks: Iterable[bytes], name: str) -> dict[str, Any]:
    """What the listener model says about a file that somebody sent; the file is deleted before this returns.

    Args:
        chunks: the file's bytes.
        name: what the visitor calls it; errors name it so.

    Raises:
        MidiError, SoundError: nothing to listen to, or ("busy") too many are waiting to be heard.
        CheckpointError: weights or calibration missing or broken.
    """
    from ml.music.listen import describe, load_listener
    from ml.music.listening.calibration import calibration_in_use

    calibration = calibration_in_use()
    with tempfile.TemporaryDirectory(prefix="listen-") as folder:
        path = Path(folder, "music")
        with path.open("wb") as file:
            file.writelines(chunks)
        if not one_at_a_time.acquire(timeout=WAIT_S):
            raise SoundError("busy", f"{name}: many files are being listened to just now; please try again in a minute")
        try:
            heard = load_listener().hear(path)
        except (MidiError, SoundError) as error:
            raise type(error)(error.code, error.detail.replace(str(path), name)) from error
        finally:
            one_at_a_time.release()
    line = describe(Path(name), heard, calibration)
    return line | {"study": calibration.study if calibration else None}


@lru_cache(maxsize=1)
def listener_scores() -> dict[str, dict[str, Any]]:
    """What the cards of the listener's two ears say of their accuracy, by "notes" and "sound".

    Raises:
        CheckpointError: a card is missing or broken.
    """
    from ml import checkpoints
    from ml.music.listen import NOTES_WEIGHTS, SOUND_WEIGHTS

    cards = {"notes": checkpoints.read_card(NOTES_WEIGHTS), "sound": checkpoints.read_card(SOUND_WEIGHTS)}
    return {kind: card["cross_validated"] | {"n_train": card["split"]["train"]} for kind, card in cards.items()}
