"""The secrets of this service: which tool gets which, and the hiding of values in all that is kept or answered."""

from __future__ import annotations

from .push_signature import is_signed, read_key
from .redactor import Redactor
from .secret_grants import GrantedSecrets, Secrets
from .value_spellings import REDACTED

__all__ = [
    "REDACTED",
    "GrantedSecrets",
    "Redactor",
    "Secrets",
    "is_signed",
    "read_key",
]
