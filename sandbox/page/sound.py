"""A voice channel as an endless Ogg/Opus file, for browsers that cannot decode packets themselves.

Follows one speaker at a time: the first who is heard, until they have been silent for `HANDOVER_S`. Each
packet becomes a page at once, so that nothing waits. Silence on the wire stays a pause of the stream, as
live radio does.
"""

import random

import trio

from gateway_client.ids import ChannelId, GuildId, UserId
from sandbox.http.exchange import Response, SendBytes
from sandbox.page.guard import HEADERS
from sandbox.voice.listeners import HeardFrame
from sandbox.voice.ogg import OggOpus
from sandbox.voice.opus import opus_samples
from sandbox.voice.service import VoiceServer

HANDOVER_S = 1.0


def stream_channel(voice: VoiceServer, guild_id: GuildId, channel_id: ChannelId) -> Response:
    """The answer that plays what is said in a channel for as long as somebody listens."""

    async def stream(send: SendBytes) -> None:
        with voice.listen(guild_id, channel_id) as frames:
            await _mux(frames, send)

    headers = {**HEADERS, "content-type": 'audio/ogg; codecs="opus"', "cache-control": "no-store"}
    return Response(headers=headers, stream=stream)


async def _mux(frames: trio.MemoryReceiveChannel[HeardFrame], send: SendBytes) -> None:
    ogg = OggOpus(serial=random.getrandbits(32))
    await send(ogg.head())
    speaker: UserId | None = None
    heard_at = 0.0
    async for heard in frames:
        if heard.user_id != speaker and heard.frame.arrived_s - heard_at < HANDOVER_S:
            continue
        speaker, heard_at = heard.user_id, heard.frame.arrived_s
        if opus_samples(heard.frame.opus):
            await send(ogg.audio([heard.frame.opus]))
