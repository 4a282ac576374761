"""What a service of root writes in somebody's repository belongs to that somebody, and is shared as it asks."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from registry.audit import Audit
from registry.cli.startup_checks import check_before_serving, describe_owner
from registry.config import Config
from registry.gitrepo import (
    Committed,
    Edit,
    FolderEdit,
    Person,
    Remote,
    Repository,
    commit_edit,
    propose_edit,
    share_own_folder,
)
from registry.gitrepo.worktree import tree_advance
from registry.service import make_runner_settings, open_synchroniser, prepare_database
from tests.repositories import Repo, make_repo, manifest

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act for others")

ADA = Person("Ada", "ada@example.org")
UID, GID = 12345, 23456


class TheirRepo(Repo):
    """A repository in which Git commands run as its owner."""

    def git(self, *arguments: str, check: bool = True) -> str:
        who = {f"GIT_{role}_{fact}": "ada" for role in ("AUTHOR", "COMMITTER") for fact in ("NAME", "EMAIL")}
        done = subprocess.run(
            ["git", *arguments], cwd=self.path, user=UID, group=GID, extra_groups=[], capture_output=True, text=True,
            check=check, env={"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, **who},
        )  # fmt: skip
        return done.stdout.strip()


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that everybody can enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="toolcrib-owners-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def give(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, UID, GID, follow_symlinks=False)


@pytest.fixture
def theirs(home: Path) -> TheirRepo:
    """Somebody's checkout, with a remote of theirs."""
    upstream = make_repo(home / "upstream.git", "--bare")
    repo = make_repo(home / "repo")
    repo.tool("first", files={"run.sh": "#!/bin/sh\n", "notes.md": "1\n"})
    (repo.path / "tools/first/run.sh").chmod(0o750)
    (repo.path / "tools/first/notes.md").chmod(0o640)
    repo.commit()
    repo.git("remote", "add", "origin", str(upstream.path))
    repo.git("push", "-q", "origin", "main")
    give(home)
    return TheirRepo(repo.path)


def strangers(folder: Path) -> list[str]:
    """What does not belong to the owner of everything else."""
    found = [(path, path.lstat()) for path in folder.rglob("*")]
    return [str(path.relative_to(folder)) for path, status in found if (status.st_uid, status.st_gid) != (UID, GID)]


def edit(repo: TheirRepo, name: str, more: str = "", how: Callable[[Repository, Edit], object] = commit_edit) -> object:
    base = repo.git("rev-parse", "--verify", "-q", f"HEAD:tools/{name}", check=False) or None
    content = {"tool.yaml": manifest(name).encode(), "main.py": b"# new\n"}
    folder = repo.path / "tools/first"
    content |= {path.name: path.read_bytes() + b"\n" for path in folder.iterdir() if path.suffix in {".sh", ".md"}}
    content |= {more: b"new\n"} if more else {}
    return how(Repository.open(repo.path), Edit((FolderEdit(name, base, content),), "an edit", ADA))


def test_edits_proposals_and_exchanges_leave_nothing_of_roots(theirs: TheirRepo) -> None:
    edit(theirs, "first", "deep/er/more.txt")
    edit(theirs, "second")
    edit(theirs, "first", "other", lambda repository, one: propose_edit(repository, one, "first"))
    found = Remote.find(Repository.open(theirs.path))
    assert found is not None
    assert found.sync().last_error is None
    colleague = TheirRepo(theirs.path.parent / "colleague")
    theirs.git("clone", "-q", str(theirs.path.parent / "upstream.git"), str(colleague.path))
    colleague.write("tools/third/link/notes.md", "theirs\n")
    (colleague.path / "tools/third/here").symlink_to("link/notes.md")
    give(colleague.path)
    colleague.commit("a colleague's")
    colleague.git("push", "-q", "origin", "HEAD:main")
    edit(theirs, "first", "unpushed")
    state = found.sync()
    assert (state.last_error, state.ahead, state.behind) == (None, 0, 0)
    assert (theirs.path / "tools/third/here").read_text() == "theirs\n"
    assert strangers(theirs.path.parent) == []
    assert theirs.git("status", "--porcelain") == ""


def test_files_that_are_replaced_keep_their_permissions(theirs: TheirRepo) -> None:
    index = theirs.path / ".git/index"
    index.chmod(0o664)
    edit(theirs, "first")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (theirs.path / "tools/first").iterdir()}
    assert modes == {"run.sh": 0o750, "notes.md": 0o640, "main.py": 0o644, "tool.yaml": 0o644}
    assert stat.S_IMODE(index.stat().st_mode) == 0o664
    assert stat.S_IMODE((theirs.path / ".git/toolcrib").stat().st_mode) == 0o700


def test_what_lies_beside_the_repository_while_an_edit_is_made_is_the_owners_too(
    theirs: TheirRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    install = tree_advance.Advance.install

    def look(self: tree_advance.Advance, revision: str = "") -> None:
        install(self, revision)
        seen.extend(strangers(theirs.path))
        seen.append(str(sorted(path.name.split("-")[0] for path in (theirs.path / ".git/toolcrib").iterdir())))
        seen.append(str((theirs.path / ".git/index.lock").exists()))

    monkeypatch.setattr(tree_advance.Advance, "install", look)
    edit(theirs, "first")
    assert seen == ["['advance', 'commit.lock', 'index', 'lock', 'next.lock', 'nowhere']", "True"]


@pytest.mark.parametrize(
    ("asked", "folder", "file"),
    [("group", 0o2770, 0o660), ("all", 0o2775, 0o664), ("0640", 0o2750, 0o640), ("umask", 0o700, 0o600)],
)
def test_a_shared_repository_stays_shared(theirs: TheirRepo, asked: str, folder: int, file: int) -> None:
    git_dir = theirs.path / ".git"
    theirs.git("config", "core.sharedRepository", asked)
    (git_dir / "index").chmod(file)
    there = {path.name for path in (git_dir / "objects").iterdir()}
    edit(theirs, "second")
    assert stat.S_IMODE((git_dir / "toolcrib").stat().st_mode) == folder
    assert stat.S_IMODE((git_dir / "toolcrib/advance").stat().st_mode) == folder
    assert stat.S_IMODE((git_dir / "toolcrib/commit.lock").stat().st_mode) == file
    for_group = {
        stat.S_IMODE(path.stat().st_mode) & 0o2070 for path in (git_dir / "objects").iterdir() if path.name not in there
    }
    assert for_group == {0o050 if asked == "umask" else folder & 0o2070}
    assert stat.S_IMODE((git_dir / "index").stat().st_mode) == file
    assert strangers(theirs.path) == []


def test_a_folder_that_an_earlier_version_made_for_root_is_given_away(theirs: TheirRepo) -> None:
    edit(theirs, "first")
    for name in ("toolcrib", "toolcrib/advance", "toolcrib/nowhere"):
        os.chown(theirs.path / ".git" / name, 0, 0)
    edit(theirs, "first", "again")
    assert strangers(theirs.path) == []
    assert theirs.git("status", "--porcelain") == ""


def test_a_repository_that_its_owner_cannot_reach_takes_edits_all_the_same(theirs: TheirRepo) -> None:
    theirs.path.parent.chmod(0o700)
    os.chown(theirs.path.parent, 0, 0)
    content = {"tool.yaml": manifest("second").encode(), "main.py": b"# new\n"}
    edit = Edit((FolderEdit("second", None, content),), "an edit", ADA)
    done = commit_edit(Repository.open(theirs.path), edit)
    assert isinstance(done, Committed)
    assert done.advanced


def test_the_services_own_files_are_the_owners_and_private(theirs: TheirRepo) -> None:
    theirs.git("config", "core.sharedRepository", "group")
    config = Config.from_environment({"TOOLCRIB_REPO": str(theirs.path)})
    repository = Repository.open(theirs.path)
    share_own_folder(repository.common_dir)
    Audit(prepare_database(config, repository), "here").close()
    make_runner_settings(config, repository, workers=2)
    sync = open_synchroniser(config, repository)
    assert sync is not None
    sync.ask()
    assert strangers(theirs.path) == []
    own = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (theirs.path / ".git/toolcrib").iterdir()}
    assert own["audit.db"] == 0o600
    assert all(not mode & 0o007 for mode in own.values())


def test_the_start_and_doctor_say_whose_checkout_it_is(theirs: TheirRepo) -> None:
    repository = Repository.open(theirs.path)
    assert "belongs to user 12345 and the service runs as root: Git runs as user 12345" in " ".join(
        describe_owner(repository)
    )
    config = Config.from_environment({"TOOLCRIB_REPO": str(theirs.path)})
    assert any("set TOOLCRIB_STATE_DIR" in odd for odd in check_before_serving(config, repository))
    theirs.path.parent.chmod(0o700)
    os.chown(theirs.path.parent, 0, 0)
    assert "who cannot reach it: Git runs as root" in " ".join(describe_owner(repository))
    theirs.path.parent.chmod(0o755)
    assert "what it writes there will be user 54321's" in as_user(54321, lambda: " ".join(describe_owner(repository)))


def as_user(uid: int, ask: Callable[[], str]) -> str:
    """What a function answers in a process of another user."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)
        try:
            os.write(writing, ask().encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        answer = told.read().decode()
    os.waitpid(child, 0)
    return answer
