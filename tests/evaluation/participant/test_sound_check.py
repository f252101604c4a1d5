"""The clips of the sound check hold as many notes as their names say.

They were made once: the first n of the MIDI pitches 67, 64, 72, 60 and 69 at velocity 80, one every half second for
0.45 s, through `ml.music.midi.write_notes`, then `ml.music.audio.render` and, as mono, `ml.music.codecs`.
"""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from django.conf import settings

STEP_S = 0.5
FRAME_S = 0.05
RISE = 1.2  # between two frames a note only fades, unless another one is struck
AUDIBLE = 0.01  # root mean square, of full scale
LARGEST = 30 * 1024  # bytes


@pytest.mark.parametrize("n", [3, 4, 5])
def test_a_clip_has_as_many_notes_as_its_name_says(n: int) -> None:
    path = Path(settings.BASE_DIR) / "static" / "audio" / f"sound-check-{n}.mp3"
    samples, rate = soundfile.read(path)
    assert samples.ndim == 1 and path.stat().st_size <= LARGEST and np.abs(samples).max() < 1.0
    size = int(FRAME_S * rate)
    level = np.sqrt(np.square(samples[: len(samples) // size * size].reshape(-1, size)).mean(axis=1))
    struck = (level[1:] > RISE * level[:-1]) & (level[1:] > AUDIBLE)
    onsets_s = np.concatenate([[0.0], (np.flatnonzero(struck) + 1) * FRAME_S])
    assert level[0] > AUDIBLE
    assert onsets_s == pytest.approx(STEP_S * np.arange(n), abs=FRAME_S)
