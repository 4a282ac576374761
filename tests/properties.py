"""How many examples a property test tries."""

from __future__ import annotations

from hypothesis import settings


def examples(count: int) -> int:
    """As many as the profile wants where ``count`` are usual: half in a quick run, ten times as many in a thorough one.

    The profiles are in ``tests/conftest.py``.
    """
    return max(1, count * settings().max_examples // 100)
