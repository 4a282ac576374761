"""Files in JSON: a text is a string, any other bytes are ``{"base64": …}``; both ways."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from registry.edits import point_to_file
from registry.errors import Fault, InputRefused
from registry.folder_rules import make_printable
from registry.model import Json


def render_files(files: Mapping[str, bytes]) -> dict[str, Json]:
    """The files by path, as a body has them. A path that is no text shows as it can be printed."""
    return {make_printable(path): render_file(content) for path, content in files.items()}


def render_file(content: bytes) -> Json:
    """One file: its text, where it is UTF-8, else its bytes."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode("ascii")}


def read_files(files: Mapping[str, Json]) -> dict[str, bytes]:
    """The bytes of files as a body has them. Raises InputRefused with every fault."""
    found: dict[str, bytes] = {}
    faults: list[Fault] = []
    for path, content in files.items():
        if isinstance(content, str):
            found[path] = content.encode()
            continue
        try:
            found[path] = base64.b64decode(content["base64"], validate=True)
        except (binascii.Error, ValueError) as error:
            faults.append(Fault(f"{point_to_file(path)}/base64", f"this is not base64: {error}", "base64"))
    if faults:
        raise InputRefused("the body has files that cannot be read", faults)
    return found
