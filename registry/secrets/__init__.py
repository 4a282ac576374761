"""The secrets of this service: which tool gets which, and the hiding of values in all that is kept or answered."""

from __future__ import annotations

from .forms import REDACTED
from .handing import Handed, Secrets
from .redactor import Redactor
from .signature import is_signed, read_key

__all__ = [
    "REDACTED",
    "Handed",
    "Redactor",
    "Secrets",
    "is_signed",
    "read_key",
]
