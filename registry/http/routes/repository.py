"""The repository behind the catalog: how it stands with its remote, and the hook by which a host tells of a push."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, request

from registry.errors import NotFound
from registry.gitrepo import RemoteState
from registry.http.contract import RouteDescription, describe_route
from registry.http.requests import get_service
from registry.http.responses import Refused, answer_json
from registry.model import Json
from registry.secrets import is_signed, read_key

blueprint = Blueprint("repository", __name__, url_prefix="/api/v1")

SIGNATURE = "X-Hub-Signature-256"


@blueprint.get("/repository")
@describe_route(
    RouteDescription("What is served, and how it stands with the remote", {200: "Repository"}, problems=(503,))
)
def get_repository(query: Mapping[str, Any]) -> Response:
    """Branch, revision, and the state of the remote as of the last exchange of any worker."""
    parts = get_service()
    ref = parts.repository.served_ref()
    remote = parts.synchroniser.state if parts.synchroniser else None
    value = {
        "branch": ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") else None,
        "revision": parts.repository.tip(),
        "edit_mode": parts.config.edit_mode,
        "tries": parts.config.tries,
        "remote": remote and _remote(remote),
    }
    return answer_json(value)


@blueprint.post("/hooks/push")
@describe_route(
    RouteDescription(
        "Tell of a push: the remote is fetched from soon", {202: "Asked"}, problems=(401, 404, 503), signed=True
    )
)
def tell_push(query: Mapping[str, Any]) -> Response:
    """For a webhook of GitHub, Gitea or Forgejo. What it says is not read: that it is signed is enough.

    So one that is sent again does no more than the first.
    """
    parts = get_service()
    if parts.config.push_secret_file is None:
        raise NotFound("the hook is off: the service's operator can set TOOLCRIB_PUSH_SECRET_FILE")
    key = read_key(parts.config.push_secret_file)
    if not is_signed(key, request.get_data(), request.headers.get(SIGNATURE, "")):
        raise Refused(
            401, "signature-refused", f"sign the body with the hook's secret, in the header {SIGNATURE}: sha256=<hex>"
        )
    if parts.synchroniser is None:
        raise NotFound("the repository has no remote to fetch from, or TOOLCRIB_REMOTE turns it off")
    parts.synchroniser.ask()
    return answer_json({"asked": True}, 202)


def _remote(state: RemoteState) -> dict[str, Json]:
    synced_at = state.synced_at and datetime.fromtimestamp(state.synced_at, UTC)
    return {
        "name": state.name,
        "url": state.url,
        "ahead": state.ahead,
        "behind": state.behind,
        "last_error": state.last_error,
        "conflict": state.conflict,
        "synced_at": synced_at and synced_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
