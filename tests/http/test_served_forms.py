"""Whatever form a repository has, it is served, or refused at the start with a sentence that says what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.repositories import Repo, make_repo
from tests.services import Running, free_port, serving

TOOLCRIB = str(Path(sys.executable).with_name("toolcrib"))


def start(repo: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Start a service that is to be refused."""
    environment = {"PATH": os.environ["PATH"], "TOOLCRIB_REPO": str(repo), "TOOLCRIB_PORT": str(free_port())}
    environment |= {f"TOOLCRIB_{name.upper()}": value for name, value in settings.items()}
    return subprocess.run(
        [TOOLCRIB, "serve"], capture_output=True, text=True, env=environment, check=False, timeout=600
    )


def names(service: Running, times: int = 4) -> list[str]:
    """The names of the tools; every worker must say the same at once."""
    said = [tuple(one["name"] for one in service.get("/api/v1/tools").json()["items"]) for _ in range(times)]
    assert len(set(said)) == 1, said
    return list(said[0])


def plain(repo: Repo, _: Path) -> Path:
    return repo.path


def bare(repo: Repo, folder: Path) -> Path:
    repo.git("clone", "-q", "--bare", ".", str(folder / "bare.git"))
    return folder / "bare.git"


def linked(repo: Repo, folder: Path) -> Path:
    repo.git("worktree", "add", "-q", "-b", "other", str(folder / "linked"))
    return folder / "linked"


def shallow(repo: Repo, folder: Path) -> Path:
    repo.git("clone", "-q", "--depth=1", f"file://{repo.path}", str(folder / "shallow"))
    return folder / "shallow"


def packed(repo: Repo, _: Path) -> Path:
    repo.git("pack-refs", "--all", "--prune")
    repo.git("gc", "-q")
    return repo.path


def detached(repo: Repo, _: Path) -> Path:
    repo.git("checkout", "-q", "--detach")
    return repo.path


@pytest.mark.service
@pytest.mark.parametrize("form", [plain, bare, linked, shallow, packed, detached])
def test_each_form_is_served_with_tools_that_lie_deeper(
    repo: Repo, tmp_path: Path, form: Callable[[Repo, Path], Path]
) -> None:
    for name in ("first", "second"):
        repo.tool(name)
        (repo.path / "agents/kit").mkdir(parents=True, exist_ok=True)
        (repo.path / f"tools/{name}").rename(repo.path / f"agents/kit/{name}")
        repo.commit(name)
    with serving(form(repo, tmp_path), tmp_path, workers="1", warm="0", tools_dir="agents/kit") as service:
        assert names(service) == ["first", "second"]
        answer = service.get("/api/v1/repository").json()
        assert answer["branch"] == {"linked": "other", "detached": None}.get(form.__name__, "main")
        assert answer["revision"] == repo.git("rev-parse", "main")
        assert ("edits are refused" in service.log.read_text()) == (form is detached)


@pytest.mark.service
def test_sha256_is_served(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", "--object-format=sha256")
    repo.tool("first")
    repo.commit()
    with serving(repo.path, tmp_path, workers="2", warm="0") as service:
        assert names(service) == ["first"]
        repo.tool("second")
        assert len(repo.commit()) == 64
        assert names(service) == ["first", "second"]


@pytest.mark.parametrize("known", [False, True])
def test_reftable_is_refused_whether_git_knows_it_or_not(repo: Repo, known: bool) -> None:
    repo.tool("first")
    repo.commit()
    if known:
        repo.write(".git/reftable/tables.list", "")
    else:
        repo.git("config", "core.repositoryFormatVersion", "1")
        repo.git("config", "extensions.refStorage", "reftable")
    refused = start(repo.path)
    assert (refused.returncode, "git refs migrate --ref-format=files" in refused.stderr) == (2, True), refused.stderr


@pytest.mark.service
def test_a_service_follows_whatever_its_branch_does(repo: Repo, tmp_path: Path) -> None:
    with serving(repo.path, tmp_path, workers="2", warm="0", uncommitted="ignore") as service:
        assert "has no commit yet" in service.log.read_text()
        assert names(service) == []
        repo.tool("first")
        begin = repo.commit("begin")
        assert names(service) == ["first"]
        repo.git("checkout", "-q", "-b", "side")
        repo.tool("second")
        repo.commit("on another branch")
        assert names(service) == ["first", "second"]
        assert service.get("/api/v1/repository").json()["branch"] == "side"
        repo.git("pack-refs", "--all")
        repo.git("checkout", "-q", "main")
        assert names(service) == ["first"]
        repo.git("checkout", "-q", "--detach", "side")
        assert names(service) == ["first", "second"]
        repo.git("checkout", "-q", "main")
        repo.git("rm", "-q", "-r", "tools/first")
        repo.tool("third")
        repo.commit("another line")
        repo.git("push", "-q", "--force", ".", f"{begin}:refs/heads/side")
        assert names(service) == ["third"]
        repo.git("update-ref", "refs/heads/main", begin)  # as a forced push from a clone does it
        assert names(service) == ["first"]
        repo.git("symbolic-ref", "HEAD", "refs/heads/unborn")
        assert names(service) == []
        repo.git("symbolic-ref", "HEAD", "refs/heads/side")
        assert names(service) == ["first"]


@pytest.mark.service
def test_a_folder_of_tools_may_come_later(repo: Repo, tmp_path: Path) -> None:
    repo.write("README.md", "nothing yet\n")
    repo.commit()
    with serving(repo.path, tmp_path, workers="1", warm="0", uncommitted="ignore") as service:
        assert "there is no folder tools yet" in service.log.read_text()
        assert names(service) == []
        repo.tool("first")
        repo.commit()
        assert names(service) == ["first"]


def tools_are_a_file(repo: Repo) -> dict[str, str]:
    repo.write("kit", "no folder\n")
    repo.commit()
    return {"tools_dir": "kit"}


def tools_are_a_link(repo: Repo) -> dict[str, str]:
    (repo.path / "kit").symlink_to("tools")
    repo.commit()
    return {"tools_dir": "kit"}


def tools_are_below_a_file(repo: Repo) -> dict[str, str]:
    return tools_are_a_file(repo) | {"tools_dir": "kit/inner"}


def tools_are_an_uncommitted_link(repo: Repo) -> dict[str, str]:
    (repo.path / "kit").symlink_to("tools")
    return {"tools_dir": "kit"}


def no_such_branch(repo: Repo) -> dict[str, str]:
    return {"branch": "mian"}


def no_such_commit(repo: Repo) -> dict[str, str]:
    repo.write(".git/refs/heads/main", "0123456789" * 4 + "\n")
    return {}


def head_is_broken(repo: Repo) -> dict[str, str]:
    repo.write(".git/HEAD", "garbage\n")
    return {}


def config_is_broken(repo: Repo) -> dict[str, str]:
    repo.write(".git/config", "[oops\n")
    return {}


def no_such_remote(repo: Repo) -> dict[str, str]:
    return {"remote": "upstraem"}


def remote_that_runs_commands(repo: Repo) -> dict[str, str]:
    repo.git("config", "remote.origin.url", "ext::sh -c true")
    return {}


def push_secret_is_short(repo: Repo) -> dict[str, str]:
    return {"push_secret_file": str(repo.write("key", "short"))}


def push_secret_is_missing(repo: Repo) -> dict[str, str]:
    return {"push_secret_file": "/nowhere/key"}


def proposals_into_a_proposal(repo: Repo) -> dict[str, str]:
    repo.git("checkout", "-q", "-b", "toolcrib/first-0a1b2c3d")
    return {"edit_mode": "branch"}


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (tools_are_a_file, "TOOLCRIB_TOOLS_DIR"),
        (tools_are_a_link, "TOOLCRIB_TOOLS_DIR"),
        (tools_are_below_a_file, "TOOLCRIB_TOOLS_DIR"),
        (tools_are_an_uncommitted_link, "TOOLCRIB_TOOLS_DIR"),
        (no_such_branch, "name one that is there (main)"),
        (no_such_commit, "git fsck"),
        (head_is_broken, "is damaged: look at its HEAD"),
        (config_is_broken, "mend it"),
        (no_such_remote, "TOOLCRIB_REMOTE"),
        (remote_that_runs_commands, "give one of ssh, https, http, git, or a path"),
        (push_secret_is_short, "TOOLCRIB_PUSH_SECRET_FILE"),
        (push_secret_is_missing, "TOOLCRIB_PUSH_SECRET_FILE"),
        (proposals_into_a_proposal, "serve the one that proposals are merged into"),
    ],
)
def test_what_cannot_be_served_is_refused_at_the_start(
    repo: Repo, fault: Callable[[Repo], dict[str, str]], said: str
) -> None:
    repo.tool("first")
    repo.commit()
    refused = start(repo.path, **fault(repo))
    assert (refused.returncode, "Traceback" in refused.stderr) == (2, False), refused.stderr
    assert said in refused.stderr


def test_the_git_directory_itself_is_refused_by_the_name_of_its_folder(repo: Repo) -> None:
    repo.tool("first")
    repo.commit()
    refused = start(repo.path / ".git")
    assert (refused.returncode, "name the folder" in refused.stderr) == (2, True), refused.stderr
