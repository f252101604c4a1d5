"""How soon can a visitor press something? python -m benchmarks.first_view [--runs 9].

A real site and a real browser on the same machine, each time with an empty cache. The stage's scripts are modules,
which have run when the browser says "DOMContentLoaded": from then on every button answers.
"""

import argparse
import tempfile
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import CHROMIUM, CHROMIUM_ARGUMENTS
from tests.site import running_site

PATHS = {"the stage": "/", "the wall": "/wall/", "Listen": "/listen/"}
TIMES = """() => {
  const [page] = performance.getEntriesByType("navigation")
  const painted = performance.getEntriesByName("first-contentful-paint")[0]
  const files = performance.getEntriesByType("resource")
  return {
    painted_ms: painted?.startTime ?? NaN,
    interactive_ms: page.domContentLoadedEventEnd,
    bytes: files.reduce((sum, file) => sum + file.transferSize, page.transferSize),
  }
}"""


def visit(browser: Browser, url: str) -> dict[str, float]:
    """One first visit: when something was seen, when everything could be pressed (ms), and what was fetched."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(url, wait_until="networkidle")
    times: dict[str, float] = page.evaluate(TIMES)
    context.close()
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=9, help="of which the median is told; the first is not counted")
    n = parser.parse_args().runs
    print("| first visit, medians | painted, ms | interactive, ms (slowest) | fetched, kB |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder, running_site(Path(folder)) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        for name, path in PATHS.items():
            visits = [visit(browser, site.url + path) for _ in range(n + 1)][1:]
            painted, ready, size = ([each[key] for each in visits] for key in ("painted_ms", "interactive_ms", "bytes"))
            slowest = f"{median(ready):.0f} ({max(ready):.0f})"
            print(f"| {name} | {median(painted):.0f} | {slowest} | {median(size) / 1000:.0f} |", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
