"""The methods of a server that has tools."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any

from mcp_types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    METHOD_NOT_FOUND,
    SERVER_INFO_META_KEY,
    DiscoverResult,
    EmptyResult,
    Implementation,
    InitializeResult,
    Result,
    ServerCapabilities,
    SubscriptionsListenResult,
    ToolsCapability,
)
from mcp_types import methods as protocol
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, LATEST_HANDSHAKE_VERSION, MODERN_PROTOCOL_VERSIONS
from pydantic import ValidationError

from registry.audit import Execution
from registry.catalog import Catalog
from registry.errors import InputRefused, NotFound, NotInvocable, ToolcribError, Unavailable
from registry.executions import Call, Executions, find_returns_validator, refuse_not_invocable
from registry.json_text import dumps
from registry.model import Json, Tool

from . import meta_tools
from .call_results import make_execution_result, make_refusal_result, make_value_result, write_call_result
from .parameter_headers import refuse_other_values
from .progress_log import ProgressLog
from .request_exchange import Exchange, name_execution
from .rpc_messages import Notification, ProtocolError

Work = Callable[[], bytes]
_RETRY_SECONDS = 1
SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId"


def find_cancelled_id(message: Notification) -> str | int | None:
    """The id of the request that a notification cancels; None for all others."""
    request_id = (message.params or {}).get("requestId")
    if message.method != "notifications/cancelled" or not isinstance(request_id, str | int):
        return None
    return request_id


class McpServer:
    """Answers requests. ``announces`` is whether clients of the initialize era can be told that the list changed."""

    def __init__(self, executions: Executions, *, announces: bool) -> None:
        self._executions = executions
        self._announces = announces
        self._info = Implementation(name="toolcrib", title="Toolcrib", version=version("toolcrib"))
        self._methods: Mapping[str, Callable[[Exchange, Any], Work]] = {
            "initialize": self._initialize,
            "ping": self._ping,
            "server/discover": self._discover,
            "tools/list": self._list,
            "tools/call": self._call,
            "subscriptions/listen": self._listen,
        }

    def work(self, exchange: Exchange) -> Work:
        """What answers a request: a function that may take its time, and gives the result as JSON text.

        Raises ProtocolError for what is refused before that; the function raises nothing on purpose.
        """
        request = exchange.request
        method = self._methods.get(request.method)
        try:
            asked = protocol.parse_client_request(request.method, exchange.era.version, request.params)
        except KeyError:
            method = None
        except ValidationError as refused:
            raise _invalid(refused) from None
        if method is None:
            raise ProtocolError(METHOD_NOT_FOUND, f"there is no method {request.method[:100]!r} here")
        try:
            return method(exchange, asked.params)
        except NotFound as error:
            raise ProtocolError(INVALID_PARAMS, str(error)) from None
        except ToolcribError as error:
            raise ProtocolError(INTERNAL_ERROR, str(error)) from error

    def cancel(self, exchange: Exchange) -> None:
        """Nobody waits for the answer any longer."""
        exchange.gone.set()
        self._executions.abandon(exchange.execution_id)

    def cancel_of_session(self, session: str, request_id: str | int) -> None:
        """End what a request of a session runs, in whichever process; nothing, where it runs nothing."""
        execution_id = name_execution(session, request_id)
        self._executions.abandon(execution_id)
        try:
            self._executions.cancel(execution_id)
        except (NotFound, Unavailable):
            return

    def _initialize(self, exchange: Exchange, params: Any) -> Work:
        wanted = params.protocol_version
        spoken = wanted if wanted in HANDSHAKE_PROTOCOL_VERSIONS else LATEST_HANDSHAKE_VERSION
        result = InitializeResult(
            protocol_version=spoken,
            capabilities=_capabilities(changes=self._announces and not exchange.offer.meta),
            server_info=self._info,
            instructions=_instructions(exchange),
        )
        return lambda: write_call_result(result, stateless=False)

    def _ping(self, exchange: Exchange, params: Any) -> Work:
        return lambda: write_call_result(EmptyResult(), stateless=False)

    def _discover(self, exchange: Exchange, params: Any) -> Work:
        result = DiscoverResult(
            supported_versions=list(MODERN_PROTOCOL_VERSIONS),
            capabilities=_capabilities(changes=not exchange.offer.meta),
            instructions=_instructions(exchange),
            _meta=self._signature(),
        )
        return lambda: write_call_result(result, stateless=True)

    def _list(self, exchange: Exchange, params: Any) -> Work:
        cursor = params.cursor if params is not None else None
        members = exchange.offer.page(exchange.offer.catalog(), cursor)
        if exchange.era.stateless:
            # Stale at once: what was committed is seen by the next request.
            members += b',"resultType":"complete","ttlMs":0,"cacheScope":"private","_meta":' + dumps(self._signature())
        return lambda: b"{" + members + b"}"

    def _call(self, exchange: Exchange, params: Any) -> Work:
        catalog, given = exchange.offer.catalog(), params.arguments or {}
        if exchange.offer.meta:
            return self._call_meta(exchange, catalog, params.name, given)
        tool = _callable(exchange, catalog, params.name)
        if exchange.era.stateless and exchange.headers is not None:
            wanted = exchange.offer.headers_of(catalog, tool)
            refuse_other_values(wanted, given, exchange.headers)
        return lambda: self._run(exchange, catalog, tool, given)

    def _call_meta(self, exchange: Exchange, catalog: Catalog, name: str, given: Json) -> Work:
        if name not in meta_tools.DEFINITIONS:
            raise NotFound(f"there is no tool {name[:100]!r} at this address; {meta_tools.SEARCH} finds tools")
        stateless = exchange.era.stateless
        try:
            arguments = meta_tools.check_meta_arguments(name, given)
            if name == meta_tools.CALL:
                tool = _callable(exchange, catalog, arguments["name"])
                return lambda: self._run(exchange, catalog, tool, arguments["arguments"])
        except InputRefused as error:
            return _answering(make_refusal_result(error), stateless=stateless)
        except NotFound as error:
            return _answering(
                make_refusal_result(NotFound(f"{error}; {meta_tools.SEARCH} finds tools")), stateless=stateless
            )
        found = make_value_result({"tools": exchange.offer.search(catalog, arguments["query"], arguments["limit"])})
        return _answering(found, stateless=stateless)

    def _run(self, exchange: Exchange, catalog: Catalog, tool: Tool, arguments: Json) -> bytes:
        stateless = exchange.era.stateless
        try:
            if exchange.gone.is_set():
                raise Unavailable("nobody waits for the result any longer", _RETRY_SECONDS)
            if exchange.session is not None:
                self._name_run(exchange)
            execution = self._invoked(exchange, catalog, tool, arguments)
        except ToolcribError as error:
            return write_call_result(make_refusal_result(error), stateless=stateless)
        returns = find_returns_validator(catalog, tool) if tool.manifest.returns else None
        return write_call_result(make_execution_result(execution, returns), stateless=stateless)

    def _name_run(self, exchange: Exchange) -> None:
        """Give the run the id by which its cancel finds it, unless the client has used the request's id before."""
        name = name_execution(exchange.session or "", exchange.request.id)
        try:
            self._executions.get(name)
        except NotFound:
            exchange.execution_id = name

    def _invoked(self, exchange: Exchange, catalog: Catalog, tool: Tool, arguments: Json) -> Execution:
        call = Call(
            tool,
            arguments,
            caller_id=exchange.caller_id,
            trace_id=exchange.trace_id,
            request_id=exchange.request_id,
            remote_address=exchange.remote_address,
            execution_id=exchange.execution_id,
        )
        token = exchange.progress_token
        if token is None or exchange.send is None:
            return self._executions.invoke(catalog, call)
        progress = ProgressLog(exchange, token)
        execution = self._executions.invoke(catalog, call, heard=progress.hear)
        progress.end()
        return execution

    def _listen(self, exchange: Exchange, params: Any) -> Work:
        offer = exchange.offer
        offer.catalog()
        about: dict[str, Json] = {SUBSCRIPTION: exchange.request.id}
        wanted = bool(params.notifications.tools_list_changed) and not offer.meta
        honoured: dict[str, Json] = {"toolsListChanged": True} if wanted else {}

        def follow() -> bytes:
            seen = offer.seen()  # before the client is told: what changes from then on is news
            exchange.notify("notifications/subscriptions/acknowledged", notifications=honoured, _meta=about)
            for _ in offer.changes(seen, exchange.gone):
                if wanted:
                    exchange.notify("notifications/tools/list_changed", _meta=about)
            return write_call_result(SubscriptionsListenResult(_meta=about), stateless=True)

        return follow

    def _signature(self) -> dict[str, Any]:
        return {SERVER_INFO_META_KEY: self._info.model_dump(by_alias=True, exclude_none=True)}


def _answering(result: Result, *, stateless: bool) -> Work:
    return lambda: write_call_result(result, stateless=stateless)


def _callable(exchange: Exchange, catalog: Catalog, name: str) -> Tool:
    """The tool that is to be called. Raises NotFound for one that is not there, or must not run."""
    tool = exchange.offer.find(catalog, name)
    try:
        refuse_not_invocable(tool)
    except NotInvocable as error:
        raise NotFound(str(error)) from None
    return tool


def _capabilities(*, changes: bool) -> ServerCapabilities:
    return ServerCapabilities(tools=ToolsCapability(list_changed=changes or None))


def _instructions(exchange: Exchange) -> str:
    about = exchange.offer.about
    told_of = [about] if about else []
    told_of.append("Each call runs in a fresh container that is thrown away: nothing is kept from one to the next.")
    if exchange.offer.meta:
        told_of.append(f"Find tools with {meta_tools.SEARCH}, then call them with {meta_tools.CALL}.")
    return " ".join(told_of)


def _invalid(refused: ValidationError) -> ProtocolError:
    faults: list[Json] = [
        {"pointer": "".join(f"/{part}" for part in error["loc"]), "message": error["msg"]}
        for error in refused.errors(include_url=False, include_context=False, include_input=False)
    ]
    first = faults[0]
    message = f"the parameters are not what this method takes: {first['pointer']}: {first['message']}"
    return ProtocolError(INVALID_PARAMS, message, {"errors": faults})
