"""Keys of known music."""

import pytest

from ml.music.key import find_key, mode_on, offset_of
from ml.music.midi import read_notes
from tests import base


@pytest.mark.parametrize("tonic", [60, 63, 67])
def test_it_finds_a_major_key_wherever_it_stands(tonic: int) -> None:
    key = find_key(base.scale(tonic=tonic))
    assert (key.tonic, key.mode) == (tonic % 12, "major")
    assert key.majorness > 0


def test_it_finds_the_key_of_a_real_song() -> None:
    key = find_key(read_notes(base.SONG))
    assert (key.tonic, key.mode) == (6, "major")  # POP909's own annotation of song 001: G♭ major


def test_the_third_decides_the_mode_over_a_tonic() -> None:
    assert mode_on(base.scale(), tonic=0) == "major"
    assert mode_on(base.scale(), tonic=9) == "minor"  # the same notes over A


def test_offsets_go_the_shorter_way() -> None:
    assert [offset_of(tonic) for tonic in (0, 6, 7, 11)] == [0, 6, -5, -1]
