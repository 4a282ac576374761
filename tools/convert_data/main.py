"""Convert between YAML, JSON and TOML."""

from __future__ import annotations

import json
import math
import tomllib
from datetime import date, time
from typing import Any

import yaml
from bounded_yaml import load_all

MAX_CHARACTERS = 800_000


def main(text: str, source: str, target: str, sort_keys: bool = False, indent: int = 2) -> dict:
    """The converted document; raises ValueError with the place of the fault where it is malformed."""
    try:
        documents = _read(text, source)
        value = _plain(documents[0] if len(documents) == 1 else documents)
        written = _write(value, target, sort_keys, indent)
    except RecursionError:
        raise ValueError("The document is nested too deeply.") from None
    except ValueError as error:
        if "integer string conversion" in str(error):  # Python reads and writes no more than 4,300 digits
            raise ValueError("The document holds a whole number with too many digits; quote it.") from None
        raise
    if len(written) > MAX_CHARACTERS:
        raise ValueError(f"The result has more than {MAX_CHARACTERS} characters; convert a smaller part.")
    return {"text": written, "documents": len(documents)}


def _read(text: str, source: str) -> list[Any]:
    try:
        if source == "json":
            return [json.loads(text)]
        if source == "toml":
            return [tomllib.loads(text)]
        return load_all(text)
    except yaml.YAMLError as error:
        raise ValueError(f"text is not YAML: {' '.join(str(error).split())[:500]}") from None
    except (json.JSONDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"text is not {source.upper()}: {error}.") from None


def _write(value: Any, target: str, sort_keys: bool, indent: int) -> str:
    if target == "json":
        return json.dumps(value, indent=indent or None, sort_keys=sort_keys, ensure_ascii=False)
    return yaml.dump(
        value, Dumper=_Dumper, indent=max(indent, 2), sort_keys=sort_keys, allow_unicode=True, default_flow_style=False
    )


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _plain(value: Any) -> Any:
    """The value in JSON's types: keys become texts, dates become ISO 8601, binary becomes hexadecimal."""
    if isinstance(value, dict):
        return {_key(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [_plain(inner) for inner in value]
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _key(key: Any) -> str:
    if key is None or isinstance(key, (bool, int, float)):
        return json.dumps(key)
    return key if isinstance(key, str) else str(_plain(key))
