"""How an operation's caller shows who they are: which secrets a tool needs for it, and where they go."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from registry.errors import InputRefused
from registry.importing.foreign_schemas import make_secret_name
from registry.model import Json
from registry.secret_names import is_reserved_name

from .api_operation import ApiOperation
from .program_literals import write_value

_KEYS = {
    "header": frozenset(
        {"authorization", "x-api-key", "api-key", "api_key", "apikey", "x-auth-token", "x-access-token", "token"}
    ),
    "query": frozenset({"api_key", "apikey", "api-key", "access_token", "auth_token", "appid"}),
}


@dataclass(frozen=True, slots=True)
class Credential:
    """A secret and its place: bearer, basic, header, query or cookie. ``name`` is the header's, or the parameter's."""

    place: str
    secret: str
    name: str = ""
    password_secret: str = ""

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names of the secrets."""
        return (self.secret, self.password_secret) if self.password_secret else (self.secret,)

    def write(self) -> str:
        """The same for a tool's program."""
        keywords = {key: value for key, value in asdict(self).items() if value}
        return write_value("Credential", keywords, ("place", "secret", "name"))


@dataclass(frozen=True, slots=True)
class Authentication:
    """The credentials of one operation, and what is to be said of them."""

    credentials: tuple[Credential, ...] = ()
    open_notes: tuple[str, ...] = ()
    done_notes: tuple[str, ...] = ()


def choose_authentication(operation: ApiOperation, schemes: Mapping[str, Json], prefix: str) -> Authentication:
    """The simplest alternative that a tool can use. ``prefix`` begins the secrets' names: the API's.

    An operation that may be called without credentials is; parameters that hold a key by their name alone are taken for
    credentials where no scheme is said.
    """
    if not operation.security:
        return _undeclared(operation, schemes, prefix)
    if any(not alternative for alternative in operation.security):
        named = sorted({name for alternative in operation.security for name in alternative})
        note = (f"It is called without credentials, which is allowed; the API also takes {', '.join(named)[:200]}.",)
        return Authentication(done_notes=note if named else ())
    usable, refused = [], []
    for alternative in operation.security:
        found = [_credential(schemes.get(name), name, prefix) for name in alternative]
        made = [one for one in found if isinstance(one, Credential)]
        if len(made) == len(found):
            usable.append(made)
        refused += [one for one in found if isinstance(one, str)]
    if usable:  # the fewest secrets: a token before user and password, of which one is often empty
        made = min(usable, key=lambda one: sum(len(credential.secrets) for credential in one))
        return Authentication(tuple(made), done_notes=tuple(_secret_notes(made)))
    reason = "; ".join(dict.fromkeys(refused))
    return Authentication(open_notes=(f"It sends no credentials: {reason[:500]}.",))


def make_authentication(way: str, prefix: str) -> Authentication:
    """What somebody says in place of the document: bearer, basic, none, header:NAME, query:NAME or cookie:NAME.

    Raises InputRefused for anything else.
    """
    place, _, name = way.partition(":")
    scheme: Json = None
    if way in {"bearer", "basic"}:
        scheme = {"type": "http", "scheme": way}
    elif place in {"header", "query", "cookie"} and re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z\[\]-]+", name):
        scheme = {"type": "apiKey", "in": place, "name": name}
    elif way == "none":
        return Authentication()
    made = _credential(scheme, way, prefix)
    if isinstance(made, str):
        raise InputRefused(
            f"{way[:60]!r} is no way to show who calls: bearer, basic, none, header:NAME, query:NAME, cookie:NAME"
        )
    return Authentication((made,), done_notes=tuple(_secret_notes([made])))


def find_key_parameters(schemes: Mapping[str, Json]) -> set[tuple[str, str]]:
    """Place and name of each parameter that a security scheme fills: no argument of a tool."""
    return {
        (str(one.get("in")), str(one.get("name")).lower())
        for one in schemes.values()
        if isinstance(one, dict) and one.get("type") == "apiKey"
    }


def is_key_parameter(parameter: Mapping[str, Json]) -> bool:
    """Whether a parameter of a query or a header holds a key or token, by its name."""
    return str(parameter.get("name")).lower() in _KEYS.get(str(parameter.get("in")), ())


def _undeclared(operation: ApiOperation, schemes: Mapping[str, Json], prefix: str) -> Authentication:
    """Keys that the document has among its parameters; those that need not be there are told."""
    keys = [one for one in operation.parameters if is_key_parameter(one)]
    made = [
        Credential(one["in"], _secret(prefix, one["name"]), one["name"]) for one in keys if one.get("required") is True
    ]
    ways = [f"--auth {one['in']}:{one['name'][:60]}" for one in keys if one.get("required") is not True]
    if not ways and not schemes:  # so of a document that never speaks of them, not of one that says they are not needed
        ways = ["--auth bearer (or basic, header:NAME)"]
    told = [f"It is called without credentials; {' or '.join(ways)} gives it some."] if ways and not made else []
    return Authentication(tuple(made), done_notes=(*_secret_notes(made), *told))


def _credential(scheme: Json, name: str, prefix: str) -> Credential | str:
    """The credential of one scheme, or why there is none."""
    if not isinstance(scheme, dict):
        return f"the document does not say what the scheme {name[:60]} is"
    kind, way, key = scheme.get("type"), str(scheme.get("scheme")).lower(), scheme.get("name")
    if kind in {"oauth2", "openIdConnect"} or (kind == "http" and way == "bearer"):
        return Credential("bearer", _secret(prefix, "token"))
    if kind == "http" and way == "basic":
        return Credential("basic", _secret(prefix, "user"), password_secret=_secret(prefix, "password"))
    if kind == "apiKey" and scheme.get("in") in {"header", "query", "cookie"} and isinstance(key, str) and key.strip():
        return Credential(scheme["in"], _secret(prefix, key), key)
    told = f"HTTP {way[:40]}" if kind == "http" else f"of the type {str(kind)[:40]}"
    return f"{name[:60]} is {told}, which is not supported"


def _secret(prefix: str, name: str) -> str:
    own, first = make_secret_name(name), make_secret_name(prefix.lower())[:30].rstrip("_")
    full = own if own.startswith(first) else f"{first}_{own}"
    return f"API_{full}"[:64] if is_reserved_name(full[:64]) else full[:64]


def _secret_notes(credentials: Iterable[Credential]) -> Iterable[str]:
    for one in credentials:
        what = {
            "bearer": "a bearer token",
            "basic": "user and password",
            "header": f"the header {one.name}",
            "query": f"the query's {one.name}",
            "cookie": f"the cookie {one.name}",
        }[one.place]
        whole = ", the whole value, such as `Bearer …`" if one.name.lower() == "authorization" else ""
        yield f"Needs {' and '.join(one.secrets)} in the secrets file: {what}{whole}."
