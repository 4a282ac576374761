"""What ran is followed in the browser, and an edit is tried there before it is committed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.repositories import Repo
from tests.services import Running, Served, serving_tools
from tests.web.conftest import plant, ran, watched_page
from tests.web.editing import open_editor, write

pytestmark = pytest.mark.engine
SLOW = "import time\n\ndef main():\n    print('begun', flush=True)\n    time.sleep(25)\n"
HOSTILE = """\
def main(name, times=1):
    print("<script>alert(1)</script>" + "x" * 200_000)
    raise ValueError("<img src=x onerror=alert(1)>")
"""
NONE = "{type: object, properties: {}, additionalProperties: false}"


def plant_slow_and_hostile(repo: Repo) -> None:
    """Beside the page's tools one that takes its time, and one that writes markup."""
    plant(repo)
    repo.tool("slow", main=SLOW, parameters=NONE)
    repo.tool("hostile", main=HOSTILE)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving_tools(plant_slow_and_hostile, tmp_path_factory.mktemp("executions"), warm="2") as served:
        yield served


@pytest.fixture
def repo(shared: Served) -> Iterator[Repo]:
    """The repository as it was at first."""
    yield shared.repo
    shared.restore()


@pytest.fixture
def own(shared: Served, repo: Repo) -> Running:
    return shared.running


@pytest.fixture
def page(browser: Browser, own: Running) -> Iterator[Page]:
    with watched_page(browser, own) as opened:
        yield opened


def test_an_unsaved_edit_is_tried_and_is_on_record_as_tried(page: Page, own: Running, repo: Repo) -> None:
    before = repo.git("rev-parse", "HEAD")
    open_editor(page, "greet")
    write(page, "main.py", "def main(name, times=1):\n    print('trying')\n    return {'greeting': name.upper()}\n")
    panel = page.get_by_role("region", name="Try", exact=True)
    panel.get_by_label("Arguments").fill('{"name": "ada"}')
    ran(own, "greet", name="x")
    panel.get_by_role("button", name="Try it").click()
    expect(panel).to_contain_text("ADA")
    expect(panel).to_contain_text("trying")
    expect(panel).to_contain_text("tried edit")
    assert repo.git("rev-parse", "HEAD") == before
    [record] = own.get("/api/v1/executions?tried=true").json()["items"]
    assert (record["tried"], record["status"], record["caller_id"]) == (True, "success", "page")
    write(page, "main.py", "def main(name, times=1):\n    raise ValueError(name)\n")
    panel.get_by_role("button", name="Try it").click()
    panel.get_by_role("alert").get_by_role("button", name="main.py").click()
    expect(page.locator(".code-editor .cm-activeLine")).to_contain_text("raise ValueError")
    panel.get_by_label("Arguments").fill('{"name": 3}')
    panel.get_by_role("button", name="Try it").click()
    expect(panel.get_by_role("alert")).to_contain_text("/name")


def test_the_list_is_live_and_filtered_and_the_charts_count_what_ran(browser: Browser, tmp_path: Path) -> None:
    with (
        serving_tools(plant_slow_and_hostile, tmp_path, warm="1") as fresh,
        watched_page(browser, fresh.running) as page,
    ):
        show_what_ran(page, fresh.running)


def show_what_ran(page: Page, own: Running) -> None:
    page.goto("/executions")
    expect(page.get_by_text("Nothing has run yet.")).to_be_visible()
    for number in range(3):
        assert ran(own, "greet", name=f"x{number}")["success"]
    ran(own, "hostile", name="x")
    expect(page.locator(".execution-list tbody tr")).to_have_count(4)
    page.reload()
    expect(page.get_by_role("img", name=re.compile("4 calls, 3 succeeded"))).to_be_visible()
    expect(page.locator(".headline")).to_contain_text("75 %")
    expect(page.get_by_role("img", name=re.compile("median .* ms"))).to_be_visible()
    page.get_by_label("Status").select_option("failed")
    expect(page.locator(".execution-list tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile("status=failed"))
    page.get_by_label("Status").select_option("")
    page.get_by_role("textbox", name="Tool").fill("greet")
    expect(page.locator(".execution-list tbody tr")).to_have_count(3)
    expect(page.locator(".headline")).to_contain_text("100 %")
    page.get_by_label("From").fill("2099-01-01T00:00")
    expect(page.get_by_text("No execution fits these filters.")).to_be_visible()


def test_one_execution_is_followed_and_cancelled(page: Page, own: Running) -> None:
    ran(own, "greet", name="x")
    location = own.post("/api/v1/tools/slow/execute", {"arguments": {}}).headers["Location"]
    page.goto(location.removeprefix("/api/v1"))
    expect(page.get_by_text("begun", exact=False).first).to_be_visible()
    expect(page.locator("main pre", has_text="begun")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("It was cancelled")).to_be_visible()


def test_hostile_output_is_text(page: Page, own: Running) -> None:
    answer = ran(own, "hostile", name="<b>x</b>")
    page.goto(f"/executions/{answer['execution_id']}")
    expect(page.get_by_text("ValueError: <img src=x onerror=alert(1)>").first).to_be_visible()
    expect(page.locator("pre", has_text="<script>alert(1)</script>")).to_be_visible()
    assert page.locator("main img, main script, main b").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_traceback_of_the_record_leads_into_the_source_and_says_where_that_has_changed(
    page: Page, own: Running, repo: Repo
) -> None:
    answer = ran(own, "hostile", name="x")
    page.goto(f"/executions/{answer['execution_id']}")
    failing = page.get_by_role("alert")
    failing.get_by_role("link").last.click()
    expect(page).to_have_url(re.compile("/tools/hostile/files/main.py#L3$"))
    expect(page.locator("#L3")).to_contain_text("raise ValueError")
    repo.tool("hostile", main="# One line more.\n" + HOSTILE)
    repo.commit()
    page.goto(f"/executions/{answer['execution_id']}")
    expect(page.get_by_text("The tool has changed since")).to_be_visible()
    expect(failing.get_by_role("link")).to_have_count(1)
    repo.git("rm", "-qr", "tools/hostile")
    repo.commit()
    page.reload()
    expect(failing).to_contain_text('main.py", line 3')
    expect(failing.get_by_role("link")).to_have_count(0)
