"""``make report``: do to a real service what must not break it, and print which cases held and which broke.

Each case has a service, a repository, a state directory and an owner of containers of its own, and sends nothing beyond
loopback. After it, what must hold after everything is looked at (tests/report/station.py). Ends with 1 where one broke.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tests.report.case import Case, Options, Outcome, try_case
from tests.report.known_cases import CASES

_ROW = "{:<9} {:<18} {:>6}  {}"


def report(cases: Sequence[Case], mixed_seconds: float) -> list[Outcome]:
    """Try the cases in turn and print a line for each as it ends, with what a broken one said."""
    print(_ROW.format("verdict", "case", "s", "what was done: what was seen"), flush=True)
    outcomes = []
    for case in cases:
        with tempfile.TemporaryDirectory(prefix="toolcrib-report-", ignore_cleanup_errors=True) as folder:
            outcome = try_case(case, Options(Path(folder), mixed_seconds))
        outcomes.append(outcome)
        line = f"{outcome.title}: {outcome.seen}"
        print(_ROW.format(outcome.verdict, outcome.name, f"{outcome.seconds:.0f}", line), flush=True)
        if outcome.detail:
            print(outcome.detail, file=sys.stderr, flush=True)
    verdicts = [outcome.verdict for outcome in outcomes]
    print(f"{verdicts.count('held')} held, {verdicts.count('broke')} broke, {verdicts.count('not tried')} not tried")
    return outcomes


def choose_cases(cases: Sequence[Case], names: Sequence[str]) -> list[Case]:
    """The cases of these names, in the report's order; all without names. Raises ValueError for unknown names."""
    known = [case.name for case in cases]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"unknown: {', '.join(unknown)}; there are {', '.join(known)}")
    return [case for case in cases if not names or case.name in names]


def main(arguments: Sequence[str] | None = None, cases: Sequence[Case] = CASES) -> int:
    """Try what was asked for; 0 where all of it held, 1 where a case broke, 2 for a name that no case has."""
    parser = argparse.ArgumentParser(prog="python -m tests.report", description=__doc__)
    parser.add_argument("case", nargs="*", help="only these cases [default: all]")
    parser.add_argument("--list", action="store_true", help="print the cases, and try none")
    parser.add_argument("--long", action="store_true", help="the mixed load lasts five minutes instead of 30 s")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the outcomes to FILE as JSON")
    options = parser.parse_args(arguments)
    try:
        chosen = choose_cases(cases, options.case)
    except ValueError as error:
        parser.error(str(error))
    if options.list:
        print("\n".join(f"{case.name:<18} {case.title}" for case in chosen))
        return 0
    outcomes = report(chosen, 300.0 if options.long else 30.0)
    if options.json:
        options.json.write_text(json.dumps([asdict(outcome) for outcome in outcomes], indent=2) + "\n")
    return 1 if any(outcome.verdict == "broke" for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
