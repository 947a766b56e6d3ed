"""How loud tracks are, remembered by their key over guilds and restarts, beside the bytes that are kept.

The node measures (EBU R128) and the player hands the figures in; whoever plays the same track next gets them
with its playable, so that it is right from the first second. The figures are raw, without any wish in them.
"""

import msgspec
from attrs import define

from media.index import Index
from media.tracks import Loudness, Track

_DECODER = msgspec.json.Decoder(Loudness)


@define(eq=False)
class LoudnessMemory:
    """Measurements in the room's index."""

    index: Index

    async def find(self, track: Track) -> Loudness | None:
        """What was measured, None if nothing was, or if it cannot be read."""
        if track.live:
            return None
        data = await self.index.get(f"loud:{track.key}")
        try:
            return None if data is None else _DECODER.decode(data)
        except msgspec.MsgspecError:
            return None

    async def remember(self, track: Track, measured: Loudness) -> None:
        """Keep a measurement; a livestream has none of its own."""
        if not track.live:
            await self.index.put(f"loud:{track.key}", msgspec.json.encode(measured))
