"""An app on a repository of its own, reached through Flask's client."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from registry.audit import migrate_database
from registry.config import Config
from registry.gitrepo import open_repository
from registry.http.app import create_app
from registry.http.requests.app_context import detach_service
from registry.service import find_database_url
from tests.http.mcp_services import plant
from tests.repositories import Repo
from tests.services import Served, serving_tools


@contextmanager
def app_client(repo: Path, **settings: str) -> Iterator[FlaskClient]:
    """A client of an app that serves ``repo``; settings are environment variables without their prefix."""
    environment = {f"TOOLCRIB_{name.upper()}": value for name, value in settings.items()}
    config = Config.from_environment({"TOOLCRIB_REPO": str(repo), "TOOLCRIB_WATCH": "off", **environment})
    migrate_database(find_database_url(config, open_repository(config)))
    app = create_app(config)
    try:
        with app.test_client() as client:
            yield client
    finally:
        detach_service(app)


@pytest.fixture
def client(repo: Repo) -> Iterator[FlaskClient]:
    """A client of an app on a repository with a few tools: two sound ones, a draft, a deprecated and a broken one."""
    repo.tool("greet", files={"notes.md": "# Notes\n"})
    repo.tool("add", category="math/sums", tags="[math]", title="Add numbers")
    repo.tool("draft_one", status="draft")
    repo.tool("old", status="deprecated", replaced_by="greet")
    repo.tool("broken", main="def main(:\n")
    repo.commit()
    with app_client(repo.path) as made:
        yield made


@pytest.fixture(scope="module")
def mcp_served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A running service with tools that succeed, fail and talk, for all tests of a module."""
    with serving_tools(plant, tmp_path_factory.mktemp("mcp"), warm="2") as served:
        yield served
