"""Everybody can use the page: axe finds nothing serious, the keyboard is enough, a phone is wide enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.repositories import make_repo
from tests.services import Running, serving
from tests.web.conftest import HOME, plant, ran, watched_page
from tests.web.editing import append, open_editor, send

VIEWS = {
    "/": "[data-tool]",
    "/?search=nothing+matches+this": "text=Clear search",
    "/tools/greet": ".schema",
    "/tools/broken": ".findings",
    "/tools/greet/run?example=0": ".arguments input",
    "/tools/greet/files/main.py": ".tok-keyword",
    "/tools/greet/call": ".tok-keyword",
    "/tools/greet/history": ".diff-lines",
    "/tools/greet/edit": "[data-checking=false]",
    "/tools/broken/edit": ".findings",
    "/new": "text=Begin with",
    "/executions": ".headline",
    "/tools/gret": "[role=alert] a",
    "/status": "text=Engine and sandboxes",
    "/nowhere/at/all": None,
}
SERIOUS = {"serious", "critical"}
COLOURS: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def opened(page: Page, address: str) -> None:
    page.goto("/" if VIEWS[address] is None else address)
    if VIEWS[address] is None:
        page.evaluate("() => { history.pushState({}, '', '/tools/greet/nowhere'); location.reload() }")
        page.get_by_role("heading", name="There is nothing here").wait_for()
    else:
        page.locator(VIEWS[address] or "").first.wait_for()


@pytest.mark.parametrize("address", VIEWS)
def test_axe_finds_nothing_serious(browser: Browser, service: Running, address: str) -> None:
    with watched_page(browser, service) as page:
        opened(page, address)
        assert faults(page) == []


@pytest.mark.engine
def test_axe_finds_nothing_serious_in_what_ran(browser: Browser, service: Running) -> None:
    failed = ran(service, "count", until=1, fail=True)["execution_id"]
    with watched_page(browser, service) as page:
        for address, shown in {
            f"/executions/{failed}": ".traceback a",
            "/executions": ".execution-list td",
            "/tools/count/run": ".arguments input",
        }.items():
            page.goto(address)
            page.locator(shown).first.wait_for()
            if address.endswith("/run"):
                page.get_by_role("textbox", name="As JSON").fill('{"until": 2}')
                page.get_by_role("button", name="Run", exact=True).click()
                expect(page.get_by_role("status").get_by_text("success")).to_be_visible()
            assert faults(page) == [], address


# A sheet that is still on its way axe fetches itself, and puts it into the page, which the page's policy forbids.
SHEETS = """() => Promise.all(
    [...document.querySelectorAll("link[rel=stylesheet]")].filter(one => !one.sheet)
        .map(one => new Promise(done => { one.onload = one.onerror = done }))
)"""


def faults(page: Page) -> list[Any]:
    """What axe finds on the page as it is, in both colours, as wide as a desk and as wide as a phone."""
    page.evaluate(SHEETS)
    page.evaluate((HOME / "web/node_modules/axe-core/axe.min.js").read_text())
    found: list[Any] = []
    for width, height in ((1440, 900), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        for colours in COLOURS:
            page.emulate_media(color_scheme=colours)
            answer: dict[str, Any] = page.evaluate(
                "() => axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
            )
            found += [
                (width, colours, fault["id"], node["html"][:200], node["failureSummary"])
                for fault in answer["violations"]
                if fault["impact"] in SERIOUS
                for node in fault["nodes"]
            ]
    return found


@pytest.fixture(scope="module")
def changing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service of its own, as one of the dialogs needs a change by somebody else."""
    folder = tmp_path_factory.mktemp("dialogs")
    repo = make_repo(folder / "repo")
    plant(repo)
    with serving(repo.path, folder, warm="0", state_dir=str(folder / "state")) as running:  # nothing runs here
        yield running


def token(page: Page, service: Running) -> None:
    page.goto("/")
    page.get_by_role("button", name="Token", exact=True).click()


def written(page: Page, service: Running) -> None:
    open_editor(page, "greet")
    append(page, "notes.md", "More.\n")


def committing(page: Page, service: Running) -> None:
    written(page, service)
    page.get_by_role("button", name="Commit…").click()
    page.locator(".diff-lines").wait_for()


def leaving(page: Page, service: Running) -> None:
    written(page, service)
    page.get_by_role("link", name="History").click()


def deleting(page: Page, service: Running) -> None:
    open_editor(page, "greet")
    page.get_by_role("button", name="Delete this tool…").click()


def renaming(page: Page, service: Running) -> None:
    open_editor(page, "greet")
    page.get_by_role("button", name="Rename this tool…").click()


def adding_a_file(page: Page, service: Running) -> None:
    open_editor(page, "greet")
    page.get_by_role("navigation", name="Files").get_by_role("button", name="Add").click()
    page.get_by_label("Path inside the folder").fill("main.py")


def restoring(page: Page, service: Running) -> None:
    somebody_elses(service)
    page.goto("/tools/greet/history")
    page.get_by_role("button", name="Restore").first.click()


def as_a_form(page: Page, service: Running) -> None:
    open_editor(page, "greet")
    page.get_by_role("button", name="Form").click()
    parameter = page.get_by_role("group", name="Parameter name")
    parameter.get_by_label("Name", exact=True).fill("not a name")
    parameter.locator("summary").click()


def in_conflict(page: Page, service: Running) -> None:
    written(page, service)
    somebody_elses(service)
    send(page)
    page.get_by_role("heading", name="greet was changed by somebody else").wait_for()
    page.locator(".cm-merge-b").wait_for()


def somebody_elses(service: Running) -> None:
    """A commit between: each other than the last."""
    with service.connection() as client:
        tool = client.get("/api/v1/tools/greet").json()
        body = {"files": {"notes.md": f"# Theirs, after {tool['version']}\n"}}
        client.patch("/api/v1/tools/greet", json=body, headers={"If-Match": tool["digest"]}).raise_for_status()


ASKED: dict[str, Callable[[Page, Running], None]] = {
    one.__name__: one
    for one in (
        token,
        committing,
        leaving,
        deleting,
        renaming,
        adding_a_file,
        restoring,
        as_a_form,
        in_conflict,
    )
}


@pytest.mark.parametrize("what", ASKED)
def test_axe_finds_nothing_serious_in_what_the_page_asks(browser: Browser, changing: Running, what: str) -> None:
    with watched_page(browser, changing) as page:
        ASKED[what](page, changing)
        assert faults(page) == []
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 390, "it is a phone now"


@pytest.mark.parametrize("address", [address for address in VIEWS if VIEWS[address]])
def test_a_phone_shows_every_view_without_scrolling_sideways(browser: Browser, service: Running, address: str) -> None:
    with watched_page(browser, service, viewport={"width": 390, "height": 844}) as page:
        opened(page, address)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 390


def test_the_keyboard_is_enough_to_find_and_open_a_tool(page: Page) -> None:
    page.goto("/")
    page.locator("[data-tool]").first.wait_for()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    with page.expect_response("**/api/v1/tools?*search=hello*"):
        page.keyboard.type("hello")
    expect(page.locator(".cards[aria-busy=false] [data-tool=greet]")).to_be_visible()
    expect(page.locator("[data-tool=add]")).to_have_count(0)
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-tool]").first).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("[data-tool]").nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.get_by_role("navigation", name="Views of this tool")).to_be_visible()


def test_the_chosen_colours_stay(page: Page) -> None:
    page.goto("/")
    button = page.get_by_role("button", name="Colours")
    button.click()
    button.click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
