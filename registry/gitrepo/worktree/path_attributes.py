"""How Git converts the files of a working tree: its attribute files and a few settings, as Git itself reads them.

Git is asked for attributes only where something can convert at all, which a look at the attribute files tells. That
question reads text and runs nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Hashable
from dataclasses import dataclass
from pathlib import Path

from registry.gitrepo.store import run_git

from .checkouts import Checkout
from .content_conversion import ATTRIBUTES, UNCONVERTED, Conversion, LineEndSettings, choose_conversion

ATTRIBUTES_FILE = ".gitattributes"
_READ_AT_MOST = 1024 * 1024
# A word that can make Git convert a file; ``-text`` and ``binary`` do not.
_CONVERTING = re.compile(rb"\s(?:" + "|".join(ATTRIBUTES).encode() + rb")(?=[\s=]|$)")
# A setting that matters here, in a text that Git has to read: the rest of its syntax does not change that.
_SETTING = re.compile(rb"autocrlf|\beol\b|include|filemode(?!\s*=\s*true)", re.IGNORECASE)
_TRUE = {"true", "yes", "on", "1"}
_PLAIN = LineEndSettings()
_FALSE = {"false", "no", "off", "0", ""}


@dataclass(frozen=True, slots=True)
class CheckoutSettings:
    """What a repository's configuration says of its working trees. ``keeps_modes``: whether the executable bit of a
    file is the file's own (``core.fileMode``)."""

    line_ends: LineEndSettings = _PLAIN
    keeps_modes: bool = True


def read_checkout_settings(checkout: Checkout) -> CheckoutSettings:
    """The settings of a working tree. Costs two small file reads where there is none of them."""
    files = [_common_dir(checkout) / "config", checkout.git_dir / "config.worktree"]
    if not any(_SETTING.search(_content(file)) for file in files):
        return CheckoutSettings()
    asked = ("config", "--null", "--get-regexp", r"^core\.(autocrlf|eol|filemode)$")
    printed = run_git(checkout.work_tree, *asked, git_dir=checkout.git_dir, statuses=(0, 1)).decode("utf-8", "replace")
    found: dict[str, str] = {}
    for record in printed.split("\0")[:-1]:
        key, has_value, value = record.partition("\n")
        found[key] = value.lower() if has_value else "true"
    autocrlf = found.get("core.autocrlf", "")
    return CheckoutSettings(
        LineEndSettings(
            "input" if autocrlf == "input" else "true" if autocrlf in _TRUE else "false", found.get("core.eol", "")
        ),
        found.get("core.filemode", "true") not in _FALSE,
    )


def read_conversions(
    checkout: Checkout,
    paths: Collection[str],
    settings: CheckoutSettings,
    *,
    unseen: Collection[str] = (),
    indexed: bool = False,
) -> dict[str, Conversion]:
    """How Git converts each of these paths (relative to the working tree); those that it leaves alone are left out.

    ``unseen`` are attribute files that count, besides those that are on disk now. With ``indexed`` only the
    index's attributes count, as when Git writes into the working tree. Raises GitFailed.
    """
    if not paths or not (settings.line_ends.autocrlf != "false" or unseen or _may_convert(checkout, paths)):
        return {}
    where = ("--cached",) if indexed else ()
    printed = run_git(
        checkout.work_tree, "check-attr", "-z", "--stdin", *where, *ATTRIBUTES,
        git_dir=checkout.git_dir,
        work_tree=checkout.work_tree,
        stdin="".join(f"{path}\0" for path in paths).encode("utf-8", "surrogateescape"),
    ).decode("utf-8", "surrogateescape")  # fmt: skip
    words = printed.split("\0")[:-1]
    values: dict[str, dict[str, str]] = {}
    for path, attribute, value in zip(words[::3], words[1::3], words[2::3], strict=True):
        values.setdefault(path, {})[attribute] = value
    found = {path: choose_conversion(given, settings.line_ends) for path, given in values.items()}
    return {path: how for path, how in found.items() if how != UNCONVERTED}


def stamp_attributes(checkout: Checkout, folder: str) -> Hashable:
    """A value that changes when attributes or settings for the paths below ``folder`` do, except for the attribute
    files inside of it."""
    common = _common_dir(checkout)
    files = [common / "config", checkout.git_dir / "config.worktree", common / "info/attributes"]
    return tuple(_stamp(file) for file in [*files, *_attribute_files(checkout, {folder})])


def _may_convert(checkout: Checkout, paths: Collection[str]) -> bool:
    folders = {path.rpartition("/")[0] for path in paths}
    files = [_common_dir(checkout) / "info/attributes", *_attribute_files(checkout, folders)]
    contents = (_content(file) for file in files)
    return any(_CONVERTING.search(content) or len(content) == _READ_AT_MOST for content in contents)


def _attribute_files(checkout: Checkout, folders: Collection[str]) -> list[Path]:
    """The attribute files that count for files in these folders: one in each, and in each folder above."""
    every = {""}
    for folder in folders:
        while folder and folder not in every:
            every.add(folder)
            folder = folder.rpartition("/")[0]  # noqa: PLW2901 -- up to the top
    return [checkout.work_tree / folder / ATTRIBUTES_FILE for folder in sorted(every)]


def _common_dir(checkout: Checkout) -> Path:
    """The Git directory that all working trees share."""
    named = _content(checkout.git_dir / "commondir").strip()
    return checkout.git_dir / os.fsdecode(named) if named else checkout.git_dir


def _content(file: Path) -> bytes:
    try:
        with open(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as opened:  # noqa: PTH123
            return opened.read(_READ_AT_MOST)
    except OSError:
        return b""


def _stamp(file: Path) -> tuple[int, int, int, int] | None:
    try:
        status = file.lstat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size
