"""A toolset's file is read as strictly as a tool's, says everything at once, and hides nothing."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import jsonschemas
from registry.current_catalog import CatalogState
from registry.gitrepo import Repository
from registry.manifest import check_toolset, load_toolset_schema
from registry.model import Toolset
from registry.tree_watch import TreeWatcher
from tests.repositories import Repo, make_repo

GOOD = "name: some\ntitle: Some tools\ntools: [greet]\ninclude: {category: demo, tags: [hello]}\n"
TOOLCRIB = str(Path(sys.executable).with_name("toolcrib"))


def state_of(path: Path, *, show: bool = True) -> CatalogState:
    return CatalogState(Repository.open(path), show_uncommitted=show, max_memory_mb=1024)


def toolsets(repo: Repo) -> dict[str, Toolset]:
    return dict(state_of(repo.path).current().toolsets)


def told(toolset: Toolset) -> list[tuple[int, int, str, str]]:
    return [(one.line, one.column, one.severity, one.code) for one in toolset.findings]


def test_a_sound_file_says_everything_that_is_in_it() -> None:
    toolset = check_toolset("some.yaml", GOOD.encode())
    assert toolset.findings == ()
    assert (toolset.name, toolset.title, toolset.tools) == ("some", "Some tools", ("greet",))
    assert (toolset.category, toolset.tags) == ("demo", ("hello",))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: other\ntools: [greet]\n", [(1, 7, "error", "name-mismatch")]),
        ("name: some\n", [(1, 1, "error", "toolset-empty")]),
        ("name: some\ntools: []\n", [(2, 1, "error", "bad-length")]),
        ("name: some\ninclude: {}\n", [(2, 1, "error", "bad-value")]),
        ("name: some\ntools: [greet, greet]\n", [(2, 1, "error", "repeated-item")]),
        ("name: some\ntools: [Greet, 3]\n", [(2, 9, "error", "bad-format"), (2, 16, "error", "wrong-type")]),
        ("name: some\ntools: [greet]\ncolour: blue\n", [(3, 1, "error", "unknown-field")]),
        ("name: some\ninclude: {tag: [a]}\n", [(2, 11, "error", "unknown-field")]),
        ("name: some\ninclude: {category: a//b}\n", [(2, 21, "error", "bad-format")]),
        ("tools: [greet]\n", [(1, 1, "error", "missing-field")]),
        ("name: some\ntools: &a [greet]\n", [(2, 8, "error", "yaml-anchor")]),
        ("name: some\nname: some\ntools: [greet]\n", [(2, 1, "error", "yaml-duplicate-key")]),
        ("", [(1, 1, "error", "yaml-empty")]),
        ("[]", [(1, 1, "error", "wrong-type")]),
        ("just text", [(1, 1, "error", "wrong-type")]),
    ],
)
def test_every_fault_is_a_finding_with_its_place(text: str, expected: list[tuple[int, int, str, str]]) -> None:
    assert told(check_toolset("some.yaml", text.encode())) == expected


@pytest.mark.parametrize(
    "data",
    [b"\xff", b"\x00", b"a: " + b"[" * 60_000, b"a: " + b"{b: " * 15_000, b"x" * 70_000, b"!!python/object:a b", b"{"],
)
def test_hostile_bytes_are_findings(data: bytes) -> None:
    assert not check_toolset("some.yaml", data).sound


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_bytes_are_too_much_for_the_check(data: bytes) -> None:
    toolset = check_toolset("some.yaml", data)
    assert toolset.sound or toolset.findings


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=10),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["name", "tools", "include", "category", "tags", "x"]), inner, max_size=4)
        ),
        max_leaves=12,
    )
)
def test_any_value_is_judged_as_the_schema_says(value: object) -> None:
    from registry.json_text import dumps

    accepted = jsonschemas.compile_schema(load_toolset_schema()).accepts(value)
    toolset = check_toolset("some.yaml", dumps(value))
    if toolset.sound:
        assert accepted
    elif accepted:
        assert {one.code for one in toolset.findings} <= {"name-mismatch", "yaml-syntax", "yaml-key-not-string"}


def test_the_schema_is_valid_as_2020_12_and_as_draft_07_and_teaches() -> None:
    schema = load_toolset_schema()
    assert jsonschemas.check_schema(schema) == ()
    jsonschema.Draft7Validator.check_schema(schema)
    assert all(field.get("description") for field in schema["properties"].values())


def test_no_toolset_is_named_like_a_device_of_windows() -> None:
    [finding] = check_toolset("con.yaml", b"name: con\ntools: [greet]\n").findings
    assert (finding.severity, finding.code) == ("error", "file-name")
    assert "Windows" in finding.message


def test_names_that_no_tool_has_are_warnings_at_their_places_and_the_rest_is_served(repo: Repo) -> None:
    repo.tool("greet")
    repo.write("toolsets/some.yaml", "name: some\ntools:\n  - greet\n  - grete\ninclude: {category: nowhere}\n")
    repo.commit()
    state = state_of(repo.path)
    catalog = state.current()
    toolset = catalog.find_toolset("some")
    assert told(toolset) == [(4, 5, "warning", "tool-missing"), (5, 1, "warning", "include-nothing")]
    assert catalog.members(toolset) == {"greet"}
    repo.tool("grete", category="nowhere/at_all")
    repo.commit()
    catalog = state.current()
    assert told(catalog.find_toolset("some")) == []
    assert catalog.members(catalog.find_toolset("some")) == {"greet", "grete"}


def test_a_toolset_with_errors_is_listed_and_takes_no_tool(repo: Repo) -> None:
    repo.tool("greet")
    repo.write("toolsets/some.yaml", GOOD + "colour: blue\n")
    repo.write("toolsets/fine.yaml", GOOD.replace("some", "fine"))
    repo.commit()
    catalog = state_of(repo.path).current()
    assert list(catalog.toolsets) == ["fine", "some"]
    assert catalog.members(catalog.toolsets["some"]) == frozenset()
    assert catalog.members(catalog.toolsets["fine"]) == {"greet"}


def test_category_and_tags_must_both_hold_and_a_category_takes_what_is_below(repo: Repo) -> None:
    repo.tool("one", category="demo/a", tags="[x, y]")
    repo.tool("two", category="demo", tags="[x]")
    repo.tool("three", category="demolition", tags="[x, y]")
    repo.write("toolsets/both.yaml", "name: both\ninclude: {category: demo, tags: [x, y]}\n")
    repo.write("toolsets/below.yaml", "name: below\ninclude: {category: demo}\n")
    repo.write("toolsets/tagged.yaml", "name: tagged\ninclude: {tags: [y]}\n")
    repo.commit()
    catalog = state_of(repo.path).current()
    members = {name: sorted(catalog.members(toolset)) for name, toolset in catalog.toolsets.items()}
    assert members == {"both": ["one"], "below": ["one", "two"], "tagged": ["one", "three"]}


def test_links_folders_and_odd_names_are_findings_and_other_files_are_passed_over(repo: Repo, tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text(GOOD.replace("some", "linked"))
    repo.write("toolsets/README.md", "# Our toolsets\n")
    repo.write("toolsets/.hidden.yaml", GOOD)
    repo.write("toolsets/some.yml", GOOD)
    repo.write("toolsets/Odd Name.yaml", GOOD)
    repo.write("toolsets/inner/deep.yaml", GOOD)
    repo.write("toolsets/large.yaml", "# " + "x" * 70_000)
    (repo.path / "toolsets/linked.yaml").symlink_to(secret)
    for step in (lambda: None, repo.commit):
        step()
        found = toolsets(repo)
        codes = {
            name: {one.code for one in toolset.findings if one.severity == "error"} for name, toolset in found.items()
        }
        assert codes["linked"] == {"file-symlink"}
        assert codes["large"] == {"yaml-too-large"}
        assert "file-name" in codes["some.yml"]
        assert "file-name" in codes["Odd Name"]
        assert set(codes) == {"linked", "large", "some.yml", "Odd Name"}


def test_of_very_many_files_the_first_hundred_are_read(repo: Repo) -> None:
    for number in range(103):
        repo.write(f"toolsets/set_{number:03}.yaml", f"name: set_{number:03}\ntools: [greet]\n")
    repo.commit()
    found = toolsets(repo)
    assert len(found) == 103
    assert [name for name, toolset in found.items() if not toolset.sound] == ["set_100", "set_101", "set_102"]
    assert found["set_101"].findings[0].code == "too-many-toolsets"


def test_the_working_tree_is_shown_over_the_commit_until_it_is_committed(repo: Repo) -> None:
    repo.tool("greet")
    repo.write("toolsets/some.yaml", GOOD)
    repo.commit()
    state = state_of(repo.path)
    assert not state.current().toolsets["some"].uncommitted
    before = state.current().identity
    repo.write("toolsets/some.yaml", GOOD.replace("Some tools", "Others"))
    repo.write("toolsets/more.yaml", GOOD.replace("some", "more"))
    shown = state.refresh()
    assert shown.identity != before
    assert {name: toolset.uncommitted for name, toolset in shown.toolsets.items()} == {"some": True, "more": True}
    assert shown.toolsets["some"].title == "Others"
    assert not state_of(repo.path, show=False).current().toolsets["some"].uncommitted
    repo.commit()
    assert {name: one.uncommitted for name, one in state.current().toolsets.items()} == {"some": False, "more": False}
    (repo.path / "toolsets/some.yaml").unlink()
    assert "some" in state.refresh().toolsets, "a checkout that is half done takes nothing away"
    repo.commit()
    assert list(state.current().toolsets) == ["more"]


def test_a_bare_repository_and_an_empty_branch_have_their_toolsets_too(repo: Repo, tmp_path: Path) -> None:
    repo.write("toolsets/some.yaml", GOOD)
    assert list(toolsets(repo)) == ["some"], "before the first commit"
    repo.commit()
    repo.git("clone", "-q", "--bare", str(repo.path), str(tmp_path / "bare.git"))
    assert list(state_of(tmp_path / "bare.git").current().toolsets) == ["some"]


def test_the_watcher_hears_of_toolsets_even_of_the_first(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo")
    repo.tool("greet")
    seen = threading.Event()
    state = state_of(repo.path)
    state.current()

    def refresh() -> None:
        if "some" in state.refresh().toolsets:
            seen.set()

    watcher = TreeWatcher([repo.path / "tools", repo.path / "toolsets"], "auto", refresh)
    watcher.start()
    try:
        repo.write("toolsets/some.yaml", GOOD)
        assert seen.wait(15), "long before the look every 30 s"
    finally:
        watcher.close()


def check(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [TOOLCRIB, "check", *arguments], capture_output=True, text=True, cwd=cwd, timeout=600, check=False
    )


def test_the_command_checks_toolsets_against_the_tools_beside_them(repo: Repo) -> None:
    repo.tool("greet")
    repo.write("toolsets/some.yaml", GOOD)
    for arguments in ((), ("tools", "toolsets"), ("toolsets", "tools")):
        done = check(*arguments, cwd=repo.path)
        assert (done.returncode, done.stdout) == (0, "")
        assert done.stderr == "1 tool and 1 toolset checked: 0 errors, 0 warnings\n"
    repo.write("toolsets/some.yaml", GOOD.replace("[greet]", "[grete]") + "x: 1\n")
    done = check("toolsets", cwd=repo.path)
    assert done.returncode == 1
    assert "toolsets/some.yaml:3:9: warning [tool-missing] There is no tool 'grete'." in done.stdout
    assert "toolsets/some.yaml:5:1: error [unknown-field]" in done.stdout
    assert check(".", cwd=repo.path / "toolsets").returncode == 1
    assert "Traceback" not in done.stderr


def test_the_toolsets_of_this_project_are_sound_and_not_empty() -> None:
    root = Path(__file__).parents[2]
    done = check(cwd=root)
    assert done.returncode == 0
    assert "2 toolsets checked: 0 errors, 0 warnings" in done.stderr
