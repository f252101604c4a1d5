"""The first view is light, comes from this site alone, and does not wait for one script after the other."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.site import Server

OpenBrowser = Callable[..., Browser]
MOST_BYTES = 150_000


@pytest.mark.parametrize("language", ["en-GB", "de-DE"])
def test_the_first_view_is_light_and_this_sites_own(server: Server, browser_with: OpenBrowser, language: str) -> None:
    page = browser_with().new_context(locale=language).new_page()
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    urls: list[str] = []
    n_bytes: list[int] = []
    network.on("Network.requestWillBeSent", lambda event: urls.append(event["request"]["url"]))
    network.on("Network.loadingFinished", lambda event: n_bytes.append(int(event["encodedDataLength"])))
    page.goto(server.url, wait_until="networkidle")
    assert {url for url in urls if not url.startswith((server.url, "data:"))} == set()
    assert len(n_bytes) > 10
    assert sum(n_bytes) <= MOST_BYTES, sorted(zip(n_bytes, urls, strict=False))[-10:]


def test_every_script_of_the_stage_is_announced_in_its_head(server: Server, browser_with: OpenBrowser) -> None:
    page = browser_with().new_page()
    warnings: list[Any] = []
    page.on("console", lambda line: warnings.append(line.text) if line.type in ("warning", "error") else None)
    page.goto(server.url, wait_until="networkidle")
    announced = page.eval_on_selector_all("link[rel=modulepreload]", "links => links.map(link => link.href)")
    fetched = page.evaluate(
        "performance.getEntriesByType('resource').map(e => e.name).filter(n => n.includes('/static/js/'))"
    )
    assert set(fetched) == {*announced, f"{server.url}/static/js/stage.js"}
    assert warnings == []
