"""What ``roadie doctor`` finds out about UDP.

May import everything. With a local Discord a call is really made: joined, heard from, left. With the real one
nothing is joined, because people would see it; then only the socket and the way out are proven, and said so.
"""

import random
from collections.abc import Callable
from functools import partial
from typing import Final
from urllib.parse import urlsplit

import trio
from attrs import define, field

from actors.rest.errors import RestError
from actors.rest.outbox import Outbox, open_outbox
from cli.children import child_argv
from cli.config import Config
from cli.finding import Finding, fail, ok, warn
from cli.secret import Secret
from gateway_client.commands import Token
from gateway_client.errors import GatewayError
from gateway_client.events import GuildCreated, Ready, Received, VoiceServerUpdated, VoiceStateUpdated
from gateway_client.gateway import Gateway
from gateway_client.ids import ChannelId, GuildId, UserId
from gateway_client.intents import Intents
from gateway_client.kinds import ChannelType
from gateway_client.objects import GatewayBot
from voice.client import VoiceClient
from voice.endpoint import endpoint_url
from voice.protocol import Connected, Desired, Fact, Server
from voice.udp import UdpLink

CALL_WITHIN_S: Final = 6.0
NAME_WITHIN_S: Final = 2.0
VOICE_PORT: Final = 50_000
"""Discord's voice servers listen on ports from here on."""


async def check_udp(config: Config, token: Secret | None, *, alone: bool) -> Finding:
    """Whether voice gets out; ``alone`` says that no Roadie runs that a call would disturb."""
    if config.api_is_local:
        if token is not None and alone:
            return await _make_call(config, token)
        says = "not looked at: a call is tried only with an accepted token, and while no Roadie runs"
        return warn("voice UDP", says)
    host = urlsplit(config.api_base).hostname or ""
    found: list[str] = []
    try:
        with trio.move_on_after(NAME_WITHIN_S):
            infos = await trio.socket.getaddrinfo(host, VOICE_PORT, type=trio.socket.SOCK_DGRAM)
            found = [str(info[4][0]) for info in infos]
    except OSError:
        found = []
    if not found:
        return warn("voice UDP", f"not looked at: the name {host} cannot be resolved, check the network")
    try:
        UdpLink.connect(found[0], VOICE_PORT).close()
    except OSError as error:
        return fail("voice UDP", f"no UDP socket gets out ({error.strerror}): check the network and firewall")
    limit = f"whether ports from {VOICE_PORT} up are let through shows only in a call"
    return ok("voice UDP", f"a socket opens and there is a way out; {limit}")


@define(eq=False)
class _Call:
    """What is heard on the way into a call."""

    me: UserId | None = None
    place: tuple[GuildId, ChannelId] | None = None
    session_id: str | None = None
    server: VoiceServerUpdated | None = None
    connected: bool = False
    _news: trio.Event = field(factory=trio.Event)

    def on_event(self, received: Received) -> None:
        """Note what concerns us."""
        match received.event:
            case Ready(user=user):
                self.me = user.id
            case GuildCreated(guild=guild) if self.place is None:
                voice = (one.id for one in guild.channels if one.type == ChannelType.GUILD_VOICE)
                channel_id = next(voice, None)
                self.place = None if channel_id is None else (guild.id, channel_id)
            case VoiceStateUpdated(state=state) if state.user_id == self.me and state.channel_id is not None:
                self.session_id = state.session_id
            case VoiceServerUpdated() as server if server.endpoint is not None:
                self.server = server
            case _:
                return
        self._news.set()

    def on_fact(self, fact: Fact) -> None:
        """Note that the call stands: the address was discovered and the keys are there."""
        self.connected = self.connected or isinstance(fact, Connected)
        self._news.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for news until a condition holds."""
        while not condition():
            self._news = trio.Event()
            await self._news.wait()


async def _make_call(config: Config, token: Secret) -> Finding:
    call, refused = _Call(), ""
    try:
        with trio.move_on_after(CALL_WITHIN_S):
            await _visit(config, token, call)
    except* (GatewayError, RestError) as group:
        refused = str(group.exceptions[0])
    if refused:
        return fail("voice UDP", f"a call could not be made: {refused}")
    if call.connected:
        return ok("voice UDP", "a call was joined and left again: the voice server answered over UDP")
    if call.me is not None and call.place is None:
        return warn("voice UDP", "not looked at: there is no voice channel to join")
    says = f"a call could not be made within {CALL_WITHIN_S:.0f} s: look at the log of the local Discord"
    return fail("voice UDP", says)


async def _visit(config: Config, token: Secret, call: _Call) -> None:
    dice = random.Random()
    async with (
        open_outbox(api_base=config.api_base, token=token, random=dice) as rest,
        trio.open_nursery() as nursery,
    ):
        gateway = Gateway(
            token=Token(token()),
            discovery=partial(_discover, rest),
            on_event=call.on_event,
            intents=Intents.GUILDS | Intents.GUILD_VOICE_STATES,
            shards=1,
            random=dice,
        )
        voice = VoiceClient(argv=child_argv("voice-node"), on_fact=call.on_fact, nodes=1)
        nursery.start_soon(gateway.run)
        nursery.start_soon(voice.run)
        await _join(call, gateway, voice)
        await _leave(call, gateway, voice)


async def _discover(rest: Outbox) -> GatewayBot:
    return await rest.get_gateway_bot()


async def _join(call: _Call, gateway: Gateway, voice: VoiceClient) -> None:
    await call.until(lambda: call.me is not None and call.place is not None)
    assert call.place is not None
    guild_id, channel_id = call.place
    gateway.update_voice_state(guild_id, channel_id)
    await call.until(lambda: call.session_id is not None and call.server is not None)
    assert call.me is not None
    assert call.session_id is not None
    assert call.server is not None
    server = Server(
        url=endpoint_url(call.server.endpoint or "", insecure=True),
        token=call.server.token,
        session_id=call.session_id,
        user_id=call.me,
        guild_id=guild_id,
        channel_id=channel_id,
    )
    voice.tell(Desired(call=guild_id, attempt=1, server=server))
    await call.until(lambda: call.connected)


async def _leave(call: _Call, gateway: Gateway, voice: VoiceClient) -> None:
    assert call.place is not None
    gateway.update_voice_state(call.place[0], None)
    await voice.close()
    gateway.close()
