"""The audit: one record per execution, begun before a sandbox gets its job and completed after it."""

from .record import OPEN, STATUSES, Ends, Execution, Filter, Intent, Period, Summary
from .store import Audit, migrate, worker_instance
from .summary import DAY_SECONDS

__all__ = [
    "DAY_SECONDS",
    "OPEN",
    "STATUSES",
    "Audit",
    "Ends",
    "Execution",
    "Filter",
    "Intent",
    "Period",
    "Summary",
    "migrate",
    "worker_instance",
]
