"""Run tools on record: check the arguments, write the intent, run, check the result, write the outcome.

This is the one path to the runner; the HTTP routes and the command line both end here.
"""

from .arguments import Call, refuse_not_invocable
from .executions import Executions
from .together import Together
from .trial import trial

__all__ = [
    "Call",
    "Executions",
    "Together",
    "refuse_not_invocable",
    "trial",
]
