"""For any folder that Git can hold, our reading of disk and Git's own agree."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.gitrepo import Repository, WorkTree, read_blobs, read_history, read_snapshot
from tests.properties import examples
from tests.repositories import Repo, make_repo

_letters = st.characters(codec="utf-8", exclude_characters="/\0", exclude_categories=["Cs"])
_names = st.text(_letters, min_size=1, max_size=8).filter(
    lambda name: name.strip(" .") and name.lower() != ".git" and not name.startswith(".git")
)
_paths = st.lists(_names, min_size=1, max_size=3).map("/".join)
_files = st.dictionaries(_paths, st.tuples(st.binary(max_size=60), st.booleans()), min_size=1, max_size=6)


def write(repo: Repo, files: dict[str, tuple[bytes, bool]]) -> None:
    """Write what fits: a path below a file, or a file where a folder is, is left out."""
    folder = repo.path / "tools/one"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path, (content, executable) in files.items():
        target = folder / path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            target.chmod(0o755 if executable else 0o644)
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            continue


@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.too_slow])
@given(before=_files, after=_files)
def test_digest_files_and_change_agree_with_git(
    before: dict[str, tuple[bytes, bool]], after: dict[str, tuple[bytes, bool]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        repo = make_repo(Path(folder) / "repo")
        write(repo, before)
        first = repo.commit()
        repository = Repository.open(repo.path)
        tree = WorkTree(repository)
        committed = read_snapshot(repository, first)
        assert tree.find_changed_folders(committed).changed == {}
        write(repo, after)
        changed = tree.find_changed_folders(committed).changed
        second = repo.commit()
        digest = repo.git("rev-parse", "HEAD:tools/one")
        assert ("one" in changed) == (digest != repo.git("rev-parse", f"{first}:tools/one"))
        if "one" in changed:
            found, contents = changed["one"]
            listed = read_snapshot(repository, second)["one"]
            assert found.digest == listed.digest == digest
            assert set(found.files) == set(listed.files)
            blobs = read_blobs(repository, [file.blob for file in listed.files])
            assert contents == {file.path: blobs[file.blob] for file in listed.files}
        version = read_history(repository, second).of("one")[0]
        assert version == int(repo.git("rev-list", "--count", "HEAD", "--", "tools/one"))


@settings(max_examples=examples(10), suppress_health_check=[HealthCheck.too_slow])
@given(
    steps=st.lists(st.lists(st.sampled_from("abc"), max_size=3, unique=True), min_size=1, max_size=6),
    cut=st.integers(0, 5),
)
def test_history_read_in_two_steps_is_history_read_at_once(steps: list[list[str]], cut: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        repo = make_repo(Path(folder) / "repo")
        revisions = []
        for number, names in enumerate(steps):
            for name in names:
                repo.write(f"tools/{name}/notes.md", os.urandom(8))
            repo.write("README.md", str(number))
            revisions.append(repo.commit())
        repository = Repository.open(repo.path)
        known = read_history(repository, revisions[min(cut, len(revisions) - 1)])
        assert read_history(repository, revisions[-1], known) == read_history(repository, revisions[-1])
