"""What a script needs from the package index, with the versions that files beside it ask for."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from registry.errors import InputRefused
from registry.import_names import find_distribution, is_standard_library

from .module_names import ModuleNames
from .script_source import ScriptSource, read_bytes

_PROVIDED: Final = frozenset({"requests", "httpx", "yaml", "jsonschema"})
"""What the base image has for every tool (docs/tools.md)."""
_MOST_BYTES: Final = 256 * 1024
_MOST_DEPTH: Final = 3
# What libraries import by themselves, by what a script does with them.
_SILENT: Final = (
    (re.compile(r"\b(read_excel|to_excel|ExcelWriter)\b"), "openpyxl"),
    (re.compile(r"\b(read_parquet|to_parquet)\b"), "pyarrow"),
    (re.compile(r"\bBeautifulSoup\(.*['\"](lxml|xml|lxml-xml)['\"]|\bread_html\(|\bread_xml\("), "lxml"),
    (re.compile(r"\bBeautifulSoup\(.*['\"]html5lib['\"]"), "html5lib"),
    (re.compile(r"\.to_markdown\("), "tabulate"),
    (re.compile(r"\bEmailStr\b"), "email-validator"),
    (re.compile(r"['\"]postgresql(\+psycopg2)?://"), "psycopg2-binary"),
    (re.compile(r"['\"]mysql\+pymysql://"), "PyMySQL"),
    (re.compile(r"\bdf\w*\.plot\b|\.plot\.(bar|line|hist|pie|scatter)\("), "matplotlib"),
)
_WHEELS: Final = {"psycopg2": "psycopg2-binary", "opencv-python": "opencv-python-headless", "docopt": "docopt-ng"}
"""Only wheels are installed, and a sandbox has no display."""
_BLOCK: Final = re.compile(r"^# /// script\s*$\n((?:^#(?: .*)?$\n?)+?)^# ///\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ThirdParty:
    """``requirements`` for runtime.dependencies; ``unknown`` modules that nobody is known to bring; ``optional`` ones
    that the script does without. ``modules`` are all top-level names from outside of the standard library."""

    requirements: tuple[str, ...]
    unknown: tuple[str, ...]
    optional: tuple[str, ...]
    modules: frozenset[str]
    requires_python: str = ""


def find_third_party(sources: Mapping[str, ScriptSource], names: Iterable[ModuleNames]) -> ThirdParty:
    """What the imports of a script and its helpers need. ``sources`` are by module name, the script's among them."""
    own = {name.partition(".")[0] for name in sources} | {one.path.stem for one in sources.values()}
    needed: dict[str, bool] = {}
    for one in names:
        for module, required in _imported(one.tree):
            top = module.partition(".")[0]
            if top not in own and not is_standard_library(top):
                needed[module] = needed.get(module, False) or required
    asked, requires_python = _asked_for(sources)
    found: dict[str, str] = {}
    unknown: list[str] = []
    for module in [module for module, required in needed.items() if required]:
        top = module.partition(".")[0]
        distribution = find_distribution(module) or find_distribution(top)
        if distribution is None:
            unknown += [] if _is_covered(module, needed) else [top]
        elif top not in _PROVIDED or canonicalize_name(distribution) in asked.blocks:
            distribution = _WHEELS.get(distribution, distribution)
            found[canonicalize_name(distribution)] = distribution
    optional = [module.partition(".")[0] for module, required in needed.items() if not required]
    text = "\n".join(one.data.decode("utf-8", "replace") for one in sources.values())
    for pattern, distribution in _SILENT:
        if pattern.search(text) and needed:
            found.setdefault(canonicalize_name(distribution), distribution)
    requirements = {key: asked.files.get(key, distribution) for key, distribution in found.items()} | asked.blocks
    known = {top for top in unknown if canonicalize_name(top) in asked.files}
    requirements |= {canonicalize_name(top): asked.files[canonicalize_name(top)] for top in known}
    tops = frozenset(module.partition(".")[0] for module, required in needed.items() if required)
    return ThirdParty(
        tuple(sorted(requirements.values(), key=str.lower)),
        tuple(dict.fromkeys(one for one in unknown if one not in known)),
        tuple(one for one in dict.fromkeys(optional) if one not in tops),
        tops,
        requires_python,
    )


def _is_covered(module: str, needed: Mapping[str, bool]) -> bool:
    """``google`` where ``google.cloud.storage`` is known."""
    return any(other.startswith(f"{module}.") and find_distribution(other) for other in needed)


def _imported(tree: ast.Module) -> Iterator[tuple[str, bool]]:
    """Every module that is imported, and whether the script needs it."""
    pending: list[tuple[ast.AST, bool]] = [(tree, True)]
    while pending:
        node, required = pending.pop()
        if isinstance(node, ast.Import):
            yield from ((one.name, required) for one in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            shared = find_distribution(node.module) is None and not is_standard_library(node.module)
            yield from ((f"{node.module}.{one.name}" if shared else node.module, required) for one in node.names)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            pending.extend((one, required) for one in node.orelse)
            continue
        elif isinstance(node, ast.Try) and any(_catches_import(one) for one in node.handlers):
            given_up = all(_gives_up(one) for one in node.handlers if _catches_import(one))
            pending.extend((one, required and given_up) for one in node.body)
            pending.extend((one, False) for handler in node.handlers for one in handler.body)
            pending.extend((one, required) for one in [*node.orelse, *node.finalbody])
            continue
        pending.extend((one, required) for one in ast.iter_child_nodes(node))


def _catches_import(handler: ast.ExceptHandler) -> bool:
    text = ast.unparse(handler.type) if handler.type is not None else "ImportError"
    return "ImportError" in text or "ModuleNotFoundError" in text or text == "Exception"


def _gives_up(handler: ast.ExceptHandler) -> bool:
    """Whether the script ends, or complains, without the module: then it needs it."""
    text = "\n".join(ast.unparse(one) for one in handler.body)
    return bool(re.search(r"\bexit\(|\braise\b|pip3? install", text)) and "import " not in text


@dataclass(frozen=True, slots=True)
class _Asked:
    """Requirements by canonical name: ``files`` say versions of what is needed, ``blocks`` say what is needed."""

    files: dict[str, str]
    blocks: dict[str, str]


def _asked_for(sources: Mapping[str, ScriptSource]) -> tuple[_Asked, str]:
    files: dict[str, str] = {}
    blocks: dict[str, str] = {}
    requires_python = ""
    for source in sources.values():
        folder = source.path.parent
        while True:
            for one in _listed(folder, source.root):
                _put(files, one)
            if folder in (source.root, folder.parent):
                break
            folder = folder.parent
        table = _read_block(source.data)
        requires_python = str(table.get("requires-python", requires_python))
        for one in table.get("dependencies", []):
            _put(blocks, one)
    return _Asked(files, blocks), requires_python


def _put(found: dict[str, str], text: Any) -> None:
    try:
        requirement = Requirement(str(text))
    except InvalidRequirement:
        return
    if requirement.url is None:
        written = str(requirement) if requirement.marker else "".join(str(text).split())
        found.setdefault(canonicalize_name(requirement.name), written)


def _read_block(data: bytes) -> dict[str, Any]:
    found = _BLOCK.search(data.decode("utf-8", "replace").replace("\r\n", "\n"))
    if found is None:
        return {}
    text = "\n".join(line[2:] for line in found[1].splitlines())
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}
    return table if isinstance(table.get("dependencies", []), list) else {}


def _listed(folder: Path, root: Path) -> Iterator[str]:
    """The requirements that files of a folder name."""
    for path in sorted(folder.glob("requirements*.txt")):
        if "dev" not in path.name and "test" not in path.name:
            yield from _lines(path, root, 0)
    table = _read_toml(folder / "pyproject.toml", root)
    project = table.get("project", {})
    if isinstance(project, dict):
        yield from (one for one in project.get("dependencies", []) if isinstance(one, str))
    poetry = (
        table.get("tool", {}).get("poetry", {}).get("dependencies", {}) if isinstance(table.get("tool"), dict) else {}
    )
    for name, version in poetry.items() if isinstance(poetry, dict) else ():
        if name != "python" and isinstance(version, str):
            yield f"{name}{_bounds(version)}"


def _lines(path: Path, root: Path, depth: int) -> Iterator[str]:
    try:
        text = read_bytes(path, root, _MOST_BYTES).decode("utf-8", "replace")
    except InputRefused:
        return
    for whole in text.replace("\\\n", " ").splitlines():
        line = re.sub(r"(^|\s)#.*$|\s--hash=\S+", "", whole).strip()
        if (other := re.match(r"(?:-r|--requirement)[ =]+(\S+)", line)) and depth < _MOST_DEPTH:
            yield from _lines(path.parent / other[1], root, depth + 1)
        elif line and not line.startswith("-"):
            yield line


def _read_toml(path: Path, root: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_bytes(path, root, _MOST_BYTES).decode())
    except (InputRefused, tomllib.TOMLDecodeError, UnicodeDecodeError):
        return {}


def _bounds(version: str) -> str:
    """Poetry's ``^1.2`` and ``1.2`` as others write them."""
    version = version.strip()
    if version in {"*", ""}:
        return ""
    if version[0] in "^~" and not version.startswith("~="):
        return f">={version[1:]}"
    return version if version[0] in "<>=!~" else f"=={version}"
