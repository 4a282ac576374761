"""Edits: proposed changes to a tool's files, on their way to a commit."""

from .base import file_pointer
from .edits import Edits, Landed
from .prepared import Prepared, Signed
from .proposals import Proposal, Proposer

__all__ = [
    "Edits",
    "Landed",
    "Prepared",
    "Proposal",
    "Proposer",
    "Signed",
    "file_pointer",
]
