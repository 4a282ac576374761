"""Which environment variables no secret may be: those that change how Python, the loader or TLS behave in a sandbox."""

from __future__ import annotations

_BEGINNINGS = ("LD_", "DYLD_", "PYTHON", "GLIBC_", "MALLOC_", "GCONV_", "LC_", "OPENSSL_")
# fmt: off
_NAMES = frozenset({
    "PATH", "HOME", "TMPDIR", "TMP", "TEMP", "LANG", "LANGUAGE", "LOCPATH", "NLSPATH", "TZ", "TZDIR", "PWD",
    "OLDPWD", "SHELL", "USER", "LOGNAME", "HOSTNAME", "TERM", "IFS", "ENV", "BASH_ENV", "HOSTALIASES",
    "LOCALDOMAIN", "RES_OPTIONS", "SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE", "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS",
    "BLIS_NUM_THREADS", "NUMBA_NUM_THREADS", "POLARS_MAX_THREADS", "RAYON_NUM_THREADS", "TOKIO_WORKER_THREADS",
    "OPENCV_FOR_THREADS_NUM", "GOMAXPROCS",
})
# fmt: on


def is_reserved_name(name: str) -> bool:
    """Whether a name is taken by the sandbox itself, or would change more than the tool."""
    return name in _NAMES or name.startswith(_BEGINNINGS)
