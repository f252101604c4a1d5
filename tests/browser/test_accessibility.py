"""axe-core (WCAG 2.2 A and AA, and its best practices) finds nothing on any page, in either theme."""

import json
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.rater import LOAD_MS, open_page
from tests.site import Server

OpenBrowser = Callable[..., Browser]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PIECE_MS = 60_000
# A study with ratings, one without, someone of the staff who is logged in: what the pages have to show.
SET_UP = """
import json
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.db import SessionStore
from tests.evaluation import building
draft = building.draft(2, name="axe-draft")
rated = building.draft(3, name="axe-rated")
rated.open()
user = get_user_model().objects.create_superuser("axe", password="axe-axe-axe")
session = SessionStore()
session["_auth_user_id"] = str(user.pk)
session["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
session["_auth_user_hash"] = user.get_session_auth_hash()
session.create()
print(json.dumps({"draft": draft.pk, "rated": rated.pk, "sessionid": session.session_key}))
"""


# Half way from one colour to another, contrast is nobody's choice.
SETTLED = """Promise.all(document.getAnimations()
    .filter((each) => each instanceof CSSTransition)
    .map((each) => each.finished.catch(() => null)))"""


def violations(page: Page) -> list[str]:
    """What axe finds once colours have stopped changing: the rule, what it asks for, and where."""
    page.evaluate(SETTLED)
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}}).response["violations"]
    return [
        f"{page.url}: {rule['id']}: {rule['help']}: {[node['html'][:160] for node in rule['nodes'][:3]]}"
        for rule in found
    ]


@pytest.fixture(scope="module")
def prepared(server: Server) -> Iterator[dict[str, str]]:
    """Gone afterwards: the first account of this site is another test's to make."""
    yield json.loads(server.run(SET_UP))
    server.run("from django.contrib.auth.models import User; print(User.objects.get(username='axe').delete())")


@pytest.fixture(params=["light", "dark"])
def staff(
    request: pytest.FixtureRequest, server: Server, prepared: dict[str, str], browser_with: OpenBrowser
) -> Iterator[BrowserContext]:
    """Someone of the staff, with one colour scheme."""
    context = browser_with().new_context(color_scheme=request.param, reduced_motion="reduce")
    context.add_cookies([{"name": "sessionid", "value": prepared["sessionid"], "url": server.url}])
    yield context


def test_every_page_is_accessible(server: Server, prepared: dict[str, str], staff: BrowserContext) -> None:
    draft, rated = (f"/studies/{prepared[name]}/" for name in ("draft", "rated"))
    addresses = [
        "/", "/privacy/", "/listen/", "/wall/", "/wall/?emotion=sad", "/staff/status/", "/no-such-page/",
        "/study/axe-rated/", "/study/axe-rated/resume/", "/study/axe-draft/",
        "/studies/", "/studies/new/", draft, f"{draft}links/", f"{draft}monitor/", rated, f"{rated}report/",
    ]  # fmt: skip
    found = []
    for address in addresses:
        page = open_page(staff, server.url + address)
        found += violations(page)
        page.close()
    assert found == []


def test_a_piece_is_accessible_while_it_is_made_and_when_it_plays(server: Server, staff: BrowserContext) -> None:
    page = open_page(staff, server.url)
    page.get_by_role("button", name="Calm", exact=True).click()
    found = violations(page)
    page.locator("#piano-roll").wait_for(timeout=PIECE_MS)
    found += violations(page)
    link = page.locator("#piece-link")
    link.wait_for(timeout=PIECE_MS)  # while only the opening sounds it leads nowhere
    page.goto(server.url + str(link.get_attribute("href", timeout=LOAD_MS)))
    found += violations(page)
    page.get_by_role("button", name="Show this piece on the wall").click()
    page.get_by_role("button", name="Take this piece off the wall").wait_for(timeout=LOAD_MS)
    found += violations(page)
    page.goto(f"{server.url}/wall/")
    found += violations(page)
    assert found == []
