"""The catalog is what the commit says, with the working tree's changes over it, and is new when the ref moves."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from registry.catalog import Catalog
from registry.current_catalog import CatalogState
from registry.errors import ConfigError
from registry.gitrepo import Repository
from registry.json_text import dumps
from registry.views.tool_views import render_tool_details
from tests.repositories import MAIN, Repo, make_repo, manifest


def open_state(path: Path, *, branch: str | None = None, show_uncommitted: bool = True) -> CatalogState:
    return CatalogState(Repository.open(path, branch=branch), show_uncommitted=show_uncommitted, max_memory_mb=1024)


def test_a_commit_is_in_the_very_next_look(repo: Repo) -> None:
    repo.tool("first")
    one = repo.commit()
    state = open_state(repo.path)
    assert (state.current().revision, list(state.current().tools)) == (one, ["first"])
    repo.tool("second")
    two = repo.commit()
    assert (state.current().revision, list(state.current().tools)) == (two, ["first", "second"])


def test_a_look_in_the_middle_of_another_refresh_is_never_behind_the_commit(repo: Repo) -> None:
    repo.tool("greet")
    first = repo.commit()
    looks: list[Future[str | None]] = []

    def announce(catalog: Catalog) -> None:
        if catalog.revision != first:
            looks.append(pool.submit(lambda: state.current().revision))
            wait(looks, timeout=0.3)  # as long as it would need if it did not wait for this refresh

    opened = Repository.open(repo.path)
    state = CatalogState(opened, show_uncommitted=True, max_memory_mb=1024, announce=announce)
    with ThreadPoolExecutor(1) as pool:
        assert state.current().revision == first
        repo.tool("second")
        revision = repo.commit()
        state.refresh()
        assert [look.result() for look in looks] == [revision]


def test_a_look_without_a_change_keeps_the_same_catalog(repo: Repo) -> None:
    repo.tool("first")
    repo.commit()
    state = open_state(repo.path)
    assert state.current() is state.current()
    assert state.refresh() is state.current()


def test_version_and_revision_count_the_commits_that_changed_the_folder(repo: Repo) -> None:
    repo.tool("first")
    repo.commit()
    state = open_state(repo.path)
    assert state.current().tools["first"].version == 1
    repo.write("README.md", "nothing about tools")
    repo.commit()
    repo.write("tools/first/main.py", MAIN + "\n# more\n")
    third = repo.commit()
    repo.tool("other")
    repo.commit()
    tool = state.current().tools["first"]
    assert (tool.version, tool.revision) == (2, third)
    assert open_state(repo.path).current().tools["first"].version == 2, "read anew gives the same as read step by step"


def test_digest_is_gits_own_tree_id_committed_or_not(repo: Repo) -> None:
    repo.tool("first", files={"data/one.txt": "1", "data.py": "X = 1\n", "data-2": "2"})
    state = open_state(repo.path)
    uncommitted = state.current().tools["first"]
    repo.commit()
    committed = state.current().tools["first"]
    assert committed.digest == uncommitted.digest == repo.git("rev-parse", "HEAD:tools/first")
    assert (uncommitted.uncommitted, committed.uncommitted) == (True, False)


def test_a_merged_branch_is_one_version(repo: Repo) -> None:
    repo.tool("first")
    repo.commit()
    repo.git("checkout", "-q", "-b", "topic")
    for step in range(3):
        repo.write("tools/first/notes.md", f"step {step}")
        repo.commit()
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--no-ff", "-m", "merge", "topic")
    assert open_state(repo.path).current().tools["first"].version == 2


def test_a_force_push_to_another_line_of_history_counts_anew(repo: Repo) -> None:
    repo.tool("first")
    start = repo.commit()
    repo.write("tools/first/notes.md", "one")
    repo.commit()
    repo.write("tools/first/notes.md", "two")
    repo.commit()
    state = open_state(repo.path)
    assert state.current().tools["first"].version == 3
    repo.git("reset", "-q", "--hard", start)
    assert state.current().tools["first"].version == 1
    repo.write("tools/first/notes.md", "other")
    repo.commit()
    assert state.current().tools["first"].version == 2


def test_an_uncommitted_folder_is_shown_over_the_commit_and_runs_as_checked(repo: Repo) -> None:
    repo.tool("first")
    repo.commit()
    state = open_state(repo.path)
    state.current()
    repo.write("tools/first/main.py", MAIN.replace("hello", "good day"))
    catalog = state.refresh()
    tool = catalog.tools["first"]
    assert tool.uncommitted
    repo.write("tools/first/main.py", "raise SystemExit('changed after the check')")
    assert b"good day" in catalog.files_of(tool)["main.py"]


def test_uncommitted_folders_can_be_ignored(repo: Repo) -> None:
    repo.tool("first")
    repo.commit()
    repo.tool("second")
    assert list(open_state(repo.path, show_uncommitted=False).current().tools) == ["first"]


def test_a_deleted_folder_keeps_serving_until_the_deletion_is_committed(repo: Repo) -> None:
    repo.tool("first")
    repo.tool("second")
    repo.commit()
    state = open_state(repo.path)
    for name in ("tool.yaml", "main.py"):
        (repo.path / "tools/first" / name).unlink()
    catalog = state.refresh()
    assert catalog.tools["first"].invocable
    assert b"hello" in catalog.files_of(catalog.tools["first"])["main.py"]
    repo.commit()
    assert list(state.current().tools) == ["second"]


def test_ignored_files_do_not_make_a_folder_uncommitted(repo: Repo) -> None:
    repo.write(".gitignore", "__pycache__/\n")
    repo.tool("first")
    repo.commit()
    repo.write("tools/first/__pycache__/main.cpython-311.pyc", b"\0")
    assert not open_state(repo.path).current().tools["first"].uncommitted


def test_hidden_folders_and_byte_code_beside_the_tools_are_no_tools(repo: Repo) -> None:
    repo.tool("first")
    for name in (".idea", "__pycache__"):
        repo.write(f"tools/{name}/main.py", MAIN)
    for _ in ("uncommitted", "committed"):
        assert list(open_state(repo.path).current().tools) == ["first"]
        repo.commit()


def test_a_broken_folder_shows_its_findings_and_hides_nothing(repo: Repo) -> None:
    repo.tool("first")
    repo.write("tools/broken/tool.yaml", "name: [\n")
    repo.commit()
    catalog = open_state(repo.path).current()
    assert catalog.tools["first"].invocable
    broken = catalog.tools["broken"]
    assert not broken.invocable
    assert not broken.offered
    assert {finding.file for finding in broken.findings} >= {"tool.yaml", "main.py"}


def test_a_bare_repository_is_served(repo: Repo, tmp_path: Path) -> None:
    repo.tool("first")
    repo.commit()
    repo.git("clone", "-q", "--bare", str(repo.path), str(tmp_path / "bare.git"))
    assert list(open_state(tmp_path / "bare.git").current().tools) == ["first"]


def test_a_packed_ref_a_detached_head_and_a_second_working_tree_are_served(repo: Repo, tmp_path: Path) -> None:
    repo.tool("first")
    one = repo.commit()
    repo.git("pack-refs", "--all")
    state = open_state(repo.path)
    assert state.current().revision == one
    repo.tool("second")
    two = repo.commit()
    assert state.current().revision == two
    repo.git("checkout", "-q", "--detach", one)
    assert state.current().revision == one
    repo.git("worktree", "add", "-q", str(tmp_path / "beside"), "main")
    assert open_state(tmp_path / "beside").current().revision == two


def test_a_branch_without_commits_is_an_empty_catalog_that_shows_the_working_tree(repo: Repo) -> None:
    state = open_state(repo.path)
    assert (state.current().revision, len(state.current().tools)) == (None, 0)
    repo.tool("first")
    assert state.refresh().tools["first"].version == 0
    revision = repo.commit()
    assert state.current().tools["first"].revision == revision


def test_another_branch_than_the_checked_out_one_is_served_without_the_working_tree(repo: Repo) -> None:
    repo.tool("first")
    repo.commit()
    repo.git("checkout", "-q", "-b", "topic")
    repo.tool("second")
    repo.commit()
    repo.tool("third")
    assert list(open_state(repo.path, branch="main").current().tools) == ["first"]


def test_a_folder_without_a_repository_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="git init"):
        Repository.open(tmp_path)


def test_links_are_never_followed(repo: Repo, tmp_path: Path) -> None:
    secret = tmp_path / "secret.py"
    secret.write_text("SECRET = 'do not serve'\n")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "tool.yaml").write_text(manifest("linked"))
    (outside / "main.py").write_text(MAIN)
    repo.tool("first")
    (repo.path / "tools/first/main.py").unlink()
    (repo.path / "tools/first/main.py").symlink_to(secret)
    (repo.path / "tools/linked").symlink_to(outside)
    for _ in ("uncommitted", "committed"):
        catalog = open_state(repo.path).current()
        assert not catalog.tools["first"].checked.sound
        assert catalog.file_of(catalog.tools["first"], "main.py") is None
        assert "linked" not in catalog.tools or not catalog.tools["linked"].checked.sound
        repo.commit()


def test_a_link_that_was_committed_is_not_seen_as_a_change(repo: Repo) -> None:
    repo.tool("first")
    (repo.path / "tools/first/link").symlink_to("main.py")
    repo.commit()
    tool = open_state(repo.path).current().tools["first"]
    assert not tool.uncommitted
    assert not tool.checked.sound


def test_nothing_that_a_repository_brings_along_is_run(repo: Repo, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    trap = repo.write("trap.sh", f"#!/bin/sh\necho $0 >> {ran}\ncat\n")
    trap.chmod(0o755)
    repo.tool("first")
    repo.write(".gitattributes", "* filter=trap diff=trap\n")
    repo.commit()
    for name, value in {
        "core.fsmonitor": str(trap),
        "core.hooksPath": str(tmp_path),
        "core.pager": str(trap),
        "diff.external": str(trap),
        "diff.trap.textconv": str(trap),
        "filter.trap.clean": str(trap),
        "filter.trap.smudge": str(trap),
        "filter.trap.process": str(trap),
        "alias.ls-tree": f"!{trap}",
        "log.showSignature": "true",
        "gpg.program": str(trap),
        "core.sshCommand": str(trap),
    }.items():
        repo.git("config", name, value)
    repo.write("tools/first/main.py", MAIN + "# changed\n")
    state = open_state(repo.path)
    assert state.current().tools["first"].uncommitted
    assert not ran.exists()
    # The trap is live: an ordinary git command falls into it.
    subprocess.run(["git", "-C", repo.path, "status"], check=False, capture_output=True)
    assert ran.exists()


def test_a_repository_that_cannot_be_read_keeps_the_last_good_catalog(repo: Repo) -> None:
    repo.tool("first")
    repo.commit()
    state = open_state(repo.path)
    state.current()
    repo.write("tools/first/notes.md", "second")
    revision = repo.commit()
    lost = repo.path / ".git/objects" / revision[:2] / revision[2:]
    kept = lost.read_bytes()
    lost.unlink()
    assert list(state.current().tools) == ["first"]
    assert state.last_error
    lost.parent.mkdir(exist_ok=True)
    lost.write_bytes(kept)
    assert state.refresh().revision == revision
    assert state.last_error is None


def test_reading_changes_nothing_in_the_repository(repo: Repo) -> None:
    repo.tool("first")
    repo.commit()
    repo.tool("second")
    repo.git("add", "tools/second/main.py")
    before = {path: path.read_bytes() for path in repo.path.rglob("*") if path.is_file()}
    state = open_state(repo.path)
    state.current()
    state.refresh()
    assert {path: path.read_bytes() for path in repo.path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_both_object_formats_are_served(tmp_path: Path, object_format: str) -> None:
    repo = make_repo(tmp_path / "r", f"--object-format={object_format}")
    repo.tool("first")
    before = open_state(repo.path).current().tools["first"].digest
    repo.commit()
    assert open_state(repo.path).current().tools["first"].digest == before


def test_file_names_that_are_not_text_or_hold_newlines_do_no_harm(repo: Repo) -> None:
    repo.tool("first")
    for name in (b"bad-\xff.txt", b"line\nbreak.txt"):
        Path(os.fsdecode(bytes(repo.path / "tools/first") + b"/" + name)).write_text("x")
    repo.tool("second")
    odd = Path(os.fsdecode(bytes(repo.path / "tools") + b"/odd-\xff"))
    odd.mkdir()
    (odd / "main.py").write_text(MAIN)
    for _ in ("uncommitted", "committed"):
        catalog = open_state(repo.path).current()
        assert set(catalog.tools) == {"first", "second", "odd-\\udcff"}
        assert all(dumps(render_tool_details(tool)) for tool in catalog.tools.values())
        assert catalog.identity
        assert not catalog.tools["first"].checked.sound
        assert catalog.tools["second"].checked.sound
        repo.commit()
