"""Commits of the service are signed with its own key, so that Git verifies them; no key or program of the repository is
used."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.cli.startup_checks import describe_signing
from registry.config import Config
from registry.errors import ConfigError, GitFailed
from registry.gitrepo import Edit, FolderEdit, Person, Remote, Repository, commit_edit, propose_edit
from tests.repositories import Repo, make_repo, manifest

pytestmark = pytest.mark.skipif(
    not (shutil.which("gpg") and shutil.which("ssh-keygen")), reason="gnupg and openssh-client make the keys"
)

ADA = Person("Ada", "ada@example.org")


@pytest.fixture
def ssh_key(tmp_path: Path) -> Path:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    return key


@pytest.fixture
def fingerprint(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="gnupg-") as home:  # the agent's socket needs a short path
        monkeypatch.setenv("GNUPGHOME", home)
        made = ["gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key", "toolcrib@localhost"]
        subprocess.run([*made, "ed25519", "sign"], check=True, capture_output=True)
        listed = subprocess.run(["gpg", "--list-keys", "--with-colons"], check=True, capture_output=True, text=True)
        yield next(line.split(":")[9] for line in listed.stdout.splitlines() if line.startswith("fpr:"))
        subprocess.run(["gpgconf", "--kill", "all"], check=True)


def edit(repo: Repo, name: str = "first", main: str = "# new\n") -> Edit:
    base = repo.git("rev-parse", "--verify", "-q", f"HEAD:tools/{name}", check=False) or None
    content = {"tool.yaml": manifest(name).encode(), "main.py": main.encode()}
    return Edit((FolderEdit(name, base, content),), "an edit", ADA)


def open_signing(repo: Repo, key: Path | str) -> Repository:
    return Repository.open(repo.path, signing_key=key)


def trust(repo: Repo, key: Path) -> None:
    signers = repo.path / ".git/signers"
    signers.write_text(f"toolcrib@localhost {key.with_suffix('.pub').read_text()}")
    repo.git("config", "gpg.ssh.allowedSignersFile", str(signers))


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_an_ssh_key_signs_edits_and_proposals(tmp_path: Path, ssh_key: Path, object_format: str) -> None:
    repo = make_repo(tmp_path / "repo", f"--object-format={object_format}")
    repo.tool("first")
    repo.commit()
    trust(repo, ssh_key)
    commit_edit(open_signing(repo, ssh_key), edit(repo))
    propose_edit(open_signing(repo, ssh_key), edit(repo, main="# other\n"), "first")
    proposal = repo.git("for-each-ref", "--format=%(refname)", "refs/heads/toolcrib")
    for revision in ("HEAD", proposal):
        repo.git("verify-commit", revision)
        assert repo.git("show", "-s", "--format=%G? %GS|%s", revision) == "G toolcrib@localhost|an edit"
    assert repo.git("fsck", "--strict") == ""
    assert repo.git("status", "--porcelain") == ""


def test_an_openpgp_key_signs_edits(repo: Repo, fingerprint: str) -> None:
    repo.tool("first")
    repo.commit()
    key = Config.from_environment({"TOOLCRIB_SIGNING_KEY": f"openpgp:{fingerprint}"}).signing_key
    assert key == fingerprint
    commit_edit(open_signing(repo, key), edit(repo))
    repo.git("verify-commit", "HEAD")
    assert repo.git("fsck", "--strict") == ""


def test_what_is_put_on_top_of_others_commits_is_signed_anew(served: Repo, colleague: Repo, ssh_key: Path) -> None:
    trust(served, ssh_key)
    repository = open_signing(served, ssh_key)
    commit_edit(repository, edit(served))
    colleague.write("tools/second/main.py", "# theirs\n")
    colleague.commit("a colleague's")
    colleague.git("push", "-q")
    found = Remote.find(repository)
    assert found is not None
    assert found.sync().last_error is None
    assert served.git("log", "--format=%G? %s", "-2").splitlines() == ["G an edit", "N a colleague's"]


def test_a_key_that_cannot_be_used_is_told_and_commits_nothing(repo: Repo, ssh_key: Path) -> None:
    repo.tool("first")
    before = repo.commit()
    locked = ssh_key.with_name("locked")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", locked], check=True)
    for key in (locked, "0123456789ABCDEF"):
        with pytest.raises(ConfigError, match=r"TOOLCRIB_SIGNING_KEY cannot be used: (ssh-keygen|gpg) cannot sign"):
            list(describe_signing(open_signing(repo, key)))
        with pytest.raises(GitFailed, match="cannot sign"):
            commit_edit(open_signing(repo, key), edit(repo))
    assert repo.git("rev-parse", "HEAD") == before
    assert repo.git("status", "--porcelain") == ""


def test_where_signatures_are_asked_for_and_there_is_no_key_the_start_says_so(repo: Repo) -> None:
    repo.tool("first")
    repo.commit()
    repository = Repository.open(repo.path)
    assert list(describe_signing(repository)) == []
    repo.git("config", "commit.gpgSign", "true")
    assert "TOOLCRIB_SIGNING_KEY" in " ".join(describe_signing(repository))


@pytest.mark.parametrize("text", ["/nowhere/key", "openpgp:me@example.org", "openpgp:"])
def test_what_is_no_key_is_refused_at_the_start(text: str) -> None:
    with pytest.raises(ConfigError, match="TOOLCRIB_SIGNING_KEY"):
        Config.from_environment({"TOOLCRIB_SIGNING_KEY": text})
