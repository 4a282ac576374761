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
from registry.import_names import BASE_MODULES, find_distribution, is_standard_library

from .module_names import ModuleNames
from .script_source import ScriptSource, read_bytes

_MOST_BYTES: Final = 256 * 1024
_MOST_FILES: Final = 20
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
        elif top not in BASE_MODULES or canonicalize_name(distribution) in asked.blocks:
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
    lines = [line.rstrip() for line in data.decode("utf-8", "replace").splitlines()]
    if "# /// script" not in lines:
        return {}
    inside = lines[lines.index("# /// script") + 1 :]
    if "# ///" not in inside:
        return {}
    content = inside[: inside.index("# ///")]
    table = _parse_toml("\n".join(line[2:] for line in content)) if all(one[:1] == "#" for one in content) else {}
    return table if isinstance(table.get("dependencies", []), list) else {}


def _listed(folder: Path, root: Path) -> Iterator[str]:
    """The requirements that files of a folder name."""
    for path in sorted(folder.glob("requirements*.txt")):
        if "dev" not in path.name and "test" not in path.name:
            yield from _lines(path, root, set())
    table = _read_toml(folder / "pyproject.toml", root)
    listed = _find(table, "project", "dependencies")
    yield from (one for one in listed if isinstance(one, str)) if isinstance(listed, list) else ()
    poetry = _find(table, "tool", "poetry", "dependencies")
    for name, version in poetry.items() if isinstance(poetry, dict) else ():
        if name != "python" and isinstance(version, str):
            yield f"{name}{_bounds(version)}"


def _lines(path: Path, root: Path, seen: set[Path]) -> Iterator[str]:
    """The requirements of a file and of those that it names, each file once."""
    seen.add(path)
    try:
        text = read_bytes(path, root, _MOST_BYTES).decode("utf-8", "replace")
    except InputRefused:
        return
    for whole in text.replace("\\\n", " ").splitlines():
        line = re.sub(r"(^|\s)#.*$|\s--hash=\S+", "", whole).strip()
        if other := re.match(r"(?:-r|--requirement)[ =]+(\S+)", line):
            named = path.parent / other[1]
            if named not in seen and len(seen) < _MOST_FILES:
                yield from _lines(named, root, seen)
        elif line and not line.startswith("-"):
            yield line


def _read_toml(path: Path, root: Path) -> dict[str, Any]:
    try:
        return _parse_toml(read_bytes(path, root, _MOST_BYTES).decode())
    except (InputRefused, UnicodeDecodeError):
        return {}


def _parse_toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def _find(table: Any, *names: str) -> Any:
    """What stands under these names; None where nothing does, or one of them is no table."""
    for name in names:
        table = table.get(name) if isinstance(table, dict) else None
    return table


def _bounds(version: str) -> str:
    """Poetry's ``^1.2`` and ``1.2`` as others write them."""
    version = version.strip()
    if version in {"*", ""}:
        return ""
    if version[0] in "^~" and not version.startswith("~="):
        return f">={version[1:]}"
    return version if version[0] in "<>=!~" else f"=={version}"
