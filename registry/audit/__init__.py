"""The audit: one record per execution, begun before a sandbox gets its job and completed after it."""

from .audit_store import Audit, migrate_database, name_worker_instance
from .audit_summary import DAY_SECONDS
from .records import OPEN, STATUSES, Ends, Execution, ExecutionFilter, Intent, Period, PeriodSummary

__all__ = [
    "DAY_SECONDS",
    "OPEN",
    "STATUSES",
    "Audit",
    "Ends",
    "Execution",
    "ExecutionFilter",
    "Intent",
    "Period",
    "PeriodSummary",
    "migrate_database",
    "name_worker_instance",
]
