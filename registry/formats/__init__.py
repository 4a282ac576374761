"""The models' formats: one pure module per target, listed in :data:`FORMATS`. No input or output happens here.

A target compiles each tool by itself. One that cannot be compiled is left out of that target's list, and its
compatibility says why: a provider refuses a whole list for one bad definition.
"""

from __future__ import annotations

from .compatibility import report
from .compiled import Compiled, Format, Reason
from .deferred import deferred
from .known_formats import FORMATS, compile_tool
from .llms_txt import llms_txt, llms_txt_of_export
from .people import details, finding_json, summary
from .pins import TOLD, held, lock_text, read_lock

__all__ = [
    "FORMATS",
    "TOLD",
    "Compiled",
    "Format",
    "Reason",
    "compile_tool",
    "deferred",
    "details",
    "finding_json",
    "held",
    "llms_txt",
    "llms_txt_of_export",
    "lock_text",
    "read_lock",
    "report",
    "summary",
]
