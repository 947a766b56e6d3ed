"""What people see the bot doing: one line made of what all guilds play.

One guild plays: title and source; several: their number; none: how to start. Changes are sent as the newest
state only, with a distance, because Discord limits presence updates.

Source: Discord, "Gateway", "Rate Limiting" (120 events per minute and connection, shared with everything
else).
"""

from collections.abc import Awaitable, Callable

import trio
from attrs import define, field

from actors.core.texts import Say
from actors.rest.payloads import cut
from gateway_client.commands import TEXT_LIMIT, Activity, Presence
from gateway_client.ids import GuildId
from gateway_client.kinds import ActivityType

DISTANCE_S = 4.0


def view_presence(playing: dict[GuildId, str], idle_text: str, say: Say) -> Presence:
    """The presence for what plays, by guild; ``idle_text`` replaces the line of a bot that plays nothing."""
    titles = list(playing.values())
    if not titles:
        line = cut(idle_text or say("core.idle"), TEXT_LIMIT)
        custom = Activity(name="Custom Status", type=ActivityType.CUSTOM, state=line)
        return Presence(activities=(custom,))
    line = titles[0] if len(titles) == 1 else say("core.playing_in", count=len(titles))
    return Presence(activities=(Activity(name=cut(line, TEXT_LIMIT), type=ActivityType.LISTENING),))


@define(eq=False, kw_only=True)
class PresenceBoard:
    """Collects what plays and keeps the presence up to date.

    Args:
        send: tells every shard.
        start: runs a task beside the actors.
        idle_text: what the configuration wants shown while nothing plays; empty for how to start.
    """

    send: Callable[[Presence], None]
    start: Callable[[Callable[[], Awaitable[None]]], None]
    idle_text: str
    say: Say
    _playing: dict[GuildId, str] = field(factory=dict[GuildId, str], init=False)
    _shown: Presence | None = field(default=None, init=False)
    _running: bool = field(default=False, init=False)

    def playing(self, guild_id: GuildId, title: str | None) -> None:
        """This guild plays a track, or nothing."""
        if title is None:
            self._playing.pop(guild_id, None)
        else:
            self._playing[guild_id] = title
        if not self._running:
            self._running = True
            self.start(self._run)

    def title(self, guild_id: GuildId) -> str | None:
        """What this guild plays."""
        return self._playing.get(guild_id)

    def current(self) -> Presence:
        """The presence to identify with."""
        return view_presence(self._playing, self.idle_text, self.say)

    async def _run(self) -> None:
        try:
            while (wanted := self.current()) != self._shown:
                self._shown = wanted
                self.send(wanted)
                await trio.sleep(DISTANCE_S)
        finally:
            self._running = False
