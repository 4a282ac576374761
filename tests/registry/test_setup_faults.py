"""A set-up that cannot work ends the command with 2 and a sentence, never with a traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from registry.audit import migrate_database
from tests.repositories import Repo

pytestmark = pytest.mark.service

TOOLCRIB = str(Path(sys.executable).with_name("toolcrib"))


def serve(repo: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "/usr/bin:/bin", "TOOLCRIB_REPO": str(repo), "TOOLCRIB_PORT": "1"}
    environment |= {f"TOOLCRIB_{name.upper()}": value for name, value in settings.items()}
    return subprocess.run(
        [TOOLCRIB, "serve"], capture_output=True, text=True, env=environment, check=False, timeout=600
    )


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("database_url", "garbage"),
        ("database_url", "oracle://user:pw@localhost/x"),
        ("state_dir", "/proc/none"),
        ("state_dir", "/etc/passwd"),
        ("port", "http"),
        ("ca_bundle", "/nowhere"),
    ],
)
def test_a_wrong_setting_is_named(repo: Repo, setting: str, value: str) -> None:
    done = serve(repo.path, **{setting: value})
    assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr
    assert f"TOOLCRIB_{setting.upper()}" in done.stderr
    assert "pw@" not in done.stderr


def test_what_is_no_repository_is_named(tmp_path: Path) -> None:
    done = serve(tmp_path)
    assert done.returncode == 2
    assert "git init" in done.stderr


def test_too_few_descriptors_are_refused_with_what_to_raise(repo: Repo) -> None:
    environment = {"PATH": "/usr/bin:/bin", "TOOLCRIB_REPO": str(repo.path), "TOOLCRIB_PORT": "1"}
    command = ["sh", "-c", 'ulimit -n 64; exec "$0" serve', TOOLCRIB]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=600)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr
    assert "ulimit -n" in done.stderr


def test_a_database_of_another_version_is_refused(repo: Repo, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'audit.db'}"
    migrate_database(url)
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    done = serve(repo.path, database_url=url)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert "another version" in done.stderr


def test_services_that_start_at_once_on_a_new_repository_all_prepare_it(repo: Repo) -> None:
    program = (
        "import sys; from pathlib import Path; from registry.config import Config; from registry.service import *\n"
        "config = Config.from_environment({'TOOLCRIB_REPO': sys.argv[1]})\n"
        "prepare_database(config, open_repository(config))"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", program, str(repo.path)], stderr=subprocess.PIPE) for _ in range(4)
    ]
    complaints = [process.communicate()[1] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0, 0], complaints
