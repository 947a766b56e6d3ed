"""The guard's side of HTTP: reading one request, writing one answer. No sockets.

A client asks either for a tunnel (``CONNECT host:port``) or, for plain HTTP, with the whole URL as target.
The request that goes on to the server is written anew: only its own headers travel, none of those that
speak to the proxy (least of all its credential), and the connection closes after one answer.

Source: RFC 9112, sections 3.2 and 9; RFC 9110, sections 7.6.1, 9.3.6 and 11.7.
"""

import base64
import binascii
from urllib.parse import SplitResult, urlsplit

import h11
from attrs import field, frozen

from media.errors import MediaError, MediaFailure
from media.guarded_urls import unmark

HEAD_LIMIT = 32 * 1024  # bytes of a request's head
DENIAL_HEADER = "X-Guard-Denial"

_METHODS = frozenset({b"GET", b"HEAD", b"POST"})
_BODY_LIMIT = 1 << 20  # bytes that may be sent with a request
_NOT_PASSED_ON = frozenset(
    {
        b"connection",
        b"content-length",
        b"host",
        b"keep-alive",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)

_STATUS = {
    MediaFailure.BAD_URL: "400 Bad Request",
    MediaFailure.TOO_LARGE: "403 Forbidden",
    MediaFailure.PRIVATE_ADDRESS: "403 Forbidden",
    MediaFailure.TIMEOUT: "504 Gateway Timeout",
}


@frozen(kw_only=True)
class Wanted:
    """What one connection to the guard asks for.

    Attributes:
        host: lower case, without brackets.
        port: where to dial.
        tls: the guard itself speaks TLS to the server.
        tunnel: CONNECT; otherwise ``head`` is sent to the server first.
        head: the request as the server gets it.
        body_bytes: how much of what follows belongs to the request.
        token: the job's credential, None if the client sent none.
    """

    host: str
    port: int
    tunnel: bool
    tls: bool = False
    head: bytes = field(default=b"", repr=False)
    body_bytes: int = 0
    token: str | None = field(default=None, repr=False)


def parse_request(request: h11.Request) -> Wanted:
    """What a request wants.

    Raises:
        MediaError: ``BAD_URL``, for anything but CONNECT and plain-HTTP GET, HEAD or POST.
    """
    token = _parse_token(request)
    if request.method == b"CONNECT":
        host, port = _parse_authority(request.target.decode("latin-1"), None)
        return Wanted(host=host, port=port, tunnel=True, token=token)
    if request.method not in _METHODS:
        raise MediaError(kind=MediaFailure.BAD_URL, detail="method not allowed")
    try:
        url = urlsplit(request.target.decode("latin-1"))
    except ValueError as error:
        raise MediaError(kind=MediaFailure.BAD_URL, detail="target is no URL") from error
    if url.scheme.lower() != "http" or "@" in url.netloc:
        raise MediaError(kind=MediaFailure.BAD_URL, detail="target is no plain http URL")
    return _parse_plain(request, url, token)


def _parse_plain(request: h11.Request, url: SplitResult, token: str | None) -> Wanted:
    """A request for one answer, over TLS if the host's name is marked so."""
    inner = unmark((url.hostname or "").rstrip("."))
    host, port = _parse_authority(url.netloc, 80 if inner is None else 443)
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    authority = url.netloc
    if inner is not None:
        bracketed = f"[{inner}]" if ":" in inner else inner
        authority = bracketed if port == 443 else f"{bracketed}:{port}"
    return Wanted(
        host=host if inner is None else inner,
        port=port,
        tunnel=False,
        tls=inner is not None,
        head=_to_head(request, path, authority),
        body_bytes=_parse_length(request),
        token=token,
    )


def _parse_authority(text: str, default_port: int | None) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise MediaError(kind=MediaFailure.BAD_URL, detail="no host and port") from error
    port = default_port if port is None else port
    if not host or not port or parts.path or "@" in text:
        raise MediaError(kind=MediaFailure.BAD_URL, detail="no host and port")
    return host.partition("%")[0], port


def _parse_length(request: h11.Request) -> int:
    """The length of a POST's body; those without a length are refused, other methods have none."""
    if request.method != b"POST":
        return 0
    text = dict(request.headers).get(b"content-length", b"")
    if not text.isdigit() or len(text) > 7 or int(text) > _BODY_LIMIT:
        raise MediaError(kind=MediaFailure.BAD_URL, detail="a body without a sensible length")
    return int(text)


def _parse_token(request: h11.Request) -> str | None:
    for name, value in request.headers:
        scheme, _, coded = value.decode("latin-1").partition(" ")
        if name == b"proxy-authorization" and scheme.lower() == "basic":
            try:
                return base64.b64decode(coded, validate=True).decode("ascii").partition(":")[2]
            except (binascii.Error, ValueError):
                return None
    return None


def _to_head(request: h11.Request, path: str, authority: str) -> bytes:
    named = {
        name.strip().lower()
        for key, value in request.headers
        if key == b"connection"
        for name in value.split(b",")
    }
    kept = [(k, v) for k, v in request.headers.raw_items() if k.lower() not in _NOT_PASSED_ON | named]
    lines = [
        b"%s %s HTTP/1.1" % (request.method, path.encode("latin-1")),
        b"Host: " + authority.encode("latin-1"),
    ]
    lines += [b"%s: %s" % item for item in kept]
    if request.method == b"POST":
        lines.append(b"Content-Length: %d" % _parse_length(request))
    return b"\r\n".join([*lines, b"Connection: close", b"", b""])


def to_denial(error: MediaError) -> bytes:
    """The answer to a request that is refused or failed, with the reason for machines."""
    status = _STATUS.get(error.kind, "502 Bad Gateway")
    return _to_answer(status, f"{DENIAL_HEADER}: {error.kind}")


def to_challenge() -> bytes:
    """The answer to a request without a valid credential."""
    return _to_answer("407 Proxy Authentication Required", 'Proxy-Authenticate: Basic realm="guard"')


TUNNEL_OPEN = b"HTTP/1.1 200 Connection Established\r\n\r\n"


def _to_answer(status: str, header: str) -> bytes:
    return f"HTTP/1.1 {status}\r\n{header}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode("ascii")
