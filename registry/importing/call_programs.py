"""The shared packages that imported tools call others with: real modules of ``programs/``, which never run here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from registry.package_files import PROGRAMS


@cache
def read_call_packages(*names: str) -> Mapping[str, Mapping[str, bytes]]:
    """The files of these packages, by package and by path."""
    return {name: {path.name: path.read_bytes() for path in sorted((PROGRAMS / name).glob("*.py"))} for name in names}
