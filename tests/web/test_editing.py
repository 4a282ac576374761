"""A tool is written, changed beside somebody else, restored and removed in the browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.repositories import MAIN, Repo, manifest
from tests.services import Running, Served, serving_tools
from tests.web.conftest import plant, watched_page
from tests.web.editing import append, checked, choose_file, commit, open_editor, send, text_of, write


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service where nothing runs."""
    with serving_tools(plant, tmp_path_factory.mktemp("editing")) as served:
        yield served


@pytest.fixture
def repo(shared: Served) -> Iterator[Repo]:
    """Its repository, which the test may change: it is as it was at first."""
    yield shared.repo
    shared.restore()


@pytest.fixture
def own(shared: Served, repo: Repo) -> Running:
    """The service whose tools the test may change."""
    return shared.running


@pytest.fixture
def page(browser: Browser, own: Running) -> Iterator[Page]:
    """A page of its own, on that service."""
    with watched_page(browser, own) as opened:
        yield opened


REPEAT_TEXT = """name: repeat_text
description: Repeats a text a number of times, to see that the editor works.
parameters:
  type: object
  properties:
    text: {type: string, description: The text to repeat.}
    times: {type: integer, description: How often., default: 2}
  required: [text]
"""


def test_a_new_tool_shows_its_error_at_the_line_and_is_offered_once_it_is_mended(
    page: Page, own: Running, repo: Repo
) -> None:
    page.goto("/new")
    page.get_by_label("Name").fill("repeat_text")
    page.get_by_role("radio", name="main.py defines main").check()
    page.get_by_role("button", name="Open the editor").click()
    checked(page)
    expect(page.get_by_role("region", name="Findings")).to_contain_text("can be committed")
    expect(page.get_by_role("region", name="Findings")).to_contain_text("This sentence is a template's")
    write(page, "tool.yaml", REPEAT_TEXT)
    write(page, "main.py", "\n\ndef main(text: str, times: int = 2) -> dict:\n    return {'text': text *}\n")
    finding = page.get_by_role("region", name="Findings").get_by_role("button")
    expect(finding).to_contain_text("main.py:4")
    choose_file(page, "tool.yaml")
    finding.click()
    expect(page.locator(".code-editor[data-path='main.py'] .cm-lint-marker-error")).to_have_count(1)
    expect(page.locator(".code-editor .cm-activeLine")).to_contain_text("text *")
    page.get_by_role("button", name="Commit…").click()
    expect(page.get_by_role("dialog").get_by_role("button", name="Commit")).to_be_disabled()
    page.get_by_role("button", name="Back").click()
    write(page, "main.py", "def main(text: str, times: int = 2) -> dict:\n    return {'text': text * times}\n")
    commit(page, "repeat_text: a first one", "Ada", "ada@example.org")
    expect(page).to_have_url(re.compile("/tools/repeat_text/edit$"))
    offered = own.get("/api/v1/llm/tools?format=openai").json()["tools"]
    assert "repeat_text" in {one["function"]["name"] for one in offered}
    assert repo.git("log", "-1", "--format=%an <%ae>: %s") == "Ada <ada@example.org>: repeat_text: a first one"


def test_the_author_is_remembered_and_the_difference_is_shown_before_the_commit(page: Page, repo: Repo) -> None:
    open_editor(page, "greet")
    append(page, "notes.md", "More.\n")
    page.get_by_role("button", name="Commit…").click()
    expect(page.locator(".diff-lines .added .text")).to_have_text("More.")
    page.get_by_role("button", name="Back").click()
    commit(page, "", "Grace", "grace@example.org")
    append(page, "notes.md", "Still more.\n")
    page.get_by_role("button", name="Commit…").click()
    expect(page.get_by_label("Your name")).to_have_value("Grace")
    page.get_by_role("dialog").get_by_role("button", name="Commit").click()
    expect(page.get_by_text("No changes")).to_be_visible()
    assert repo.git("log", "-2", "--format=%an") == "Grace\nGrace"
    assert repo.git("show", "HEAD:tools/greet/notes.md") == "# Notes\nMore.\nStill more."


def test_files_are_added_renamed_and_deleted(page: Page, repo: Repo) -> None:
    open_editor(page, "greet")
    files = page.get_by_role("navigation", name="Files")
    files.get_by_role("button", name="Add").click()
    page.get_by_label("Path inside the folder").fill("main.py")
    expect(page.get_by_text("There is such a file already.")).to_be_visible()
    page.get_by_label("Path inside the folder").fill("data/words.txt")
    page.keyboard.press("Enter")
    append(page, "data/words.txt", "one\n")
    choose_file(page, "notes.md")
    files.get_by_role("button", name="Rename").click()
    page.get_by_label("Path inside the folder").fill("README.md")
    page.keyboard.press("Enter")
    checked(page)
    commit(page)
    assert repo.git("ls-tree", "-r", "--name-only", "HEAD", "tools/greet/").splitlines() == [
        f"tools/greet/{path}" for path in ("README.md", "data/words.txt", "main.py", "tool.yaml")
    ]
    choose_file(page, "data/words.txt")
    files.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    checked(page)
    commit(page)
    assert "words" not in repo.git("ls-tree", "-r", "--name-only", "HEAD", "tools/greet/")


def test_the_form_and_the_text_are_in_step_and_comments_stay(page: Page, repo: Repo) -> None:
    repo.write("tools/greet/tool.yaml", "# mine\n" + manifest("greet") + "runtime: {network: false} # none\n")
    repo.commit()
    open_editor(page, "greet")
    page.get_by_role("button", name="Form").click()
    page.get_by_label("Title").fill("Greet: warmly")
    page.get_by_label("Tags").fill("demo, warm")
    page.get_by_label("Status").select_option("deprecated")
    page.get_by_label("Time limit in seconds").fill("7")
    page.get_by_label("Replaced by").fill("add")
    checked(page)
    page.get_by_role("button", name="Text").click()
    text_of(page).focus()
    page.keyboard.press("ControlOrMeta+Home")
    page.keyboard.insert_text("# first\n")
    checked(page)
    page.get_by_role("button", name="Form").click()
    expect(page.get_by_label("Title")).to_have_value("Greet: warmly")
    commit(page)
    lines = repo.git("show", "HEAD:tools/greet/tool.yaml").splitlines()
    assert lines[:2] == ["# first", "# mine"]
    assert 'title: "Greet: warmly"' in lines
    assert {"tags: [demo, warm]", "status: deprecated", "replaced_by: add"} <= set(lines)
    assert "runtime: {timeout_seconds: 7, network: false} # none" in lines


PARAMETERS = """
  type: object  # of everything
  properties:
    name:
      # who it is
      type: string
      description: Whom to greet.   # said aloud
      maxLength: 50

    times: {type: integer, minimum: 1,   default: 1}  # often
  required:
    - name
  additionalProperties: false"""
WRITTEN = """
  type: object  # of everything
  properties:
    name:
      # who it is
      type: string
      description: "Whom: the \\"one\\""   # said aloud
      maxLength: 50

    often: {type: integer, description: How often., minimum: 1,   default: 3}  # often
    loud: {type: boolean, description: Whether to shout.}
  required:
    - name
    - loud
  additionalProperties: false"""


def test_parameters_are_written_from_the_form_and_nothing_else_in_the_text_moves(page: Page, repo: Repo) -> None:
    repo.tool("greet", main="def main(**given):\n    return {'greeting': str(given)}\n", parameters=PARAMETERS)
    repo.commit()
    open_editor(page, "greet")
    page.get_by_role("button", name="Form").click()

    def parameter(name: str) -> Locator:
        return page.get_by_role("group", name=f"Parameter {name}", exact=True)

    parameter("name").get_by_label("What it is").fill('Whom: the "one"')
    parameter("times").get_by_label("What it is").fill("How often.")
    parameter("times").get_by_label("Default").fill("3")
    parameter("times").get_by_label("Default").fill("3x")
    expect(page.get_by_text("No integer yet.")).to_be_visible()
    parameter("times").get_by_label("Name").fill("often")
    page.get_by_role("button", name="Add a parameter").click()
    parameter("parameter_3").get_by_label("Name").fill("name")
    expect(page.get_by_text("There is such a parameter already.")).to_be_visible()
    parameter("parameter_3").get_by_label("Name").fill("loud")
    parameter("loud").get_by_label("Type").select_option("boolean")
    parameter("loud").get_by_label("What it is").fill("Whether to shout.")
    parameter("loud").get_by_label("It must be given").check()
    checked(page)
    commit(page)
    text = repo.git("show", "HEAD:tools/greet/tool.yaml")
    assert text == manifest("greet", parameters=WRITTEN).strip()
    parameter("loud").get_by_role("button", name="Remove loud").click()
    parameter("often").get_by_role("button", name="Remove often").click()
    expect(page.locator(".parameter")).to_have_count(1)
    checked(page)
    commit(page)
    assert "required:\n    - name\n  additional" in repo.git("show", "HEAD:tools/greet/tool.yaml")


BOUND = """
  type: object
  properties:
    name: {type: string, description: Who., enum: [Ada, "a, b"], pattern: "^\\\\S", maxLength: 50}
    times: {type: integer, description: How often., minimum: 1, maximum: 9, default: 2}
    tags: {type: array, description: Which., items: {type: string}, maxItems: 3, uniqueItems: true}
  required: [name]"""


def test_the_form_writes_what_bounds_a_value_and_refuses_what_is_no_bound(page: Page, repo: Repo) -> None:
    plain = """
  type: object
  properties:
    name: {type: string, description: Who.}
    times: {type: integer, description: How often., minimum: 0, default: 2}
    tags: {type: array, description: Which., items: {type: string}}
  required: [name]"""
    repo.tool("greet", main="def main(**given):\n    return {'greeting': str(given)}\n", parameters=plain)
    repo.commit()
    open_editor(page, "greet")
    page.get_by_role("button", name="Form").click()

    def parameter(name: str) -> Locator:
        found = page.get_by_role("group", name=f"Parameter {name}", exact=True)
        bounds = found.locator("details")
        if bounds.get_attribute("open") is None:
            bounds.locator("summary").click()
        return found

    name, times, tags = map(parameter, ("name", "times", "tags"))
    name.get_by_label("At most so many characters").fill("fifty")
    expect(name.get_by_text("No size yet.")).to_be_visible()
    name.get_by_label("At most so many characters").fill("50")
    expect(name.get_by_text("No size yet.")).to_be_hidden()
    name.get_by_label("Pattern").fill("^\\S(")
    expect(name.get_by_text("No pattern yet.")).to_be_visible()
    name.get_by_label("Pattern").fill("^\\S")
    name.get_by_label("Only these values").press_sequentially("Ada\na, b\n")
    times.get_by_label("At least").fill("1")
    times.get_by_label("At most").fill("12345678901234567890")
    expect(times.get_by_text("No number yet.")).to_be_visible()
    times.get_by_label("At most").fill("9")
    times.get_by_label("A multiple of").fill("2")
    times.get_by_label("A multiple of").fill("")
    tags.get_by_label("At most so many items").fill("3")
    tags.get_by_label("No item twice").check()
    checked(page)
    commit(page)
    assert repo.git("show", "HEAD:tools/greet/tool.yaml") == manifest("greet", parameters=BOUND).strip()


def test_an_edit_beside_somebody_elses_is_merged(page: Page, own: Running, repo: Repo) -> None:
    open_editor(page, "greet")
    append(page, "main.py", "# mine\n")
    theirs = MAIN.replace("Say hello.", "Say hello, theirs.")
    changed(own, {"main.py": theirs, "notes.md": "# Notes, theirs\n"})
    send(page)
    expect(page.get_by_role("heading", name="greet was changed by somebody else")).to_be_visible()
    part = page.get_by_role("region", name="Merge main.py")
    expect(part).to_contain_text("fits together")
    expect(part.locator(".cm-merge-a .cm-content")).to_contain_text("theirs")
    expect(part.locator(".cm-merge-b .cm-content")).to_contain_text("# mine")
    page.get_by_role("button", name="Go on with the result").click()
    checked(page)
    commit(page)
    assert repo.git("show", "HEAD:tools/greet/main.py") == f"{theirs}# mine"
    assert repo.git("show", "HEAD:tools/greet/notes.md") == "# Notes, theirs"


def test_where_both_changed_one_place_the_author_decides(page: Page, own: Running, repo: Repo) -> None:
    open_editor(page, "greet")
    write(page, "notes.md", "# Mine\n")
    changed(own, {"notes.md": "# Theirs\n"})
    send(page)
    part = page.get_by_role("region", name="Merge notes.md")
    expect(part).to_contain_text("1 place changed by both")
    expect(part.locator(".cm-merge-b .cm-content")).to_contain_text("# Mine")
    part.get_by_role("button", name="Take theirs", exact=True).click()
    expect(part.locator(".cm-merge-b .cm-content")).to_contain_text("# Theirs")
    part.locator(".cm-merge-b .cm-content").focus()
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.insert_text("and mine\n")
    page.get_by_role("button", name="Go on with the result").click()
    checked(page)
    commit(page)
    assert repo.git("show", "HEAD:tools/greet/notes.md") == "# Theirs\nand mine"


def test_lines_that_are_the_same_are_shown_from_the_keyboard_and_what_was_written_stays(
    page: Page, own: Running, repo: Repo
) -> None:
    lines = [f"# Line {number}" for number in range(20)]
    repo.write("tools/greet/notes.md", "\n".join(lines) + "\n")
    repo.commit()
    open_editor(page, "greet")
    write(page, "notes.md", "\n".join([*lines, "Mine"]) + "\n")
    changed(own, {"notes.md": "\n".join(["# Theirs", *lines[1:]]) + "\n"})
    send(page)
    part = page.get_by_role("region", name="Merge notes.md")
    result = part.get_by_role("textbox", name="Result for notes.md")
    expect(result).to_contain_text("Mine")
    expect(result).not_to_contain_text("Line 10")
    result.focus()
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.insert_text("and more\n")
    part.get_by_role("button", name="Show the lines that are the same").press("Enter")
    expect(result).to_contain_text("Line 10")
    expect(result).to_contain_text("and more")
    part.get_by_role("button", name="Show the lines that are the same").press("Enter")
    expect(result).not_to_contain_text("Line 10")
    page.get_by_role("button", name="Go on with the result").click()
    checked(page)
    commit(page)
    assert repo.git("show", "HEAD:tools/greet/notes.md").splitlines() == ["# Theirs", *lines[1:], "Mine", "and more"]


def changed(own: Running, files: dict[str, str]) -> None:
    """Somebody else's commit."""
    with own.connection() as client:
        digest = client.get("/api/v1/tools/greet").json()["digest"]
        answer = client.patch("/api/v1/tools/greet", json={"files": files}, headers={"If-Match": digest})
    assert answer.status_code == 200, answer.text


def test_leaving_asks_while_something_is_not_committed(page: Page) -> None:
    open_editor(page, "greet")
    append(page, "notes.md", "More.\n")
    page.get_by_role("link", name="History").click()
    dialog = page.get_by_role("dialog", name="Leave without committing?")
    dialog.get_by_role("button", name="Stay").click()
    expect(text_of(page)).to_contain_text("More.")
    page.get_by_role("link", name="History").click()
    dialog.get_by_role("button", name="Leave").click()
    expect(page).to_have_url(re.compile("/tools/greet/history$"))


def test_a_version_is_restored_and_a_removed_tool_comes_back(page: Page, own: Running, repo: Repo) -> None:
    changed(own, {"notes.md": "# Changed\n"})
    page.goto("/tools/greet/history")
    expect(page.locator(".diff-lines .removed .text")).to_have_text("# Notes")
    page.locator("[data-version='1']").get_by_role("button", name="Restore").click()
    page.get_by_role("dialog").get_by_role("button", name="Restore").click()
    expect(page.locator("[data-version='3']")).to_contain_text("greet: restore version 1")
    assert repo.git("show", "HEAD:tools/greet/notes.md") == "# Notes"
    page.locator("[data-version='3']").get_by_label("from").check()
    page.locator("[data-version='1']").get_by_label("to").check()
    expect(page.get_by_text("Nothing differs.")).to_be_visible()
    open_editor(page, "greet")
    page.get_by_role("button", name="Delete this tool…").click()
    confirm = page.get_by_role("dialog")
    expect(confirm.get_by_role("button", name="Delete")).to_be_disabled()
    confirm.get_by_role("textbox").fill("greet")
    confirm.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("There is no such tool any more.")).to_be_visible()
    assert own.get("/api/v1/tools/greet").status_code == 404
    page.locator("[data-version='3']").get_by_role("button", name="Restore").click()
    page.get_by_role("dialog").get_by_role("button", name="Restore").click()
    expect(page.get_by_text("There is no such tool any more.")).to_have_count(0)
    assert own.get("/api/v1/tools/greet").status_code == 200


def test_a_tool_is_renamed_in_one_commit(page: Page, own: Running, repo: Repo) -> None:
    open_editor(page, "greet")
    before = int(repo.git("rev-list", "--count", "HEAD"))
    page.get_by_role("button", name="Rename this tool…").click()
    dialog = page.get_by_role("dialog", name="Rename greet")
    dialog.get_by_label("New name").fill("add")
    dialog.get_by_role("button", name="Rename").click()
    expect(dialog.get_by_role("alert")).to_contain_text("there is a tool 'add' already")
    dialog.get_by_label("New name").fill("hail")
    dialog.get_by_role("button", name="Rename").click()
    expect(page).to_have_url(re.compile("/tools/hail/edit$"))
    checked(page)
    expect(text_of(page)).to_contain_text("name: hail")
    assert own.get("/api/v1/tools/greet").status_code == 404
    assert int(repo.git("rev-list", "--count", "HEAD")) == before + 1
    append(page, "main.py", "# more\n")
    expect(page.get_by_role("button", name="Rename this tool…")).to_be_disabled()


def test_where_edits_are_proposals_a_renamed_or_deleted_tool_stays_and_the_page_says_so(
    browser: Browser, tmp_path: Path
) -> None:
    with (
        serving_tools(plant, tmp_path, edit_mode="branch") as served,
        watched_page(browser, served.running) as page,
    ):
        service = served.running
        open_editor(page, "greet")
        page.get_by_role("button", name="Rename this tool…").click()
        page.get_by_label("New name").fill("hail")
        page.get_by_role("dialog").get_by_role("button", name="Rename").click()
        expect(page.get_by_text("Proposed.")).to_be_visible()
        expect(page).to_have_url(re.compile("/tools/greet/edit$"))
        open_editor(page, "add")
        page.get_by_role("button", name="Delete this tool…").click()
        page.get_by_role("dialog").get_by_role("textbox").fill("add")
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        expect(page.get_by_text("Proposed.")).to_be_visible()
        assert service.get("/api/v1/proposals").json()["total"] == 2
        assert service.get("/api/v1/tools?search=greet").json()["total"] > 0


def test_keys_and_values_of_tool_yaml_are_completed_and_explained(page: Page) -> None:
    open_editor(page, "greet")
    text_of(page).focus()
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.type("sta")
    option = page.locator(".cm-tooltip-autocomplete [role=option]")
    expect(option.first).to_contain_text("status")
    expect(page.locator(".cm-completionInfo")).to_contain_text("offered to models")
    option.first.click()
    expect(option).to_have_count(0)
    page.keyboard.press("Control+Space")
    expect(option).to_have_count(4)
    page.keyboard.press("Escape")
    page.locator(".code-editor .cm-line", has_text="category:").get_by_text("category").hover()
    expect(page.locator(".cm-hint")).to_contain_text("Where people find the tool")


def test_completion_and_hover_know_their_way_in_flow_style(page: Page) -> None:
    open_editor(page, "greet")
    write(page, "tool.yaml", "name: greet\nparameters:\n  type: object\n  properties:\n    name: ")
    page.keyboard.type("{desc")
    option = page.locator(".cm-tooltip-autocomplete [role=option]")
    expect(option.first).to_contain_text("description")
    option.first.click()
    page.keyboard.type("'Whom, {to} greet', type: [str")
    expect(option).to_have_count(1)
    option.first.click()
    expect(page.locator(".cm-line").last).to_have_text("    name: {description: 'Whom, {to} greet', type: [string]}")
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.insert_text("\n")
    page.keyboard.type("annotations: {read")
    option.first.click()
    page.keyboard.press("Control+Space")
    expect(option).to_have_count(2)
    page.keyboard.press("Escape")
    page.locator(".cm-line", has_text="Whom").get_by_text("type", exact=True).hover()
    expect(page.locator(".cm-hint")).to_contain_text("a list of these")


TYPES = """words => new Promise(done => {
    const next = at => {
        document.execCommand("insertText", false, words[at]);
        // Sometimes in the same turn of the page's loop, mostly one or more later: between any two steps of the page.
        if (at + 1 === words.length) done(); else setTimeout(next, at % 5, at + 1);
    };
    next(0);
})"""


def test_nothing_that_is_typed_fast_on_a_slow_machine_is_lost(page: Page) -> None:
    open_editor(page, "greet")
    choose_file(page, "notes.md")
    text_of(page).focus()
    page.keyboard.press("ControlOrMeta+End")
    words = " ".join(f"word{number}" for number in range(40))
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 6})
    page.evaluate(TYPES, words)
    expect(text_of(page)).to_contain_text(words)
    checked(page)
    expect(text_of(page)).to_contain_text(words)


def test_what_is_hostile_in_files_and_messages_is_text(page: Page, own: Running) -> None:
    bad = "<img src=x onerror=alert(1)><script>alert(2)</script>\u202etxt"
    changed(own, {"notes.md": f"{bad}\n"})
    open_editor(page, "greet")
    append(page, "notes.md", f"{bad}\n")
    page.get_by_role("button", name="Commit…").click()
    expect(page.locator(".diff-lines .added")).to_contain_text("<img src=x")
    page.get_by_role("dialog").get_by_label("Message").fill(bad.replace("\u202e", ""))
    page.get_by_role("dialog").get_by_role("button", name="Commit").click()
    expect(page.get_by_text("Committed.")).to_be_visible()
    page.goto("/tools/greet/history")
    expect(page.locator(".versions .subject").first).to_contain_text("<script>alert(2)</script>")
    assert page.locator("main img, main script").count() == 0


def test_a_tool_that_somebody_works_on_is_not_edited(page: Page, repo: Repo, own: Running) -> None:
    repo.write("tools/greet/notes.md", "# Being written\n")
    page.goto("/tools/greet/edit")
    expect(page.get_by_text("Somebody is working on this tool")).to_be_visible()
