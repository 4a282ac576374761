"""Read what matters of an X.509 certificate (RFC 5280) from its DER bytes.

The standard library parses a certificate only after it was trusted; this one is wanted exactly when it is not.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

_UTC_TIME = 0x17
_VERSION, _EXTENSIONS = 0xA0, 0xA3
_DNS_NAME, _IP_ADDRESS = 0x82, 0x87
_SUBJECT_ALT_NAME = bytes.fromhex("551d11")
_ATTRIBUTES = {b"\x55\x04\x03": "CN", b"\x55\x04\x06": "C", b"\x55\x04\x0a": "O", b"\x55\x04\x0b": "OU"}


@dataclass(frozen=True, slots=True)
class Certificate:
    """The fields of interest; times are aware and in UTC."""

    subject: str
    issuer: str
    serial_number: int
    not_before: datetime
    not_after: datetime
    names: tuple[str, ...]


def parse(der: bytes) -> Certificate:
    """The certificate in ``der``. Raises ValueError where it is not one."""
    try:
        return _certificate(der)
    except (IndexError, StopIteration, UnicodeError, OverflowError) as error:
        raise ValueError(f"The server's certificate cannot be read: {error or 'it is cut short'}.") from None


def _certificate(der: bytes) -> Certificate:
    tbs = next(_elements(next(_elements(der))[1]))[1]
    fields = [(tag, value) for tag, value in _elements(tbs) if tag != _VERSION]
    serial, _signature, issuer, validity, subject = (value for _, value in fields[:5])
    not_before, not_after = (_time(tag, value) for tag, value in _elements(validity))
    extensions = next((value for tag, value in fields[5:] if tag == _EXTENSIONS), b"")
    return Certificate(
        subject=_distinguished_name(subject),
        issuer=_distinguished_name(issuer),
        serial_number=int.from_bytes(serial, "big"),
        not_before=not_before,
        not_after=not_after,
        names=tuple(_alternative_names(extensions)),
    )


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The tag and the contents of each DER element in ``data``."""
    at = 0
    while at < len(data):
        tag, length, at = data[at], data[at + 1], at + 2
        if length & 0x80:
            size = length & 0x7F
            length, at = int.from_bytes(data[at : at + size], "big"), at + size
        if at + length > len(data):
            raise IndexError("it is cut short")
        yield tag, data[at : at + length]
        at += length


def _time(tag: int, value: bytes) -> datetime:
    text = value.decode("ascii")
    if tag == _UTC_TIME:  # two digits of the year: 50..99 are 19xx
        text = ("19" if text[:2] >= "50" else "20") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _distinguished_name(name: bytes) -> str:
    parts = []
    for _, relative in _elements(name):
        for _, attribute in _elements(relative):
            (_, oid), (_, value) = _elements(attribute)
            if oid in _ATTRIBUTES:
                parts.append(f"{_ATTRIBUTES[oid]}={value.decode('utf-8', 'replace')[:200]}")
    return ", ".join(parts)


def _alternative_names(extensions: bytes) -> Iterator[str]:
    if not extensions:
        return
    for _, extension in _elements(next(_elements(extensions))[1]):
        oid, *_critical, (_, value) = _elements(extension)
        if oid[1] != _SUBJECT_ALT_NAME:
            continue
        for tag, name in _elements(next(_elements(value))[1]):
            if tag == _DNS_NAME:
                yield name.decode("ascii", "replace")
            elif tag == _IP_ADDRESS and len(name) in (4, 16):
                yield str(ipaddress.ip_address(name))
