"""The forges that are known by name, and the web addresses at which they open a pull request for a branch."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

_SCP_LIKE = re.compile(r"(?:[^@/]+@)?(?P<host>[A-Za-z0-9][A-Za-z0-9._-]*):(?P<path>(?!//).+)")
_TEMPLATES = {
    "github": "{web}/compare/{base}...{branch}?expand=1",
    "gitlab": "{web}/-/merge_requests/new?merge_request%5Bsource_branch%5D={branch}"
    "&merge_request%5Btarget_branch%5D={base}",
    "gitea": "{web}/compare/{base}...{branch}",
}
_HOSTS = {"github": "github", "gitlab": "gitlab", "gitea": "gitea", "forgejo": "gitea", "codeberg": "gitea"}
"""Words in the names of hosts, each with the forge that they tell."""
FORGES = tuple(_TEMPLATES)
PLACEHOLDER = re.compile(r"\{(web|base|branch)\}")
"""What an address to open a pull request at may have in it."""


def make_pull_request_url(remote_url: str | None, base: str, branch: str, template: str | None = None) -> str | None:
    """The address that opens a pull request from ``branch`` into ``base`` (short names); None when it is unknown.

    ``template`` is one of :data:`FORGES`, for a host whose name does not tell its forge, or an address with
    ``{web}``, ``{base}`` and ``{branch}`` in it.
    """
    web = find_web_address(remote_url) if remote_url else None
    template = template or _find_forge(web)
    if template is None:
        return None
    text = _TEMPLATES.get(template, template)
    if "{web}" in text and web is None:
        return None
    values = {"web": web or "", "base": quote(base, safe=""), "branch": quote(branch, safe="")}
    return PLACEHOLDER.sub(lambda found: values[found[1]], text)


def find_web_address(url: str) -> str | None:
    """The web page of a repository, from the address that Git uses; None when that is a path, for example."""
    if "://" not in url:
        found = _SCP_LIKE.fullmatch(url)
        return _page("https", found["host"], found["path"]) if found else None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    if parts.scheme not in {"ssh", "git", "https", "http"} or not host:
        return None
    host = f"[{host}]" if ":" in host else host
    if parts.scheme in {"https", "http"}:
        return _page(parts.scheme, f"{host}:{port}" if port else host, parts.path)
    return _page("https", host, parts.path)  # without the port: it belongs to ssh or git


def _page(scheme: str, host: str, path: str) -> str:
    return f"{scheme}://{host}/{quote(path.strip('/').removesuffix('.git'), safe='/~')}"


def _find_forge(web: str | None) -> str | None:
    host = urlsplit(web).hostname or "" if web else ""
    return next((forge for word, forge in _HOSTS.items() if word in host), None)
