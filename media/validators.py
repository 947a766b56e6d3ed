"""Whether a link still serves the file that was kept: the server is asked, and sends nothing if it does.

A link to a file may serve another one tomorrow. So it is kept only with what its server calls this version
of it (``ETag``, or else ``Last-Modified``), and played from there only after the server has said, each
time, that nothing has changed: one request, and no byte of sound.

Failure mode: whatever goes wrong with the question, the file is fetched again.

Source: RFC 9110, sections 8.8, 13.1.2, 13.1.3 and 15.4.5.
"""

import logging

import msgspec
from attrs import define

from media.errors import MediaError
from media.fetch import open_fetch
from media.guard import Guard
from media.index import Index
from media.version import Version

ASK_S = 3.0
ASK_BYTES = 256 << 10
_log = logging.getLogger(__name__)


_DECODER = msgspec.json.Decoder(Version)


@define(eq=False)
class Validators:
    """The versions of what is kept, in the room's index."""

    index: Index
    guard: Guard

    async def note(self, key: str, version: Version) -> None:
        """This version is kept now."""
        await self.index.put(f"version:{key}", msgspec.json.encode(version))

    async def is_current(self, key: str, url: str) -> bool:
        """Whether the server still serves what is kept."""
        data = await self.index.get(f"version:{key}")
        try:
            version = None if data is None else _DECODER.decode(data)
        except msgspec.MsgspecError:
            return False
        return version is not None and await self._ask(url, version)

    async def _ask(self, url: str, version: Version) -> bool:
        try:
            headers = (version.condition,)
            async with open_fetch(
                self.guard, url, max_bytes=ASK_BYTES, max_s=ASK_S, headers=headers
            ) as fetch:
                return fetch.is_unchanged
        except MediaError as error:
            _log.info("whether a file has changed is not known: %s", error)
            return False
