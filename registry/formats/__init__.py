"""The models' formats: one pure module per target, listed in :data:`FORMATS`. No input or output happens here.

A target compiles each tool by itself. One that cannot be compiled is left out of that target's list, and its
compatibility says why: a provider refuses a whole list for one bad definition.
"""

from __future__ import annotations

from .compiled import Compiled, Format, Reason
from .known_formats import FORMATS, compile_tool

__all__ = ["FORMATS", "Compiled", "Format", "Reason", "compile_tool"]
