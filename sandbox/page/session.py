"""One browser tab: a WebSocket that carries requests one way, a snapshot and live events the other.

Rules: the first thing told is a snapshot, then every change in order; after `act_as` a new snapshot. A
request is answered with `re` and its number, an error as a sentence in `error`. Requests are done in order
of arrival, but autocomplete runs beside them. A page that does not read is closed (1013) and comes back by
itself for a new snapshot. Sound goes as binary messages and is dropped, not queued, when the page lags.
"""

import struct

import trio
from attrs import define, field

from gateway_client.ids import UserId
from sandbox.http.websocket import WebSocket, WebSocketClosed
from sandbox.json_values import JsonObject, to_json
from sandbox.model.events import ChannelDeleted, VoiceStateChanged, WorldEvent
from sandbox.page import requests as ask
from sandbox.page.deeds import Deeds, Sorry
from sandbox.page.feed import view_event
from sandbox.page.tabs import Tabs
from sandbox.page.uploads import Uploads
from sandbox.page.views import view_snapshot
from sandbox.people import People
from sandbox.voice.listeners import HeardFrame
from sandbox.voice.service import VoiceServer
from sandbox.voice.values import SpeakingChanged
from sandbox.world import World

QUEUED = 2_000
SOUND_QUEUED = 50
"""Frames: one second of sound may wait for a slow page, what is more is dropped."""

_SOUND_HEAD = struct.Struct(">QIHH")
"""User, RTP timestamp, RTP sequence, zero; then the Opus packet."""


def to_sound(heard: HeardFrame) -> bytes:
    """A frame as the page gets it."""
    frame = heard.frame
    return _SOUND_HEAD.pack(heard.user_id, frame.timestamp, frame.sequence, 0) + frame.opus


@define(kw_only=True, eq=False)
class PageSession:
    """A tab.

    Args:
        viewer: whom the tab acts as at first.
    """

    world: World
    people: People
    voice: VoiceServer
    uploads: Uploads
    tabs: Tabs
    socket: WebSocket
    viewer: UserId
    _deeds: Deeds = field(init=False)
    _send: trio.MemorySendChannel[str | bytes] = field(init=False)
    _overflowed: bool = field(init=False, default=False)
    _listening: bool = field(init=False, default=False)
    _moved: trio.Event = field(init=False, factory=trio.Event)

    async def run(self) -> None:
        """Serve the tab until it is closed."""
        self._deeds = Deeds.open(self.world, self.people, self.uploads, self.viewer)
        self._send, outgoing = trio.open_memory_channel[str | bytes](QUEUED)
        unsubscribe = self.world.subscribe(self._on_event)
        unwatch = self.voice.watch_speaking(self._on_speaking)
        self.tabs.opened()
        try:
            async with trio.open_nursery() as nursery:
                self._tell(view_snapshot(self.world, self.viewer, self.voice.speaking(self.world.home)))
                nursery.start_soon(self._write, outgoing)
                nursery.start_soon(self._sound)
                await self._read(nursery)
                nursery.cancel_scope.cancel()
        finally:
            unsubscribe()
            unwatch()
            self.tabs.closed()
        await self.tabs.linger()

    async def _read(self, nursery: trio.Nursery) -> None:
        while True:
            try:
                text = await self.socket.receive()
            except WebSocketClosed:
                return
            try:
                asked = ask.parse_request(text)
            except ask.NotUnderstood:
                self._tell(
                    {"t": "note", "error": "The page sent something that the sandbox does not understand."}
                )
                continue
            if isinstance(asked, ask.Complete):
                nursery.start_soon(self._answer, asked)
            else:
                await self._answer(asked)

    async def _answer(self, asked: ask.Asked) -> None:
        try:
            match asked:
                case ask.ActAs(user_id=user_id):
                    result = self._act_as(user_id)
                case ask.Listen(on=on):
                    self._listening = on
                    self._moved.set()
                    result: JsonObject = {}
                case _:
                    result = await self._deeds.do(asked)
                    if isinstance(asked, ask.JoinVoice):
                        self.tabs.seated(self.viewer)
        except Sorry as sorry:
            self._tell({"re": asked.id, "error": str(sorry)})
        else:
            self._tell({"re": asked.id, **result})

    def _act_as(self, user_id: UserId) -> JsonObject:
        user = self.world.directory.users.get(user_id)
        if user is None or user.bot:
            raise Sorry("Nobody can act as that.")
        self.viewer = user_id
        self._deeds = Deeds.open(self.world, self.people, self.uploads, user_id)
        self._tell(view_snapshot(self.world, user_id, self.voice.speaking(self.world.home)))
        self._moved.set()
        return {}

    def _on_event(self, event: WorldEvent) -> None:
        if isinstance(event, VoiceStateChanged | ChannelDeleted):
            self._moved.set()
        told = view_event(self.world, event, self.viewer)
        if told is not None:
            self._tell(told)

    def _on_speaking(self, change: SpeakingChanged) -> None:
        if change.guild_id == self.world.home:
            self._tell({"t": "speaking", "user_id": str(change.user_id), "on": change.speaking})

    def _tell(self, message: JsonObject) -> None:
        try:
            self._send.send_nowait(to_json(message).decode())
        except trio.WouldBlock:
            self._overflowed = True
            self._send.close()
        except trio.ClosedResourceError:
            return  # it overflowed before; the writer is about to close the socket

    async def _write(self, outgoing: trio.MemoryReceiveChannel[str | bytes]) -> None:
        try:
            async for message in outgoing:
                await self.socket.send(message)
            await self.socket.close(1013, "The page does not read what it is sent.")
        except WebSocketClosed:
            return  # the reader sees it too, and ends the session

    async def _sound(self) -> None:
        """Send what is heard where the viewer sits, for as long as they sit there and listen."""
        while True:
            self._moved = moved = trio.Event()
            async with trio.open_nursery() as nursery:
                state = self.world.voice.state(self.world.home, self.viewer)
                if (
                    self._listening
                    and state is not None
                    and state.channel_id is not None
                    and not state.self_deaf
                ):
                    nursery.start_soon(self._relay, state.guild_id, state.channel_id)
                await moved.wait()
                nursery.cancel_scope.cancel()

    async def _relay(self, guild_id: ask.GuildId, channel_id: ask.ChannelId) -> None:
        with self.voice.listen(guild_id, channel_id) as frames:
            async for heard in frames:
                waiting = self._send.statistics().current_buffer_used
                if waiting < SOUND_QUEUED:
                    try:
                        self._send.send_nowait(to_sound(heard))
                    except trio.ClosedResourceError:
                        return  # it overflowed; the socket is about to close
