"""Shared packages: what a tool gets of them, what is found wrong with them, and which versions they make."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.catalog import Catalog
from registry.current_catalog import CatalogState
from registry.gitrepo import Repository, read_history, read_snapshot, read_versions
from registry.model import Tool
from registry.shared_packages import name_shared_folder
from tests.properties import examples
from tests.registry.test_check_command import toolcrib
from tests.repositories import MAIN, Repo, make_repo

USES = "import {0}\n\n\ndef main(name: str, times: int = 1) -> dict:\n    return {{'greeting': {0}.WORD}}\n"


def package(repo: Repo, name: str, source: str = "WORD = 'hello'\n", **files: str) -> None:
    """Write a shared package's folder, without committing it."""
    repo.write(f"tools/_shared/{name}/__init__.py", source)
    for path, content in files.items():
        repo.write(f"tools/_shared/{name}/{path}.py", content)


def using(repo: Repo, tool: str, *names: str) -> None:
    """Write a tool that names these packages and imports the first of them."""
    repo.tool(tool, main=USES.format(names[0]), shared=f"[{', '.join(names)}]")


def look(repo: Repo, *, uncommitted: bool = False) -> Catalog:
    """The catalog of the repository as a new service sees it."""
    return CatalogState(Repository.open(repo.path), show_uncommitted=uncommitted, max_memory_mb=1024).current()


def codes(catalog: Catalog, name: str = "greet") -> set[str]:
    """The codes of a tool's findings."""
    return {finding.code for finding in catalog.find(name).findings}


def test_a_tool_gets_the_package_it_names_and_what_that_imports(repo: Repo) -> None:
    package(repo, "wording", "import letters\nWORD = letters.ALL\n", more="X = 1\n")
    package(repo, "letters", "ALL = 'abc'\n")
    package(repo, "other")
    using(repo, "greet", "wording")
    repo.commit()
    catalog = look(repo)
    assert catalog.find("greet").findings == ()
    assert {path for path in catalog.files_of(catalog.find("greet")) if "/" in path} == {
        "wording/__init__.py", "wording/more.py", "letters/__init__.py",
    }  # fmt: skip
    assert sorted(catalog.tools) == ["greet"]
    assert sorted(catalog.packages) == ["letters", "other", "wording"]


def test_the_bundle_is_the_digest_until_something_is_shared_and_moves_with_each_package(repo: Repo) -> None:
    repo.tool("plain")
    package(repo, "wording", "import letters\nWORD = letters.ALL\n")
    package(repo, "letters", "ALL = 'abc'\n")
    using(repo, "greet", "wording")
    repo.commit()
    before = look(repo)
    package(repo, "letters", "ALL = 'abcd'\n")
    repo.commit()
    after = look(repo)
    assert before.find("plain").bundle == before.find("plain").digest == after.find("plain").bundle
    assert before.find("greet").digest == after.find("greet").digest
    assert len({before.find("greet").bundle, after.find("greet").bundle, after.find("greet").digest}) == 3


@pytest.mark.parametrize("bare", [False, True])
def test_a_package_in_a_bare_repository_too(tmp_path: Path, bare: bool) -> None:
    repo = make_repo(tmp_path / "repo")
    package(repo, "wording")
    using(repo, "greet", "wording")
    repo.commit()
    if bare:
        repo.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
        repo = Repo(tmp_path / "bare.git")
    catalog = look(repo)
    assert catalog.files_of(catalog.find("greet"))["wording/__init__.py"] == b"WORD = 'hello'\n"


def _move_init(repo: Repo) -> None:
    repo.git("mv", "tools/_shared/wording/__init__.py", "tools/_shared/wording/other.py")


def _circle(repo: Repo) -> None:
    package(repo, "wording", "import b\n")
    package(repo, "b", "import wording\n")


def _named(name: str, repo: Repo) -> None:
    package(repo, name)
    repo.tool("greet", shared=f"['{name}']")


FAULTS: dict[str, tuple[Callable[[Repo], object], str]] = {
    "missing": (lambda repo: using(repo, "greet", "wordings"), "shared-missing"),
    "faulty": (lambda repo: package(repo, "wording", "def (\n"), "shared-faulty"),
    "without __init__": (_move_init, "shared-faulty"),
    "hides a file": (lambda repo: repo.write("tools/greet/wording.py", "WORD = 1\n"), "shared-hides-file"),
    "hides a folder": (lambda repo: repo.write("tools/greet/wording/a.txt", ""), "shared-hides-file"),
    "not imported": (lambda repo: repo.tool("greet", shared="[wording]"), "shared-not-imported"),
    "not named": (lambda repo: repo.tool("greet", main=USES.format("wording")), "shared-not-named"),
    "a link": (lambda repo: (repo.path / "tools/_shared/wording/a.py").symlink_to("b.py"), "shared-faulty"),
    "a circle": (_circle, "shared-faulty"),
    "a bad name": (lambda repo: repo.tool("greet", shared="[Wor-ding]"), "bad-format"),
    "the standard library's name": (lambda repo: _named("json", repo), "shared-faulty"),
    "the name of every main.py": (lambda repo: _named("main", repo), "shared-faulty"),
    "a word of python's": (lambda repo: _named("class", repo), "shared-faulty"),
    "a device of windows": (lambda repo: _named("con", repo), "shared-faulty"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_what_is_wrong_with_a_package_is_found_at_the_tool(repo: Repo, case: str) -> None:
    spoil, code = FAULTS[case]
    package(repo, "wording")
    using(repo, "greet", "wording")
    repo.commit()
    assert codes(look(repo)) == set()
    spoil(repo)
    repo.commit()
    assert code in codes(look(repo))
    assert code in codes(look(repo, uncommitted=True))


def test_an_import_of_a_package_that_is_not_named_is_one_finding_where_it_stands(repo: Repo) -> None:
    package(repo, "wording")
    package(repo, "letters")
    using(repo, "greet", "letters")
    repo.write("tools/greet/more.py", "import wording\n")
    repo.write("tools/greet/main.py", "import letters\n" + MAIN + "\n\nfrom more import *\n")
    repo.commit()
    [found] = look(repo).find("greet").findings
    assert (found.file, found.line, found.column, found.severity) == ("more.py", 1, 8, "error")
    assert found.message.endswith("did you mean `shared: [letters, wording]`?")


@pytest.mark.parametrize("name", ["json", "os", "requests"])
def test_a_package_that_cannot_be_had_under_its_name_is_no_finding_of_tools_that_mean_the_module(
    repo: Repo, name: str
) -> None:
    package(repo, name)
    repo.tool("greet", main=f"import {name}\n\n\ndef main(**values):\n    return {name}.__name__\n")
    repo.commit()
    assert codes(look(repo)) == set()


def test_what_a_package_imports_is_for_the_tool_to_declare(repo: Repo) -> None:
    source = "import json, requests, dns.resolver, letters\ntry:\n    import pandas\nexcept ImportError:\n    pass\n"
    package(repo, "wording", source)
    package(repo, "letters", "import wording_not_there\n")
    using(repo, "greet", "wording")
    using(repo, "declares", "wording")
    manifest = repo.path / "tools/declares/tool.yaml"
    manifest.write_text(manifest.read_text() + "runtime: {dependencies: [dnspython, wording_not_there]}\n")
    repo.commit()
    catalog = look(repo)
    assert [(one.code, one.severity, one.message) for one in catalog.find("greet").findings] == [
        ("import-unknown", "warning", "The shared package letters imports wording_not_there, which the tool does not "
         "have: list the package that brings it under runtime.dependencies."),
        ("import-unknown", "warning", "The shared package wording imports dns.resolver, which the tool does not have: "
         "list dnspython under runtime.dependencies."),
    ]  # fmt: skip
    assert catalog.find("declares").findings == ()
    assert catalog.find("greet").imports == ("dns", "json", "pandas", "requests", "wording_not_there")


def test_a_package_that_no_tool_has_is_told_as_unused(repo: Repo) -> None:
    package(repo, "wording")
    package(repo, "idle")
    using(repo, "greet", "wording")
    repo.commit()
    found = {name: [one.code for one in package.findings] for name, package in look(repo).packages.items()}
    assert found == {"idle": ["shared-unused"], "wording": []}


def test_a_commit_of_a_package_is_a_version_of_the_tools_that_had_it_then(repo: Repo) -> None:
    package(repo, "wording", "import letters\nWORD = letters.ALL\n")
    package(repo, "letters")
    using(repo, "greet", "wording")
    using(repo, "later", "wording")
    repo.tool("plain")
    repo.commit()
    repo.tool("later")
    repo.commit()
    package(repo, "letters", "ALL = 'abcd'\n")
    changed = repo.commit("more letters")
    using(repo, "later", "wording")
    repo.commit()
    repo.git("rm", "-rq", "tools/_shared/letters")
    removed = repo.commit()
    catalog = look(repo)
    assert {name: tool.version for name, tool in catalog.tools.items()} == {"greet": 3, "later": 4, "plain": 1}
    newest, second, _ = read_versions(Repository.open(repo.path), catalog.history, "greet")
    assert (newest.commit.revision, newest.packages, newest.changes) == (removed, ("letters",), ())
    assert (second.commit.revision, second.packages) == (changed, ("letters",))
    assert catalog.find("greet").revision == removed


def test_an_uncommitted_change_of_a_package_shows_its_tools_as_uncommitted(repo: Repo) -> None:
    package(repo, "wording")
    using(repo, "greet", "wording")
    repo.tool("plain")
    repo.commit()
    package(repo, "wording", "WORD = 'changed'\n")
    shown = look(repo, uncommitted=True)
    assert {name: tool.uncommitted for name, tool in shown.tools.items()} == {"greet": True, "plain": False}
    assert shown.files_of(shown.find("greet"))["wording/__init__.py"] == b"WORD = 'changed'\n"
    assert not look(repo).find("greet").uncommitted


@pytest.mark.engine
def test_a_package_runs_in_the_sandbox_and_a_pull_request_runs_the_examples_of_all_it_reaches(
    repo: Repo, tmp_path: Path, engine_owner: str
) -> None:
    example = "\n  - {name: one, arguments: {name: Ada}, result: {greeting: hello}}"
    package(repo, "wording", "import letters\nWORD = letters.ALL\n")
    package(repo, "letters", "ALL = 'hello'\n")
    repo.tool("greet", main=USES.format("wording"), shared="[wording]", runtime="{network: false}", examples=example)
    script = (
        "import json, subprocess, sys\nfrom wording import WORD\njson.load(sys.stdin)\n"
        "print(json.dumps({'greeting': WORD}))\n"
    )
    repo.tool("script", main=script, shared="[wording]", runtime="{network: false}", examples=example)
    repo.tool(
        "plain", runtime="{network: false}", examples="\n  - {name: false one, arguments: {name: Ada}, result: 1}"
    )
    repo.commit()
    repo.git("checkout", "-q", "-b", "change")
    state = {"TOOLCRIB_STATE_DIR": str(tmp_path / "state"), "TOOLCRIB_INSTANCE": engine_owner}

    package(repo, "letters", "ALL = 'hello'  # still\n")
    summary = tmp_path / "summary.md"
    asked = ("check", "--changed", "main", "--examples", "--format", "json", "--summary", str(summary))
    done = toolcrib(*asked, cwd=repo.path, **state)
    told = json.loads(done.stdout)
    assert (done.returncode, told["tools"], told["packages"], told["errors"]) == (0, 2, 1, 0), done.stdout
    assert [(one["path"], one["code"]) for one in told["findings"]] == [
        ("tools/_shared/letters/__init__.py", "changes-tools")
    ]
    assert "greet, script." in told["findings"][0]["message"]
    assert "| `letters` | 0 | 1 | `greet`, `script` |" in summary.read_text()

    package(repo, "letters", "ALL = 'bye'\n")
    repo.commit()
    done = toolcrib(*asked, cwd=repo.path, **state)
    wrong = [one["path"] for one in json.loads(done.stdout)["findings"] if one["code"] == "example-not-true"]
    assert (done.returncode, wrong) == (1, ["tools/greet/tool.yaml", "tools/script/tool.yaml"])


STEP = st.tuples(st.sampled_from(["greet", "later", "p", "q", "r"]), st.integers(0, 7))


def _do_step(repo: Repo, step: tuple[str, int]) -> None:
    """Change one folder: which packages a tool names, or which a package imports; 7 removes it."""
    name, how = step
    chosen = [package for bit, package in enumerate(("p", "q", "r")) if how >> bit & 1 and package != name]
    if how == 7:
        folder = repo.path / ("tools" if name in {"greet", "later"} else "tools/_shared") / name
        shutil.rmtree(folder, ignore_errors=True)
    elif name in {"greet", "later"}:
        repo.tool(name, shared=f"[{', '.join(chosen)}]")
    else:
        package(repo, name, "".join(f"import {one}\n" for one in chosen) + f"# {uuid.uuid4()}\n")


@given(st.lists(st.lists(STEP, max_size=3), min_size=1, max_size=6), st.integers(0, 5))
@settings(max_examples=examples(15), deadline=None)
def test_versions_are_the_commits_after_which_a_tool_had_a_package_that_they_changed(
    tmp_path_factory: pytest.TempPathFactory, commits: list[list[tuple[str, int]]], stop: int
) -> None:
    """Against the rule written out: the catalog of each commit says what a tool has, Git what the commit changed."""
    repo = make_repo(tmp_path_factory.mktemp("history") / "repo")
    repo.write("README", "")
    served = Repository.open(repo.path)
    expected: dict[str, list[str]] = {}
    before: dict[str, str] = {}
    known = None
    for number, steps in enumerate(commits):
        for step in steps:
            _do_step(repo, step)
        revision = repo.commit()
        after = {name: folder.digest for name, folder in read_snapshot(served, revision).items()}
        changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        for name in sorted(changed | look(repo).tools.keys()):
            tool = look(repo).tools.get(name)
            named = _names_and_imports(repo, tool, changed) if tool else set()
            if name in changed or any(name_shared_folder(package) in changed for package in named):
                expected.setdefault(name, []).append(revision)
        before = after
        if number == stop:
            known = read_history(served, revision)
    for history in (read_history(served, revision), read_history(served, revision, known)):
        assert {name: list(revisions) for name, revisions in history.folders.items()} == expected


def _names_and_imports(repo: Repo, tool: Tool, changed: set[str]) -> set[str]:
    """What a tool names, and what that imports, as far as it is there or was removed just now."""
    left, found = list(tool.manifest.shared), set[str]()
    while left:
        package = left.pop()
        file = repo.path / "tools/_shared" / package / "__init__.py"
        if package not in found and (file.exists() or name_shared_folder(package) in changed):
            found.add(package)
            left += [line.split()[1] for line in file.read_text().splitlines()[:-1]] if file.exists() else []
    return found
