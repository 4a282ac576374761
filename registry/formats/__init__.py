"""The models' formats: one pure module for each target, listed in :data:`FORMATS`. No input or output happens here.

A target compiles each tool by itself. A tool that it cannot compile is left out of its list, because a provider refuses
a whole list for one bad definition; the tool's compatibility says why.
"""

from __future__ import annotations

from .calling import AnsweredCall, CallingFormat, WantedCall, read_calls
from .compatibility import judge_compatibility, report_compatibility
from .deferred_loading import defer_definitions
from .definition_pins import TOLD, explain_pin, read_lock, select_held, write_lock
from .known_formats import FORMATS, compile_tool
from .llms_txt import write_export_llms_txt, write_llms_txt
from .strict import Compiled, Reason

__all__ = [
    "FORMATS",
    "TOLD",
    "AnsweredCall",
    "CallingFormat",
    "Compiled",
    "Reason",
    "WantedCall",
    "compile_tool",
    "defer_definitions",
    "explain_pin",
    "judge_compatibility",
    "read_calls",
    "read_lock",
    "report_compatibility",
    "select_held",
    "write_export_llms_txt",
    "write_llms_txt",
    "write_lock",
]
