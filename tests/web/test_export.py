"""An export in a real browser, from a plain file server below a path: it is read, asks for nothing that is not there,
and offers nothing that needs a service."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from registry.catalog import ToolQuery, select_tools
from registry.config import Config
from registry.gitrepo import open_repository
from registry.service import open_state
from tests.registry.test_check_command import TOOLCRIB
from tests.repositories import Repo, make_repo
from tests.web.conftest import HOME, plant
from tests.web.test_access import SERIOUS

BELOW = "/some/where"
ODD = "an odd näme"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@dataclass(frozen=True)
class Site:
    """Where an export is served, and of what."""

    address: str
    revision: str
    repo: Repo


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("export")
    repo = make_repo(folder / "repo")
    plant(repo)
    repo.tool("filed", runtime="{secrets: [API_TOKEN]}", files={
        "index.html": "<script>document.title = 'taken'</script>", "a b.md": "# Spaces\n", "notes.py": "x = 1\n",
    })  # fmt: skip
    repo.write("tools/filed/data.bin", b"\xff\xfe\x00")
    repo.tool("german", title="Straße und Summe", category="demonstration", tags="[Sum]")
    repo.write(f"tools/{ODD}/tool.yaml", "name: odd\n")
    for number in range(40):
        repo.tool(f"made_{number:02}", category="made/many", title=f"Number {number:02}")
    revision = repo.commit()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TOOLCRIB_")}
    export = [TOOLCRIB, "export", str(folder / f"served{BELOW}"), "--repo", str(repo.path)]
    subprocess.run(export, env=environment, check=True, capture_output=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder / "served")))
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield Site(f"http://127.0.0.1:{server.server_port}{BELOW}", revision, repo)
    server.shutdown()
    serving.join()
    server.server_close()


@dataclass
class Watched:
    """What a page asked for, and what it said on its console."""

    answers: list[tuple[int, str]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


@contextmanager
def opened(browser: Browser, site: Site, **options: Any) -> Iterator[Page]:
    """A page whose every request must stay inside the export and succeed, and that says nothing on its console."""
    seen = Watched()
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"} | options)
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.on("pageerror", lambda error: seen.said.append(str(error)))
    page.on("console", lambda message: seen.said.append(message.text))
    page.on("response", lambda answer: seen.answers.append((answer.status, answer.url)))
    page.on("requestfailed", lambda request: seen.answers.append((0, f"{request.url} {request.failure}")))
    try:
        yield page
    finally:
        context.close()
    assert seen.said == []
    # A question that is not needed any more is taken back; a folder's address gets its slash.
    faults = [
        (status, url) for status, url in seen.answers
        if status not in {200, 301, 304} and not url.endswith("net::ERR_ABORTED")
    ]  # fmt: skip
    assert faults == []
    assert [url for _, url in seen.answers if not f"{url}/".startswith(f"{site.address}/")] == []
    assert not [url for _, url in seen.answers if "/api/" in url or "readyz" in url]


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    with opened(browser, site, permissions=["clipboard-read", "clipboard-write"]) as made:
        yield made


def test_the_catalogue_is_searched_narrowed_ordered_and_paged(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/")
    expect(page.get_by_role("note").filter(has_text="read-only")).to_contain_text(site.revision[:10])
    tools = len(list((site.repo.path / "tools").glob("*/tool.yaml")))
    expect(page.get_by_text(f"{tools} tools")).to_be_visible()
    expect(page.locator("[data-tool]")).to_have_count(30)
    page.get_by_role("link", name="Next").click()
    expect(page.locator("[data-tool]")).to_have_count(tools - 30)
    page.get_by_role("searchbox", name="Search tools").fill("GREETS numbers")
    expect(page.locator("[data-tool]")).to_have_count(1)
    expect(page.get_by_role("link", name="Add numbers")).to_be_visible()
    page.get_by_role("searchbox", name="Search tools").fill("")
    page.get_by_role("button", name=re.compile("^made")).click()
    expect(page.get_by_text("40 tools")).to_be_visible()
    page.get_by_role("combobox", name="Order").select_option("-version")
    expect(page.locator("[data-tool]").first).to_have_text("Number 39")
    page.get_by_role("combobox", name="Order").select_option(index=0)
    page.get_by_role("button", name="All").click()
    page.get_by_role("combobox", name="Status").select_option("draft")
    expect(page.locator("[data-tool]")).to_have_count(1)
    page.get_by_role("combobox", name="Status").select_option("")
    page.get_by_role("button", name="Only tools tagged math").first.click()
    expect(page.locator("[data-tool]")).to_have_count(1)
    page.reload()
    expect(page.locator("[data-tool]")).to_have_count(1)


QUESTIONS = (
    ToolQuery(search="greets NUMBERS"),
    ToolQuery(search="HELLO"),
    ToolQuery(search="straße"),
    ToolQuery(search="STRASSE sum"),
    ToolQuery(category="demo"),
    ToolQuery(category="dem"),
    ToolQuery(category="demo/greetings", tags=("demo", "hello"), status="active"),
    ToolQuery(status="deprecated"),
    ToolQuery(search="nothing matches this"),
)


def test_what_matches_and_in_which_order_is_what_the_service_says(page: Page, site: Site) -> None:
    config = Config.from_environment({"TOOLCRIB_REPO": str(site.repo.path)})
    catalog = open_state(config, open_repository(config)).current()
    for query in QUESTIONS:
        for sort in ("name", "title", "category", "-version"):
            asked = {"search": query.search, "category": query.category, "tag": query.tags, "sort": sort}
            asked |= {"status": query.status} if query.status else {}
            page.goto(f"{site.address}/?{urlencode(asked, doseq=True)}")
            expected = [tool.name for tool in select_tools(catalog, query, sort)]
            expect(page.get_by_role("status")).to_have_text(re.compile(rf"^{len(expected) or 'No'} tool"))
            shown = page.locator("[data-tool]").evaluate_all("all => all.map(one => one.dataset.tool)")
            assert shown == expected[:30], (query, sort)


def test_the_best_match_comes_first(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/?search=old")
    expect(page.locator("[data-tool]").first).to_have_attribute("data-tool", "old")


@pytest.mark.parametrize("end", ["", "/", "/index.html"])
def test_the_first_address_may_be_written_as_hosts_do(page: Page, site: Site, end: str) -> None:
    page.goto(f"{site.address}{end}")
    expect(page.locator("[data-tool=add]")).to_be_visible()


def test_a_tool_is_read_from_its_own_address_and_from_the_list(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/tools/greet")
    expect(page.get_by_role("heading", name="Title of greet")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Whom to greet"))).to_be_visible()
    expect(page.get_by_role("link", name="Overview")).to_have_attribute("aria-current", "page")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Tools").click()
    page.get_by_role("link", name="Add numbers").click()
    expect(page).to_have_url(f"{site.address}/tools/add")
    expect(page.get_by_role("heading", name="Add numbers")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Add numbers")).to_be_visible()


def test_files_are_shown_and_saved_byte_for_byte_and_none_runs(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/tools/filed/files/notes.py")
    expect(page.locator("pre.code")).to_have_text("Line 1x = 1")
    page.get_by_role("button", name="Copy notes.py").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("() => navigator.clipboard.readText()") == "x = 1\n"
    files = page.get_by_role("navigation", name="Files")
    files.get_by_role("link", name="index.html").click()
    expect(page.locator("pre.code")).to_contain_text("document.title")
    expect(page).to_have_title("Title of filed · Toolcrib")
    files.get_by_role("link", name="a b.md").click()
    expect(page.get_by_role("heading", name="Spaces")).to_be_visible()
    files.get_by_role("link", name="data.bin").click()
    expect(page.get_by_text("This is no text.")).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("link", name="Raw").click()
    assert saved.value.suggested_filename == "data.bin"
    assert Path(saved.value.path()).read_bytes() == b"\xff\xfe\x00"


def test_how_models_are_told_of_it_can_be_copied(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/tools/greet/call")
    expect(page.get_by_text("nothing answers calls here")).to_be_visible()
    for format_name in ("openai", "openai-responses", "anthropic", "gemini", "mcp"):
        expect(page.get_by_role("region", name=format_name, exact=True)).to_contain_text("Whom to greet.")
    page.get_by_role("button", name="Copy the definition for mcp").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert '"inputSchema"' in page.evaluate("() => navigator.clipboard.readText()")
    page.goto(f"{site.address}/tools/draft_one/call")
    expect(page.get_by_text("No model is given this tool")).to_be_visible()


def test_nothing_that_needs_a_service_is_offered(page: Page, site: Site) -> None:
    offered = re.compile(r"^(Executions|Status|New tool|Token.*|Run|Run it|Try it|History|Edit)$")
    for address in ("/", "/tools/greet", "/tools/filed", "/tools/greet/files", "/tools/greet/call"):
        page.goto(f"{site.address}{address}")
        expect(page.locator("[data-tool], [aria-label='Views of this tool']").first).to_be_visible()
        expect(page.get_by_role("link", name=offered).or_(page.get_by_role("button", name=offered))).to_have_count(0)
    page.goto(f"{site.address}/tools/filed")
    expect(page.get_by_text("API_TOKEN", exact=True)).to_be_visible()
    expect(page.get_by_text("granted")).to_have_count(0)


def test_a_tool_of_an_odd_name_is_read_from_the_list(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/?search=odd")
    page.locator("[data-tool]").click()
    expect(page.locator(".findings")).to_contain_text("folder-name")
    page.get_by_role("link", name="Files").click()
    expect(page.locator("pre.code")).to_contain_text("name: odd")


def test_the_policy_holds_though_no_host_sends_it(browser: Browser, site: Site) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{site.address}/tools/greet")
    page.get_by_role("heading", name="Title of greet").wait_for()
    blocked = page.evaluate(
        """() => new Promise(done => {
            document.addEventListener('securitypolicyviolation', event => done(event.effectiveDirective));
            const script = document.createElement('script');
            script.textContent = 'window.taken = true';
            document.body.append(script);
        })"""
    )
    assert (blocked, page.evaluate("() => window.taken")) == ("script-src-elem", None)
    context.close()


VIEWS = {
    "/": "[data-tool]",
    "/?search=nothing+matches+this": "text=Clear search",
    "/tools/greet": ".schema",
    "/tools/broken": ".findings",
    "/tools/greet/files/main.py": ".tok-keyword",
    "/tools/add/files/_shared/wording/__init__.py": ".tok-string",
    "/tools/greet/call": ".tok-string",
}


@pytest.mark.parametrize("address", VIEWS)
def test_axe_finds_nothing_serious_and_a_phone_is_wide_enough(browser: Browser, site: Site, address: str) -> None:
    axe = (HOME / "web/node_modules/axe-core/axe.min.js").read_text()
    for colours in ("light", "dark"):
        with opened(browser, site, color_scheme=colours, viewport={"width": 390, "height": 844}) as page:
            page.goto(f"{site.address}{address}")
            page.locator(VIEWS[address]).first.wait_for()
            assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
            page.evaluate(axe)
            found = page.evaluate("() => axe.run()")
        assert [fault["id"] for fault in found["violations"] if fault["impact"] in SERIOUS] == []
