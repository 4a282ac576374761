"""What a request's body asks to run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import g, request

from registry.catalog import Catalog
from registry.errors import NotFound
from registry.executions import Call
from registry.formats import CallingFormat, WantedCall, read_calls
from registry.jsonschemas import share_work
from registry.model import Tool

from .request_body import read_json_body

CALL_FIELDS = frozenset({"arguments", "caller_id", "trace_id", "timeout_seconds"})
"""What a body says of a call."""


def read_requested_call(catalog: Catalog, name: str) -> Call:
    """The call that the current request's body asks for. Raises NotFound or InputRefused."""
    tool = catalog.find(name)
    return make_call(tool, read_json_body("InvokeRequest"))


def read_requested_calls(catalog: Catalog) -> tuple[CallingFormat, list[tuple[WantedCall, Call | NotFound]]]:
    """The format of the calls that a model made, and each of them; NotFound where there is no such tool.

    Raises InputRefused where any of them is malformed.
    """
    asked = read_json_body("CallsRequest")
    calling, wanted = read_calls(asked["calls"], asked.get("format"))
    work = share_work(len(wanted))
    return calling, [(one, _found(catalog, one, asked, work)) for one in wanted]


def _found(catalog: Catalog, wanted: WantedCall, asked: Mapping[str, Any], work: int) -> Call | NotFound:
    try:
        call = make_call(catalog.find(wanted.name), {**asked, "arguments": wanted.arguments})
        return replace(call, allowed_work=work)
    except NotFound as error:
        return error


def make_call(tool: Tool, asked: Mapping[str, Any], *, tried: bool = False) -> Call:
    """The call of a tool that a body asks for, among whatever else it says."""
    return Call(
        tool,
        asked.get("arguments", {}),
        timeout_seconds=asked.get("timeout_seconds"),
        caller_id=asked.get("caller_id"),
        trace_id=asked.get("trace_id"),
        request_id=g.request_id,
        remote_address=request.remote_addr,
        tried=tried,
    )
