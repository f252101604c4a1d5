"""The door to `ml`: each model is loaded once, whoever asks."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from compose.pipeline import once


def test_threads_that_ask_together_share_one_loading() -> None:
    loaded: list[str] = []
    together = Barrier(4)

    @once
    def load(name: str) -> str:
        loaded.append(name)
        return f"the {name} model"

    def ask(name: str) -> str:
        together.wait()
        return load(name)

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(ask, ["live", "live", "best", "live"]))
    assert answers == ["the live model", "the live model", "the best model", "the live model"]
    assert sorted(loaded) == ["best", "live"]
