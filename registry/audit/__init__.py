"""The audit: one record per execution, begun before a sandbox gets its job and completed after it."""

from .record import Ends, Execution, Filter, Intent, Period, Summary
from .store import Audit, migrate, worker_instance

__all__ = ["Audit", "Ends", "Execution", "Filter", "Intent", "Period", "Summary", "migrate", "worker_instance"]
