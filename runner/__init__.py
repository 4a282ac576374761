"""The runner's front door: runs one tool in one sandbox. Knows Docker; imports nothing from ``registry``."""

from runner.engine import reap_containers
from runner.images import ensure_base_image

from .library_probe import list_missing_libraries
from .limit_probe import ProbeLine, prove_limits
from .local_runner import open_runner
from .model import (
    AllPlacesTaken,
    EngineUnavailable,
    FailedImport,
    Failure,
    Health,
    ImageNotReady,
    ImageState,
    Job,
    LeftOut,
    Needs,
    Outcome,
    OutFile,
    Runner,
    SandboxUnavailable,
    Settings,
)

__all__ = [
    "AllPlacesTaken",
    "EngineUnavailable",
    "FailedImport",
    "Failure",
    "Health",
    "ImageNotReady",
    "ImageState",
    "Job",
    "LeftOut",
    "Needs",
    "OutFile",
    "Outcome",
    "ProbeLine",
    "Runner",
    "SandboxUnavailable",
    "Settings",
    "ensure_base_image",
    "list_missing_libraries",
    "open_runner",
    "prove_limits",
    "reap_containers",
]
