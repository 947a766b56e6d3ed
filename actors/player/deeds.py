"""Doing what the machine wants done at once: the call, the seat, what is looked up and opened, the profile.

Nothing here is waited for. What takes time runs in tasks of its own, and comes back into the mailbox.
"""

import logging
from functools import partial
from typing import assert_never

from attrs import define, field

from actors.core.cell import Context
from actors.core.work import WorkKind
from actors.player.desk import Desk
from actors.player.effects import (
    Deed,
    DropVoice,
    FindCandidates,
    FindRelated,
    GiveUpResolving,
    JoinVoice,
    Journal,
    KeepChoice,
    LeaveVoice,
    MediaDeed,
    Open,
    ReadOn,
    Release,
    RememberLoudness,
    Resolve,
    ShowPresence,
    ShowStatus,
    Started,
    TakeFloor,
    TellVoice,
)
from actors.player.lookups import Lookups
from actors.player.outside import Outside
from actors.player.player import Player
from actors.player.saved import Line, encode_line
from actors.player.searches import Searches
from actors.player.view import view_presence
from actors.player.voice_status import VoiceStatus
from actors.rest.errors import RestError
from gateway_client.ids import ChannelId

log = logging.getLogger(__name__)


@define(eq=False)
class Deeds:
    """The deeds of one player."""

    _context: Context
    _outside: Outside
    _player: Player
    _desk: Desk
    _searches: Searches = field(init=False)
    _lookups: Lookups = field(init=False)
    status: VoiceStatus = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._searches = Searches(self._context, self._outside.resolver)
        self._lookups = Lookups(self._context, self._outside.resolver)
        self.status = VoiceStatus(self._context)

    def do(self, deed: Deed) -> None:
        """Do it now."""
        match deed:
            case TellVoice(desired):
                self._outside.voice.tell(desired)
            case DropVoice():
                self._outside.voice.drop(self._context.guild_id)
            case JoinVoice(channel_id):
                self.status.enter()
                self._outside.voice.warm()
                self._context.ports.gateway.update_voice_state(self._context.guild_id, channel_id)
            case TakeFloor(channel_id, asks):
                self._context.run(partial(self._take_floor, channel_id, asks=asks))
            case LeaveVoice():
                gateway = self._context.ports.gateway
                self.status.leave(partial(gateway.update_voice_state, self._context.guild_id, None))
            case Started(request, kind):
                self._desk.start(request, kind)
            case ShowPresence(track, on_air):
                title = None if track is None else view_presence(track, on_air, self._context.say)
                self._context.ports.presence.playing(self._context.guild_id, title)
            case ShowStatus():
                self.status.show(deed)
            case Journal(entry_id, position_ms):
                self._journal(entry_id, position_ms)
            case _:
                self._do_media(deed)

    def _do_media(self, deed: MediaDeed) -> None:
        match deed:
            case Resolve(request, queries, searches):
                started = partial(self._desk.start, request, WorkKind.RESOLVING)
                self._searches.resolve(request, queries, started, picks=searches)
            case ReadOn(request):
                self._searches.read_on(request)
            case GiveUpResolving(request):
                self._searches.give_up(request)
            case Open(key, track, fresh):
                self._searches.open(key, track, fresh=fresh)
            case Release(playable):
                self._outside.resolver.release(playable)
            case FindRelated():
                self._lookups.related(deed)
            case FindCandidates():
                self._lookups.candidates(deed)
            case KeepChoice():
                self._lookups.choose(deed)
            case RememberLoudness():
                self._lookups.remember(deed)
            case _:
                assert_never(deed)

    async def _take_floor(self, channel_id: ChannelId, *, asks: bool) -> None:
        rest, now = self._context.ports.rest, self._context.ports.clock.at()
        try:
            if asks:
                await rest.modify_own_voice_state(self._context.guild_id, channel_id, request_to_speak_at=now)
            else:
                await rest.modify_own_voice_state(self._context.guild_id, channel_id, suppress=False)
        except RestError as error:
            log.warning(
                "the floor was not given", extra={"guild": self._context.guild_id, "error": str(error)}
            )

    def _journal(self, entry_id: int, position_ms: int) -> None:
        address = self._context.address
        line = Line(revision=self._player.revision, entry_id=entry_id, position_ms=position_ms)
        self._context.ports.store.journal(address.kind, address.key, encode_line(line))
