"""A participant's way through a study in a real browser: over a lost network, by keyboard alone, on a phone."""

import itertools
import json
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.rater import LOAD_MS, Rater, open_page
from tests.site import Server

OpenBrowser = Callable[..., Browser]
PHONE = {"width": 390, "height": 664}  # with the browser's own bars
NARROWEST_PX = 320
GLIDE_MS = 300  # that a swiped page glides on
SMALLEST_PX = 44  # of anything that is to be touched
SET_UP = """
from tests.evaluation import building
plans = {"network": (5, 1, 1), "keyboard": (2, 1, 1), "phone": (2, 1, 0), "windows": (3, 0, 0)}
for name, (n_pairs, n_clips, n_attention) in plans.items():
    study = building.draft(n_pairs, name=name, n_repeats=0, n_attention=n_attention)
    study.stimuli.filter(kind="music", pair__gt=f"p00{n_clips}").update(hidden=True)
    study.open()
print("ready")
"""
READ_OUT = """
import json
from evaluation.models import Participant, Rating
(person,) = Participant.objects.filter(study__name="{name}")
ratings = Rating.objects.filter(item__participant=person).order_by("item__position")
fields = ("score", "plays", "response_ms", "item__kind", "item__role")
print(json.dumps({{
    "ratings": list(ratings.values(*fields)), "items": person.items.count(), "finished": person.finished is not None,
    "sound_check_tries": person.sound_check_tries,
}}))
"""

MISSING_AHEAD = """async () => {
  const { items } = await (await fetch(document.querySelector("#rating").dataset.stateUrl)).json()
  const fetched = performance.getEntriesByType("resource").map((entry) => new URL(entry.name).pathname)
  return items.slice(0, 3).filter(({ media }) => media && !fetched.includes(media)).length
}"""


@pytest.fixture(scope="module")
def studies(server: Server) -> str:
    """Four open studies with clips of one second; the address that their names follow."""
    server.run(SET_UP)
    return f"{server.url}/study"


def assert_stored_once(server: Server, name: str, scores: list[float]) -> None:
    """One rating per item and no other, in the order in which they were given."""
    stored = json.loads(server.run(READ_OUT.format(name=name)))
    assert stored["finished"] and stored["items"] == len(scores)
    assert [rating["score"] for rating in stored["ratings"]] == scores
    assert all(rating["response_ms"] > 0 for rating in stored["ratings"])
    assert stored["sound_check_tries"] == 1
    for rating in stored["ratings"]:
        is_heard = rating["item__kind"] == "music" and rating["item__role"] != "attention"
        assert rating["plays"] == int(is_heard)


def test_no_answer_is_lost_with_network_or_device(server: Server, studies: str, browser_with: OpenBrowser) -> None:
    shares = itertools.cycle((0.1, 0.62, 0.9))
    context = browser_with().new_context()
    first = Rater(open_page(context, f"{studies}/network/"))
    first.consent()
    first.press_on("part")
    first.rate(next(shares))
    page = first.page

    expect(page.locator("[data-score]")).to_have_text("no answer yet")
    wait_for_shelf(page)
    context.set_offline(True)
    first.rate(next(shares))
    expect(page.locator("#message")).to_contain_text("You are offline")
    first.rate(next(shares))
    assert kept_answers(page) == 2

    context.set_offline(False)
    page.reload()
    expect(page.locator("[data-back]")).to_contain_text("You have answered 3", timeout=LOAD_MS)
    assert kept_answers(page) == 0
    first.press_on("part")
    first.rate(next(shares))
    code = first.code

    elsewhere = browser_with().new_context()
    second = Rater(open_page(elsewhere, f"{studies}/resume/"), first.scores)
    second.page.fill("[name=code]", code.lower())
    second.page.click("button:has-text('Go on')")
    second.rate_to_the_end(shares)
    expect(second.page.locator("#participation-code")).to_have_text(code)
    page.goto(f"{studies}/network/")  # the first device knows that it is over
    expect(page.locator("#completion-code")).to_be_visible()
    assert_stored_once(server, "network", second.scores)


def wait_for_shelf(page: Page) -> None:
    """Until this picture and the next two are on the device, and the answer before them is not only there."""
    deadline = time.monotonic() + LOAD_MS / 1000
    while kept_answers(page) or page.evaluate(MISSING_AHEAD):
        assert time.monotonic() < deadline, "the next pictures are not fetched"
        page.wait_for_timeout(100)


def kept_answers(page: Page) -> int:
    return int(page.evaluate("Object.keys(localStorage).filter(k => !k.includes(':is-')).length"))


def test_by_keyboard_alone(server: Server, studies: str, browser_with: OpenBrowser) -> None:
    rater = Rater(open_page(browser_with().new_context(), f"{studies}/keyboard/"))
    page = rater.page
    tab_to(page, "[name=agree]")
    page.keyboard.press("Space")
    tab_to(page, "button[type=submit]")
    page.keyboard.press("Enter")
    while (screen := rater.screen) != "done":
        expect(page.locator(f"[data-screen={screen}] h1")).to_be_focused()  # each screen begins at its heading
        if screen == "item":
            rate_by_keyboard(rater)
        elif screen == "sound-check":
            hear_by_keyboard(rater, "[data-screen=sound-check]")
            tab_to(page, f"[data-notes='{rater.n_notes}']")
            page.keyboard.press("Enter")
        else:
            tab_to(page, f"[data-screen={screen}] [data-go]")
            page.keyboard.press("Enter")
            expect(page.locator(f"[data-screen={screen}]")).to_be_hidden()
    assert_stored_once(server, "keyboard", rater.scores)


def rate_by_keyboard(rater: Rater) -> None:
    """A digit, a step, Enter; the slider says in words where it stands."""
    page, slider = rater.page, rater.page.locator("[data-line] input")
    if page.locator("[data-screen=item] [data-clip]").is_visible():
        hear_by_keyboard(rater, "[data-screen=item]")
    tab_to(page, "[data-line] input")
    expect(slider).to_have_attribute("aria-valuetext", "no answer yet")
    page.keyboard.press("Enter")
    expect(page.locator("[data-reason]")).not_to_be_empty()
    expect(page.locator("#message")).not_to_be_empty()
    for key, said in (("7", "7, towards happy"), ("ArrowRight", "7.5, towards happy"), ("Home", "0, sad"),
                      ("End", "10, happy"), ("PageDown", "9, towards happy"), ("Shift+ArrowLeft", "8.9, towards happy"),
                      ("5", "5, neutral"), ("ArrowDown", "4.5, towards sad")):  # fmt: skip
        page.keyboard.press(key)
        expect(slider).to_have_attribute("aria-valuetext", said)
    rater.go_on("Enter")


def hear_by_keyboard(rater: Rater, within: str) -> None:
    tab_to(rater.page, f"{within} [data-play]")
    rater.page.keyboard.press("Space")
    rater.wait_for_end(within)


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there."""
    target = page.locator(selector)
    target.wait_for(timeout=LOAD_MS)
    for _ in range(40):
        page.keyboard.press("Tab")
        if target.evaluate("e => e === document.activeElement"):
            return
    raise AssertionError(f"the focus never came to {selector}")


def test_on_a_phone(server: Server, studies: str, browser_with: OpenBrowser) -> None:
    context = browser_with().new_context(viewport=PHONE, has_touch=True, is_mobile=True)  # type: ignore[arg-type]
    rater = Rater(open_page(context, f"{studies}/phone/"))
    assert_fits(rater.page)
    rater.page.check("[name=agree]")
    rater.page.tap("button:has-text('Begin')")
    while (screen := rater.screen) != "done":
        assert_fits(rater.page)
        if screen == "item":
            rate_by_touch(rater)
        elif screen == "sound-check":
            rater.pass_sound_check()
        else:
            rater.page.tap(f"[data-screen={screen}] [data-go]")
    assert_fits(rater.page)
    assert_stored_once(server, "phone", rater.scores)


def rate_by_touch(rater: Rater) -> None:
    """Scrolling over the line is no answer; a tap is."""
    page = rater.page
    if page.locator("[data-screen=item] [data-clip]").is_visible():
        rater.hear_clip()
    line = page.locator("[data-line]").bounding_box()
    assert line is not None
    x, y = line["x"] + 0.8 * line["width"], line["y"] + line["height"] / 2
    swipe_up(page, x, y)
    expect(page.locator("[data-score]")).to_have_text("no answer yet")
    assert page.evaluate("scrollY") > 0
    page.evaluate("scrollTo(0, 0)")
    tap_the_line(page, x, y)
    assert 7.8 <= rater.shown_score <= 8.6
    rater.go_on()


def tap_the_line(page: Page, x: float, y: float) -> None:
    """As a person does: once more if nothing happened, since a tap while the page still glides only stops it."""
    for _ in range(3):
        page.touchscreen.tap(x, y)
        page.wait_for_timeout(GLIDE_MS)
        if page.locator("[data-score]").inner_text() != "no answer yet":
            return


def swipe_up(page: Page, x: float, y: float) -> None:
    finger = page.context.new_cdp_session(page)
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step_px in range(20, 200, 20):
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y - step_px}]})
        page.wait_for_timeout(16)
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def assert_fits(page: Page) -> None:
    """Nothing is wider than the screen, also on the narrowest; whatever is touched is big enough."""
    for width in (NARROWEST_PX, PHONE["width"]):
        page.set_viewport_size({"width": width, "height": PHONE["height"]})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    boxes = page.eval_on_selector_all(
        "button, select, .tick label, .study-links a, [data-line], input[type=range]",
        "all => all.map(e => [e.outerHTML, e.getBoundingClientRect()]).map(([h, b]) => [h, b.width, b.height])",
    )
    small = [box for box in boxes if box[1] and min(box[1:]) < SMALLEST_PX and "data-dismiss" not in box[0]]
    assert not small


def test_a_second_window_goes_on_where_the_first_is(server: Server, studies: str, browser_with: OpenBrowser) -> None:
    context = browser_with().new_context()
    first = Rater(open_page(context, f"{studies}/windows/"))
    first.consent()
    first.press_on("part")
    second = Rater(open_page(context, f"{studies}/windows/"))
    second.press_on("start")
    second.press_on("part")
    first.rate(0.1)
    first.rate(0.2)
    expect(first.page.locator("#progress-words")).to_have_text("2 of 3 answered")
    second.rate(0.9)  # of the first picture, which has been rated: that answer stands
    expect(second.page.locator("#message")).to_contain_text("answered in another window", timeout=LOAD_MS)
    expect(second.page.locator("[data-place]")).to_have_text("3 of 3:")
    second.rate(0.8)
    second.page.locator("#done").wait_for(timeout=LOAD_MS)
    stored = json.loads(server.run(READ_OUT.format(name="windows")))
    assert [rating["score"] for rating in stored["ratings"]] == [*first.scores, second.scores[-1]]
