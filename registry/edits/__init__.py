"""Edits: proposed changes to a tool's files, on their way to a commit."""

from .base import file_pointer
from .edits import Edits, Landed
from .prepared import Prepared, Signed

__all__ = ["Edits", "Landed", "Prepared", "Signed", "file_pointer"]
