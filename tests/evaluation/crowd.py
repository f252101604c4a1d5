"""Simulated participants who rate over HTTP, and do not give up while the server is away."""

import itertools
import random
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests

ANSWER_S = 10.0  # for one answer, and for the server to be back
PATIENCE_S = 90.0
PAUSE_S = 0.2
OUTAGES = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)


@dataclass
class Rater:
    """One simulated participant.

    Args:
        study_url: the study's address, with a slash at its end.
        staff_cookies: of someone signed in as staff, who alone may begin simulated sessions.
        acknowledged: item id → score, of the ratings that the server said it has.
    """

    study_url: str
    staff_cookies: dict[str, str]
    seed: int
    acknowledged: dict[str, float] = field(default_factory=dict)
    n_resent: int = 0

    def __post_init__(self) -> None:
        self.http = requests.Session()
        self.http.cookies.update(self.staff_cookies)
        self.chance = random.Random(self.seed)

    def take_part(self) -> None:
        """From consent to the last item."""
        self.begin()
        for item in self.insist("GET", "state.json").json()["items"]:
            self.rate(item)

    def begin(self) -> None:
        page = self.insist("GET", "", params={"try": "1"})
        token = page.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        form = {"csrfmiddlewaretoken": token, "agree": "on", "try": "1"}
        # Followed by hand: once it has begun, a refused next page must not make it begin again.
        answer = self.insist("POST", "begin/", data=form, allow_redirects=False)
        assert answer.headers.get("Location") == f"{urlsplit(self.study_url).path}rate/", answer.text
        self.insist("GET", "rate/")

    def rate(self, item: dict[str, Any]) -> None:
        """Rate an item, and one time in ten send the same again, as a phone with a bad connection does."""
        score = self.chance.randint(0, 100) / 10
        message = {"item": item["id"], "score": score, "response_ms": 1500, "plays": 1}
        for _ in range(2 if self.chance.random() < 0.1 else 1):
            answer = self.insist("POST", "ratings/", json=message)
            assert answer.status_code in (200, 201), answer.text
            assert answer.json()["score"] == score
        self.acknowledged[item["id"]] = score

    def insist(self, method: str, path: str, **request: Any) -> requests.Response:
        """Ask until the server answers with something else than its absence."""
        deadline = time.monotonic() + PATIENCE_S
        for attempt in itertools.count():
            try:
                answer = self.http.request(
                    method, self.study_url + path, timeout=ANSWER_S, headers=self.headers(), **request
                )
                if answer.status_code < 500:
                    return answer
                problem = f"{answer.status_code} {answer.text[:200]}"
            except OUTAGES as error:
                problem = repr(error)
            assert time.monotonic() < deadline, f"{method} {path}, attempt {attempt}: {problem}"
            self.n_resent += 1
            time.sleep(PAUSE_S)
        raise AssertionError("unreachable")

    def headers(self) -> dict[str, str]:
        return {"X-CSRFToken": self.http.cookies.get("csrftoken") or ""}
