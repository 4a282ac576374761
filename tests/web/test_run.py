"""Running a tool from the page: form and JSON, live log, cancel, result, faults."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.engine


def run(page: Page) -> None:
    page.get_by_role("button", name="Run", exact=True).click()


def test_an_example_fills_the_form_and_its_result_is_shown(page: Page) -> None:
    page.goto("/tools/greet")
    page.get_by_role("link", name="Try it").click()
    expect(page.get_by_role("textbox", name="name", exact=False).first).to_have_value("Bo")
    run(page)
    expect(page.get_by_role("status").get_by_text("success")).to_be_visible()
    expect(page.locator(".value")).to_contain_text("hello Bo hello Bo")


def test_form_and_json_are_the_same_arguments(page: Page) -> None:
    page.goto("/tools/greet/run")
    json_text = page.get_by_role("textbox", name="As JSON")
    json_text.fill('{"name": "Ada", "times": 3}')
    expect(page.get_by_label("times")).to_have_value("3")
    page.get_by_label("times").fill("4")
    expect(json_text).to_have_value('{\n  "name": "Ada",\n  "times": 4\n}')
    json_text.fill('{"name": ')
    expect(page.get_by_text("This is not JSON yet")).to_be_visible()
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_disabled()


def test_items_of_a_list_are_added_moved_and_removed(page: Page) -> None:
    page.goto("/tools/join/run")
    for _ in range(2):
        page.get_by_role("button", name="Add one").click()
    expect(page.get_by_role("button", name="Add one")).to_have_text("Add")
    page.get_by_label("words-1").fill("hello")
    page.get_by_label("words-2").fill("there")
    page.get_by_role("button", name="Move up").last.click()
    json_text = page.get_by_role("textbox", name="As JSON")
    expect(json_text).to_have_value('{\n  "words": [\n    "there",\n    "hello"\n  ]\n}')
    page.get_by_role("button", name="Remove").first.click()
    expect(json_text).to_have_value('{\n  "words": [\n    "hello"\n  ]\n}')


def test_refused_arguments_are_said_at_their_fields_and_nothing_runs(page: Page) -> None:
    page.goto("/tools/greet/run")
    page.get_by_role("textbox", name="As JSON").fill('{"times": 99, "name": "Ada"}')
    run(page)
    expect(page.get_by_role("alert")).to_contain_text("/times")
    expect(page.locator(".rjsf-field-error").filter(has_text="times")).to_contain_text("9")
    expect(page.get_by_role("heading", name="Execution")).to_have_count(0)


def test_the_log_is_live_and_a_list_of_objects_is_a_table(page: Page) -> None:
    page.goto("/tools/count/run")
    page.get_by_label("until").fill("100")
    run(page)
    expect(page.locator(".log")).to_contain_text("counted 0")
    expect(page.get_by_role("status").get_by_text("running")).to_be_visible()
    expect(page.get_by_role("progressbar", name="Time against the limit")).to_be_visible()
    expect(page.get_by_role("status").get_by_text("success")).to_be_visible()
    expect(page.locator(".log")).to_contain_text("counted 99")
    expect(page.get_by_role("columnheader", name="half")).to_be_visible()
    expect(page.locator(".value tbody tr")).to_have_count(100)


def test_cancelling_ends_it(page: Page) -> None:
    page.goto("/tools/count/run")
    page.get_by_label("until").fill("500")
    run(page)
    expect(page.locator(".log")).to_contain_text("counted 0")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("status").get_by_text("cancelled")).to_be_visible()
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_enabled()


def test_a_tracebacks_line_leads_into_the_source(page: Page) -> None:
    page.goto("/tools/count/run")
    page.get_by_role("textbox", name="As JSON").fill('{"until": 1, "fail": true}')
    run(page)
    expect(page.get_by_role("status").get_by_text("failed")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("<img src=x onerror=alert(1)>")
    page.get_by_role("alert").get_by_role("link").last.click()
    expect(page.locator("#L14")).to_be_in_viewport()
    expect(page.locator("#L14")).to_contain_text("raise ValueError")


def test_hostile_output_is_text_however_long(page: Page) -> None:
    page.goto("/tools/hostile/run")
    page.get_by_label("text").fill("<script>alert(1)</script>")
    run(page)
    expect(page.get_by_role("status").get_by_text("success")).to_be_visible()
    expect(page.locator(".value")).to_contain_text("<script>alert(1)</script>")
    assert page.locator(".value script, .value i, .value b").count() == 0
    assert len(page.locator(".log").inner_text()) >= 250_000
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_a_lost_event_stream_still_comes_to_the_end(page: Page) -> None:
    page.route("**/events", lambda route: route.fulfill(status=429, body="{}"))
    page.goto("/tools/greet/run?example=0")
    run(page)
    expect(page.get_by_role("status").get_by_text("success")).to_be_visible()


def test_pictures_are_seen_files_are_saved_and_nothing_of_either_runs(page: Page) -> None:
    page.on("dialog", lambda dialog: pytest.fail(f"something ran: {dialog.message}"))
    page.goto("/tools/pictures/run")
    run(page)
    expect(page.get_by_role("status").get_by_text("success")).to_be_visible()
    expect(page.locator(".content")).to_contain_text("<b>said</b>")
    for name in ("dot.png", "picture"):
        image = page.get_by_role("img", name=name)
        expect(image).to_be_visible()
        image.evaluate("(one) => one.decode()")
    assert page.locator(".value").count() == 0, "the bytes are not shown as text as well"
    with page.expect_download() as saving:
        page.locator(".content").get_by_text("hello.html", exact=True).locator("..").get_by_role("link").click()
    assert saving.value.suggested_filename == "hello.html"
    assert saving.value.path().read_bytes() == b"<script>alert(3)</script>"
    expect(page.locator(".content")).to_contain_text("large.bin (application/octet-stream, 2.1 MB) was too large")
    page.goto(f"/executions/{page.locator('#execution-title ~ code').inner_text()}")
    expect(page.get_by_role("img", name="dot.png")).to_be_visible()
