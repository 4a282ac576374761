"""The service gone, slow or failing: the page says so, and recovers by itself."""

from __future__ import annotations

from playwright.sync_api import Page, Route, expect


def test_a_service_that_is_gone_is_said_and_its_return_is_noticed(page: Page) -> None:
    page.route("**/api/**", lambda route: route.abort())
    page.route("**/readyz", lambda route: route.abort())
    page.goto("/")
    expect(page.get_by_text("The service does not answer").first).to_be_visible()
    page.unroute("**/api/**")
    page.unroute("**/readyz")
    expect(page.get_by_role("link", name="Title of greet")).to_be_visible()
    expect(page.get_by_text("The service does not answer")).to_have_count(0)


def test_an_answer_from_something_in_between_is_no_markup(page: Page) -> None:
    page.route("**/api/v1/tools?*", lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))
    page.goto("/")
    expect(page.get_by_role("alert").filter(has_text="answered 502")).to_be_visible()
    page.unroute("**/api/v1/tools?*")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("link", name="Title of greet")).to_be_visible()


def test_a_fault_of_the_service_names_the_requests_id(page: Page) -> None:
    problem = {"type": "urn:toolcrib:problem:internal", "title": "Internal Server Error", "status": 500}
    problem |= {"detail": "a fault of the service", "instance": "/", "request_id": "abc123"}
    page.route("**/execute", lambda route: route.fulfill(status=500, json=problem))
    page.goto("/tools/greet/run?example=0")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("abc123")


def test_a_missing_token_says_where_to_set_it_and_then_it_is_sent(page: Page) -> None:
    sent: list[str | None] = []
    problem = {
        "type": "urn:toolcrib:problem:token-needed",
        "title": "Unauthorized",
        "status": 401,
        "detail": "no token",
    }

    def refuse(route: Route) -> None:
        sent.append(route.request.headers.get("authorization"))
        route.fulfill(status=401, json=problem)

    page.route("**/execute", refuse)
    page.goto("/tools/greet/run?example=0")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Token")
    page.get_by_role("button", name="Token").click()
    page.get_by_label("Token", exact=True).fill("opensesame")
    page.get_by_role("button", name="Keep").click()
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("button", name="Token set")).to_be_visible()
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_enabled()
    assert sent == [None, "Bearer opensesame"]


def test_slowness_is_said_while_it_lasts(page: Page) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/api/v1/tools?*", hold)
    page.goto("/")
    expect(page.get_by_text("Loading tools")).to_be_visible()
    expect(page.get_by_text("The service is slow to answer.")).to_be_visible()
    for route in held:
        route.continue_()
    expect(page.get_by_role("link", name="Title of greet")).to_be_visible()
    expect(page.get_by_text("The service is slow to answer.")).to_have_count(0)
