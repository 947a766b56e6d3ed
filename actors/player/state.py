"""The player's machine: one input and the time in, effects out.

Pure, synchronous, no trio. ``apply`` takes every input of ``messages.Input``; ``tick`` is due at
``next_deadline``. What belongs where:

=============== =============================================================================
``switchboard`` which of the following takes an input
``link``        the way into a voice channel and out of it
``deck``        the current track, the one opened ahead, queue and history
``player``      what these two share: clocks, requests, what is told to voice and kept
``plays``       from ``play`` to "Track added", in the order of the calls
``orders``      every other command
``news``        what became true
=============== =============================================================================

Invariants, each held by a test: at most one track plays; nothing is told to the node after the call is
dropped; a position never runs backwards within one playback; whatever is restored is what was kept.
"""

import random
from math import isfinite

from actors.core.texts import text
from actors.player import news, panel_course, sentences, switchboard
from actors.player.deck import Deck
from actors.player.effects import DropVoice, Effect, LeaveVoice, Outcome, Say, ShowStatus
from actors.player.keeping import bring_back, restored_deck, to_saved
from actors.player.link import Link
from actors.player.messages import DefaultsChanged, Input
from actors.player.outside import Rules
from actors.player.player import Player
from actors.player.saved import Saved
from gateway_client.ids import ChannelId, GuildId, UserId


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
            defaults=defaults,
            lost_answers=kept.pending if keeps_answers else (),
        )
        bring_back(self.player, kept)

    @property
    def sits_in(self) -> ChannelId | None:
        """Where people hear the bot, or are about to."""
        return self.player.link.sits_in

    @property
    def returning_to(self) -> ChannelId | None:
        """Where it sat in a former life."""
        return self.player.returning

    @property
    def is_idle(self) -> bool:
        """Whether nobody waits and nothing can become true."""
        player = self.player
        waits = player.plays or player.joins or player.errands or player.returning or player.lost_answers
        waits = waits or player.panel.old or player.echo.waiting
        return not (player.link.is_present or waits)

    def awaits(self, request: int) -> bool:
        """Whether a request is still to be answered."""
        player = self.player
        in_line = any(waiting.request == request for waiting in (*player.plays, *player.joins))
        return in_line or request in player.errands or player.echo.awaits(request)

    @property
    def held(self) -> Say | None:
        """The answer that waits for its sound; what it says is true already."""
        waiting = self.player.echo.waiting
        return None if waiting is None else waiting.say

    def apply(self, message: Input, at: float) -> list[Effect]:
        """Take one input at monotonic time ``at``, in seconds."""
        switchboard.take(self.player, message, at)
        news.hear_link(self.player, at)
        self.player.speak(at)
        panel_course.follow(self.player, at)
        return self.player.flush()

    def tick(self, at: float) -> list[Effect]:
        """A deadline has passed."""
        self.player.hear(self.player.link.tick(at))
        news.hear_link(self.player, at)
        news.hear_clocks(self.player, at)
        self.player.speak(at)
        panel_course.follow(self.player, at)
        return self.player.flush()

    def next_deadline(self) -> float | None:
        """When ``tick`` is due, in monotonic seconds."""
        player = self.player
        clocks = (
            player.link.deadline,
            player.leave_at,
            player.alone_at,
            panel_course.due(player),
            player.echo.deadline,
        )
        return min((clock for clock in clocks if clock is not None and isfinite(clock)), default=None)

    def to_saved(self, at: float) -> Saved:
        """What outlives a restart."""
        return to_saved(self.player, at)

    def farewell(self) -> list[Effect]:
        """The bot stops: everybody who waits is told, the channel is left. What is kept stays as it is."""
        player = self.player
        effects: list[Effect] = [*player.echo.let_go()]
        for slot in player.plays:
            sentence = sentences.interrupted_reading(slot.title, slot.added if slot.is_reading else 0)
            effects.append(Say(request=slot.request, text=sentence, ends=Outcome.SKIPPED))
        others = (*(join.request for join in player.joins), *sorted(player.errands))
        why = text("player.interrupted")
        effects += [Say(request=request, text=why, ends=Outcome.SKIPPED) for request in others]
        if player.status is not None:
            effects.append(ShowStatus(player.status[0], None))
        if player.link.is_present:
            effects += [DropVoice(), LeaveVoice()]
        return effects
