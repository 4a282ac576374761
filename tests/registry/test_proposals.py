"""A proposal is a commit on a branch of its own, until it is merged or taken back, here or on the remote."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from registry.edits.proposals import Proposal, Proposer
from registry.errors import CannotEdit, NotFound, Stale
from registry.forge_addresses import make_pull_request_url
from registry.gitrepo import Edit, FolderEdit, Person, Remote, Repository, Unchanged
from tests.repositories import Repo, make_repo

ADA = Person("Ada", "ada@example.org")


def proposer(repo: Repo, url: str = "git@github.com:ours/tools.git") -> Proposer:
    return Proposer(Repository.open(repo.path), remote_url=url)


def sync(repo: Repo) -> str | None:
    remote = Remote.find(Repository.open(repo.path))
    assert remote is not None
    return remote.sync().last_error


def edit(repo: Repo, name: str = "first", main: str = "# proposed\n", message: str = "first: say less") -> Edit:
    files = {"tool.yaml": (repo.path / f"tools/{name}/tool.yaml").read_bytes(), "main.py": main.encode()}
    return Edit((FolderEdit(name, repo.git("rev-parse", f"main:tools/{name}"), files),), message, ADA)


def propose(repo: Repo, name: str = "first", main: str = "# proposed\n") -> Proposal:
    found = proposer(repo).propose(edit(repo, name, main), name)
    assert isinstance(found, Proposal)
    return found


def colleague(upstream: Repo, path: Path) -> Repo:
    upstream.git("clone", "-q", "-b", "main", str(upstream.path), str(path))
    return Repo(path)


def test_a_proposal_is_one_commit_on_the_served_tip_and_nothing_else_moves(served: Repo) -> None:
    served.write("tools/second/main.py", "# a user's\n")
    before = served.git("rev-parse", "main")
    found = propose(served)
    assert re.fullmatch(r"toolcrib/first-[0-9a-f]{8}", found.branch)
    assert served.git("rev-parse", f"{found.branch}^") == before == served.git("rev-parse", "main") == found.base
    assert served.git("log", "-1", "--format=%an %cn %s", found.branch) == "Ada Toolcrib first: say less"
    assert served.git("diff", "--name-only", "main", found.branch) == "tools/first/main.py"
    assert served.git("status", "--porcelain") == "M tools/second/main.py"
    assert (found.author, found.message, found.folder) == (ADA, "first: say less", "first")
    assert found.url == f"https://github.com/ours/tools/compare/main...toolcrib%2F{found.id}?expand=1"
    assert [(one.path, one.status) for one in found.difference] == [("first/main.py", "changed")]
    assert "+# proposed" in found.difference[0].unified
    assert served.git("fsck", "--strict", "--no-dangling") == ""


def test_an_edit_that_changes_nothing_or_is_stale_is_no_proposal(served: Repo) -> None:
    same = edit(served, main=(served.path / "tools/first/main.py").read_text())
    assert isinstance(proposer(served).propose(same, "first"), Unchanged)
    old = edit(served)
    served.tool("first", title="Changed")
    served.commit()
    with pytest.raises(Stale):
        proposer(served).propose(old, "first")
    assert proposer(served).proposals() == ()


def test_a_new_a_faulty_and_a_removed_tool_show_their_findings(served: Repo) -> None:
    made = proposer(served)
    faulty = Edit((FolderEdit("third", None, {"tool.yaml": b"name: [\n"}),), "third: add", ADA)
    found = made.propose(faulty, "third")
    assert isinstance(found, Proposal)
    assert [one.severity for one in found.findings][:1] == ["error"]
    gone = Edit((FolderEdit("second", served.git("rev-parse", "main:tools/second"), None),), "second: remove", ADA)
    found = made.propose(gone, "second")
    assert isinstance(found, Proposal)
    assert found.findings == ()
    assert {one.status for one in found.difference} == {"removed"}
    assert {one.folder for one in made.proposals()} == {"second", "third"}


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_a_merged_proposal_is_gone(served: Repo, how: str) -> None:
    found = propose(served)
    served.write("README.md", "others go on\n")
    served.commit()
    if how == "merge":
        served.git("merge", "-q", "--no-ff", "-m", "merged", found.branch)
    elif how == "squash":
        served.git("merge", "-q", "--squash", found.branch)
        served.commit("squashed")
    else:
        served.git("cherry-pick", found.branch)
    made = proposer(served)
    assert made.proposals() == ()
    with pytest.raises(NotFound):
        made.proposal(found.id)
    propose(served, "second")
    assert served.git("branch", "--list", found.branch) == "", "and its branch is removed when somebody looks after it"


def test_a_proposal_is_pushed_follows_the_remote_and_is_gone_with_it(
    served: Repo, upstream: Repo, tmp_path: Path
) -> None:
    found = propose(served)
    assert sync(served) is None
    assert upstream.git("rev-parse", found.branch) == found.revision
    other = colleague(upstream, tmp_path / "colleague")
    other.git("checkout", "-q", found.branch)
    other.write("tools/first/main.py", "# proposed, and mended\n")
    mended = other.commit("mend it")
    other.git("push", "-q", "origin", found.branch)
    assert sync(served) is None
    [now] = proposer(served).proposals()
    assert (now.revision, now.message) == (mended, "mend it")
    other.git("push", "-q", "origin", f":{found.branch}")
    assert sync(served) is None
    assert proposer(served).proposals() == ()
    kinds = ("refs/heads", "refs/remotes", "refs/toolcrib/withdrawn")
    assert served.git("for-each-ref", "--format=%(refname)", *kinds).split() == [
        "refs/heads/main", "refs/remotes/origin/main",
    ]  # fmt: skip
    assert sync(served) is None
    assert upstream.git("branch", "--list", "toolcrib/*") == "", "and is not pushed again"


def test_a_withdrawn_proposal_is_gone_at_once_and_on_the_remote_when_it_answers(served: Repo, upstream: Repo) -> None:
    found = propose(served)
    assert sync(served) is None
    upstream.path.rename(upstream.path.with_suffix(".away"))
    made = proposer(served)
    made.withdraw(found.id)
    assert made.proposals() == ()
    assert sync(served)
    assert made.proposals() == ()
    upstream.path.with_suffix(".away").rename(upstream.path)
    assert sync(served) is None
    assert upstream.git("branch", "--list", "toolcrib/*") == ""
    assert served.git("for-each-ref", "refs/toolcrib/withdrawn", "refs/remotes/origin/toolcrib") == ""


def test_what_somebody_added_to_a_withdrawn_proposal_opens_it_again(
    served: Repo, upstream: Repo, tmp_path: Path
) -> None:
    found = propose(served)
    assert sync(served) is None
    other = colleague(upstream, tmp_path / "colleague")
    other.git("checkout", "-q", found.branch)
    other.write("tools/first/main.py", "# kept\n")
    kept = other.commit()
    other.git("push", "-q", "origin", found.branch)
    proposer(served).withdraw(found.id)
    assert sync(served) is None
    [again] = proposer(served).proposals()
    assert (again.id, again.revision) == (found.id, kept)
    assert upstream.git("rev-parse", found.branch) == kept


def test_a_remote_that_refuses_a_proposal_keeps_it_here_and_lets_others_through(served: Repo, upstream: Repo) -> None:
    hook = upstream.path / "hooks/update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ncase $1 in *toolcrib/first-*) echo not this one >&2; exit 1;; esac\n")
    hook.chmod(0o755)
    refused, taken = propose(served, "first"), propose(served, "second")
    error = sync(served) or ""
    assert "not this one" in error
    assert upstream.git("branch", "--list", "--format=%(refname:short)", "toolcrib/*") == taken.branch
    assert {one.id for one in proposer(served).proposals()} == {refused.id, taken.id}
    hook.unlink()
    assert sync(served) is None
    assert upstream.git("rev-parse", refused.branch) == refused.revision


def test_a_branch_that_somebody_works_on_is_left_to_them(served: Repo, upstream: Repo, tmp_path: Path) -> None:
    found = propose(served)
    assert sync(served) is None
    served.git("worktree", "add", "-q", str(tmp_path / "mine"), found.branch)
    upstream.git("update-ref", "-d", f"refs/heads/{found.branch}")
    assert sync(served) is None
    assert served.git("rev-parse", found.branch) == found.revision
    with pytest.raises(CannotEdit, match="checked out"):
        proposer(served).withdraw(found.id)


def test_nothing_that_the_repository_brings_along_runs(served: Repo, upstream: Repo, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\necho $0 >> {ran}\n")
    trap.chmod(0o755)
    for hook in ("reference-transaction", "pre-push", "post-commit", "pre-commit", "commit-msg", "post-rewrite"):
        served.write(f".git/hooks/{hook}", f"#!/bin/sh\necho {hook} >> {ran}\n").chmod(0o755)
    for name, value in {
        "core.fsmonitor": str(trap),
        "core.sshCommand": str(trap),
        "filter.x.clean": str(trap),
        "filter.x.smudge": str(trap),
        "remote.origin.uploadpack": str(trap),
        "remote.origin.receivepack": str(trap),
        "diff.external": str(trap),
        "gpg.program": str(trap),
        "commit.gpgSign": "true",
    }.items():
        served.git("config", name, value)
    served.write(".git/info/attributes", "* filter=x diff=x\n")
    first, second = propose(served, "first"), propose(served, "second")
    assert sync(served) is None
    upstream.git("update-ref", "-d", f"refs/heads/{second.branch}")
    proposer(served).withdraw(first.id)
    assert sync(served) is None
    assert proposer(served).proposals() == ()
    assert upstream.git("branch", "--list", "toolcrib/*") == ""
    assert not ran.exists()
    served.git("branch", "live", "main")
    assert ran.exists(), "the traps are live: ordinary git commands fall into them"


def test_branches_of_other_names_are_nobodys_proposals(served: Repo, upstream: Repo) -> None:
    served.git("branch", "toolcrib/mine")
    assert sync(served) is None
    assert proposer(served).proposals() == ()
    assert upstream.git("branch", "--list", "toolcrib/*") == ""
    served.git("branch", "-m", "toolcrib/mine", "tmp")
    served.git("branch", "-m", "tmp", "toolcrib")
    with pytest.raises(CannotEdit, match="rename it"):
        propose(served)


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_a_bare_repository_with_nested_tools_takes_proposals(tmp_path: Path, object_format: str) -> None:
    work = make_repo(tmp_path / "work", f"--object-format={object_format}")
    work.tool("first")
    (work.path / "agents").mkdir()
    (work.path / "tools").rename(work.path / "agents/kit")
    work.commit()
    work.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    made = Proposer(Repository.open(tmp_path / "bare.git", tools_dir="agents/kit"))
    base = work.git("rev-parse", "main:agents/kit/first")
    files = {
        "tool.yaml": (work.path / "agents/kit/first/tool.yaml").read_bytes(),
        "main.py": b"def main(name, times=1): ...\n",
    }
    found = made.propose(Edit((FolderEdit("first", base, files),), "first: do nothing", ADA), "first")
    assert isinstance(found, Proposal)
    assert found.url is None
    assert [one.revision for one in made.proposals()] == [found.revision]


@pytest.mark.parametrize(
    ("url", "template", "wanted"),
    [
        ("git@github.com:o/r.git", None, "https://github.com/o/r/compare/main...t%2Fx?expand=1"),
        ("https://ada@github.example.org:8443/o/r", None, "https://github.example.org:8443/o/r/compare/main...t%2Fx?expand=1"),
        ("ssh://git@gitlab.com:2222/a/b/c.git", None,
         "https://gitlab.com/a/b/c/-/merge_requests/new?merge_request%5Bsource_branch%5D=t%2Fx&merge_request%5Btarget_branch%5D=main"),
        ("https://codeberg.org/o/r.git", None, "https://codeberg.org/o/r/compare/main...t%2Fx"),
        ("http://git.example:3000/o/r.git", None, None),
        ("http://git.example:3000/o/r.git", "gitea", "http://git.example:3000/o/r/compare/main...t%2Fx"),
        ("git@git.example:o/r.git", "https://review.example/new?from={branch}&to={base}", "https://review.example/new?from=t%2Fx&to=main"),
        ("/srv/tools.git", "{web}/x/{branch}", None),
        ("/srv/tools.git", "https://review.example/{branch}", "https://review.example/t%2Fx"),
        ("file:///srv/github/tools.git", None, None),
        ("https://[::1", None, None),
        (None, None, None),
    ],
)  # fmt: skip
def test_where_a_pull_request_is_opened(url: str | None, template: str | None, wanted: str | None) -> None:
    assert make_pull_request_url(url, "main", "t/x", template) == wanted
