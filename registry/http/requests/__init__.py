"""Reading a request: who may call, conditions, bodies, the edit or the call asked for, the parts behind the app."""

from __future__ import annotations

from .action_methods import register_action_methods
from .app_context import (
    STREAMS_AT_MOST,
    allow_hand_over,
    attach_service,
    can_hand_over,
    detach_service,
    end_streams,
    get_attached_service,
    get_departures,
    get_ending_event,
    get_followers,
    get_service,
    get_stream_places,
)
from .call_request import CALL_FIELDS, make_call, read_requested_call, read_requested_calls
from .caller_checks import register_caller_checks
from .edit_request import prepare_create, prepare_merge, prepare_replace, prepare_trial, read_signature
from .if_match import read_required_digests
from .request_body import read_body, read_json_body

__all__ = [
    "CALL_FIELDS",
    "STREAMS_AT_MOST",
    "allow_hand_over",
    "attach_service",
    "can_hand_over",
    "detach_service",
    "end_streams",
    "get_attached_service",
    "get_departures",
    "get_ending_event",
    "get_followers",
    "get_service",
    "get_stream_places",
    "make_call",
    "prepare_create",
    "prepare_merge",
    "prepare_replace",
    "prepare_trial",
    "read_body",
    "read_json_body",
    "read_requested_call",
    "read_requested_calls",
    "read_required_digests",
    "read_signature",
    "register_action_methods",
    "register_caller_checks",
]
