"""What lies in a folder and should not: secrets, pointers to files elsewhere, lists of packages that nobody reads."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache

from packaging.utils import canonicalize_name

from registry.folder_rules import make_printable
from registry.import_names import BASE_MODULES, find_distribution
from registry.model import Finding, Folder, Json

from .tool_modules import ToolModules

_POINTER = b"version https://git-lfs.github.com/spec/"
_KEY_FILES = frozenset({"id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"})
_EMPTY_FORMS = frozenset({"example", "sample", "template", "dist"})  # .env.example has names and no values
_LOGINS = {
    ".npmrc": re.compile(rb"_(?:authToken|auth|password)[ \t]*=[ \t]*[^\s$]"),
    ".pypirc": re.compile(rb"password[ \t]*[:=][ \t]*[^\s$]"),
    ".netrc": re.compile(rb"password\s+\S"),
    ".pgpass": re.compile(rb"^[^#\s]", re.MULTILINE),
}
_PRIVATE_KEY = re.compile(
    rb"-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY-----"
    # A header is all of its line: were it part of one, a line of headers could be taken apart in 2**n ways.
    rb"(?:\\[nr]|[\s\"',+]|(?:Proc-Type|DEK-Info):[^\n\\]{0,100}(?=[\n\\])){0,200}[A-Za-z0-9+/]{40}"
)
# Beginnings that their issuers chose so that they can be found.
_TOKEN = re.compile(
    rb"(?<![A-Za-z0-9_-])(?:(?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,90}"
    rb"|glpat-[A-Za-z0-9_-]{20}|xox[abpr]-[0-9]{8,14}-[A-Za-z0-9-]{20,80}|sk_live_[0-9A-Za-z]{24,99}"
    rb"|sk-ant-[A-Za-z0-9_-]{40,120}|AIza[A-Za-z0-9_-]{35}|npm_[A-Za-z0-9]{36}|pypi-AgE[A-Za-z0-9_-]{60,200})"
    rb"(?![A-Za-z0-9_-])"
)
# One of them is in each token; without any, the expression need not be tried at each character.
_TOKEN_MARKS = (
    *(b"AKIA", b"ASIA", b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_", b"github_pat_", b"glpat-", b"xox", b"sk_live_"),
    *(b"sk-ant-", b"AIza", b"npm_", b"pypi-AgE"),
)
_DIFFERENT_CHARACTERS = 9  # a placeholder such as AKIAXXXXXXXXXXXXXXXX has fewer
_ELSEWHERE = "remove it, replace the secret by another, and let the server grant it (runtime.secrets)"
_FOR_DEVELOPERS = re.compile(r"dev|test|lint|doc|ci\b")
_REQUIREMENT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_NAMED_AT_MOST = 5


def check_file_contents(folder: Folder, modules: ToolModules | None) -> Iterator[Finding]:
    """Findings about what is in a folder's files. Only small files are looked at, and Python files.

    ``modules`` is what the tool can import; None where its dependencies could not be read.
    """
    for file in folder.files:
        if file.kind in {"regular", "executable"}:
            found = _find_secret_file(file.path, folder.contents.get(file.path))
            if found:
                yield Finding(make_printable(file.path), 1, 1, "error", "file-secret", found)
    for path, data in sorted(folder.contents.items()):
        shown = make_printable(path)
        if data.startswith(_POINTER):
            message = f"{shown} is only a pointer to a file in Git LFS, which no sandbox has; commit the file itself."
            yield Finding(shown, 1, 1, "error", "file-lfs-pointer", message)
            continue
        for offset, what in _find_secrets(data):
            message = f"This is {what}; {_ELSEWHERE}."
            yield Finding(shown, *_place(data, offset), "error", "file-secret", message)
        if modules is not None and "/" not in path:
            yield from _check_package_list(path, data, modules)


def _find_secret_file(path: str, data: bytes | None) -> str:
    """Why a file is a secret by its name; empty where it is none."""
    name = path.rpartition("/")[2].lower()
    if name == ".env" or (name.startswith(".env.") and name.rpartition(".")[2] not in _EMPTY_FORMS):
        return f"{make_printable(path)} is a file of secrets, and no tool reads it here; {_ELSEWHERE}."
    if name in _KEY_FILES:
        return f"{make_printable(path)} is a private key by its name; {_ELSEWHERE}."
    if name in _LOGINS and data is not None and _LOGINS[name].search(data):
        return f"{make_printable(path)} holds a password or a token; {_ELSEWHERE}."
    return ""


def _find_secrets(data: bytes) -> Iterator[tuple[int, str]]:
    """The offset of the first private key and the first token, and what each is."""
    key = _PRIVATE_KEY.search(data) if b"PRIVATE KEY-----" in data else None
    if key is not None:
        yield key.start(), "a private key"
    for token in _TOKEN.finditer(data) if any(mark in data for mark in _TOKEN_MARKS) else ():
        text = token.group()
        if len(set(text)) >= _DIFFERENT_CHARACTERS and b"EXAMPLE" not in text.upper():
            yield token.start(), f"an access key or token ({text[:4].decode()}…)"
            return


def _place(data: bytes, offset: int) -> tuple[int, int]:
    start = data.rfind(b"\n", 0, offset) + 1
    return data.count(b"\n", 0, offset) + 1, len(data[start:offset].decode("utf-8", "replace")) + 1


# -- lists of packages -------------------------------------------------------------------------------------------------


def _check_package_list(path: str, data: bytes, modules: ToolModules) -> Iterator[Finding]:
    """A warning for a list of packages that names what is not declared."""
    wanted = _list_packages(path, data.decode("utf-8", "replace"))
    missing = [name for name in dict.fromkeys(wanted) if not modules.declares(name) and name not in _base_packages()]
    if missing:
        names = ", ".join(missing[:_NAMED_AT_MOST]) + (", …" if len(missing) > _NAMED_AT_MOST else "")
        where = "the script block" if modules.in_block else "runtime.dependencies"
        message = f"{path} is not read: list what the tool needs of it ({names}) under {where}."
        yield Finding(path, 1, 1, "warning", "requirements-file-ignored", message)


def _list_packages(path: str, text: str) -> list[str]:
    """The packages that a file of this name lists, as far as it can be read."""
    if re.fullmatch(r"requirements[\w.-]*\.(?:txt|in)", path) and not _FOR_DEVELOPERS.search(path):
        return _names(line.partition("#")[0].strip() for line in text.splitlines())
    if path == "pyproject.toml":
        return _of_project(text)
    if path == "setup.py" and "install_requires" in text:
        listed = re.match(r"\s*=\s*\[([^\]]*)\]", text.partition("install_requires")[2])
        return _names(re.findall(r"[\"']([^\"']+)[\"']", listed.group(1))) if listed else []
    if path == "Pipfile":
        packages = _read_toml(text).get("packages")
        return _names(packages) if isinstance(packages, dict) else []
    return []


def _of_project(text: str) -> list[str]:
    table = _read_toml(text)
    project, tools = table.get("project"), table.get("tool")
    listed = project.get("dependencies") if isinstance(project, dict) else None
    if isinstance(listed, list):
        return _names(one for one in listed if isinstance(one, str))
    poetry = tools.get("poetry") if isinstance(tools, dict) else None
    packages = poetry.get("dependencies") if isinstance(poetry, dict) else None
    return [name for name in _names(packages) if name != "python"] if isinstance(packages, dict) else []


def _read_toml(text: str) -> dict[str, Json]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError):
        return {}


def _names(lines: Iterable[str]) -> list[str]:
    found = (_REQUIREMENT.match(line) for line in lines)
    return [canonicalize_name(one.group()) for one in found if one]


@cache
def _base_packages() -> frozenset[str]:
    """The packages that every sandbox has."""
    return frozenset(canonicalize_name(name) for name in map(find_distribution, BASE_MODULES) if name)
