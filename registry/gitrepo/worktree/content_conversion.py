"""What Git changes in a file between the working tree and a commit: line ends, ``$Id$``, encodings (gitattributes(5)).

Done here, step by step as in Git's convert.c, because Git itself would run the filters that a repository configures. Of
filters only Git LFS's is known: what it commits is a pointer, which is a digest and a size.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ATTRIBUTES = ("text", "crlf", "eol", "ident", "filter", "working-tree-encoding")
"""What ``git check-attr`` is asked for."""
_LFS_POINTER = re.compile(rb"version https://(?:git-lfs\.github\.com/spec/v1|hawser\.github\.com/spec/v1)\n")
_LFS_POINTER_BYTES = 1024
_NO_NAME = {"set", "unset", "unspecified", ""}
_EXPANDED_ID = re.compile(rb"\$Id:[^$\n]*\$")
_LONE_LF = re.compile(rb"(?<!\r)\n")
_PRINTABLE_CONTROLS = b"\b\t\x1b\x0c"
_UNPRINTABLE = bytes(code for code in range(32) if code not in b"\b\t\x1b\x0c\r\n") + b"\x7f"


@dataclass(frozen=True, slots=True)
class LineEndSettings:
    """``core.autocrlf`` and ``core.eol`` of a repository."""

    autocrlf: Literal["false", "true", "input"] = "false"
    eol: str = ""

    @property
    def crlf(self) -> bool:
        """Whether a text of the working tree has CRLF where its attributes leave it open."""
        return self.autocrlf == "true" or (self.autocrlf == "false" and self.eol == "crlf")


@dataclass(frozen=True, slots=True)
class Conversion:
    """How one path is converted. ``text``: whether its line ends are (``auto``: unless it looks binary); ``crlf``:
    whether they are CRLF in the working tree. ``encoding`` and ``program`` (the filter's name) are empty for none."""

    text: Literal["no", "always", "auto"] = "no"
    crlf: bool = False
    ident: bool = False
    encoding: str = ""
    program: str = ""

    @property
    def is_lfs(self) -> bool:
        """Whether Git LFS keeps the file."""
        return self.program == "lfs"

    @property
    def is_unknown(self) -> bool:
        """Whether only a program, which is not run here, knows what is committed."""
        return bool(self.program) and not self.is_lfs


UNCONVERTED = Conversion()


def choose_conversion(values: Mapping[str, str], settings: LineEndSettings) -> Conversion:
    """The conversion for a path, from its attributes as ``git check-attr`` prints them (Git's convert_attrs)."""
    action = _read_text_attribute(values["text"]) or _read_text_attribute(values["crlf"])
    if action != "no" and values["eol"] in {"lf", "crlf"}:
        text, crlf = ("auto" if action == "auto" else "always"), values["eol"] == "crlf"
    elif action == "input":
        text, crlf = "always", False
    elif action:
        text, crlf = action, settings.crlf
    else:
        text, crlf = ("no" if settings.autocrlf == "false" else "auto"), settings.autocrlf == "true"
    encoding = values["working-tree-encoding"]
    return Conversion(
        "always" if text == "always" else "auto" if text == "auto" else "no",
        crlf and text != "no",
        values["ident"] == "set",
        "" if encoding in _NO_NAME or encoding.lower() in {"utf-8", "utf8"} else encoding,
        "" if values["filter"] in _NO_NAME else values["filter"],
    )


def _read_text_attribute(value: str) -> str:
    """What an attribute ``text``, or ``crlf`` of old, says; empty when nothing."""
    return {"set": "always", "unset": "no", "input": "input", "auto": "auto"}.get(value, "")


def convert_to_commit(content: bytes, how: Conversion, indexed: bytes | None = None) -> bytes:
    """The bytes that Git would commit for a file of the working tree. ``indexed`` are those that its index has for the
    path now: a text that was committed with CRLF keeps them, unless its attributes say that it is text."""
    if how.is_lfs:
        return make_lfs_pointer(content)
    if how.encoding:
        content = _decode(content, how.encoding)
    if how.text == "always":
        content = content.replace(b"\r\n", b"\n")
    elif how.text == "auto" and b"\r\n" in content and not _looks_binary(content) and not _has_crlf_text(indexed):
        content = content.replace(b"\r\n", b"\n")  # a lone CR would have made it binary
    return _EXPANDED_ID.sub(b"$Id$", content) if how.ident else content


def convert_to_working_tree(content: bytes, how: Conversion, identity: str) -> bytes:
    """The bytes that Git would write into the working tree for the blob ``identity``. Filters are not run: a file of
    Git LFS stays a pointer, as with ``GIT_LFS_SKIP_SMUDGE=1``."""
    if how.ident:
        in_one_piece = how.text == "auto" or how.encoding or how.program
        content = (_expand_ids if in_one_piece else _expand_ids_streamed)(content, identity.encode())
    if how.crlf and (how.text == "always" or not (b"\r" in content or _looks_binary(content))):
        content = _LONE_LF.sub(b"\r\n", content)
    return _encode(content, how.encoding) if how.encoding else content


def make_lfs_pointer(content: bytes) -> bytes:
    """What Git LFS commits for a file: its pointer. A file that is one already stays as it is."""
    if not content or is_lfs_pointer(content):
        return content
    digest = hashlib.sha256(content).hexdigest()
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(content)}\n".encode()


def is_lfs_pointer(content: bytes) -> bool:
    """Whether these bytes are a pointer of Git LFS, in place of a file."""
    return len(content) < _LFS_POINTER_BYTES and _LFS_POINTER.match(content) is not None


def _looks_binary(content: bytes) -> bool:
    """Git's guess (convert_is_binary): a lone CR, a NUL, or more than one unprintable byte in 128 printable ones."""
    if b"\0" in content or content.count(b"\r") != content.count(b"\r\n"):
        return True
    line_ends = content.count(b"\r") + content.count(b"\n")
    unprintable = len(content) - len(content.translate(None, _UNPRINTABLE))
    printable = len(content) - line_ends - unprintable
    if content.endswith(b"\x1a"):
        unprintable -= 1  # the end-of-file mark of old systems
    return printable >> 7 < unprintable


def _has_crlf_text(indexed: bytes | None) -> bool:
    return indexed is not None and b"\r\n" in indexed and not _looks_binary(indexed)


def _expand_ids(content: bytes, identity: bytes) -> bytes:
    """Replace each ``$Id$``, and each that was expanded by Git, by one with the blob's id (Git's ident_to_worktree)."""
    parts: list[bytes] = []
    at = 0
    while (dollar := content.find(b"$", at)) >= 0:
        parts.append(content[at : dollar + 1])
        at = dollar + 1
        if content[at : at + 3] == b"Id$":
            end = at + 2
        elif content[at : at + 3] == b"Id:":
            end = content.find(b"$", at + 3)
            if end < 0:
                break
            inside = content[at + 3 : end]
            if b"\n" in inside or _is_foreign_id(inside):
                continue
        else:
            continue
        parts.append(b"Id: " + identity + b" $")
        at = end + 1
    return b"".join([*parts, content[at:]])


_STREAMED_ID = re.compile(rb"\$(?:Id(?:(?P<plain>\$)|:(?P<inside>[^$\n]*)(?P<end>[$\n]?)|[^$:])|I[^d]|[^I])", re.DOTALL)


def _expand_ids_streamed(content: bytes, identity: bytes) -> bytes:
    """The same as Git does it where it need not have the whole file (ident_filter_fn): what has begun like an id and is
    none is passed by with the byte that shows it, so that the ``$Id$`` of ``$$Id$`` stays."""

    def expand(found: re.Match[bytes]) -> bytes:
        ours = found["plain"] or (found["end"] == b"$" and not _is_foreign_id(found["inside"]))
        return b"$Id: " + identity + b" $" if ours else found[0]

    return _STREAMED_ID.sub(expand, content)


def _is_foreign_id(inside: bytes) -> bool:
    """A blank before the last character: another system's id, which stays."""
    return 0 <= inside.find(b" ", 1) < len(inside) - 1


_BOMS = {"utf16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE), "utf32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)}


def _decode(content: bytes, encoding: str) -> bytes:
    """As UTF-8. What is not in that encoding stays as it is, as in Git."""
    name = _plain_name(encoding)
    boms = () if name.endswith("bom") else _BOMS.get(name[:5], ())
    if not content or (boms and content.startswith(boms) == name.endswith(("le", "be"))):
        return content  # a BOM is wanted exactly where the name does not say the order
    try:
        return content.decode(name[:5] if name.endswith("bom") else encoding).encode()
    except (UnicodeError, LookupError):
        return content


def _encode(content: bytes, encoding: str) -> bytes:
    name = _plain_name(encoding)
    try:
        text = content.decode()
        if name in {"utf16lebom", "utf16bebom"}:
            return ("\ufeff" + text).encode(f"utf-16-{name[5:7]}")
        return text.encode(encoding)
    except (UnicodeError, LookupError):
        return content


def _plain_name(encoding: str) -> str:
    return encoding.lower().replace("-", "").replace("_", "")
