"""Sandboxes that wait for a call: how many, of which kind, and who gets the next place to run."""

from __future__ import annotations

from .run_slots import RunSlots
from .sandbox_factory import SandboxKind, WaitingSandbox
from .sandbox_pool import SandboxPool

__all__ = [
    "RunSlots",
    "SandboxKind",
    "SandboxPool",
    "WaitingSandbox",
]
