"""Each part of benchmarks.frames, briefly: that it counts right, not how fast anything is."""

import asyncio
import json
import os
import struct
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.cameras import crowd, floor, peers, scenes, stages, tally
from benchmarks.cameras.camera_socket import connect, masked
from ml.expression.read import ExpressionReader, load_reader
from ml.frames import decode_frame
from tests.site import Server


@pytest.fixture(scope="module")
def reader() -> ExpressionReader:
    return load_reader("live")


def unmasked(packet: bytes) -> tuple[int, bytes]:
    """Opcode and payload, read by the letter of RFC 6455."""
    length, at = packet[1] & 0x7F, 2
    if length == 126:
        (length,), at = struct.unpack("!H", packet[2:4]), 4
    elif length == 127:
        (length,), at = struct.unpack("!Q", packet[2:10]), 10
    key, body = packet[at : at + 4], packet[at + 4 :]
    assert packet[0] & 0x80 and packet[1] & 0x80 and len(body) == length
    return packet[0] & 0x0F, bytes(byte ^ key[i % 4] for i, byte in enumerate(body))


@pytest.mark.parametrize("length", [0, 5, 125, 126, 40_000, 65_536])
def test_a_message_is_masked_as_a_browser_masks_it(length: int) -> None:
    payload = os.urandom(length)
    assert unmasked(masked(payload)) == (0x2, payload)


@pytest.mark.parametrize("scene", scenes.SCENES)
def test_a_film_is_a_loop_of_frames_that_move(scene: str) -> None:
    film = scenes.film(scene)
    assert len(film) == 10 and len(set(film)) >= 5
    assert decode_frame(film[0]).shape == (480, 640, 3)


def test_every_stage_of_every_frame_is_timed(reader: ExpressionReader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ml.tracking.LOOK_ANEW", 5)
    frames = stages.timed(scenes.film("one moving face"), 0.0, reader)
    assert len(frames) == 10 and all(frame.n_faces > 0 for frame in frames)
    assert {frame.searched for frame in frames} == {False, True}
    assert all(len(frame.stages_ms) == len(stages.STAGES) and min(frame.stages_ms) > 0 for frame in frames)
    rows = list(stages.rows("a face", frames))
    assert [row.split("|")[1].strip() for row in rows] == [
        "a face, followed",
        "a face, searched",
        "a face, mean of all",
    ]
    assert all(row.count("|") == stages.HEADER.splitlines()[0].count("|") for row in rows)


def test_four_people_are_found_and_nobody_is_not(reader: ExpressionReader) -> None:
    assert {frame.n_faces for frame in stages.timed(scenes.film("four people"), 0.0, reader)} == {4}
    assert {frame.n_faces for frame in stages.timed(scenes.film("nobody"), 0.0, reader)} == {0}


def test_the_floor_counts_both_networks(reader: ExpressionReader) -> None:
    # O-Net by hand: 32·27·46² + 64·288·21² + 64·576·8² + 128·256·3² + 256·1152 + 256·(2 + 4 + 10).
    assert floor.onet_products() == 1_828_224 + 8_128_512 + 2_359_296 + 294_912 + 294_912 + 4_096
    assert "× the floor" in floor.sentence(5.0, reader)


def test_only_what_was_sent_within_the_measurement_counts() -> None:
    records = [
        tally.Record([0.0, 1.0, 1.5, 1.9, 2.0], {1: 0.9, 2: 1.1, 4: 2.2, 5: 2.1}),  # the third was dropped
        tally.Record([1.2], {1: 1.25}),
    ]
    load = tally.tally(records, 5, 1.0, 2.0, (0.1, 0.5, 0.1))
    assert (load.n_sent, load.n_answered, load.fewest_answered, load.most_answered) == (4, 3, 1, 2)
    assert load.latencies_ms == pytest.approx([100.0, 300.0, 50.0])
    assert load.answered_fps == 3.0
    assert load.ms_a_frame(load.reader_cores) == pytest.approx(500 / 3)
    assert tally.row(load) == "| 2 × 5 fps | 3.0 | 100 | 280 | 1 of 4 | 1–2 | 10% | 33.3 | 50% | 166.7 | 10% |"


@pytest.mark.parametrize("fps", [5, None])
def test_a_real_site_answers_a_crowd(server: Server, monkeypatch: pytest.MonkeyPatch, fps: float | None) -> None:
    monkeypatch.setattr(crowd, "ARRIVAL_S", 0.2)
    monkeypatch.setattr(crowd, "WARM_UP_S", 1.0)
    film = scenes.film("one moving face")
    asyncio.run(crowd.first_answer(server.url, film[0]))
    load = asyncio.run(crowd.measure(server.url, film, 2, fps, 2.0, server.find("daphne").pid))
    assert 0 < load.n_answered <= load.n_sent
    assert min(load.latencies_ms) > 0 and load.web_cores > 0 and load.reader_cores > 0


def test_what_is_no_websocket_is_named(server: Server) -> None:
    with pytest.raises(ConnectionError, match="HTTP/1.1 [45]"):
        asyncio.run(connect(server.url + "/nowhere/"))


def test_a_peer_that_fails_is_named() -> None:
    with pytest.raises(peers.PeerError, match="no-such-program"):
        peers.call(["no-such-program"], 10)
    with pytest.raises(peers.PeerError, match="ended with 3: so it goes"):
        peers.call([sys.executable, "-c", "import sys; print('so it goes', file=sys.stderr); sys.exit(3)"], 10)


def test_an_environment_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "FOLDER", tmp_path)
    made: list[Path] = []
    for needs in (("a==1",), ("a==1",), ("a==2",)):
        assert peers.installed("peer", needs, made.append) == tmp_path / "peer"
    assert len(made) == 2


def test_peers_get_the_same_frames(tmp_path: Path) -> None:
    film = scenes.film("nobody")
    peers.write_frames(film, tmp_path)
    assert (tmp_path / "003.jpg").read_bytes() == film[3]
    shape = json.loads((tmp_path / "shape.json").read_text())
    raw = np.frombuffer((tmp_path / "003.rgb").read_bytes(), dtype=np.uint8)
    assert (raw.reshape(shape) == decode_frame(film[3])).all()


def test_peers_stand_beside_us() -> None:
    ours = peers.Peer("ours", [5.0, 5.0, 20.0], 1.0)
    (other,) = peers.parsed('a banner\n{"name": "other", "cpu_ms": [99, 101], "part_found": 0.5}\n')
    assert peers.row(other, ours) == "| other | 100.0 | 100.0 | 10.0 | 50% | 10.0× |"


def test_one_core_is_used_and_given_back() -> None:
    before = os.sched_getaffinity(0)
    with peers.on_one_core():
        assert len(os.sched_getaffinity(0)) == 1
    assert os.sched_getaffinity(0) == before
