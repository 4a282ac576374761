"""The web addresses of a remote: where a pull request is opened for a branch."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

_SCP_LIKE = re.compile(r"(?:[^@/]+@)?(?P<host>[A-Za-z0-9][A-Za-z0-9._-]*):(?P<path>(?!//).+)")
_FORMS = {
    "github": "{web}/compare/{base}...{branch}?expand=1",
    "gitlab": "{web}/-/merge_requests/new?merge_request%5Bsource_branch%5D={branch}"
    "&merge_request%5Btarget_branch%5D={base}",
    "gitea": "{web}/compare/{base}...{branch}",
}
_KNOWN = {"github": "github", "gitlab": "gitlab", "gitea": "gitea", "forgejo": "gitea", "codeberg": "gitea"}
PLACEHOLDERS = ("web", "base", "branch")
FORMS = tuple(_FORMS)


def make_pull_request_url(remote_url: str | None, base: str, branch: str, template: str | None = None) -> str | None:
    """Where a pull request from ``branch`` into ``base`` (short names) is opened; None where that cannot be told.

    ``template`` is an address with ``{web}``, ``{base}`` and ``{branch}`` in it, or the name of one of :data:`FORMS`,
    for a host whose name does not say which it is.
    """
    web = find_web_address(remote_url) if remote_url else None
    form = template or _form_of(web)
    if form is None:
        return None
    text = _FORMS.get(form, form)
    if "{web}" in text and web is None:
        return None
    values = {"web": web or "", "base": quote(base, safe=""), "branch": quote(branch, safe="")}
    return re.sub(r"\{(web|base|branch)\}", lambda found: values[found[1]], text)


def find_web_address(url: str) -> str | None:
    """The page of a repository, from the address that Git uses; None for a path and the like."""
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
    return _page("https", host, parts.path)  # the port is that of another protocol


def _page(scheme: str, host: str, path: str) -> str:
    return f"{scheme}://{host}/{quote(path.strip('/').removesuffix('.git'), safe='/~')}"


def _form_of(web: str | None) -> str | None:
    host = urlsplit(web).hostname or "" if web else ""
    return next((form for word, form in _KNOWN.items() if word in host), None)
