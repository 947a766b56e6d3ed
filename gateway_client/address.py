"""From an address that Discord gave to the one that is dialed: query, host, port, path.

Imports `errors`, `inflate`. No I/O.

Source: Gateway, "Gateway URL Query String Params"; the same query goes to `resume_gateway_url`.
"""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from attrs import frozen

from gateway_client.errors import ConnectFailed
from gateway_client.inflate import Compression

API_VERSION = 10


@frozen(kw_only=True)
class Endpoint:
    """Where a WebSocket goes. `host_header` names the port only if it is not the scheme's own."""

    host: str
    port: int
    resource: str
    is_tls: bool
    host_header: str


def to_address(url: str, compression: Compression) -> str:
    """Add our query to an address; a path and a query that it has already are kept."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query)) | {"v": str(API_VERSION), "encoding": "json"}
    if compression != "none":
        query["compress"] = compression
    return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", urlencode(query), ""))


def parse_address(url: str) -> Endpoint:
    """Take an address apart.

    Raises:
        ConnectFailed: it is no WebSocket address.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ConnectFailed(f"no address: {error}") from error
    if parts.scheme not in {"ws", "wss"} or not parts.hostname:
        raise ConnectFailed("no WebSocket address")
    is_tls = parts.scheme == "wss"
    usual = 443 if is_tls else 80
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return Endpoint(
        host=parts.hostname,
        port=port or usual,
        resource=urlunsplit(("", "", parts.path or "/", parts.query, "")),
        is_tls=is_tls,
        host_header=host if port in {None, usual} else f"{host}:{port}",
    )
