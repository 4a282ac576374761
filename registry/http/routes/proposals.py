"""Proposals: edits on branches of their own, as they stand before they are merged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from flask import Blueprint, Response

from registry.edits import Proposal
from registry.gitrepo import format_unified
from registry.http.contract import RouteDescription, describe_route
from registry.http.requests import get_service
from registry.http.responses import answer_json, make_page_links
from registry.model import Json
from registry.views import render_finding

from .tools import PAGING

blueprint = Blueprint("proposals", __name__, url_prefix="/api/v1/proposals")

_SHOWN_CHARACTERS = 64 * 1024


@blueprint.get("")
@describe_route(
    RouteDescription("List open proposals, newest first", {200: "ProposalPage"}, PAGING, problems=(503,)),
)
def list_proposals(query: Mapping[str, Any]) -> Response:
    """A page of what waits to be merged; of a long diff only the beginning."""
    page, size = query["page"], query["page_size"]
    found = get_service().proposer.proposals()
    items = [shown(one, _SHOWN_CHARACTERS) for one in found[(page - 1) * size : page * size]]
    value = {"items": items, "page": page, "page_size": size, "total": len(found)}
    return answer_json(value, link=make_page_links(page, max(1, -(-len(found) // size))))


@blueprint.get("/<proposal_id>")
@describe_route(RouteDescription("One open proposal with all of its diff", {200: "Proposal"}, problems=(404, 503)))
def get_proposal(query: Mapping[str, Any], proposal_id: str) -> Response:
    """404 once it was merged, withdrawn, or its branch removed."""
    return answer_json(shown(get_service().proposer.proposal(proposal_id)))


@blueprint.delete("/<proposal_id>")
@describe_route(RouteDescription("Withdraw a proposal and remove its branch", {204: None}, problems=(404, 409, 503)))
def withdraw(query: Mapping[str, Any], proposal_id: str) -> Response:
    """Gone here at once, and on the remote as soon as that answers."""
    get_service().proposer.withdraw(proposal_id)
    return Response(status=204)


def answer_with_proposal(proposal: Proposal) -> Response:
    """202 with the proposal that an edit became, and where it is."""
    answer = answer_json(shown(proposal), 202)
    answer.headers["Location"] = f"/api/v1/proposals/{proposal.id}"
    return answer


def shown(proposal: Proposal, characters: int | None = None) -> dict[str, Json]:
    """A proposal as the API shows it; ``characters`` is how much of its diff at most."""
    diff = format_unified(proposal.difference)
    return {
        "id": proposal.id,
        "branch": proposal.branch,
        "tool": proposal.folder,
        "revision": proposal.revision,
        "base": proposal.base,
        "author": {"name": proposal.author.name, "email": proposal.author.email},
        "message": proposal.message,
        "created_at": proposal.created_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "url": proposal.url,
        "findings": [render_finding(one) for one in proposal.findings],
        "files": [{"path": one.path, "status": one.status} for one in proposal.difference],
        "diff": diff if characters is None else diff[:characters],
        "diff_complete": characters is None or len(diff) <= characters,
    }
