"""Changing tools: every change is an edit, checked, and then one commit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from registry.edits import PreparedEdit, Proposal
from registry.executions import make_trial_catalog
from registry.gitrepo import format_unified
from registry.http.contract import RouteDescription, describe_route
from registry.http.requests import (
    CALL_FIELDS,
    get_service,
    make_call,
    prepare_create,
    prepare_merge,
    prepare_replace,
    prepare_trial,
    read_json_body,
    read_required_digests,
    read_signature,
)
from registry.http.responses import Refused, answer_json, answer_with_etag
from registry.model import Json
from registry.views import render_finding, render_tool_details

from .proposals import answer_with_proposal
from .tools import execution_begun, tool_body

blueprint = Blueprint("edits", __name__, url_prefix="/api/v1")

MERGE_PATCH = "application/merge-patch+json"
_REFUSALS = (400, 409, 413, 415, 422, 503)
_CHANGE_REFUSALS = (*_REFUSALS, 404, 412, 428)


@blueprint.post("/tools")
@describe_route(
    RouteDescription("Add a tool", {201: "Tool", 202: "Proposal"}, body="CreateRequest", problems=_REFUSALS)
)
def create(query: Mapping[str, Any]) -> Response:
    """The tool as it is now, and where it is."""
    asked = read_json_body("CreateRequest")
    return _committed(prepare_create(asked), 201)


@blueprint.put("/tools/<name>")
@describe_route(
    RouteDescription(
        "Replace all files of a tool",
        {200: "Tool", 202: "Proposal"},
        body="ReplaceRequest",
        problems=_CHANGE_REFUSALS,
        if_match="required",
    )
)
def replace(query: Mapping[str, Any], name: str) -> Response:
    """Exactly these files, byte for byte."""
    seen = read_required_digests()
    asked = read_json_body("ReplaceRequest")
    return _committed(prepare_replace(name, seen, asked))


@blueprint.patch("/tools/<name>")
@describe_route(
    RouteDescription(
        "Change some fields or files of a tool",
        {200: "Tool", 202: "Proposal"},
        body="MergeRequest",
        patch="ManifestPatch",
        problems=_CHANGE_REFUSALS,
        if_match="required",
    )
)
def merge(query: Mapping[str, Any], name: str) -> Response:
    """Only the lines of tool.yaml that must change do. A body of ``application/merge-patch+json`` is the patch itself;
    in one of ``application/json`` it is ``manifest``, and files, message and author may stand beside it."""
    seen = read_required_digests()
    if request.mimetype == MERGE_PATCH:
        asked = {"manifest": read_json_body("ManifestPatch")}
    else:
        asked = read_json_body("MergeRequest")
    return _committed(prepare_merge(name, seen, asked))


@blueprint.delete("/tools/<name>")
@describe_route(
    RouteDescription(
        "Remove a tool",
        {204: None, 202: "Proposal"},
        body="NoteRequest",
        optional_body=True,
        problems=_CHANGE_REFUSALS,
        if_match="required",
    )
)
def remove(query: Mapping[str, Any], name: str) -> Response:
    """Its versions stay, and any of them can be restored."""
    seen = read_required_digests()
    asked = read_json_body("NoteRequest", optional=True)
    done = get_service().edits.commit(get_service().edits.remove(name, seen, read_signature(asked)))
    return answer_with_proposal(done) if isinstance(done, Proposal) else Response(status=204)


def _status_edit(summary: str) -> RouteDescription:
    return RouteDescription(
        summary,
        {200: "Tool", 202: "Proposal"},
        body="NoteRequest",
        optional_body=True,
        problems=_CHANGE_REFUSALS,
        if_match="required",
    )


@blueprint.post("/tools/<name>/activate")
@describe_route(_status_edit("Offer a tool to models"))
def activate(query: Mapping[str, Any], name: str) -> Response:
    """``status: active``."""
    seen = read_required_digests()
    asked = read_json_body("NoteRequest", optional=True)
    return _committed(get_service().edits.set_status(name, seen, "active", read_signature(asked)))


@blueprint.post("/tools/<name>/deactivate")
@describe_route(_status_edit("Keep a tool from running"))
def deactivate(query: Mapping[str, Any], name: str) -> Response:
    """``status: disabled``."""
    seen = read_required_digests()
    asked = read_json_body("NoteRequest", optional=True)
    return _committed(get_service().edits.set_status(name, seen, "disabled", read_signature(asked)))


@blueprint.post("/tools/<name>/rename")
@describe_route(
    RouteDescription(
        "Give a tool another name",
        {200: "Tool", 202: "Proposal"},
        body="RenameRequest",
        problems=_CHANGE_REFUSALS,
        if_match="required",
    )
)
def rename(query: Mapping[str, Any], name: str) -> Response:
    """The tool under its new name, whose versions begin with 1; those of the old name stay under that."""
    seen = read_required_digests()
    asked = read_json_body("RenameRequest")
    return _committed(get_service().edits.rename(name, seen, asked["name"], read_signature(asked)))


@blueprint.post("/tools/<name>/restore")
@describe_route(
    RouteDescription(
        "Bring back the files of a version",
        {200: "Tool", 202: "Proposal"},
        body="RestoreRequest",
        problems=_CHANGE_REFUSALS,
        if_match="taken",
    )
)
def restore(query: Mapping[str, Any], name: str) -> Response:
    """As a new commit. ``If-Match`` is needed while there is a tool of that name: one that was removed has no state."""
    gone = name not in get_service().state.current().tools
    seen = None if gone else read_required_digests()
    asked = read_json_body("RestoreRequest")
    return _committed(get_service().edits.restore(name, seen, asked["version"], read_signature(asked)))


@blueprint.post("/tools/validate")
@describe_route(
    RouteDescription(
        "Check an edit without committing it",
        {200: "Validation"},
        body="ValidateRequest",
        problems=_CHANGE_REFUSALS,
        if_match="taken",
    )
)
def validate(query: Mapping[str, Any]) -> Response:
    """What the check says of the tool as the edit would leave it, and what would change. Nothing is written."""
    return answer_json(_validation(prepare_trial(read_json_body("ValidateRequest"))))


@blueprint.post("/tools/try")
@describe_route(
    RouteDescription(
        "Run an edit without committing it",
        {202: "Execution"},
        body="TryRequest",
        problems=(*_CHANGE_REFUSALS, 429),
        if_match="taken",
    )
)
def try_edit(query: Mapping[str, Any]) -> Response:
    """As ``execute`` runs a tool, and on record as tried. It gets no secrets, and only dependencies that a committed
    tool has; its status does not matter."""
    parts = get_service()
    if not parts.config.tries:
        raise Refused(403, "tries-off", "edits are not tried here before they are committed: TOOLCRIB_TRY")
    asked = read_json_body("TryRequest")
    prepared = prepare_trial({name: asked[name] for name in asked if name not in CALL_FIELDS})
    prepared.refuse_errors("it was not tried")
    assert prepared.tool is not None  # noqa: S101 -- no action of a try removes a tool
    catalog, tool = make_trial_catalog(prepared.base.catalog, prepared.tool, prepared.after.files or {})
    execution = parts.executions.begin(catalog, make_call(tool, asked, tried=True))
    return execution_begun(execution)


def _committed(prepared: PreparedEdit, status: int = 200) -> Response:
    """The tool as the edit leaves it, and its ETag for the next one; the proposal, where edits become proposals."""
    parts = get_service()
    done = parts.edits.commit(prepared)
    if isinstance(done, Proposal):
        return answer_with_proposal(done)
    tool = done.tool
    assert tool is not None  # noqa: S101 -- only a removal leaves none
    answer = answer_with_etag(tool_body(tool, parts.secrets.granted(tool)), status)
    answer.headers["Location"] = f"/api/v1/tools/{tool.name}"
    return answer


def _validation(prepared: PreparedEdit) -> Json:
    differences = prepared.differences()
    tool = prepared.tool
    return {
        "valid": prepared.accepted,
        "changes": prepared.changes,
        "name": prepared.after.name,
        "digest": tool.digest if tool else None,
        "message": prepared.edit.message,
        "findings": [render_finding(one) for one in prepared.findings],
        "compatibility": render_tool_details(tool)["compatibility"] if tool else {},
        "files": [{"path": one.path, "status": one.status} for one in differences],
        "unified": format_unified(differences),
    }
