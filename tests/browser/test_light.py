"""The light around the stage follows the face, then the music; text stays readable in it."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PIECE_MS, open_stage
from tests.browser.test_whole_way import FACE_MS, show_face
from tests.site import ROOT, Server

OpenBrowser = Callable[..., Browser]
TOKENS = Path(ROOT / "static" / "css" / "tokens.css")
TEXT = ("ink", "ink-soft", "accent", "accent-lifted")
MARKS = (  # large text, frames of buttons
    "edge-strong", "focus", "mood-happy", "mood-surprise", "mood-sad", "mood-neutral", "mood-angry", "mood-fear",
    "mood-disgust", "mood-calm",
)  # fmt: skip
Colour = list[float]  # red, green, blue in 0–1


def on_stage(page: Page, name: str) -> float:
    return float(page.evaluate("name => document.querySelector('#stage').style.getPropertyValue(name) || 0", name))


def lamp(page: Page, name: str) -> float:
    """How much a lamp shines, 0–1."""
    return float(
        page.evaluate("name => getComputedStyle(document.querySelector(`[data-light=${name}]`)).opacity", name)
    )


def test_a_face_that_smiles_lights_its_corner_until_the_camera_stops(server: Server, browser_with: OpenBrowser) -> None:
    page = open_stage(browser_with("face"), server, reduced_motion="reduce")
    expect(page.locator("#stage")).not_to_have_attribute("data-lit", "")
    show_face(page)
    expect(page.locator("#expression")).to_have_text("happy", timeout=FACE_MS)
    expect(page.locator("#stage")).to_have_attribute("data-lit", "")
    assert on_stage(page, "--valence") > 0.4
    assert on_stage(page, "--arousal") > 0.2
    assert lamp(page, "happy") > 0.3 > lamp(page, "calm") >= lamp(page, "sad") == lamp(page, "tense") == 0
    page.click("#camera-stop")
    expect(page.locator("#stage")).not_to_have_attribute("data-lit", "")


def test_what_sounds_goes_before_what_is_seen(server: Server, browser_with: OpenBrowser) -> None:
    page = open_stage(browser_with("face"), server)
    show_face(page)
    page.click('[data-emotion="sad"]')
    expect(page.locator("#stage")).to_have_attribute("style", re.compile("--valence: -1"), timeout=PIECE_MS)
    assert on_stage(page, "--arousal") == -1
    page.click("[data-play]")  # pause
    expect(page.locator("#stage")).not_to_have_attribute("style", re.compile("--valence: -"), timeout=FACE_MS)


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_the_light_moves_for_those_who_like_motion(server: Server, browser_with: OpenBrowser, motion: str) -> None:
    page = open_stage(browser_with(), server, reduced_motion=motion)
    names = page.evaluate(
        """async () => {
          const { default: Light } = await import("/static/js/emotion_light.js")
          const light = new Light(document.querySelector("#stage"), document.querySelector("#lights"))
          light.seen({ valence: 0.5, arousal: 1 })
          const moving = document.getAnimations().filter(each => each instanceof CSSAnimation)
          await Promise.all(moving.map(each => each.ready))
          return moving.map(each => [each.animationName, each.playbackRate])
        }"""
    )
    assert [name for name, _ in names] == (["drift"] * 4 if motion == "no-preference" else [])
    assert all(rate > 2 for _, rate in names)


def tokens(theme: str) -> dict[str, str]:
    """Colours and numbers of a theme; the dark one changes some of the light one's."""
    light, dark = TOKENS.read_text().split("prefers-color-scheme: dark")
    pattern = r"--([\w-]+): (#\w{6}|[\d.]+);"
    values = dict(re.findall(pattern, light))
    return values | dict(re.findall(pattern, dark)) if theme == "dark" else values


def rgb(colour: str) -> Colour:
    return [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]


def luminance(colour: Colour) -> float:
    """WCAG 2.2, "relative luminance"."""
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in colour]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(a: Colour, b: Colour) -> float:
    darker, lighter = sorted((luminance(a), luminance(b)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("emotion", ["happy", "tense", "sad", "calm"])
def test_text_keeps_its_contrast_where_a_lamp_is_brightest(theme: str, emotion: str) -> None:
    values = tokens(theme)
    part = float(values["light-peak"])
    lit = [
        (1 - part) * p + part * c for p, c in zip(rgb(values["paper"]), rgb(values[f"light-{emotion}"]), strict=True)
    ]
    assert {name: contrast(rgb(values[name]), lit) for name in TEXT if contrast(rgb(values[name]), lit) < 4.5} == {}
    assert {name: contrast(rgb(values[name]), lit) for name in MARKS if contrast(rgb(values[name]), lit) < 3.0} == {}
