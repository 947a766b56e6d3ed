"""Reading an attachment into memory, through the guard and within a bound."""

from media.fetch import open_fetch
from media.guard import Guard

_HEADERS = 64 * 1024  # of an answer, which the bound of a fetch counts too
_MAX_S = 30.0


async def read_attachment(guard: Guard, url: str, max_bytes: int) -> bytes:
    """What a link serves.

    Raises:
        MediaError: it cannot be had, or is larger.
    """
    content = bytearray()
    async with open_fetch(guard, url, max_bytes=max_bytes + _HEADERS, max_s=_MAX_S) as fetch:
        while data := await fetch.receive():
            content += data
    return bytes(content)
