"""``python -m harness``: what a sandbox starts."""

from .main import main

main()
