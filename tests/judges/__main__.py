"""Make every judge's environment: set-up does, so that no test waits for it."""

from tests.judges import make_all

make_all()
