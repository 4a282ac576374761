"""As much of foreign schemas as a model should read, and nothing that is no JSON Schema."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from registry import jsonschemas
from registry.errors import InputRefused
from registry.json_text import dumps
from registry.model import Json

from .schema_conversion import Detail, SchemaConverter, SchemaNotes, SchemaTooDetailed

MAX_PARAMETERS_BYTES = 16 * 1024
"""Of a tool's parameters as JSON: a model reads all of it before each call."""
MOST_BYTES = 48 * 1024
"""What fits a tool.yaml, which has at most 64 KiB."""
_DETAILS = (
    Detail(8, 300),
    Detail(6, 160),
    Detail(4, 120),
    Detail(3, 80),
    Detail(2, 80, 100),
    Detail(1, 60, 50),
    Detail(1, 0, 20),
    Detail(0, 0, 20),
)
Made = TypeVar("Made")


def convert_fitting(
    root: Json, make: Callable[[SchemaConverter], Made], write: Callable[[Made], dict[str, Json]]
) -> tuple[Made, dict[str, Json], SchemaNotes]:
    """What ``make`` makes with a converter, the parameters that ``write`` makes of it, and the converter's notes.

    It is made again with less detail until the parameters fit. Raises InputRefused for more than any tool can take.
    """
    found: tuple[Made, dict[str, Json], SchemaNotes] | None = None
    for detail in _DETAILS:
        converter = SchemaConverter(root, detail)
        try:
            made = make(converter)
        except SchemaTooDetailed:
            continue
        found = made, write(made), converter.notes
        if len(dumps(found[1])) <= MAX_PARAMETERS_BYTES:
            break
    if found is None or len(dumps(found[1])) > MOST_BYTES:
        raise InputRefused("It has more parameters than a tool can have.")
    return found


def repair_parameters(parameters: dict[str, Json]) -> list[str]:
    """Take what is no JSON Schema out of the parameters; a sentence for each that was taken out."""
    told = []
    for _ in range(2):
        faults = jsonschemas.check_schema(parameters)
        if not faults:
            break
        for fault in faults:
            steps = [step.replace("~1", "/").replace("~0", "~") for step in fault.pointer.split("/")[1:]]
            names = [steps[1]] if len(steps) > 1 and steps[0] == "properties" else list(parameters["properties"])
            for name in names:
                given = parameters["properties"][name]
                parameters["properties"][name] = {"description": given.get("description", name)}
            told.append(f"{', '.join(names)[:100]}: its schema is not usable and was left out ({fault.message}).")
    return told
