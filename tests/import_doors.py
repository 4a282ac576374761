"""A contract for import-linter: a package is entered through its door, its ``__init__``.

Only the modules of a package (and of the packages inside it) import its other modules. It holds for every package there
is, so a new one has a wall from its first day.
"""

from __future__ import annotations

from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output
from importlinter.application import contract_utils


class DoorsContract(Contract):
    """``ignore_imports`` names what may come in by a window, such as a module that two programs share."""

    type_name = "doors"
    ignore_imports: Any = fields.SetField(subfield=fields.ImportExpressionField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Every import from outside of a package into one of its modules is a fault."""
        contract_utils.remove_ignored_imports_and_report(
            graph=graph, ignore_imports=self.ignore_imports, unmatched_alerting=contract_utils.AlertLevel.ERROR
        )
        faults = [
            f"{importer} -> {module} (l.{lines_of(graph, importer, module)})"
            for module in sorted(graph.modules)
            for importer in sorted(graph.find_modules_that_directly_import(module))
            if not is_allowed(importer, module)
        ]
        return ContractCheck(kept=not faults, metadata={"faults": faults})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Say each fault, and what to do."""
        output.print_error("Import these from the package's own name; its __init__ lists what it offers:", bold=False)
        for fault in check.metadata["faults"]:
            output.print_error(f"- {fault}", bold=False)


def is_allowed(importer: str, module: str) -> bool:
    """Whether a module may import another: it is in the same package, or the other is at the top of the house."""
    package = module.rpartition(".")[0]
    return "." not in package or importer == package or importer.startswith(f"{package}.")


def lines_of(graph: ImportGraph, importer: str, module: str) -> str:
    """The lines of an import, for people."""
    details = graph.get_import_details(importer=importer, imported=module)
    return ", ".join(str(detail["line_number"]) for detail in details)
