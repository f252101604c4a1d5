"""100 simulated participants rate while the server is killed three times: every acknowledged rating is there once."""

import json
import os
import signal
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.evaluation.crowd import Rater
from tests.site import Server

N_RATERS, N_AT_ONCE = 100, 16
N_ITEMS = 7  # of one session: three pairs and an attention check
KILL_AT = (0.25, 0.5, 0.75)  # of all ratings
VICTIMS = ("web", "database", "web")

SET_UP = """
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from tests.evaluation import building
staff = User.objects.create_user("crowd-leader", is_staff=True)
session = SessionStore()
session.update({"_auth_user_id": str(staff.pk), "_auth_user_backend": "django.contrib.auth.backends.ModelBackend",
                "_auth_user_hash": staff.get_session_auth_hash()})
session.save()
building.opened(3, name="crowd", target_ratings=150, n_repeats=0, n_attention=1)
print(session.session_key)
"""
READ_OUT = """
import json
from evaluation.models import Participant, Rating
people = Participant.objects.filter(study__name="crowd")
ratings = Rating.objects.filter(item__participant__in=people).values_list("item", "score")
print(json.dumps({
    "ratings": [[str(item), score] for item, score in ratings],
    "finished": people.filter(simulated=True, finished__isnull=False).count(),
    "real": people.real().count(),
    "orders": list(people.filter(finished__isnull=False).values_list("music_first", flat=True)),
}))
"""


def kill(server: Server, victim: str) -> None:
    if victim == "web":
        server.find("daphne").send_signal(signal.SIGKILL)
    else:
        (pid_file,) = server.data_dir.rglob("postmaster.pid")
        os.kill(int(pid_file.read_text().splitlines()[0]), signal.SIGKILL)


def kill_in_turn(server: Server, raters: list[Rater], killed: list[str], stop: threading.Event) -> None:
    """Each victim when its share of all ratings has been acknowledged."""
    for share, victim in zip(KILL_AT, VICTIMS, strict=True):
        while sum(len(rater.acknowledged) for rater in raters) < share * N_RATERS * N_ITEMS:
            if stop.wait(0.05):
                return
        kill(server, victim)
        killed.append(victim)


def exported(server: Server, *options: str) -> dict[str, Any]:
    """The study's report as `export_report` writes it."""
    out = server.data_dir / "crowd.json"
    server.manage("export_report", "crowd", "--format", "json", "--out", str(out), *options)
    report: dict[str, Any] = json.loads(out.read_text())
    return report


@pytest.fixture(scope="module")
def crowd(server: Server) -> tuple[list[Rater], list[str], dict[str, Any]]:
    """The crowd after its work, whom was killed meanwhile, and what the database then holds."""
    cookies = {"sessionid": server.run(SET_UP)}
    raters = [Rater(f"{server.url}/study/crowd/", cookies, seed) for seed in range(N_RATERS)]
    killed: list[str] = []
    stop = threading.Event()
    killer = threading.Thread(target=kill_in_turn, args=(server, raters, killed, stop))
    killer.start()
    try:
        with ThreadPoolExecutor(N_AT_ONCE) as pool:
            for done in [pool.submit(rater.take_part) for rater in raters]:
                done.result()
    finally:
        stop.set()
        killer.join()
    return raters, killed, json.loads(server.run(READ_OUT))


def test_every_acknowledged_rating_is_there_exactly_once(crowd: Any) -> None:
    raters, killed, stored = crowd
    acknowledged = {item: score for rater in raters for item, score in rater.acknowledged.items()}
    assert killed == list(VICTIMS)
    assert sum(rater.n_resent for rater in raters) > 0  # the kills were felt
    assert len(acknowledged) == N_RATERS * N_ITEMS
    counts = Counter(item for item, _ in stored["ratings"])
    assert set(counts.values()) == {1}
    assert {item: score for item, score in stored["ratings"] if item in acknowledged} == acknowledged
    # Whoever lost the answer to "begin" began anew: their first session has no ratings.
    assert set(counts) == set(acknowledged)


def test_every_simulated_participant_finished_and_none_counts_as_real(crowd: Any, server: Server) -> None:
    _, _, stored = crowd
    assert stored["finished"] == N_RATERS and stored["real"] == 0
    assert abs(Counter(stored["orders"])[True] - N_RATERS / 2) <= N_RATERS / 10
    real, simulated = exported(server), exported(server, "--simulated")
    assert {stimulus["n"] for stimulus in real["stimuli"]} == {0}
    assert {stimulus["n"] for stimulus in simulated["stimuli"]} == {N_RATERS}
    assert simulated["simulated"] is True and simulated["correlation"]["pairs"] == 3
