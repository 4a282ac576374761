"""Run tools on record: check the arguments, write the intent, run, check the result, write the outcome.

This is the one path to the runner; the HTTP routes and the command line both end here.
"""

from .call_arguments import Call, refuse_not_invocable
from .execution_outcome import find_returns_validator
from .executions import Executions
from .parallel_calls import ParallelCalls
from .trial_catalog import make_trial_catalog

__all__ = [
    "Call",
    "Executions",
    "ParallelCalls",
    "find_returns_validator",
    "make_trial_catalog",
    "refuse_not_invocable",
]
