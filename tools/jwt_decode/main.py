"""Show what a JSON Web Token (RFC 7519) says, without verifying it."""

from __future__ import annotations

import base64
import binascii
import json
import math
from datetime import UTC, datetime

_SIGNED_PARTS, _ENCRYPTED_PARTS = 3, 5
_TIMES = ("exp", "nbf", "iat", "auth_time")


def main(token: str, at: str = "now") -> dict:
    """Header and claims; raises ValueError for what is no readable token. The token itself is never repeated."""
    moment = _moment(at)
    parts = token.strip().removeprefix("Bearer ").strip().split(".")
    if len(parts) == _ENCRYPTED_PARTS:
        raise ValueError("This token is encrypted (JWE, five parts): it cannot be read without its key.")
    if len(parts) != _SIGNED_PARTS:
        raise ValueError(f"A JSON Web Token has three parts joined by dots; this has {len(parts)}.")
    header, claims = _part(parts[0], "header"), _part(parts[1], "claims")
    times = {name: _time(claims[name]) for name in _TIMES if name in claims}
    known = {name: time for name, time in times.items() if time}
    return {
        "header": header,
        "claims": claims,
        "times": {name: time.isoformat() for name, time in known.items()},
        "expired": known["exp"] <= moment if "exp" in known else None,
        "not_yet_valid": "nbf" in known and known["nbf"] > moment,
        "signature_verified": False,
    }


def _moment(text: str) -> datetime:
    if text.strip().lower() == "now":
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"at is {text!r}; write 2026-01-01T00:00:00Z or now.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _part(text: str, name: str) -> dict:
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        part = json.loads(content, parse_constant=str, parse_float=_number)
    except (binascii.Error, ValueError, RecursionError):
        raise ValueError(f"The {name} of the token is not base64url of JSON; was the token cut or changed?") from None
    if not isinstance(part, dict):
        raise ValueError(f"The {name} of the token is not a JSON object.")
    return part


def _number(text: str) -> float | str:
    """JSON knows no infinity, so a number beyond all bounds stays text."""
    return float(text) if math.isfinite(float(text)) else text


def _time(value: object) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        return None
