"""What lies in a tool's folder and should not: secrets, and files that are somewhere else."""

import pytest

from registry.manifest import check_folder
from registry.model import File, Finding, Folder

MANIFEST = b"""name: good_tool
description: A tool that exists to show one rule of the folder check and nothing else.
parameters: {type: object, properties: {}}
"""
# In pieces, so that nobody who looks for secrets finds these.
KEY = "-----BEGIN {}PRIVATE " + "KEY-----\n" + "MIIEowIBAAKCAQEAx0Fz9kQ2hV7bN1cR4tYpLmWqEsDfGhJk" + "\n-----END"
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n"


def findings(path: str, text: str | bytes, *, main: bytes = b"def main():\n    return 1\n") -> list[Finding]:
    data = text if isinstance(text, bytes) else text.encode()
    contents = {"tool.yaml": MANIFEST, "main.py": main, path: data}
    files = tuple(File(name, "regular", len(data), "0" * 40) for name, data in contents.items())
    return list(check_folder(Folder("good_tool", "0" * 40, files, contents)).findings)


SECRETS = [
    (".env", "", 1, 1),
    (".env", "TOKEN=x\n", 1, 1),
    ("conf/.env.production", "TOKEN=x\n", 1, 1),
    ("id_rsa", "anything", 1, 1),
    ("keys/id_ed25519", "anything", 1, 1),
    (".npmrc", "//registry.example.org/:_authToken=abc\n", 1, 1),
    (".pypirc", "[pypi]\npassword = abc\n", 1, 1),
    (".netrc", "machine a login b password c\n", 1, 1),
    ("server.pem", "a\n" + KEY.format("RSA "), 2, 1),
    ("notes.txt", "é " + KEY.format("OPENSSH "), 1, 3),
    ("helper.py", f'KEY = """{KEY.format("")}"""\n', 1, 10),
    ("helper.py", "KEY = '" + KEY.format("EC ").replace("\n", "\\n") + "'\n", 1, 8),
    ("settings.ini", "[aws]\nid = AKIA" + "Q3EGRBZ7NVT5XWLK\n", 2, 6),
    ("helper.py", 'TOKEN = "ghp_' + "x9Kd2LmQ7vRt4YbN8cWz3HfJ6sPa1GeU5oTi" + '"\n', 1, 10),
]


@pytest.mark.parametrize(("path", "text", "line", "column"), SECRETS)
def test_a_secret_in_a_folder_is_an_error(path: str, text: str, line: int, column: int) -> None:
    [found] = findings(path, text)
    assert (found.file, found.line, found.column, found.severity, found.code) == (
        path,
        line,
        column,
        "error",
        "file-secret",
    )
    assert "Q3EGRBZ7NVT5" not in found.message, "the secret itself is not repeated"


NO_SECRETS = [
    (".env.example", "TOKEN=\n"),
    ("env", "TOKEN=x\n"),
    ("id_rsa.pub", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7"),
    (".npmrc", "fund=false\n//registry.example.org/:_authToken=${TOKEN}\n"),
    ("cert.pem", KEY.format("").replace("PRIVATE KEY", "CERTIFICATE")),
    ("key.pub", KEY.format("").replace("PRIVATE", "PUBLIC")),
    ("helper.py", 'def is_key(text):\n    return "-----BEGIN PRIVATE KEY-----" in text\n'),
    ("helper.py", 'FIND = r"-----BEGIN [A-Z ]*PRIVATE KEY-----[A-Za-z0-9+/]{40}|AKIA[0-9A-Z]{16}"\n'),
    ("README.md", "Use AKIAIOSFODNN7EXAMPLE and AKIAXXXXXXXXXXXXXXXX, or ghp_" + "x" * 36 + ".\n"),
    ("data.txt", "XAKIAQ3EGRBZ7NVT5XWLK AKIAQ3EGRBZ7NVT5XWLKX\n"),
    ("words.txt", "version https://example.org\n"),
]


@pytest.mark.parametrize(("path", "text"), NO_SECRETS)
def test_what_only_looks_like_a_secret_is_none(path: str, text: str) -> None:
    assert findings(path, text) == []


def test_a_pointer_to_a_file_elsewhere_is_an_error() -> None:
    [found] = findings("model.bin", LFS)
    assert (found.file, found.line, found.column, found.severity, found.code) == (
        "model.bin", 1, 1, "error", "file-lfs-pointer",
    )  # fmt: skip
    assert "file-lfs-pointer" in [one.code for one in findings("data.csv", b"a\n", main=LFS)]


LISTS = [
    ("requirements.txt", "# ours\nlxml>=5 ; python_version > '3'\n-r more.txt\nrequests\n", "lxml"),
    ("requirements-prod.txt", "tabulate[widechars]==0.9\n", "tabulate"),
    ("pyproject.toml", '[project]\nname = "a"\ndependencies = ["lxml", "PyYAML"]\n', "lxml"),
    ("pyproject.toml", '[tool.poetry.dependencies]\npython = "^3.11"\nlxml = "*"\n', "lxml"),
    ("setup.py", "from setuptools import setup\nsetup(install_requires=['lxml', 'httpx'])\n", "lxml"),
    ("Pipfile", '[packages]\nlxml = "*"\n', "lxml"),
]


@pytest.mark.parametrize(("path", "text", "missing"), LISTS)
def test_a_list_of_packages_that_nobody_reads_is_a_warning(path: str, text: str, missing: str) -> None:
    [found] = findings(path, text)
    assert (found.file, found.severity, found.code) == (path, "warning", "requirements-file-ignored")
    assert f"({missing})" in found.message


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("requirements.txt", "tabulate\nRequests==2\npyyaml\n# lxml\n"),
        ("requirements-dev.txt", "pytest\n"),
        ("docs/requirements.txt", "sphinx\n"),
        ("pyproject.toml", "[tool.ruff]\nline-length = 100\n"),
        ("pyproject.toml", "[project\n"),
        ("pyproject.toml", "project = 1\ntool = []\n"),
        ("requirements.txt", b"\xff\xfe\0"),
    ],
)
def test_a_list_of_packages_that_adds_nothing_is_none(path: str, text: str | bytes) -> None:
    main = b'# /// script\n# dependencies = ["tabulate"]\n# ///\ndef main():\n    return 1\n'
    assert findings(path, text, main=main) == []
