"""The page in a real browser, beside a real service on a real repository.

The browser is the system's chromium: `setup/all dev` installs it where it may. Without it, or without a built page,
these tests are skipped with the reason; with CI=true they fail instead.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.repositories import MAIN, Repo
from tests.services import Running, serving_tools
from tests.waiting import patience

# A busy machine is slow: the bound says that something never comes, not how soon it does.
PATIENCE_MS = 120_000
expect.set_options(timeout=PATIENCE_MS)
HOME = Path(__file__).parents[2]


@cache
def missing() -> str:
    """What these tests lack here; empty when nothing."""
    if chromium() is None:
        return "no chromium on PATH (on Debian: apt-get install chromium)"
    if not (HOME / "web/dist/index.html").is_file():
        return "the page is not built (setup/page builds it)"
    return ""


def chromium() -> str | None:
    """The system's browser."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="session", autouse=True)
def _needs_browser_and_page() -> None:
    if missing() and os.environ.get("CI") == "true":
        pytest.fail(f"CI needs the page's tests: {missing()}")
    if missing():
        pytest.skip(f"NOT TESTED, {missing()}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's browser, without its own sandbox: root has none, and it only sees our service."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield started
        started.close()


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service whose tools tests read and run, and never change."""
    folder = tmp_path_factory.mktemp("page")
    with serving_tools(plant, folder, warm="2", state_dir=str(folder / "state")) as served:
        yield served.running


TALKATIVE = '''"""Count, slowly and aloud."""

import sys
import time


def main(until: int, fail: bool = False) -> list:
    """Count."""
    for number in range(until):
        print("counted", number, flush=True)
        time.sleep(0.05)
    if fail:
        print("<b>oh</b>", file=sys.stderr)
        raise ValueError("told to <img src=x onerror=alert(1)>")
    return [{"number": number, "half": number / 2} for number in range(until)]
'''
HOSTILE = '<img src=x onerror="alert(1)"><script>alert(2)</script>[go](javascript:alert(3))'
ECHO = '''"""Give back something nasty."""


def main(text: str) -> dict:
    """Echo."""
    print("x" * 250_000)
    return {text: text, "<i>list</i>": [{"<b>": text}]}
'''

PICTURES = """
import base64
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="alert(1)"><script>alert(2)</script></svg>'
def main():
    for name, data in {"hello.html": b"<script>alert(3)</script>", "large.bin": bytes(2 * 2**20)}.items():
        with open("/tmp/out/" + name, "wb") as file:
            file.write(data)
    return {"$content": [
        {"type": "text", "text": "<b>said</b>"},
        {"type": "image", "mime": "image/png", "base64": DOT, "name": "dot.png"},
        {"type": "image", "mime": "image/svg+xml", "base64": SVG},
    ]}
"""


def plant(repo: Repo) -> None:
    """Tools of every kind that the page shows differently."""
    repo.tool("greet", files={"notes.md": "# Notes\n"}, examples="[{name: twice, arguments: {name: Bo, times: 2}}]")
    repo.tool(
        "count",
        main=TALKATIVE,
        title="Count aloud",
        parameters="{type: object, properties: {until: {type: integer, minimum: 1}, fail: {type: boolean}}, "
        "required: [until], additionalProperties: false}",
        returns="{type: array}",
    )
    repo.tool(
        "hostile",
        main=ECHO,
        title=json.dumps(HOSTILE + "\u202eflipped"),
        description=json.dumps(HOSTILE + " It is here to be shown as it is. Use it never, unless you test the page."),
        parameters=json.dumps(
            {"type": "object", "properties": {"text": {"type": "string", "description": HOSTILE}}, "required": ["text"]}
        ),
        returns="{type: object}",
        files={"README.md": f"# {HOSTILE}\n\n![pixel](https://example.org/pixel.png)\n\n{HOSTILE}\n"},
    )
    repo.write("tools/_shared/wording/__init__.py", 'WORD = "and"\n')
    adds = f"import wording\n\n{MAIN}"
    repo.tool("add", main=adds, category="math/sums", tags="[math]", title="Add numbers", shared="[wording]")
    repo.tool(
        "join",
        main="def main(words):\n    return {'greeting': ' '.join(words)}\n",
        category="text",
        tags="[]",
        parameters="{type: object, properties: {words: {type: array, items: {type: string, maxLength: 20}}}, "
        "required: [words]}",
    )
    repo.tool("pictures", main=PICTURES, parameters="{type: object, properties: {}, additionalProperties: false}")
    repo.tool("draft_one", status="draft")
    repo.tool("old", status="deprecated", replaced_by="greet")
    repo.tool("broken", main="def main(:\n", tags=json.dumps(["<b>bold</b>"]))
    repo.commit()


def ran(own: Running, tool: str, /, **arguments: Any) -> dict[str, Any]:
    """How a call ended; a busy machine may be late with the first sandbox, and then nothing ran."""
    until = time.monotonic() + patience(60)
    while (answer := own.invoke(tool, **arguments)).status_code == 503:
        assert time.monotonic() < until, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture
def page(browser: Browser, service: Running) -> Iterator[Page]:
    """A page of its own at the service's addresses."""
    with watched_page(browser, service) as opened:
        yield opened


@contextmanager
def watched_page(browser: Browser, service: Running, **options: Any) -> Iterator[Page]:
    """A page that must say nothing on its console, whose policy nothing may break; nothing moves in it."""
    said: list[str] = []
    context = browser.new_context(
        base_url=f"http://127.0.0.1:{service.port}",
        **{"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"} | options,
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(message.text) if _is_fault(message) else None)
    try:
        yield page
    finally:
        context.close()
    assert said == [], "the browser's console is empty"


def _is_fault(message: ConsoleMessage) -> bool:
    # A browser reports every answer of 4xx and 5xx itself; whether the page says it well is tested elsewhere.
    return message.type in {"error", "warning"} and "Failed to load resource" not in message.text
