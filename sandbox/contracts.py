"""How the page and the voice part plug into the sandbox. Whoever writes one of them reads this file.

**The page** (``sandbox/page/__init__.py``) exports ``routes``, a ``PageRoutes``: given the world, the
people and the voice service it returns HTTP and WebSocket routes (``sandbox.http.router``), served at the
root of the sandbox's address. An HTTP handler takes a ``Request`` and returns a ``Response`` (bytes or a
``stream`` that writes chunks for as long as it likes); a WebSocket handler takes a ``Request`` and an
accepted ``WebSocket`` and serves it until it returns. Paths under ``/api``, ``/gateway``, ``/attachments``
and ``/voice`` are taken.

**Voice** (``sandbox/voice/__init__.py``) exports ``VoiceServer``, which keeps ``VoiceService``. The world
says who sits where (``world.voice``); the voice service lets clients in that present an admitted token, and
closes them when the world says that they left (subscribe to ``VoiceStateChanged``).

**The world** (``sandbox.world.World``): ``world.subscribe(callback) -> unsubscribe`` gives every change as
a ``WorldEvent`` (``sandbox.model.events``), synchronously, from whichever task made it: do not wait in the
callback, hand over to a task of yours. **People** (``sandbox.people.People``): ``people.of(user_id)`` is a
``Person`` that acts: send, react, run commands, press, choose, submit, join voice.

``sandbox.app`` is the only module that knows all of them.
"""

from collections.abc import Sequence
from typing import Protocol

import trio
from attrs import frozen

from gateway_client.ids import ChannelId, GuildId, UserId
from sandbox.http.router import AnyRoute
from sandbox.people import People
from sandbox.world import World


@frozen(kw_only=True)
class VoiceAdmission:
    """A client may connect to voice: what the gateway is about to tell it in VOICE_SERVER_UPDATE."""

    guild_id: GuildId
    channel_id: ChannelId
    user_id: UserId
    session_id: str
    """Of its voice state, presented in the voice identify (op 0)."""
    token: str
    """Presented in the voice identify. A new admission of the same user and guild replaces the older one."""


class VoiceService(Protocol):
    """The voice servers, as the gateway sees them."""

    @property
    def endpoint(self) -> str:
        """``host:port`` as told in VOICE_SERVER_UPDATE, without scheme. Valid once ``run`` has started."""
        ...

    def admit(self, admission: VoiceAdmission) -> None:
        """Let this client in from now on. An older session of the same user in that guild is over (4014)."""
        ...

    def dismiss(self, guild_id: GuildId, user_id: UserId) -> None:
        """The client left or was disconnected: close its session with 4014 and forget its token."""
        ...

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve on 127.0.0.1 until cancelled; ``started()`` once ``endpoint`` is valid."""
        ...


class VoiceFactory(Protocol):
    """``VoiceServer`` is built with the world, whose voice states and events it follows."""

    def __call__(self, world: World) -> VoiceService:
        """Return the service, not yet running."""
        ...


class PageRoutes(Protocol):
    """``sandbox.page.routes``."""

    def __call__(self, world: World, people: People, voice: VoiceService) -> Sequence[AnyRoute]:
        """Return the routes of the page, ``/`` among them."""
        ...
