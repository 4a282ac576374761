"""What becomes of functions from elsewhere: ``python -m tests.judges.elsewhere [--most N] [--seed N]``.

Each is written as a tool's folder, checked and compiled for every format. Said is how many were refused by the check
(by code), how many crashed anything, how many definitions were sent and left out (by reason), what the judges say of
those that were sent, and whether each reason is true of the author's schema, as far as this program can tell by itself.
The definitions come from packages (see ``foreign``), lie in a temporary folder, and go with it.
"""

from __future__ import annotations

import argparse
import itertools
import re
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from registry.errors import InputRefused
from registry.formats import FORMATS, Compiled, Reason, compile_tool
from registry.jsonschemas import compile_checked, drop_absent_nulls
from registry.manifest import check_folder, write_canonical
from registry.model import File, Folder, Tool
from tests.format_rules import author_without_told, broken_rules
from tests.judges import complaints
from tests.judges.foreign import Function, apis, leaderboard
from tests.judges.truth import true_of
from tests.made_tools import written

Json = Any
MAIN = b"def main(**arguments):\n    return arguments\n"
_SCHEMA_KEYS = ("parameters", "input_schema", "parametersJsonSchema", "inputSchema")
_JUDGED_AT_ONCE = 300
_VALUES = 4
_SHOWN = 20


@dataclass
class Findings:
    """What was seen so far."""

    functions: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    crashes: list[str] = field(default_factory=list)
    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)
    untrue: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not (self.crashes or self.complaints or self.untrue)


def measured(functions: Iterable[Function]) -> Findings:
    """Every function as a tool in every format, with the judges' word on each."""
    found = Findings()
    left = iter(functions)
    while some := list(itertools.islice(left, _JUDGED_AT_ONCE)):
        sent: dict[str, list[Json]] = {}
        for function in some:
            found.functions += 1
            try:
                tool = as_tool(function, found)
                if tool is not None:
                    _look_at(tool, found, sent)
            except Exception:  # noqa: BLE001 -- whatever crashes is what is looked for
                found.crashes.append(f"{function.source} {function.name}: {traceback.format_exc(limit=-3)}")
        found.complaints += complaints("models", sent)
    return found


def as_tool(function: Function, found: Findings) -> Tool | None:
    """The tool of a folder that holds the function, or None where the check refuses that."""
    name = re.sub(r"[^a-z0-9_]+", "_", function.name.lower()).strip("_")[:64]
    name = name if name[:1].isalpha() else f"f_{name}"[:64]
    description = " ".join(function.description.split())[:1024] or "It says nothing of itself."
    try:
        text = write_canonical({"name": name, "description": description, "parameters": function.parameters})
    except InputRefused as refused:
        found.refused[f"no tool.yaml can hold it: {re.sub('[0-9]+', 'N', str(refused))[:60]}"] += 1
        return None
    contents = {"tool.yaml": text, "main.py": MAIN}
    files = tuple(File(path, "regular", len(data), "0" * 40) for path, data in contents.items())
    checked = check_folder(Folder(name, "0" * 40, files, contents))
    if not checked.sound:
        found.refused[next(one.code for one in checked.findings if one.severity == "error")] += 1
        return None
    return Tool(name, checked, files, "0" * 40, "0" * 40, 1, uncommitted=False)


def _look_at(tool: Tool, found: Findings, sent: dict[str, list[Json]]) -> None:
    for name, one in FORMATS.items():
        for strict in (False, True) if one.has_strict else (False,):
            compiled = compile_tool(tool, name, strict=strict)
            form = f"{name} strict" if strict else name
            not_strict = strict and compiled.text is not None and not compiled.strict
            found.verdicts[form, "without strict" if not_strict else compiled.verdict] += 1
            for reason in compiled.reasons:
                found.untrue += [f"{form} {tool.name}: {reason}" for _ in (1,) if not true_of(tool, reason)]
            told = compiled.reasons if compiled.text is None else _not_strict(compiled.reasons) if not_strict else ()
            found.reasons.update({(form, _kind(reason)) for reason in told})
            if compiled.text is not None:
                definition = compiled.definition
                sent.setdefault(name, []).append({"strict": compiled.strict, "definition": definition})
                broken = broken_rules(name, definition, strict=compiled.strict)
                found.complaints += [f"{form} {tool.name}: {rule}" for rule in broken]
                found.complaints += _meanings(tool, name, form, compiled)


def _not_strict(reasons: Iterable[Reason]) -> list[Reason]:
    return [reason for reason in reasons if reason.message.startswith("not strict: ")]


def _meanings(tool: Tool, name: str, form: str, compiled: Compiled) -> Iterator[str]:
    """Values that show that what is sent means something else than what the author wrote.

    A strict definition may only be narrower, nulls and what is in a description aside; any other means the same.
    """
    if any(reason.message.startswith("no argument is named") for reason in compiled.reasons):
        return
    definition = compiled.definition
    function = definition["function"] if name == "openai" else definition
    schema = next(function[key] for key in _SCHEMA_KEYS if key in function)
    parameters = tool.manifest.parameters
    expected = author_without_told(tool, compiled.reasons) if compiled.strict else parameters
    author, sent = compile_checked(expected), compile_checked(schema)
    chance, root = Random(tool.name), schema if compiled.strict else parameters
    for _ in range(_VALUES):
        value = written(root, root, chance, 8)
        back = drop_absent_nulls(value, expected) if compiled.strict else value
        differs = sent.accepts(value) and not author.accepts(back)
        if differs or (not compiled.strict and author.accepts(value) and not sent.accepts(value)):
            yield f"{form} {tool.name}: the author's and ours differ on {value!r}"[:300]


def _kind(reason: Reason) -> str:
    return re.sub(r"[#\"'][^ ,]*|\d+", "…", reason.message)[:110]


def told(found: Findings) -> Iterator[str]:
    """The findings in lines."""
    taken = found.functions - sum(found.refused.values()) - len(found.crashes)
    yield f"{found.functions} functions, {taken} are tools, {len(found.crashes)} crashed"
    yield from (f"  refused by the check: {count:6} {code}" for code, count in found.refused.most_common())
    yield from (f"{form:25} {verdict:15} {count:6}" for (form, verdict), count in sorted(found.verdicts.items()))
    yield from (f"  {form:23} {count:6} {why}" for (form, why), count in sorted(found.reasons.items()))
    yield f"{len(found.complaints)} complaints, {len(found.untrue)} reasons that are not true"
    for what in (found.crashes, found.complaints, found.untrue):
        yield from what[:_SHOWN]


def main() -> int:
    """Measure and tell; 1 where anything is wrong."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    asked.add_argument("--most", type=int, default=100_000, help="at most so many functions of each source")
    asked.add_argument("--seed", type=int, default=0, help="which operations of the APIs are taken")
    given = asked.parse_args()
    clean = True
    with tempfile.TemporaryDirectory() as folder:
        sources = {
            "leaderboard": leaderboard(Path(folder)),
            "public APIs": apis(Path(folder), Random(given.seed)),
        }
        for name, functions in sources.items():
            found = measured(itertools.islice(functions, given.most))
            print(f"== {name}", *told(found), "", sep="\n", flush=True)
            clean = clean and found.clean
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main())
