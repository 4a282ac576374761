"""Evaluate PromQL on the one Prometheus server that this tool was given, with the token that belongs to it.

The address is a secret beside the token, never an argument: no caller can have the token sent elsewhere.
"""

from __future__ import annotations

import json
import os

import requests
from deadline import within

TIMEOUT_SECONDS = 20
MAX_BYTES = 8_000_000
MAX_SERIES = 100
MAX_POINTS = 500
MAX_POINTS_TOTAL = 5_000


def main(
    query: str,
    time: str | None = None,
    start: str | None = None,
    end: str | None = None,
    step_seconds: int = 60,
) -> dict:
    """The series of ``query``; raises ValueError for what the caller can mend, RuntimeError for the rest."""
    path, form = _request(query, time, start, end, step_seconds)
    status, content = _post(os.environ["PROMETHEUS_URL"].rstrip("/") + path, form)
    data, warnings = _data(status, content)
    kind = data.get("resultType", "")
    found = data.get("result", [])
    series = [{"metric": {}, "value": found}] if kind in ("scalar", "string") else found
    return {"result_type": kind, **_cut(series), "warnings": warnings}


def _request(query: str, time: str | None, start: str | None, end: str | None, step_seconds: int) -> tuple[str, dict]:
    if (start is None) != (end is None):
        raise ValueError("A range query needs both start and end; for an instant query leave both out.")
    if start is None:
        return "/api/v1/query", {"query": query} | ({"time": time} if time else {})
    if time is not None:
        raise ValueError("Give either time (instant query) or start and end (range query), not both.")
    return "/api/v1/query_range", {"query": query, "start": start, "end": end, "step": str(step_seconds)}


def _bearer(request: requests.PreparedRequest) -> requests.PreparedRequest:
    request.headers["Authorization"] = f"Bearer {os.environ['PROMETHEUS_TOKEN']}"
    return request


def _post(url: str, form: dict) -> tuple[int, bytes]:
    """Status and body. Redirects are not followed: the token and the query are for this server."""

    def exchange() -> tuple[int, bytes]:
        content = bytearray()
        with requests.post(
            url, data=form, auth=_bearer, timeout=TIMEOUT_SECONDS, allow_redirects=False, stream=True
        ) as response:
            for chunk in response.iter_content(8192):
                content += chunk
                if len(content) > MAX_BYTES:
                    raise ValueError("The answer is larger than 8 MB: aggregate, narrow labels or raise step_seconds.")
            return response.status_code, bytes(content)

    try:
        return within(TIMEOUT_SECONDS, exchange)
    except (requests.exceptions.Timeout, TimeoutError):
        raise RuntimeError(f"No complete answer from {url} within {TIMEOUT_SECONDS} s: try a cheaper query.") from None
    except requests.exceptions.RequestException as error:
        raise RuntimeError(f"Could not talk to {url}: {str(error)[-200:]}") from None


def _data(status: int, content: bytes) -> tuple[dict, list[str]]:
    if status in (401, 403):
        raise RuntimeError(f"The server answered {status}: it refused PROMETHEUS_TOKEN.")
    try:
        answer = json.loads(content)
        if answer["status"] != "success":
            raise ValueError(f"Prometheus refused the query ({answer.get('errorType')}): {answer.get('error')}"[:1000])
        return answer["data"], [str(warning)[:500] for warning in answer.get("warnings", [])[:20]]
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError, AttributeError, RecursionError):
        raise RuntimeError(f"The server answered {status} without a Prometheus result; check PROMETHEUS_URL.") from None


def _cut(series: list[dict]) -> dict:
    kept, truncated, left = [], len(series) > MAX_SERIES, MAX_POINTS_TOTAL
    for one in series[:MAX_SERIES]:
        points = one["values"] if "values" in one else [one["value"]] if "value" in one else []
        newest = points[-min(MAX_POINTS, left) :] if left else []
        truncated, left = truncated or len(newest) < len(points), left - len(newest)
        values = [{"timestamp": timestamp, "value": str(value)} for timestamp, value in newest]
        kept.append({"labels": one.get("metric", {}), "points": values})
    return {"series": kept, "series_total": len(series), "truncated": truncated}
