"""Neither a repository's settings nor the state it is in change what a commit says, or stop the service."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from registry.current_catalog import CatalogState
from registry.errors import ConfigError, GitFailed
from registry.gitrepo import Repository, read_history
from tests.repositories import MAIN, Repo, make_repo

SETTINGS = {
    "log.diffMerges": "combined",
    "log.showRoot": "false",
    "log.date": "garbage",
    "log.follow": "true",
    "log.decorate": "full",
    "diff.orderFile": "/nonexistent",
    "diff.relative": "true",
    "diff.renames": "copies",
    "diff.ignoreSubmodules": "all",
    "diff.algorithm": "garbage",
    "format.pretty": "oneline",
    "color.ui": "always",
}


def open_state(path: Path, branch: str | None = None) -> CatalogState:
    return CatalogState(Repository.open(path, branch=branch), show_uncommitted=True, max_memory_mb=1024)


def merged(repo: Repo) -> dict[str, tuple[int, str]]:
    """A repository with a root commit, a merge, a submodule that moved, and a folder that was renamed; its versions."""
    repo.tool("first")
    root = repo.commit()
    repo.git("checkout", "-q", "-b", "topic")
    repo.tool("second")
    repo.write("tools/first/notes.md", "from the topic")
    repo.commit()
    repo.git("checkout", "-q", "main")
    repo.write("README.md", "main goes on")
    repo.commit()
    repo.git("merge", "-q", "--no-ff", "-m", "merge", "topic")
    merge = repo.git("rev-parse", "HEAD")
    repo.git("mv", "tools/second", "tools/third")
    renamed = repo.commit()
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{root},tools/linked")
    repo.git("commit", "-q", "-m", "a submodule")
    repo.git("update-index", "--cacheinfo", f"160000,{merge},tools/linked")
    repo.git("commit", "-q", "-m", "the submodule moved")
    moved = repo.git("rev-parse", "HEAD")
    return {"first": (2, merge), "second": (2, renamed), "third": (1, renamed), "linked": (2, moved)}


def counted(repo: Repo, tip: str) -> dict[str, tuple[int, str | None]]:
    history = read_history(Repository.open(repo.path), tip)
    return {name: history.of(name) for name in history.folders}


@pytest.mark.parametrize("setting", SETTINGS)
def test_no_setting_changes_versions(repo: Repo, setting: str) -> None:
    versions = merged(repo)
    repo.git("config", setting, SETTINGS[setting])
    assert counted(repo, repo.git("rev-parse", "HEAD")) == versions


def test_grafts_do_not_change_versions(repo: Repo) -> None:
    versions = merged(repo)
    tip = repo.git("rev-parse", "HEAD")
    repo.write(".git/info/grafts", f"{tip}\n")
    assert repo.git("rev-list", "--count", "HEAD") == "1", "an ordinary git command believes the grafts"
    assert counted(repo, tip) == versions


def test_no_file_outside_the_repository_hides_a_tool(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hides = tmp_path / "git/ignore"
    hides.parent.mkdir()
    hides.write_text("*\n")
    repo.tool("first")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert list(open_state(repo.path).current().tools) == ["first"]
    repo.git("config", "core.excludesFile", str(hides))
    assert list(open_state(repo.path).current().tools) == ["first"]


@pytest.mark.parametrize("address", ["plain", "ext"])
def test_nothing_is_fetched_that_a_partial_clone_lacks(repo: Repo, tmp_path: Path, address: str) -> None:
    ran = tmp_path / "ran"
    repo.tool("first")
    repo.commit()
    repo.git("clone", "-q", "--bare", str(repo.path), str(tmp_path / "origin.git"))
    blob = repo.git("rev-parse", "HEAD:tools/first/main.py")
    (repo.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    for name, value in {
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.promisor": "true",
        "remote.origin.url": str(tmp_path / "origin.git") if address == "plain" else f"ext::touch {ran}",
        "remote.origin.uploadpack": f"touch {ran}; false",
        "protocol.allow": "always",
        "protocol.ext.allow": "always",
    }.items():
        repo.git("config", name, value)
    with pytest.raises(GitFailed, match=blob):
        open_state(repo.path).current()
    assert not ran.exists()
    # The trap is live: an ordinary git command falls into it.
    repo.git("cat-file", "-p", blob, check=False)
    assert ran.exists()


def test_a_commit_that_was_read_and_is_gone_does_not_stop_the_catalog(repo: Repo) -> None:
    repo.tool("first")
    repo.commit()
    repo.tool("second")
    repo.commit()
    state = open_state(repo.path)
    state.current()
    repo.write("tools/second/notes.md", "amended")
    repo.git("add", "-A")
    repo.git("commit", "-q", "--amend", "-m", "amended")
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.git("gc", "-q", "--prune=now")
    catalog = state.current()
    assert state.last_error is None
    assert catalog.revision == repo.git("rev-parse", "HEAD")
    assert {name: tool.version for name, tool in catalog.tools.items()} == {"first": 1, "second": 1}


def test_a_broken_index_leaves_the_committed_catalog_and_says_so(repo: Repo) -> None:
    repo.tool("first")
    repo.commit()
    repo.write("tools/first/main.py", MAIN + "# changed\n")
    index = repo.path / ".git/index"
    kept = index.read_bytes()
    index.write_bytes(b"bad")
    state = open_state(repo.path)
    tool = state.current().tools["first"]
    assert (tool.invocable, tool.uncommitted, tool.version) == (True, False, 1)
    assert state.last_error is not None
    assert "working tree" in state.last_error
    index.write_bytes(kept)
    repo.tool("second")
    repo.git("add", "tools/second")
    repo.git("commit", "-q", "-m", "the index is whole again")
    assert state.current().tools["first"].uncommitted, "the working tree is looked at again with the next commit"
    assert state.last_error is None


def test_a_branch_that_names_another_is_served_and_watched(repo: Repo) -> None:
    repo.tool("first")
    repo.commit()
    repo.git("symbolic-ref", "refs/heads/middle", "refs/heads/main")
    repo.git("symbolic-ref", "refs/heads/served", "refs/heads/middle")
    named = open_state(repo.path, "served")
    repo.git("symbolic-ref", "HEAD", "refs/heads/served")
    followed = open_state(repo.path)
    assert [list(state.current().tools) for state in (named, followed)] == [["first"], ["first"]]
    repo.tool("second")
    two = repo.commit()
    assert [state.current().revision for state in (named, followed)] == [two, two]
    repo.tool("third")
    assert [sorted(state.refresh().tools) for state in (named, followed)] == [["first", "second", "third"]] * 2


def test_refs_that_name_each_other_or_no_ref_end_somewhere(repo: Repo) -> None:
    repo.tool("first")
    repo.commit()
    repository = Repository.open(repo.path)
    repo.write(".git/refs/heads/one", "ref: refs/heads/two\n")
    repo.write(".git/refs/heads/two", "ref: refs/heads/one\n")
    repo.write(".git/HEAD", "ref: refs/heads/one\n")
    assert repository.stamp() == repository.stamp()
    for nowhere in ("refs/../../../../dev/zero", "/dev/zero"):
        repo.write(".git/HEAD", f"ref: {nowhere}\n")
        assert repository.served_ref() == "HEAD"


def test_a_branch_that_names_no_commit_is_a_fault(repo: Repo) -> None:
    repo.tool("first")
    repo.commit()
    repo.git("tag", "-a", "-m", "a tag", "tagged")
    identities = [repo.git("rev-parse", named) for named in ("HEAD:tools/first/main.py", "HEAD^{tree}", "tagged")]
    for identity in (*identities, "1" * 40):
        repo.write(".git/refs/heads/odd", f"{identity}\n")
        state = open_state(repo.path, "odd")
        with pytest.raises(GitFailed):
            state.current()


def test_a_branch_that_is_not_there_while_others_are_is_refused_by_name(repo: Repo) -> None:
    Repository.open(repo.path, branch="mian")  # nothing is there yet
    repo.tool("first")
    repo.commit()
    with pytest.raises(ConfigError, match=r"'mian'.*\(main\)"):
        Repository.open(repo.path, branch="mian")
    assert list(open_state(repo.path, "main").current().tools) == ["first"]


def test_a_shallow_clone_made_whole_counts_every_version(repo: Repo, tmp_path: Path) -> None:
    repo.tool("first")
    repo.commit()
    repo.write("tools/first/notes.md", "second")
    repo.commit()
    repo.git("clone", "-q", "--depth=1", f"file://{repo.path}", str(tmp_path / "clone"))
    state = open_state(tmp_path / "clone")
    assert state.current().tools["first"].version == 1
    Repo(tmp_path / "clone").git("fetch", "-q", "--unshallow")
    assert state.current().tools["first"].version == 2


def test_a_repository_at_a_path_that_is_not_text_is_served(tmp_path: Path) -> None:
    repo = make_repo(Path(os.fsdecode(bytes(tmp_path) + b"/odd-\xff\x0b\n")))
    repo.tool("first")
    repo.commit()
    repo.tool("second")
    assert sorted(open_state(repo.path).current().tools) == ["first", "second"]
