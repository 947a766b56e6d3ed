"""How the address of a voice server becomes a URL. Imports nothing.

Source: Discord, "Voice", sections "Voice Gateway Versioning" and "Establishing a Voice Websocket Connection".
"""

from typing import Final

VOICE_GATEWAY_VERSION: Final = 8


def endpoint_url(endpoint: str, insecure: bool) -> str:
    """The URL to dial for the ``endpoint`` of a VOICE_SERVER_UPDATE.

    Args:
        endpoint: host or ``host:port``; a scheme that some server put before it is dropped, never obeyed.
        insecure: dial ``ws://``. True only when the REST API itself is ``http://`` on loopback.
    """
    host = endpoint.rpartition("://")[2].rstrip("/")
    scheme = "ws" if insecure else "wss"
    return f"{scheme}://{host}/?v={VOICE_GATEWAY_VERSION}"
