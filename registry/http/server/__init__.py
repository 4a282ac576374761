"""What comes before Flask: gunicorn's settings, its worker, how requests arrive, what is refused before that."""

from __future__ import annotations
