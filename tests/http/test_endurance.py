"""Executions in a row leave memory, descriptors, threads and containers where they were."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.endurance import endure


@pytest.mark.engine(alone=True)
def test_sixty_executions_in_a_row_leave_everything_where_it_was(tmp_path: Path) -> None:
    endured = endure(tmp_path, 60)
    print(endured)
    assert endured.growth() == []
