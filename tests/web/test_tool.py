"""The views of one tool: what it takes, what is wrong with it, its source, and how to call it."""

from __future__ import annotations

import json
import re

from playwright.sync_api import Browser, Page, expect

from tests.services import Running
from tests.web.conftest import HOSTILE, watched_page


def test_a_tool_is_found_and_its_parameters_are_a_table(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Title of greet").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Title of greet")
    row = page.get_by_role("row").filter(has_text="How often.")
    expect(row).to_contain_text("integer")
    expect(row).to_contain_text("default 1 · at least 1 · at most 9")
    expect(page.get_by_role("row").filter(has_text="Whom to greet.")).to_contain_text("required")


def test_a_finding_leads_to_its_line_in_the_source(page: Page) -> None:
    page.goto("/tools/broken")
    page.get_by_role("link", name="main.py:1:10").first.click()
    expect(page.locator("#L1")).to_be_in_viewport()
    expect(page.locator("#L1")).to_have_class("error")
    expect(page.locator("#L1")).to_contain_text("def main(:")
    expect(page.get_by_text("It does not run now")).to_have_count(0)


def test_a_tool_with_errors_says_that_it_does_not_run(page: Page) -> None:
    page.goto("/tools/broken/run")
    expect(page.get_by_text("It has errors")).to_be_visible()
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_disabled()


def test_source_is_coloured_and_line_numbers_are_no_part_of_it(page: Page) -> None:
    page.goto("/tools/greet/files/main.py")
    expect(page.locator(".tok-keyword").first).to_have_text("def")
    assert "def main(name: str" in page.locator("pre.code").inner_text()
    page.get_by_role("link", name="notes.md").click()
    expect(page.get_by_role("heading", name="Notes", exact=True)).to_be_visible()


def test_shared_packages_are_read_beside_the_tools_files_and_named_in_its_history(page: Page) -> None:
    page.goto("/tools/add/files/main.py")
    page.get_by_role("region", name="Shared package wording").get_by_role("link", name="__init__.py").click()
    expect(page).to_have_url(re.compile("/tools/add/files/_shared/wording/__init__.py$"))
    expect(page.locator("pre.code")).to_contain_text('WORD = "and"')
    page.goto("/tools/add/history")
    expect(page.get_by_text("through the shared package wording")).to_be_visible()
    page.goto("/tools/add/edit")
    page.get_by_role("button", name="Form").click()
    expect(page.get_by_label("Shared packages")).to_have_value("wording")


def test_how_to_call_it_has_this_servers_address_and_can_be_pasted(page: Page, service: Running) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/tools/greet/call")
    page.get_by_role("button", name="Copy curl").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert f"http://127.0.0.1:{service.port}/api/v1/llm/tools/greet/invoke" in copied
    assert json.loads(copied.split("-d '")[1].rstrip("'")) == {"arguments": {"name": "Bo", "times": 2}}


def test_a_deprecated_tool_names_the_one_to_use(page: Page) -> None:
    page.goto("/tools/old")
    page.get_by_role("link", name="greet", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Title of greet")


def test_a_finding_that_quotes_markup_is_text(page: Page) -> None:
    page.goto("/tools/broken")
    expect(page.locator(".findings")).to_contain_text("<b>bold</b>")
    assert page.locator("main b").count() == 0


def note(page: Page, seen: list[str]) -> None:
    """Note what a page asks for, and what it would say in a dialog."""
    page.on("request", lambda request: seen.append(request.url))
    page.on("dialog", lambda dialog: seen.append(dialog.message))


def test_what_a_hostile_author_wrote_is_text(browser: Browser, service: Running) -> None:
    for address in ("/?search=hostile", "/tools/hostile", "/tools/hostile/files/README.md", "/tools/hostile/run"):
        with watched_page(browser, service) as page:
            outside: list[str] = []
            note(page, outside)
            page.goto(address)
            expect(page.get_by_text(HOSTILE.split("[")[0]).first).to_be_visible()
            assert page.locator("main img, main script, main [onerror], a[href^='javascript']").count() == 0, address
            own = f"http://127.0.0.1:{service.port}/"
            assert [url for url in outside if not url.startswith(own)] == [], address


def test_what_turns_the_direction_of_writing_is_made_visible(page: Page) -> None:
    page.goto("/tools/hostile")
    expect(page.get_by_role("heading", level=1)).to_contain_text("⟨U+202E⟩flipped")


def test_an_unknown_tool_and_an_unknown_view_say_what_to_do(page: Page) -> None:
    page.goto("/tools/nobody")
    expect(page.get_by_role("alert")).to_contain_text("look for it among the tools")
    page.goto("/tools/gret")
    expect(page.get_by_role("alert")).to_contain_text("did you mean greet?")
    page.get_by_role("alert").get_by_role("link", name="greet").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Title of greet")
    page.goto("/tools/greet/nothing")
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
