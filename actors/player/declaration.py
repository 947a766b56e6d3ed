"""The player as the supervisor knows it."""

from collections.abc import Iterable, Mapping
from functools import partial

from actors.core.address import Address
from actors.core.cell import Actor, Context
from actors.core.declare import Completion, Delivery, SettingChanged, Slice
from actors.core.shared_settings import DJ_ROLE
from actors.player.actor import PlayerActor
from actors.player.buttons import TRACK_BUTTONS, VERSION
from actors.player.commands import COMMANDS, KIND
from actors.player.crossfade import CROSSFADE
from actors.player.limits import LIMITS
from actors.player.messages import (
    DefaultsChanged,
    GuildAvailable,
    GuildGone,
    ServerGiven,
    SessionReplaced,
)
from actors.player.normalize import MAX_GAIN_DB, TARGET_LUFS
from actors.player.outside import DEFAULT_MAX_DURATION_S, Outside, Resolver, Rules, Suggester, Voice
from actors.player.panel import Deleted, Written
from actors.player.panel_buttons import BUTTONS
from actors.player.sound_commands import SOUND_COMMANDS
from actors.player.voice_status import VOICE_STATUS
from actors.player.volume import VOLUME
from actors.rest.payloads import Choice
from gateway_client.events import (
    Event,
    GuildCreated,
    GuildDeleted,
    MessageCreated,
    MessageDeleted,
    MessagesDeletedInBulk,
    Ready,
    VoiceServerUpdated,
    VoiceStateUpdated,
)
from gateway_client.ids import ChannelId, GuildId
from gateway_client.objects import VoiceState
from media.suggestions import Origin, Typed

SETTINGS = (VOLUME, CROSSFADE, TARGET_LUFS, MAX_GAIN_DB, VOICE_STATUS, *LIMITS)
FORESEEN = 3
"""Letters of which one can tell that they are a search."""
_HEARD_SETTINGS = frozenset(setting.name for setting in (*SETTINGS, DJ_ROLE))


def player_slice(
    *,
    resolver: Resolver,
    voice: Voice,
    suggester: Suggester | None = None,
    insecure: bool = False,
    max_duration_s: float = DEFAULT_MAX_DURATION_S,
) -> Slice:
    """The slice.

    The supervisor routes each fact of the voice node to ``Address("player", fact.call)`` and
    ``NodeRestarted`` to the living players among its ``calls``.

    Args:
        resolver: finds and opens tracks.
        voice: the handle of the voice node.
        suggester: completes what to play; it learns what guilds have heard. ``None`` for no completion.
        insecure: dial voice servers with ``ws://``; only when the API itself is plain HTTP on loopback.
        max_duration_s: longer tracks are rejected, in seconds; 0 for no limit.
    """
    outside = Outside(
        resolver=resolver, voice=voice, rules=Rules(max_duration_s=max_duration_s, insecure=insecure)
    )
    if suggester is not None:
        suggester.known.append(outside.heard)

    def build(context: Context) -> Actor:
        return PlayerActor(context, outside)

    return Slice(
        kind=KIND,
        package="actors.player",
        factory=build,
        commands=(*COMMANDS, *SOUND_COMMANDS),
        components=(*BUTTONS, *TRACK_BUTTONS),
        version=VERSION,
        settings=SETTINGS,
        listen=partial(listen, outside.watched),
        complete=partial(_complete, suggester, resolver, voice),
        restore=True,
        again="play",
        abandoned=lambda address: voice.drop(GuildId(address.key)),
    )


async def _complete(
    suggester: Suggester | None, resolver: Resolver, voice: Voice, completion: Completion
) -> list[Choice]:
    """What could be meant by what was typed so far.

    It will be played in a moment; what neither the library nor anybody's history knows, the web is asked for.
    """
    voice.warm()
    if suggester is None:
        return []
    facts = completion.facts
    typed = Typed(guild_id=facts.guild_id, user_id=facts.user_id, text=completion.typed)
    found = await suggester.complete(typed)
    if len(typed.text.strip()) >= FORESEEN and all(one.origin is Origin.WEB for one in found):
        resolver.prepare(typed.text)
    return [Choice(one.label, one.value) for one in found]


def listen(  # noqa: PLR0911 - a table
    watched: Mapping[GuildId, ChannelId], event: Event | SettingChanged
) -> Iterable[Delivery]:
    """What an event means for players; nobody is woken by it. ``watched`` is where their panels are."""
    match event:
        case VoiceStateUpdated(state=state):
            return _voice_state(event, state)
        case VoiceServerUpdated(guild_id=guild_id, token=token, endpoint=endpoint):
            return (Delivery(address=_at(guild_id), message=ServerGiven(token=token, endpoint=endpoint)),)
        case Ready(guilds=guilds):
            return [Delivery(address=_at(guild.id), message=SessionReplaced()) for guild in guilds]
        case GuildCreated() | GuildDeleted(unavailable=False):
            return (_guild_came_or_went(event),)
        case SettingChanged(guild_id=guild_id, name=name) if name in _HEARD_SETTINGS:
            return (Delivery(address=_at(guild_id), message=DefaultsChanged()),)
        case MessageCreated() | MessageDeleted() | MessagesDeletedInBulk():
            return _message(watched, event)
        case _:
            return ()


def _message(
    watched: Mapping[GuildId, ChannelId], event: MessageCreated | MessageDeleted | MessagesDeletedInBulk
) -> Iterable[Delivery]:
    """What stands below the panel, and whether it is still there."""
    match event:
        case MessageCreated(message=message):
            guild_id, channel_id = message.guild_id, message.channel_id
            fact = Written(channel_id, message.id)
        case MessageDeleted(message_id=message_id, guild_id=guild_id, channel_id=channel_id):
            fact = Deleted((message_id,))
        case MessagesDeletedInBulk(message_ids=message_ids, guild_id=guild_id, channel_id=channel_id):
            fact = Deleted(message_ids)
    if guild_id is None or watched.get(guild_id) != channel_id:
        return ()
    return (Delivery(address=_at(guild_id), message=fact),)


def _voice_state(event: VoiceStateUpdated, state: VoiceState) -> Iterable[Delivery]:
    if state.guild_id is None:
        return ()
    return (Delivery(address=_at(state.guild_id), message=event, key=f"voice:{state.user_id}"),)


def _guild_came_or_went(event: GuildCreated | GuildDeleted) -> Delivery:
    if isinstance(event, GuildCreated):
        return Delivery(address=_at(event.guild.id), message=GuildAvailable())
    return Delivery(address=_at(event.guild_id), message=GuildGone())


def _at(guild_id: int) -> Address:
    return Address(KIND, guild_id)
