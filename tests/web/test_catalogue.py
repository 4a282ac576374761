"""The catalogue: tools are found by words, category, tag and status, with a mouse and with a keyboard."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect


def test_searching_narrows_the_list_as_one_types_and_the_address_keeps_it(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("link", name="Title of greet")).to_be_visible()
    page.get_by_role("searchbox", name="Search tools").press_sequentially("numbers")
    expect(page.get_by_role("link", name="Title of greet")).to_have_count(0)
    expect(page.get_by_role("link", name="Add numbers")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?search=numbers$"))
    page.reload()
    expect(page.get_by_role("searchbox", name="Search tools")).to_have_value("numbers")
    expect(page.locator("[data-tool]")).to_have_count(1)


def test_category_tag_and_status_narrow_together_and_back_undoes_the_last(page: Page) -> None:
    page.goto("/")
    categories = page.get_by_role("navigation", name="Categories")
    categories.get_by_role("button", name=re.compile("^demo")).click()
    expect(page.get_by_role("link", name="Add numbers")).to_have_count(0)
    categories.get_by_role("button", name=re.compile("^greetings")).click()
    expect(page).to_have_url(re.compile("category=demo%2Fgreetings"))
    page.get_by_role("combobox", name="Status").select_option("draft")
    expect(page.locator("[data-tool]")).to_have_count(1)
    page.go_back()
    expect(page.get_by_role("link", name="Title of greet")).to_be_visible()
    page.get_by_role("button", name="Only tools tagged hello").first.click()
    page.get_by_role("button", name="Without the tag hello").click()
    expect(page.get_by_role("link", name="Title of greet")).to_be_visible()


def test_tags_have_counts_and_narrow_the_list(page: Page) -> None:
    page.goto("/")
    tags = page.get_by_role("navigation", name="Tags")
    expect(tags.get_by_role("button").first).to_have_text("demo6")
    tags.get_by_role("button", name="math").click()
    expect(page.locator("[data-tool]")).to_have_count(1)
    expect(tags.get_by_role("button", name="math")).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(re.compile("tag=math"))
    tags.get_by_role("button", name="math").click()
    expect(page.get_by_role("link", name="Title of greet")).to_be_visible()


def test_a_card_tells_status_findings_and_who_changed_it_last(page: Page) -> None:
    page.goto("/")
    card = page.get_by_role("listitem").filter(has=page.get_by_role("link", name="Title of broken"))
    expect(card).to_contain_text("2 errors")
    expect(card).to_contain_text("by Ada")
    old = page.get_by_role("listitem").filter(has=page.get_by_role("link", name="Title of old"))
    expect(old).to_contain_text("deprecated")


def test_when_nothing_matches_the_page_says_what_to_do(page: Page) -> None:
    page.goto("/?search=unheardof&status=active")
    expect(page.get_by_text("No tool matches")).to_be_visible()
    page.get_by_role("button", name="Clear search and filters").click()
    expect(page.get_by_role("link", name="Title of greet")).to_be_visible()
    expect(page.get_by_role("searchbox")).to_have_value("")
