"""Where the files that come with the code are: in a checkout beside the packages, installed inside of this one."""

from __future__ import annotations

from pathlib import Path
from typing import Final

IMPORT_FOLDER: Final = Path(__file__).parents[1]
"""The folder that ``registry`` and ``runner`` are imported from: the checkout, or ``site-packages``."""

_PACKED = Path(__file__).parent / "data"  # pyproject.toml says what the wheel carries there
_INSTALLED = _PACKED.is_dir()

SCHEMAS: Final = _PACKED / "schemas" if _INSTALLED else IMPORT_FOLDER / "schemas"
"""The folder of JSON Schemas."""

PAGE: Final = _PACKED / "page" if _INSTALLED else IMPORT_FOLDER / "web" / "dist"
"""The folder of the built page; there is none where it was not built."""

PROGRAMS: Final = Path(__file__).parent / "importing" / "programs"
"""The shared packages of imported tools, which run in sandboxes and never here."""
