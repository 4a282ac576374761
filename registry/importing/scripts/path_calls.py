"""What one call does with a path: opens it, reads it, writes it, lists it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from .constant_values import evaluate
from .module_names import ModuleNames
from .parameters import FileUse

_READERS: Final[dict[str, tuple[FileUse, str]]] = {
    "read_csv": ("text", ".csv"),
    "read_table": ("text", ".tsv"),
    "read_json": ("text", ".json"),
    "read_html": ("text", ".html"),
    "read_xml": ("text", ".xml"),
    "scan_csv": ("text", ".csv"),
    "read_excel": ("bytes", ".xlsx"),
    "read_parquet": ("bytes", ".parquet"),
    "load_workbook": ("bytes", ".xlsx"),
    "read_text": ("text", ".txt"),
    "read_bytes": ("bytes", ".bin"),
    "PIL.Image.open": ("bytes", ".png"),
    "Image.open": ("bytes", ".png"),
    "imread": ("bytes", ".png"),
    "ZipFile": ("bytes", ".zip"),
    "is_zipfile": ("bytes", ".zip"),
    "tarfile.open": ("bytes", ".tar"),
    "gzip.open": ("bytes", ".gz"),
    "PdfReader": ("bytes", ".pdf"),
    "pdfplumber.open": ("bytes", ".pdf"),
    "Document": ("bytes", ".docx"),
    "ElementTree.parse": ("text", ".xml"),
    "etree.parse": ("text", ".xml"),
    "minidom.parse": ("text", ".xml"),
    "loadtxt": ("text", ".csv"),
    "genfromtxt": ("text", ".csv"),
    "linecache.getlines": ("text", ".txt"),
    "fileinput.input": ("text", ".txt"),
    "wave.open": ("bytes", ".wav"),
    "dotenv_values": ("text", ".env"),
}
_WRITERS: Final = {
    "to_csv": ".csv",
    "to_excel": ".xlsx",
    "to_json": ".json",
    "to_html": ".html",
    "to_parquet": ".parquet",
    "to_markdown": ".md",
    "savefig": ".png",
    "save": ".png",
    "write_text": ".txt",
    "write_bytes": ".bin",
    "imwrite": ".png",
    "imsave": ".png",
    "write_html": ".html",
    "write_image": ".png",
    "ExcelWriter": ".xlsx",
    "FileHandler": ".log",
    "RotatingFileHandler": ".log",
}
_SAVERS: Final = {"openpyxl": ".xlsx", "docx": ".docx", "pptx": ".pptx", "numpy": ".npy", "folium": ".html"}
"""What else than a picture ``save`` writes, by the library that is imported."""
_LISTERS: Final = {"os.listdir", "os.walk", "os.scandir", "iterdir", "rglob", "glob"}
_OPENERS: Final = {"open", "io.open", "codecs.open", "os.fdopen"}
_PARSERS: Final = {
    "json.load": ".json",
    "yaml.safe_load": ".yaml",
    "yaml.safe_load_all": ".yaml",
    "yaml.load": ".yaml",
    "csv.reader": ".csv",
    "csv.DictReader": ".csv",
    "tomllib.load": ".toml",
    "toml.load": ".toml",
}
"""What is in a file that is opened on the spot."""
_OWN_METHODS: Final = {"read_text", "read_bytes", "write_text", "write_bytes", "iterdir", "rglob", "glob"}
"""Those of a path itself."""
_COPIERS: Final = {"shutil.copy", "shutil.copyfile", "shutil.copy2", "shutil.move", "os.rename"}
_FIRST: Final = {"file", "filename", "path", "filepath_or_buffer", "fname", "fp"}
_OTHER_OPEN: Final = (
    *("PIL.", "Image.", "gzip.", "tarfile.", "webbrowser.", "wave.", "pdfplumber.", "os.", "shelve."),
    *("bz2.", "lzma.", "codecs.", "io.", "urllib.", "self."),
)
"""What has an ``open`` that is not a path's."""


@dataclass(frozen=True, slots=True)
class PathUse:
    """What is done with a path, and the ending that its name should have."""

    use: FileUse
    suffix: str


def list_path_uses(node: ast.Call, names: ModuleNames) -> Iterator[tuple[ast.expr, PathUse]]:
    """Each expression that the call takes for a path, with what it does."""
    full = names.full_name(node.func)
    if isinstance(node.func, ast.Attribute):
        owner, method = node.func.value, node.func.attr
        if method == "open" and not full.startswith(_OTHER_OPEN):
            yield owner, _opened(node, 0, names)
            return
        if method in _OWN_METHODS and not full.startswith(("glob.", "os.")):
            yield owner, _of_method(method)
            return
    first = node.args[0] if node.args else next((one.value for one in node.keywords if one.arg in _FIRST), None)
    if first is not None:
        yield from _of_first(node, first, full or _last(node), names)


def _of_first(node: ast.Call, first: ast.expr, full: str, names: ModuleNames) -> Iterator[tuple[ast.expr, PathUse]]:
    last = full.rpartition(".")[2]
    known = _READERS.get(full) or _READERS.get(last) or _READERS.get(".".join(full.split(".")[-2:]))
    if full in _OPENERS:
        yield first, _opened(node, 1, names)
    elif known:
        yield first, PathUse(*known)
    elif last in _WRITERS:
        yield first, PathUse("output", _suffix_of_writer(last, names))
    elif full in _LISTERS or full in {"glob.glob", "glob.iglob"}:
        yield first, PathUse("folder", "")
    elif full in _COPIERS and len(node.args) > 1:
        yield node.args[0], PathUse("text", ".txt")
        yield node.args[1], PathUse("output", ".txt")
    elif full in _PARSERS and isinstance(first, ast.Call) and names.full_name(first.func) in _OPENERS and first.args:
        yield first.args[0], PathUse("text", _PARSERS[full])


def _last(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def _of_method(method: str) -> PathUse:
    if method in _LISTERS:
        return PathUse("folder", "")
    kind = _READERS.get(method)
    return PathUse(*kind) if kind else PathUse("output", ".txt")


def _suffix_of_writer(last: str, names: ModuleNames) -> str:
    if last == "save":
        modules = {full.partition(".")[0] for full in names.imports.values()}
        return next((ending for module, ending in _SAVERS.items() if module in modules), ".png")
    return _WRITERS[last]


def _opened(node: ast.Call, position: int, names: ModuleNames) -> PathUse:
    given = node.args[position] if len(node.args) > position else None
    given = next((one.value for one in node.keywords if one.arg == "mode"), given)
    mode = evaluate(given, names) if given is not None else "r"
    mode = mode if isinstance(mode, str) else "r"
    if set(mode) & set("wax"):
        return PathUse("output", ".txt")
    return PathUse("bytes", ".bin") if "b" in mode else PathUse("text", ".txt")
