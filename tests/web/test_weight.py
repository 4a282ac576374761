"""What a first visit downloads is small: what only some views need is loaded by those."""

from __future__ import annotations

from playwright.sync_api import Page

INITIAL_BYTES = 250_000
HEAVY = ("RunPage", "highlight", "StatusPage", "EditPage", "edit-", "Charts", "HistoryPage", "ExecutionsPage")


def test_a_first_visit_downloads_at_most_250_kb(page: Page) -> None:
    page.goto("/")
    page.locator("[data-tool]").first.wait_for()
    got = page.evaluate(
        """() => performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))
            .map(one => [one.name, one.encodedBodySize])"""
    )
    assert sum(size for _, size in got) <= INITIAL_BYTES, got
    assert not [name for name, _ in got if any(heavy in name for heavy in HEAVY)]
    assert any("/assets/" in name and size > 0 for name, size in got)
