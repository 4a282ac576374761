"""Changing tools: every change is an edit, checked, and then one commit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from registry.edits import Prepared, Proposal
from registry.executions import trial
from registry.gitrepo import unified
from registry.model import Json
from registry.views import render_finding, render_tool_details

from . import asked_for
from .answers import json_answer, tagged
from .bodies import json_body
from .calls import CALL_FIELDS, call_of
from .conditions import seen_digests
from .current import service
from .describe import Description, describe
from .limits import MAX_EDIT_BYTES
from .problems import Refused
from .proposals import shown
from .tools import execution_begun, tool_body

blueprint = Blueprint("edits", __name__, url_prefix="/api/v1")

MERGE_PATCH = "application/merge-patch+json"
_REFUSALS = (400, 409, 413, 415, 422, 503)
_CHANGE_REFUSALS = (*_REFUSALS, 404, 412, 428)


@blueprint.post("/tools")
@describe(Description("Add a tool", {201: "Tool", 202: "Proposal"}, body="CreateRequest", problems=_REFUSALS))
def create(query: Mapping[str, Any]) -> Response:
    """The tool as it is now, and where it is."""
    asked = json_body("CreateRequest", MAX_EDIT_BYTES)
    return _committed(asked_for.create(asked), 201)


@blueprint.put("/tools/<name>")
@describe(
    Description(
        "Replace all files of a tool",
        {200: "Tool", 202: "Proposal"},
        body="ReplaceRequest",
        problems=_CHANGE_REFUSALS,
        if_match="required",
    )
)
def replace(query: Mapping[str, Any], name: str) -> Response:
    """Exactly these files, byte for byte."""
    seen = seen_digests()
    asked = json_body("ReplaceRequest", MAX_EDIT_BYTES)
    return _committed(asked_for.replace(name, seen, asked))


@blueprint.patch("/tools/<name>")
@describe(
    Description(
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
    seen = seen_digests()
    if request.mimetype == MERGE_PATCH:
        asked = {"manifest": json_body("ManifestPatch", MAX_EDIT_BYTES)}
    else:
        asked = json_body("MergeRequest", MAX_EDIT_BYTES)
    return _committed(asked_for.merge(name, seen, asked))


@blueprint.delete("/tools/<name>")
@describe(
    Description(
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
    seen = seen_digests()
    asked = json_body("NoteRequest", optional=True)
    done = service().edits.commit(service().edits.remove(name, seen, asked_for.signed(asked)))
    return _proposed(done) if isinstance(done, Proposal) else Response(status=204)


def _status_edit(summary: str) -> Description:
    return Description(
        summary,
        {200: "Tool", 202: "Proposal"},
        body="NoteRequest",
        optional_body=True,
        problems=_CHANGE_REFUSALS,
        if_match="required",
    )


@blueprint.post("/tools/<name>/activate")
@describe(_status_edit("Offer a tool to models"))
def activate(query: Mapping[str, Any], name: str) -> Response:
    """``status: active``."""
    seen = seen_digests()
    asked = json_body("NoteRequest", optional=True)
    return _committed(service().edits.set_status(name, seen, "active", asked_for.signed(asked)))


@blueprint.post("/tools/<name>/deactivate")
@describe(_status_edit("Keep a tool from running"))
def deactivate(query: Mapping[str, Any], name: str) -> Response:
    """``status: disabled``."""
    seen = seen_digests()
    asked = json_body("NoteRequest", optional=True)
    return _committed(service().edits.set_status(name, seen, "disabled", asked_for.signed(asked)))


@blueprint.post("/tools/<name>/rename")
@describe(
    Description(
        "Give a tool another name",
        {200: "Tool", 202: "Proposal"},
        body="RenameRequest",
        problems=_CHANGE_REFUSALS,
        if_match="required",
    )
)
def rename(query: Mapping[str, Any], name: str) -> Response:
    """The tool under its new name, whose versions begin with 1; those of the old name stay under that."""
    seen = seen_digests()
    asked = json_body("RenameRequest")
    return _committed(service().edits.rename(name, seen, asked["name"], asked_for.signed(asked)))


@blueprint.post("/tools/<name>/restore")
@describe(
    Description(
        "Bring back the files of a version",
        {200: "Tool", 202: "Proposal"},
        body="RestoreRequest",
        problems=_CHANGE_REFUSALS,
        if_match="taken",
    )
)
def restore(query: Mapping[str, Any], name: str) -> Response:
    """As a new commit. ``If-Match`` is needed while there is a tool of that name: one that was removed has no state."""
    gone = name not in service().state.current().tools
    seen = None if gone else seen_digests()
    asked = json_body("RestoreRequest")
    return _committed(service().edits.restore(name, seen, asked["version"], asked_for.signed(asked)))


@blueprint.post("/tools/validate")
@describe(
    Description(
        "Try an edit without committing it",
        {200: "Validation"},
        body="ValidateRequest",
        problems=_CHANGE_REFUSALS,
        if_match="taken",
    )
)
def validate(query: Mapping[str, Any]) -> Response:
    """What the check says of the tool as the edit would leave it, and what would change. Nothing is written."""
    return json_answer(_validation(asked_for.tried(json_body("ValidateRequest", MAX_EDIT_BYTES))))


@blueprint.post("/tools/try")
@describe(
    Description(
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
    parts = service()
    if not parts.config.tries:
        raise Refused(403, "tries-off", "edits are not tried here before they are committed: TOOLCRIB_TRY")
    asked = json_body("TryRequest", MAX_EDIT_BYTES)
    prepared = asked_for.tried({name: asked[name] for name in asked if name not in CALL_FIELDS})
    prepared.refuse_errors("it was not tried")
    assert prepared.tool is not None  # noqa: S101 -- no action of a try removes a tool
    catalog, tool = trial(prepared.base.catalog, prepared.tool, prepared.after.files or {})
    execution = parts.executions.begin(catalog, call_of(tool, asked, tried=True))
    return execution_begun(execution)


def _committed(prepared: Prepared, status: int = 200) -> Response:
    """The tool as the edit leaves it, and its ETag for the next one; the proposal, where edits become proposals."""
    parts = service()
    done = parts.edits.commit(prepared)
    if isinstance(done, Proposal):
        return _proposed(done)
    tool = done.tool
    assert tool is not None  # noqa: S101 -- only a removal leaves none
    answer = tagged(tool_body(tool, parts.secrets.granted(tool)), status)
    answer.headers["Location"] = f"/api/v1/tools/{tool.name}"
    return answer


def _proposed(proposal: Proposal) -> Response:
    answer = json_answer(shown(proposal), 202)
    answer.headers["Location"] = f"/api/v1/proposals/{proposal.id}"
    return answer


def _validation(prepared: Prepared) -> Json:
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
        "unified": unified(differences),
    }
