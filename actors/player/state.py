"""The player's machine: one input and the time in, effects out.

Pure, synchronous, no trio. ``apply`` takes every input of ``messages.Input``; ``tick`` is due at
``next_deadline``. What belongs where:

========== ==================================================================================
``link``    the way into a voice channel and out of it
``deck``    the current track, the one opened ahead, queue and history
``player``  what these two share: clocks, requests, what is told to voice and kept
``plays``   from ``play`` to "Track added", in the order of the calls
``orders``  every other command
``news``    what became true
========== ==================================================================================

Invariants, each held by a test: at most one track plays; nothing is told to the node after the call is
dropped; a position never runs backwards within one playback; whatever is restored is what was kept.
"""

import random
from typing import assert_never

from actors.core.texts import text
from actors.player import news, orders, panel_course, plays
from actors.player.deck import Deck, restored_deck
from actors.player.effects import DropVoice, Effect, LeaveVoice, Outcome, Say
from actors.player.link import Link
from actors.player.messages import (
    Asked,
    BotSeated,
    Broken,
    DefaultsChanged,
    Found,
    GuildAvailable,
    GuildGone,
    Input,
    NotFound,
    NotOpened,
    Opened,
    PeopleCounted,
    QueuingShown,
    Returned,
    ServerGiven,
    SessionReplaced,
    VoiceFact,
)
from actors.player.outside import Rules
from actors.player.panel import (
    Deleted,
    OldGone,
    PanelLost,
    PanelPosted,
    PanelRefused,
    Written,
    restored_panel,
)
from actors.player.player import Player
from actors.player.saved import Saved
from gateway_client.ids import ChannelId, GuildId, UserId
from voice import protocol


class PlayerState:
    """One guild's player."""

    def __init__(
        self,
        guild_id: GuildId,
        me: UserId,
        rules: Rules,
        *,
        random: random.Random,
        defaults: DefaultsChanged,
        saved: Saved | None = None,
        position_ms: int = 0,
        keeps_answers: bool = True,
    ) -> None:
        """A new player, or one as it was kept.

        Args:
            guild_id: whose.
            me: the bot.
            rules: what the configuration says.
            random: shuffles.
            defaults: what the guild's settings say.
            saved: what was kept.
            position_ms: how far the kept track really was, in milliseconds.
            keeps_answers: whether the answers that were pending have to be amended; not after a crash, of
                which the cell has told everybody.
        """
        kept = saved or Saved()
        out: list[Effect] = []
        self.player = Player(
            out=out,
            deck=restored_deck(kept, position_ms, out) if saved else Deck(out=out),
            link=Link(guild_id=guild_id, me=me, insecure=rules.insecure),
            random=random,
            max_duration_s=rules.max_duration_s,
            default_volume_pct=defaults.volume_pct,
            leveling=defaults.leveling,
            crossfade_s=defaults.crossfade_s,
            volume_pct=kept.volume_pct,
            tuning=kept.tuning,
            panel=restored_panel(kept.panel),
            paused=kept.paused,
            text_channel_id=kept.text_channel_id,
            returning=kept.channel_id,
            lost_answers=kept.pending if keeps_answers else (),
            revision=kept.revision,
        )

    @property
    def channel_id(self) -> ChannelId | None:
        """Where the bot sits or is about to."""
        return self.player.link.channel_id

    @property
    def returning_to(self) -> ChannelId | None:
        """Where it sat in a former life."""
        return self.player.returning

    @property
    def is_idle(self) -> bool:
        """Whether nobody waits and nothing can become true."""
        player = self.player
        waits = player.plays or player.joins or player.returning or player.lost_answers or player.panel.old
        return not (player.link.is_present or waits)

    def awaits(self, request: int) -> bool:
        """Whether a request is still to be answered."""
        player = self.player
        return any(waiting.request == request for waiting in (*player.plays, *player.joins))

    def apply(self, message: Input, at: float) -> list[Effect]:
        """Take one input at monotonic time ``at``, in seconds."""
        self._take(message, at)
        news.hear_link(self.player, at)
        panel_course.follow(self.player, at)
        return self.player.flush()

    def tick(self, at: float) -> list[Effect]:
        """A deadline has passed."""
        self.player.hear(self.player.link.tick(at))
        news.hear_link(self.player, at)
        news.hear_clocks(self.player, at)
        panel_course.follow(self.player, at)
        return self.player.flush()

    def next_deadline(self) -> float | None:
        """When ``tick`` is due, in monotonic seconds."""
        player = self.player
        clocks = (player.link.deadline, player.leave_at, player.alone_at, panel_course.due(player))
        return min((clock for clock in clocks if clock is not None), default=None)

    def to_saved(self, at: float) -> Saved:
        """What outlives a restart."""
        return self.player.to_saved(at)

    def farewell(self) -> list[Effect]:
        """The bot stops: everybody who waits is told, the channel is left. What is kept stays as it is."""
        player = self.player
        waiting = [*(slot.request for slot in player.plays), *(join.request for join in player.joins)]
        sentence = text("player.interrupted")
        effects: list[Effect] = [
            Say(request=request, text=sentence, ends=Outcome.SKIPPED) for request in waiting
        ]
        if player.link.is_present:
            effects += [DropVoice(), LeaveVoice()]
        return effects

    def _take(self, message: Input, at: float) -> None:  # noqa: C901, PLR0912 - one flat table of inputs
        player = self.player
        match message:
            case Asked():
                orders.order(player, message, at)
            case Returned():
                news.come_back(player, message, at)
                panel_course.clear_again(player)
            case BotSeated(channel_id=channel_id, session_id=session_id):
                player.hear(player.link.seated(channel_id, session_id, at))
                news.hear_floor(player, message, at)
            case ServerGiven(token=token, endpoint=endpoint):
                player.hear(player.link.served(token, endpoint, at))
            case PeopleCounted(humans):
                news.hear_people(player, humans, at)
            case SessionReplaced():
                player.link.session_replaced()
            case GuildAvailable():
                player.hear(player.link.guild_available(at))
            case GuildGone():
                player.hear(player.link.guild_gone())
            case DefaultsChanged(volume_pct, leveling, crossfade_s):
                player.default_volume_pct, player.leveling = volume_pct, leveling
                player.crossfade_s = crossfade_s
            case Found():
                plays.hear_found(player, message, at)
            case NotFound():
                plays.hear_not_found(player, message, at)
            case QueuingShown():
                plays.hear_shown(player, message)
            case Opened(key=key, playable=playable):
                player.deck.opened(key, playable)
            case NotOpened():
                news.hear_not_opened(player, message, at)
            case Broken():
                news.hear_broken(player, message, at)
            case PanelPosted() | PanelRefused() | PanelLost() | OldGone() | Written() | Deleted():
                panel_course.hear(player, message)
            case _:
                self._take_voice(message, at)

    def _take_voice(self, fact: VoiceFact, at: float) -> None:
        player = self.player
        match fact:
            case protocol.Connected():
                player.hear(player.link.connected(fact))
            case protocol.Closed():
                player.hear(player.link.closed(fact, at))
            case protocol.TrackStarted():
                news.hear_started(player, fact, at)
            case protocol.TrackEnded():
                news.hear_ended(player, fact, at)
            case protocol.Position():
                news.hear_position(player, fact, at)
            case protocol.Loudness():
                news.hear_loudness(player, fact)
            case protocol.NodeRestarted():
                news.hear_restart(player, at)
            case _:
                assert_never(fact)
