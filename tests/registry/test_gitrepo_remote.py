"""A remote that moves, refuses, hangs or is not there delays nobody, and no edit is lost between the two."""

from __future__ import annotations

import resource
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from registry.cli.startup_checks import describe_history
from registry.errors import ConfigError, GitFailed
from registry.gitrepo import Edit, FolderEdit, Person, Remote, Repository, commit_edit, read_blobs, read_snapshot
from registry.gitrepo.store import git_command
from tests.git_daemon import git_daemon
from tests.repositories import Repo, make_repo

ADA = Person("Ada", "ada@example.org")


def remote(repo: Repo, name: str = "origin") -> Remote:
    found = Remote.find(Repository.open(repo.path), name)
    assert found is not None
    return found


def edit(repo: Repo, name: str, main: str, message: str = "an edit") -> None:
    base = repo.git("rev-parse", f"HEAD:tools/{name}")
    files = {"tool.yaml": (repo.path / f"tools/{name}/tool.yaml").read_bytes(), "main.py": main.encode()}
    commit_edit(Repository.open(repo.path), Edit((FolderEdit(name, base, files),), message, ADA))


def pushed(colleague: Repo, path: str, content: str, message: str = "a colleague's") -> str:
    colleague.write(path, content)
    revision = colleague.commit(message)
    colleague.git("push", "-q")
    return revision


def test_a_commit_is_pushed_and_counted(served: Repo, upstream: Repo) -> None:
    edit(served, "first", "# new\n")
    state = remote(served).push()
    assert (state.ahead, state.behind, state.last_error, state.conflict) == (0, 0, None, False)
    assert state.synced_at
    assert upstream.git("rev-parse", "main") == served.git("rev-parse", "HEAD")
    assert served.git("rev-parse", "origin/main") == served.git("rev-parse", "HEAD")


def test_what_a_colleague_pushed_comes_with_its_files_links_and_modes(served: Repo, colleague: Repo) -> None:
    served.write("tools/second/main.py", "# user's\n")
    (colleague.path / "tools/first/link").symlink_to("main.py")
    colleague.write("tools/first/run.sh", "#!/bin/sh\n").chmod(0o755)
    colleague.git("rm", "-q", "tools/first/main.py")
    new = pushed(colleague, "docs/README.md", "hello")
    state = remote(served).sync()
    assert (state.ahead, state.behind, state.last_error) == (0, 0, None)
    assert served.git("rev-parse", "HEAD") == new
    assert served.git("status", "--porcelain") == "M tools/second/main.py"
    assert (served.path / "docs/README.md").read_text() == "hello"
    assert (served.path / "tools/first/link").readlink() == Path("main.py")


def test_unpushed_edits_go_on_top_of_what_was_pushed_meanwhile(served: Repo, colleague: Repo, upstream: Repo) -> None:
    served.write("tools/kept.txt", "untracked")
    edit(served, "first", "# 1\n", "edit one")
    edit(served, "first", "# 2\n", "edit two")
    theirs = pushed(colleague, "tools/second/main.py", "# theirs\n")
    state = remote(served).push()
    assert (state.ahead, state.behind, state.last_error) == (0, 0, None)
    assert served.git("log", "--format=%s").splitlines() == ["edit two", "edit one", "a colleague's", "begin"]
    assert served.git("rev-parse", "HEAD~2") == theirs
    assert upstream.git("rev-parse", "main") == served.git("rev-parse", "HEAD")
    assert served.git("show", "-s", "--format=%an %cn") == "Ada Toolcrib"
    assert served.git("show", "HEAD:tools/first/main.py") == "# 2"
    assert (served.path / "tools/second/main.py").read_text() == "# theirs\n"
    assert served.git("status", "--porcelain") == "?? tools/kept.txt"
    assert served.git("fsck", "--strict", "--no-dangling") == ""


def commit_bomb(colleague: Repo) -> None:
    """A commit of seven small trees that is ten million files."""
    listed = colleague.path.parent / "listed"
    entry = f"100644 blob {colleague.git('rev-parse', 'HEAD:tools/first/main.py')}"
    for _ in range(7):
        listed.write_text("".join(f"{entry}\tentry{number}\n" for number in range(10)))
        entry = "040000 tree " + colleague.git("-c", f"alias.make=!git mktree <{listed}", "make")
    listed.write_text(colleague.git("ls-tree", "HEAD") + f"\n{entry}\tbomb\n")
    top = colleague.git("-c", f"alias.make=!git mktree <{listed}", "make")
    colleague.git("reset", "-q", "--soft", colleague.git("commit-tree", top, "-p", "HEAD", "-m", "bomb"))


def commit_huge_file(colleague: Repo) -> None:
    """A commit of a few hundred kilobytes that is a file of 300 MB."""
    with (colleague.path / "huge.bin").open("wb") as opened:
        opened.truncate(300 * 1024 * 1024)
    colleague.commit("huge")


@pytest.mark.parametrize("grow", [commit_bomb, commit_huge_file])
def test_a_small_push_that_is_much_too_large_when_unpacked_is_not_followed(
    served: Repo, colleague: Repo, grow: Callable[[Repo], None]
) -> None:
    before = served.git("rev-parse", "HEAD")
    grow(colleague)
    colleague.git("push", "-q")
    synced = remote(served)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    state = synced.sync()
    assert state.last_error is not None
    assert "too much to be taken unasked" in state.last_error
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 100 * 1024
    assert served.git("rev-parse", "HEAD") == before
    assert served.git("status", "--porcelain") == ""
    # What is taken back on the remote stands in nobody's way.
    colleague.git("reset", "-q", "--hard", before)
    colleague.git("push", "-q", "--force")
    assert synced.sync().last_error is None


def test_a_conflict_leaves_the_local_branch_and_says_what_to_do(served: Repo, colleague: Repo, upstream: Repo) -> None:
    edit(served, "first", "# mine\n")
    local = served.git("rev-parse", "HEAD")
    theirs = pushed(colleague, "tools/first/notes.md", "theirs")
    state = remote(served).sync()
    assert (state.ahead, state.behind, state.conflict) == (1, 1, True)
    assert state.last_error is not None
    assert state.last_error.startswith("tools/first was changed here")
    assert served.git("rev-parse", "HEAD") == local
    assert upstream.git("rev-parse", "main") == theirs
    edit(served, "second", "# goes on\n")
    assert served.git("status", "--porcelain") == ""


def test_each_shared_package_conflicts_by_itself(served: Repo, colleague: Repo) -> None:
    def change(name: str, content: bytes) -> None:
        base = served.git("rev-parse", "-q", "--verify", f"HEAD:tools/_shared/{name}", check=False) or None
        folder = FolderEdit(f"_shared/{name}", base, {"__init__.py": content})
        commit_edit(Repository.open(served.path), Edit((folder,), "an edit", ADA))

    change("deadline", b"# mine\n")
    pushed(colleague, "tools/_shared/clock/__init__.py", "# theirs\n")
    state = remote(served).sync()
    assert (state.ahead, state.behind, state.last_error) == (0, 0, None)
    assert sorted(path.name for path in (served.path / "tools/_shared").iterdir()) == ["clock", "deadline"]
    colleague.git("pull", "-q")
    change("clock", b"# mine\n")
    pushed(colleague, "tools/_shared/clock/__init__.py", "# theirs again\n")
    state = remote(served).sync()
    assert state.conflict
    assert (state.last_error or "").startswith("tools/_shared/clock was changed here")


def test_what_only_people_committed_is_neither_pushed_nor_rewritten(
    served: Repo, colleague: Repo, upstream: Repo
) -> None:
    served.write("notes.txt", "not for everybody yet\n")
    mine = served.commit("a person's own")
    before = upstream.git("rev-parse", "main")
    state = remote(served).sync()
    assert (state.ahead, state.behind, state.last_error) == (1, 0, None)
    assert upstream.git("rev-parse", "main") == before
    pushed(colleague, "tools/second/main.py", "# theirs\n")
    state = remote(served).sync()
    assert (state.ahead, state.behind, state.conflict) == (1, 1, True)
    assert "git pull --rebase" in (state.last_error or "")
    assert served.git("rev-parse", "HEAD") == mine
    edit(served, "first", "# an edit on top\n")
    state = remote(served).sync()
    assert (state.ahead, state.behind, state.last_error) == (0, 0, None)
    assert served.git("log", "--format=%s", "-3").splitlines() == ["an edit", "a person's own", "a colleague's"]


@pytest.mark.parametrize("fetched_by", ["the service", "a person first"])
@pytest.mark.parametrize("pushed_as", ["rewritten", "shortened"])
def test_a_forced_push_is_followed_where_nothing_was_committed_here(
    served: Repo, colleague: Repo, upstream: Repo, pushed_as: str, fetched_by: str
) -> None:
    edit(served, "first", "# pushed, then taken back\n")
    assert remote(served).sync().last_error is None
    colleague.git("pull", "-q")
    colleague.git("reset", "-q", "--hard", "HEAD~1")
    if pushed_as == "rewritten":
        colleague.write("tools/second/main.py", "# other\n")
        colleague.commit("instead")
    colleague.git("push", "-q", "--force")
    if fetched_by == "a person first":
        served.git("fetch", "-q", "origin")
    state = remote(served).sync()
    assert (state.ahead, state.behind, state.last_error, state.conflict) == (0, 0, None, False)
    assert served.git("rev-parse", "HEAD") == colleague.git("rev-parse", "HEAD") == upstream.git("rev-parse", "main")
    assert served.git("status", "--porcelain") == ""
    assert served.git("for-each-ref", "refs/heads") == served.git("for-each-ref", "refs/heads/main")


def test_after_a_forced_push_only_what_was_never_pushed_goes_on_top(served: Repo, colleague: Repo) -> None:
    edit(served, "first", "# pushed, then taken back\n", "taken back")
    assert remote(served).sync().last_error is None
    edit(served, "second", "# not pushed yet\n", "kept")
    colleague.git("pull", "-q")
    colleague.git("reset", "-q", "--hard", "HEAD~1")
    colleague.git("push", "-q", "--force")
    state = remote(served).sync()
    assert (state.ahead, state.behind, state.last_error) == (0, 0, None)
    subjects = served.git("log", "--format=%s", "-5").splitlines()
    assert subjects[0] == "kept"
    assert "taken back" not in subjects


def test_the_same_change_on_both_sides_is_no_conflict(served: Repo, colleague: Repo) -> None:
    edit(served, "first", "# same\n")
    theirs = pushed(colleague, "tools/first/main.py", "# same\n")
    assert remote(served).sync().last_error is None
    assert served.git("rev-parse", "HEAD") == theirs


def test_a_remote_that_is_gone_refuses_or_comes_back(served: Repo, upstream: Repo) -> None:
    edit(served, "first", "# new\n")
    hook = upstream.path / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho not today >&2\nexit 1\n")
    hook.chmod(0o755)
    found = remote(served)
    state = found.push()
    assert (state.ahead, state.behind) == (1, 0)
    assert "not today" in (state.last_error or "")
    hook.unlink()
    upstream.path.rename(upstream.path.with_suffix(".away"))
    state = found.sync()
    assert (state.ahead, state.behind) == (1, 0)
    assert "does not appear to be a git repository" in (state.last_error or "")
    upstream.path.with_suffix(".away").rename(upstream.path)
    state = found.sync()
    assert (state.ahead, state.behind, state.last_error) == (0, 0, None)


def test_an_empty_remote_gets_the_branch_and_an_unborn_branch_gets_the_remotes(
    served: Repo, upstream: Repo, tmp_path: Path
) -> None:
    upstream.git("update-ref", "-d", "refs/heads/main")
    edit(served, "first", "# new\n")
    assert remote(served).sync().last_error is None
    assert upstream.git("rev-parse", "main") == served.git("rev-parse", "HEAD")
    empty = make_repo(tmp_path / "empty")
    empty.git("remote", "add", "other", "../remotes/upstream.git")
    assert remote(empty, "other").sync().last_error is None
    assert empty.git("rev-parse", "HEAD") == served.git("rev-parse", "HEAD")
    assert empty.git("status", "--porcelain") == ""
    assert (empty.path / "tools/first/main.py").read_text() == "# new\n"


@pytest.fixture
def daemon(upstream: Repo) -> Iterator[str]:
    """The upstream repository over Git's own protocol, on loopback."""
    with git_daemon(upstream.path.parent) as address:
        yield address + upstream.path.name


def test_a_git_daemon_is_fetched_from_and_pushed_to(served: Repo, colleague: Repo, daemon: str) -> None:
    served.git("remote", "set-url", "origin", daemon)
    pushed(colleague, "tools/second/main.py", "# theirs\n")
    edit(served, "first", "# new\n")
    state = remote(served).sync()
    assert (state.ahead, state.behind, state.last_error) == (0, 0, None)
    served.git("config", "core.gitProxy", "touch /tmp/never")
    with pytest.raises(ConfigError, match=r"core\.gitProxy"):
        remote(served)


def test_ssh_is_the_operators_command_and_no_other(served: Repo, upstream: Repo, tmp_path: Path) -> None:
    # What ssh does on the other side: it runs the last word of its command line.
    ssh = tmp_path / "ssh.sh"
    ssh.write_text('#!/bin/sh\nfor last; do :; done\nexec sh -c "$last"\n')
    ssh.chmod(0o755)
    served.git("remote", "set-url", "origin", f"git@example.invalid:{upstream.path}")
    edit(served, "first", "# new\n")
    found = Remote.find(Repository.open(served.path), ssh_command=str(ssh))
    assert found is not None
    assert found.sync().last_error is None
    assert upstream.git("rev-parse", "main") == served.git("rev-parse", "HEAD")


def test_a_remote_that_hangs_is_given_up(served: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_command, "TIMEOUT_SECONDS", 1.0)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        served.git("remote", "set-url", "origin", f"git://127.0.0.1:{silent.getsockname()[1]}/x")
        state = remote(served).sync()
    assert state.last_error is not None
    assert "fetch" in state.last_error


@pytest.mark.parametrize(
    "url", ["ext::sh -c 'touch /tmp/never'", "fd::17", "-oProxyCommand=x", "file::/tmp", "-host:path", "a@-b:path", "ftp://x/y"]
)  # fmt: skip
def test_an_address_of_another_transport_is_refused_by_name(repo: Repo, url: str) -> None:
    repo.git("config", "remote.origin.url", url)
    with pytest.raises(ConfigError, match="not used"):
        remote(repo)
    assert Remote.find(Repository.open(repo.path), "nothing") is None


def test_passwords_are_told_to_nobody(served: Repo) -> None:
    served.git("remote", "set-url", "origin", "http://ada:hunter2@127.0.0.1:1/x.git")
    state = remote(served).sync()
    assert state.last_error
    assert "hunter2" not in f"{state}"


def test_nothing_that_the_configuration_of_a_remote_names_is_run(served: Repo, colleague: Repo, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\necho $0 >> {ran}\n")
    trap.chmod(0o755)
    pushed(colleague, "tools/second/main.py", "# theirs\n")
    edit(served, "first", "# new\n")
    for hook in ("pre-push", "reference-transaction", "post-merge", "post-rewrite", "post-checkout", "pre-rebase"):
        served.write(f".git/hooks/{hook}", f"#!/bin/sh\necho {hook} >> {ran}\n").chmod(0o755)
    for name, value in {
        "remote.origin.uploadpack": str(trap),
        "remote.origin.receivepack": str(trap),
        "remote.origin.vcs": "ext",
        "core.sshCommand": str(trap),
        "core.askPass": str(trap),
        "core.alternateRefsCommand": str(trap),
        "credential.helper": f"!{trap}",
        "push.gpgSign": "true",
        "gpg.program": str(trap),
        "push.recurseSubmodules": "on-demand",
        "protocol.ext.allow": "always",
        "alias.fetch": f"!{trap}",
    }.items():
        served.git("config", name, value)
    state = remote(served).sync()
    assert (state.ahead, state.behind, state.last_error) == (0, 0, None)
    served.git("remote", "set-url", "origin", "ssh://127.0.0.1:1/x")
    assert remote(served).sync().last_error
    assert not ran.exists()
    # The traps are live: ordinary git commands fall into them.
    served.git("config", "--unset", "remote.origin.vcs")
    served.git("fetch", "origin", check=False)
    assert ran.exists()


@pytest.mark.parametrize("kind", ["checkout", "bare"])
def test_a_partial_clone_gets_what_its_tools_need_and_no_reading_command_fetches(
    served: Repo, colleague: Repo, upstream: Repo, tmp_path: Path, kind: str
) -> None:
    first = upstream.git("rev-parse", "main:tools/first/main.py")
    pushed(colleague, "tools/first/main.py", "# another\n")
    upstream.git("config", "uploadpack.allowFilter", "true")
    bare = ("--bare",) if kind == "bare" else ()
    served.git("clone", "-q", *bare, "--filter=blob:none", f"file://{upstream.path}", str(tmp_path / "partial"))
    partial = Repo(tmp_path / "partial")
    ran = tmp_path / "ran"
    partial.git("config", "remote.origin.uploadpack", f"touch {ran}; git-upload-pack")
    colleague.git("checkout", "-q", "HEAD~1", "--", "tools")
    colleague.commit("back")
    colleague.git("push", "-q")
    upstream.git("repack", "-adbq")  # with a bitmap the remote leaves out whatever the clone should have
    repository = Repository.open(partial.path)
    if kind == "bare":
        with pytest.raises(GitFailed, match=r"partial and lacks the object .*git fetch --refetch --no-filter"):
            read_snapshot(repository, repository.tip() or "")
    state = remote(partial).sync()
    assert (state.last_error, state.ahead, state.behind) == (None, 0, 0)
    found = read_snapshot(repository, repository.tip() or "")
    assert {file.path: file.blob for file in found["first"].files}["main.py"] == first
    read_blobs(repository, [file.blob for folder in found.values() for file in folder.files])
    if kind == "checkout":
        assert partial.git("status", "--porcelain") == ""
    assert not ran.exists()
    assert "this is a partial clone" in " ".join(describe_history(repository))
    assert list(describe_history(Repository.open(served.path))) == []
