"""The check of shared packages: each folder alone, all together, and what a tool gets of them."""

from __future__ import annotations

import dataclasses
import keyword
import sys
from collections.abc import Iterable, Iterator, Mapping

from registry import folder_rules, jsonschemas
from registry.import_names import BASE_MODULES, is_standard_library
from registry.model import Checked, Finding, Folder, Severity, SharedPackage, Tool
from registry.shared_packages import MAX_PACKAGES, list_packages_used, name_package

from .finding_report import MANIFEST_FILE, join_names
from .folder_check import bound_findings, read_sources
from .import_rules import find_missing_distribution, list_needs
from .package_circles import find_circles
from .source_facts import collect_facts
from .tool_modules import ToolModules

PACKAGE_FILE = "__init__.py"
MAX_FILES_TOGETHER = 300
MAX_BYTES_TOGETHER = 10 * 1024 * 1024
_NAME_RULE = "A shared package's folder is named with a-z, 0-9 and _, beginning with a letter, at most 64 characters."
Packages = Mapping[str, SharedPackage]


def check_package(folder: Folder) -> SharedPackage:
    """Check the folder of one shared package (``_shared/<name>``). Pure; never raises for any bytes, and never runs or
    imports what it reads. What has to do with other folders is found by :func:`link_packages`."""
    name = name_package(folder.name) or folder.name
    findings = [*_check_name(name), *folder_rules.check_bounds(folder, PACKAGE_FILE)]
    findings += folder_rules.check_each_file(folder)
    paths = {file.path for file in folder.files}
    if PACKAGE_FILE not in paths and "." not in paths:
        message = "The folder has no __init__.py; every shared package needs one, which may be empty."
        findings.append(_error("missing-init-py", message))
    if MANIFEST_FILE in paths:
        message = "A shared package has no tool.yaml, and nothing reads this one; remove it."
        findings.append(Finding(MANIFEST_FILE, 1, 1, "warning", "shared-manifest", message))
    sources = read_sources(folder, findings)
    imports = frozenset[str]().union(*(source.imports for source in sources.values()))
    private = {module for module in imports if module.startswith("_") and module in sys.stdlib_module_names}
    foreign = tuple(sorted(imports - private - {name}))
    facts = [collect_facts(source.tree, "module") for source in sources.values() if source.tree is not None]
    needs = frozenset((module, names) for module, names in list_needs(facts) if module.partition(".")[0] != name)
    return SharedPackage(name, folder.digest, folder.files, foreign, bound_findings(findings), needs)


def link_packages(packages: Packages) -> dict[str, SharedPackage]:
    """The packages with the findings that come of one another: those that import each other in a circle."""
    linked = dict(packages)
    for circle in find_circles({name: package.imports for name, package in packages.items()}):
        message = f"{join_names(circle)} import one another in a circle; move what they all need into one package."
        for name in circle:
            linked[name] = _with_findings(linked[name], [_error("shared-circle", message)])
    return linked


def mark_unused_packages(packages: Packages, tools: Iterable[Tool]) -> dict[str, SharedPackage]:
    """The packages with a warning at each that none of ``tools``, which must be all, has."""
    used = {package.name for tool in tools for package in tool.packages}
    message = "No tool names this package under `shared`, and none that is named imports it; remove it, or name it."
    unused = Finding(PACKAGE_FILE, 1, 1, "warning", "shared-unused", message)
    return {name: package if name in used else _with_findings(package, [unused]) for name, package in packages.items()}


def attach_packages(tool: Tool, packages: Packages) -> Tool:
    """The tool with the shared packages that it names and those that these import, and with what is wrong there.

    It counts as uncommitted if one of its packages is.
    """
    names = tool.manifest.shared
    if not names and not any(module in packages for module in tool.checked.imports):
        return tool
    used = list_packages_used(names, lambda name: _imports(packages, name))
    found = tuple(packages[name] for name in used)
    checked = _with_tool_findings(tool.checked, list(_check_attached(tool, found, packages)))
    uncommitted = tool.uncommitted or any(package.uncommitted for package in found)
    return dataclasses.replace(tool, checked=checked, packages=found, uncommitted=uncommitted)


def _check_name(name: str) -> Iterator[Finding]:
    shown = folder_rules.make_printable(name)[:80]
    if not folder_rules.FOLDER_NAME.match(name):
        yield _error("folder-name", f"The folder {shown!r}: {_NAME_RULE}")
    elif fault := folder_rules.windows_fault(name):
        yield _error("folder-name", f"The folder {shown!r} {fault}; give the package another name.")
    elif keyword.iskeyword(name):
        yield _error("shared-name", f"{shown} is a word of Python's own and cannot be imported; rename the package.")
    elif name == "main" or _is_everywhere(name):
        whose = "every tool's own main.py" if name == "main" else "a module that every sandbox has"
        yield _error("shared-name", f"{shown} would hide {whose}; give the package another name.")


def _is_everywhere(module: str) -> bool:
    """Whether every sandbox has a module of this name, which is what is meant by it."""
    return module in sys.stdlib_module_names or is_standard_library(module) or module in BASE_MODULES


def _check_attached(tool: Tool, found: tuple[SharedPackage, ...], packages: Packages) -> Iterator[Finding]:
    checked = tool.checked
    own = {path.partition("/")[0]: path for path in sorted((file.path for file in tool.files), reverse=True)}
    through = _find_namers(checked.manifest.shared, packages)
    for name in checked.manifest.shared:
        if name not in packages and folder_rules.FOLDER_NAME.match(name):
            near = jsonschemas.find_nearest(name, packages)
            meant = f"; did you mean {near}?" if near else "."
            yield _at(checked, name, "shared-missing", f"There is no package _shared/{name}/ beside the tools{meant}")
    for package in found:
        name, via = package.name, through[package.name]
        errors = [one for one in package.findings if one.severity == "error"]
        if errors:
            first = f"_shared/{name}/{errors[0].file}:{errors[0].line}:{errors[0].column}: {errors[0].message}"
            yield _at(checked, via, "shared-faulty", f"The shared package {name} has errors, so it cannot run: {first}")
        for path in (own.get(name), own.get(f"{name}.py")):
            if path is not None:
                message = f"The shared package {name} and the tool's own {folder_rules.make_printable(path)} have one "
                yield _at(checked, via, "shared-hides-file", message + "name, so only one can be had; rename the file.")
        if name in checked.manifest.shared and checked.entry is not None and not _is_imported(tool, name, found):
            message = f"Nothing here imports the shared package {name}; import it, or do not name it."
            yield _at(checked, name, "shared-not-imported", message, "warning")
    yield from _check_together(tool, found)
    yield from _check_needs(tool, found, through)
    yield from _check_not_named(checked, {package.name for package in found}, packages)


def _check_together(tool: Tool, found: tuple[SharedPackage, ...]) -> Iterator[Finding]:
    files = [*tool.files, *(file for package in found for file in package.files)]
    size = sum(file.size for file in files)
    place = next(iter(tool.checked.manifest.shared), "")
    if len(found) > MAX_PACKAGES:
        message = f"{len(found)} shared packages with what they import; a tool has at most {MAX_PACKAGES}."
        yield _at(tool.checked, place, "shared-too-many", message)
    if found and (len(files) > MAX_FILES_TOGETHER or size > MAX_BYTES_TOGETHER):
        bounds = f"at most {MAX_FILES_TOGETHER} files and {MAX_BYTES_TOGETHER} bytes may be."
        message = f"With its shared packages the tool has {len(files)} files and {size} bytes; {bounds}"
        yield _at(tool.checked, place, "shared-too-large", message)


def _check_needs(tool: Tool, found: tuple[SharedPackage, ...], through: Mapping[str, str]) -> Iterator[Finding]:
    """A warning for each module that a package imports and that nothing brings which the tool has."""
    if not any(package.needs for package in found):
        return
    paths = tuple(file.path for file in tool.files)
    names = tuple(package.name for package in found)
    modules = ToolModules(paths, tool.manifest.runtime.dependencies, names)
    for package in found:
        for module, taken in sorted(package.needs):
            missing, distribution = find_missing_distribution(module, taken, modules)
            if missing:
                bring = f"list {distribution or 'the package that brings it'} under runtime.dependencies."
                message = (
                    f"The shared package {package.name} imports {module[:60]}, which the tool does not have: {bring}"
                )
                yield _at(tool.checked, through[package.name], "import-unknown", message, "warning")


def _check_not_named(checked: Checked, had: set[str], packages: Packages) -> Iterator[Finding]:
    """A shared package that is imported and not named: sure to fail where nothing else could bring the module."""
    named = [name for name in checked.manifest.shared if name in packages]
    names = {requirement.replace("-", "_").lower() for requirement in checked.manifest.runtime.dependencies}
    for module in checked.imports:
        if module not in packages or module in named or _is_everywhere(module):
            continue
        if any(name.startswith(module) for name in names):
            continue  # the one of that name from the index is meant
        message = f"{module} is imported, and a shared package of this name is not named; did you mean `shared: "
        message += f"[{', '.join([*named, module])}]`?"
        unknown = _find_unknown(checked, module)
        severity: Severity = "warning" if names or module in had else "error"
        if unknown is None:
            yield _at(checked, "", "shared-not-named", message, severity)
        else:
            yield dataclasses.replace(unknown, severity=severity, code="shared-not-named", message=message)


def _find_unknown(checked: Checked, module: str) -> Finding | None:
    """The finding that nothing brings the module, which a better one takes the place of."""
    start = f"Nothing that the tool has brings the module {module}:"
    return next((one for one in checked.findings if one.message.startswith(start)), None)


def _is_imported(tool: Tool, name: str, found: tuple[SharedPackage, ...]) -> bool:
    return name in tool.checked.imports or any(name in package.imports for package in found)


def _find_namers(names: tuple[str, ...], packages: Packages) -> dict[str, str]:
    """For each package that comes along, the named one that brings it."""
    through: dict[str, str] = {}
    for name in reversed(names):
        through |= dict.fromkeys(list_packages_used([name], lambda one: _imports(packages, one)), name)
    return through | {name: name for name in names}


def _imports(packages: Packages, name: str) -> tuple[str, ...] | None:
    return packages[name].imports if name in packages else None


def _at(checked: Checked, name: str, code: str, message: str, severity: Severity = "error") -> Finding:
    line, column = checked.shared_at.get(name, (1, 1))
    return Finding(MANIFEST_FILE, line, column, severity, code, message)


def _error(code: str, message: str) -> Finding:
    return Finding(PACKAGE_FILE, 1, 1, "error", code, message)


def _with_findings(package: SharedPackage, more: list[Finding]) -> SharedPackage:
    return dataclasses.replace(package, findings=bound_findings([*package.findings, *more]))


def _with_tool_findings(checked: Checked, more: list[Finding]) -> Checked:
    if not more:
        return checked
    places = {(one.file, one.line, one.column) for one in more if one.code == "shared-not-named"}
    kept = [
        one
        for one in checked.findings
        if one.code != "import-unknown" or (one.file, one.line, one.column) not in places
    ]
    return dataclasses.replace(checked, findings=bound_findings([*kept, *more]))
