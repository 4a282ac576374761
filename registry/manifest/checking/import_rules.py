"""Whether the modules that a tool's code imports will be there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from registry.import_names import (
    BASE_MODULES,
    find_distribution,
    find_removal_advice,
    is_standard_library,
)
from registry.model import Finding

from .source_facts import ImportedModule, SourceFacts
from .tool_modules import ToolModules

_MAIN = "main.py"
_MOST_STEPS = 20
_TOLD_AT_MOST = 100


def check_imports(files: Mapping[str, SourceFacts], modules: ToolModules) -> Iterator[Finding]:
    """A warning for each module that nothing brings, where a file first imports it; 100 at the most.

    ``files`` are by path, in the order in which they are come to.
    """
    told: set[str] = set()
    for path, facts in files.items():
        for one in sorted(facts.imports, key=lambda one: one.place):
            top = one.module.partition(".")[0]
            message = None if one.level or one.optional or top in told else _missing(one, modules)
            if message is not None and len(told) < _TOLD_AT_MOST:
                told.add(top)
                yield Finding(path, *one.place, "warning", "import-unknown", message)


def list_needs(files: Iterable[SourceFacts]) -> set[tuple[str, tuple[str, ...]]]:
    """The imports of these files that must succeed and that not every sandbox has: module and what is taken from it."""
    return {
        (one.module, one.names)
        for facts in files
        for one in facts.imports
        if not one.level and not one.optional and not _is_everywhere(one.module.partition(".")[0])
    }


def list_running_files(files: Mapping[str, SourceFacts]) -> list[str]:
    """main.py, and the files that it imports, directly or not, in the order in which they are come to."""
    found = [_MAIN] if _MAIN in files else []
    for path in found:
        for one in files[path].imports:
            found += [new for new in _candidates(path, one) if new in files and new not in found]
    return found


def _candidates(path: str, one: ImportedModule) -> Iterable[str]:
    base = path.split("/")[:-1]
    start = base[: len(base) - one.level + 1] if one.level else []
    steps = [*start, *(one.module.split(".") if one.module else [])][:_MOST_STEPS]
    places = [steps[:length] for length in range(1, len(steps) + 1)]
    places += [[*steps, name] for name in one.names]
    for place in places:
        yield "/".join(place) + ".py"
        yield "/".join([*place, "__init__.py"])


def _is_everywhere(top: str) -> bool:
    return is_standard_library(top) or top in BASE_MODULES


def find_missing_distribution(module: str, names: tuple[str, ...], modules: ToolModules) -> tuple[bool, str | None]:
    """Whether nothing that the tool has brings a module, and which distribution does, as far as that is known.

    ``names`` are what is taken from the module.
    """
    top = module.partition(".")[0]
    if _is_everywhere(top) or modules.holds(top):
        return False, None
    dotted = [f"{module}.{name}" for name in names] or [module]
    distribution = next(filter(None, map(find_distribution, dotted)), None)
    return not modules.may_bring(distribution, module), distribution


def _missing(one: ImportedModule, modules: ToolModules) -> str | None:
    top = one.module.partition(".")[0]
    missing, distribution = find_missing_distribution(one.module, one.names, modules)
    if not missing:
        return None
    advice = find_removal_advice(top)
    where = "the script block" if modules.in_block else "runtime.dependencies"
    shown = one.module[:60]
    if advice is not None:
        return f"Python has no module {shown} any more: {advice}."
    if distribution is not None:
        return f"Nothing that the tool has brings the module {shown}: list {distribution} under {where}."
    return (
        f"Nothing that the tool has brings the module {shown}: put {top[:60]}.py beside main.py, or list the package "
        f"that brings it under {where}."
    )
