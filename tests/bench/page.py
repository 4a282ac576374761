"""How soon the page of a catalog of a thousand tools can be used in a browser that has never been there.

Without chromium or a built page it says so and measures nothing.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.bench.row import Row
from tests.repositories import Repo
from tests.services import Running, serving
from tests.web.conftest import chromium, missing

_VISITS = 9
_WORDS = ("combine", "numbers", "first list", "generated_00")
_TYPED_MS = 150  # between two keys, as a quick typist has it

# Both note moments of the page's own clock: a test of it from outside would measure itself.
_CARDS = """
new MutationObserver((_, observer) => {
  if (!document.querySelector("[data-tool]")) return;
  window.cardsAt = performance.now();
  observer.disconnect();
}).observe(document, { childList: true, subtree: true });
"""
_ANSWERS = """() => {
  window.answers = [];
  let typedAt = 0;
  let asked = false;
  document.querySelector("input[type=search]").addEventListener("input", () => { typedAt = performance.now(); }, true);
  // The list is busy from the question to the answer.
  new MutationObserver(() => {
    const busy = document.querySelector(".cards").getAttribute("aria-busy") === "true";
    if (asked && !busy) window.answers.push(performance.now() - typedAt);
    asked = busy;
  }).observe(document.querySelector(".cards"), { attributeFilter: ["aria-busy"] });
}"""


def visited(repo: Repo, folder: Path) -> Iterator[Row]:
    """The rows, on a service that has read its catalog."""
    if missing():
        yield Row("the page in a browser", "not measured", "", missing(), met=False)
        return
    with serving(repo.path, folder, warm="0", log_level="warning") as service, sync_playwright() as playwright:
        service.get("/api/v1/tools")
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        visits = [_visit(browser, service) for _ in range(_VISITS)]
        yield _first_cards(visits)
        weight = visits[0][2] / 1000
        yield Row("first visit: downloaded", f"{weight:.0f} kB", "<= 250 kB", "", weight <= 250)
        yield _as_one_types(browser, service)
        browser.close()


def _first_cards(visits: list[tuple[float, float, float]]) -> Row:
    cards = statistics.median(cards for cards, _, _ in visits)
    paint = statistics.median(paint for _, paint, _ in visits)
    told = f"first paint of anything: {paint:.0f} ms"
    return Row("first visit, 1000 tools: tools shown", f"{cards:.0f} ms", "<= 1000 ms", told, cards <= 1000)


def _visit(browser: Browser, service: Running) -> tuple[float, float, float]:
    """When the tools were there and when anything was, in ms, and how many bytes came; nothing is cached."""
    page = _opened(browser, service)
    cards: float = page.evaluate("window.cardsAt")
    paint: float = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    size: float = page.evaluate(
        """performance.getEntriesByType("navigation").concat(performance.getEntriesByType("resource"))
            .reduce((sum, one) => sum + one.encodedBodySize, 0)"""
    )
    page.context.close()
    return cards, paint, size


def _as_one_types(browser: Browser, service: Running) -> Row:
    page = _opened(browser, service)
    page.evaluate(_ANSWERS)
    page.get_by_role("searchbox").focus()
    for words in _WORDS:
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type(words, delay=_TYPED_MS)
    took: list[float] = page.evaluate("window.answers")
    page.context.close()
    middle, p95 = statistics.median(took), statistics.quantiles(took, n=20, method="inclusive")[18]
    found = f"p50 {middle:.0f} ms, p95 {p95:.0f} ms"
    return Row("search as one types, 1000 tools", found, "p95 <= 100 ms", f"{len(took)} answers", p95 <= 100)


def _opened(browser: Browser, service: Running) -> Page:
    context = browser.new_context(base_url=f"http://127.0.0.1:{service.port}", viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.add_init_script(_CARDS)
    page.goto("/")
    page.locator("[data-tool]").first.wait_for()
    return page
