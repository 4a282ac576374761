"""What every test may ask for: a repository of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.repositories import Repo, make_repo


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """An empty repository with a working tree."""
    return make_repo(tmp_path / "repo")
