"""Keeps a package from being built without its page, which Git does not have: hatchling runs this before each build.

An editable install needs no page, because its code looks for one in the checkout each time. Nor do pre-commit's hooks:
pre-commit installs them from a clone, into an environment that it makes inside of that clone.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WITHOUT = "TOOLCRIB_BUILD_WITHOUT_PAGE"
REFUSAL = (
    "The page is not built, so this package would be without it: run `setup/venv && setup/page` in a clone and install "
    f"or build from there, or set {WITHOUT}=1 where commands such as `toolcrib check` are all you need."
)


class PageInPackage(BuildHookInterface[Any]):
    """Refuses, in one sentence, to build a wheel or an sdist that has no page."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Look for the page before anything is built."""
        root = Path(self.root)
        needed = version != "editable" and os.environ.get(WITHOUT) != "1" and not is_for_pre_commit(root)
        if needed and not (root / "web/dist/index.html").is_file():
            self.app.abort(REFUSAL)


def is_for_pre_commit(root: Path) -> bool:
    """Whether this runs in the environment that pre-commit makes inside of its clone, such as ``py_env-python3.11``."""
    environment = Path(sys.prefix)
    return environment.parent == root and environment.name.startswith("py_env-")
