"""Takes the README's picture anew: a tool with a run of its first example, in the browser's own size.

make run PORT=8080
.venv/bin/python -m tests.web.picture http://127.0.0.1:8080 cron_next_runs docs/images/page.png
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.web.conftest import chromium

SIZE = {"width": 1280, "height": 828}


def take_picture(address: str, tool: str, file: Path) -> None:
    """Run the tool's first example at a running service's page and write what is seen as PNG."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE, color_scheme="light", reduced_motion="reduce")  # type: ignore[arg-type]
        page.goto(f"{address}/tools/{tool}/run")
        page.get_by_label("Example").select_option("0")
        page.get_by_role("button", name="Run", exact=True).click()
        page.get_by_role("status").get_by_text("success").wait_for(timeout=60_000)
        page.evaluate("document.activeElement.blur()")
        file.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=file)
        browser.close()


if __name__ == "__main__":
    take_picture(sys.argv[1].rstrip("/"), sys.argv[2], Path(sys.argv[3]))
