"""A tool's live log as progress: each line that it prints is one step."""

from __future__ import annotations

from .request_exchange import Exchange


class ProgressLog:
    """Tells a client what its tool prints, line by line; how far along that is nobody knows, so there is no total."""

    def __init__(self, exchange: Exchange, token: str | int) -> None:
        self._exchange = exchange
        self._token = token
        self._rest = {"stdout": "", "stderr": ""}
        self._lines = 0

    def hear(self, stream: str, text: str) -> None:
        """Take a piece of the log, from one thread at a time: what has its line's end is told."""
        *whole, self._rest[stream] = (self._rest[stream] + text).split("\n")
        if whole:
            self._tell(whole)

    def end(self) -> None:
        """Tell what is left without a line's end."""
        left = [rest for rest in self._rest.values() if rest]
        if left:
            self._tell(left)

    def _tell(self, lines: list[str]) -> None:
        self._lines += len(lines)
        message = "\n".join(lines)
        self._exchange.notify(
            "notifications/progress", progressToken=self._token, progress=self._lines, message=message
        )
