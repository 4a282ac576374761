"""Report the certificate that a TLS server shows, trusted or not."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime

from certificate import Certificate, parse

TIMEOUT_SECONDS = 8


def main(host: str, port: int = 443, server_name: str | None = None, warn_days: int = 30) -> dict:
    """The certificate of ``host:port``; raises RuntimeError where no handshake is possible."""
    name = server_name or host
    try:
        der, protocol = _shake_hands(host, port, name, _verifying())
        trust_error = None
    except ssl.SSLCertVerificationError as error:
        trust_error = error.verify_message or str(error)
        der, protocol = _shake_hands(host, port, name, _looking())
    return _report(parse(der), protocol, trust_error, warn_days)


def _verifying() -> ssl.SSLContext:
    return ssl.create_default_context()


def _looking() -> ssl.SSLContext:
    """A context that accepts any certificate: it is only looked at, and nothing is sent."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _shake_hands(host: str, port: int, name: str, context: ssl.SSLContext) -> tuple[bytes, str]:
    try:
        with (
            socket.create_connection((host, port), timeout=TIMEOUT_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=name) as secured,
        ):
            return secured.getpeercert(binary_form=True) or b"", secured.version() or ""
    except ssl.SSLCertVerificationError:
        raise
    except TimeoutError:
        raise RuntimeError(f"{host}:{port} did not finish a TLS handshake within {TIMEOUT_SECONDS} s.") from None
    except ssl.SSLError as error:
        raise RuntimeError(f"{host}:{port} answers but not with TLS as expected: {error.reason or error}.") from None
    except (OSError, UnicodeError) as error:
        raise RuntimeError(
            f"Could not connect to {host}:{port}: {getattr(error, 'strerror', None) or error}."
        ) from None


def _report(certificate: Certificate, protocol: str, trust_error: str | None, warn_days: int) -> dict:
    left = certificate.not_after - datetime.now(UTC)
    return {
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "serial_number": f"{certificate.serial_number:x}",
        "names": list(certificate.names[:100]),
        "not_before": certificate.not_before.isoformat(),
        "not_after": certificate.not_after.isoformat(),
        "days_left": left.days,
        "expired": left.total_seconds() < 0,
        "expires_soon": left.days < warn_days,
        "trusted": trust_error is None,
        "trust_error": trust_error,
        "protocol": protocol,
    }
