"""The audit: one record per execution, begun before a sandbox gets its job and completed after it."""

from .record import Execution, Filter, Intent
from .store import Audit, migrate

__all__ = ["Audit", "Execution", "Filter", "Intent", "migrate"]
