"""Programs that tests start, and that must not outlive a run of tests, however that ends."""

from __future__ import annotations

ENDS_WITH_US = ["setpriv", "--pdeathsig", "TERM"]
"""Before a command: it is told to end when the process that started it has ended (prctl(2), PR_SET_PDEATHSIG)."""
