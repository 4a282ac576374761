"""Every case of the report, in its order."""

from __future__ import annotations

from tests.report import (
    callers,
    engine_faults,
    hardship,
    hostile_texts,
    mixed_load,
    remotes,
    repository_care,
    slow_clients,
)

CASES = (
    *remotes.CASES,
    *repository_care.CASES,
    *hostile_texts.CASES,
    *slow_clients.CASES,
    *callers.CASES,
    *hardship.CASES,
    *engine_faults.CASES,
    *mixed_load.CASES,
)
