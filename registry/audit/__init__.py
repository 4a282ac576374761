"""The audit: one record per execution, begun before a sandbox gets its job and completed after it."""

from .audit_store import Audit, name_worker_instance
from .audit_summary import DAY_SECONDS
from .database import migrate_database
from .heartbeat import Heartbeat
from .records import OPEN, STATUSES, Ends, Execution, ExecutionFilter, Intent, Log, Mark, Period, PeriodSummary

__all__ = [
    "DAY_SECONDS",
    "OPEN",
    "STATUSES",
    "Audit",
    "Ends",
    "Execution",
    "ExecutionFilter",
    "Heartbeat",
    "Intent",
    "Log",
    "Mark",
    "Period",
    "PeriodSummary",
    "migrate_database",
    "name_worker_instance",
]
