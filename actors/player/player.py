"""What the parts of the machine share: the deck, the link, the clocks and the transitions between them.

Pure and synchronous. ``orders`` (what people want at once), ``plays`` (what they want found and queued) and
``news`` (what became true) change a ``Player`` and write effects into its ``out``; ``state`` drives them.

Clocks, in monotonic seconds: ``leave_at`` runs whenever nothing plays, ``alone_at`` whenever no human is in
the channel; the sound is held meanwhile. Both end in leaving, which is announced; only people and Discord end
a link otherwise. With ``stay`` neither runs: ``alone_at`` is infinite.
"""

import math
import random

from attrs import define, evolve, field

from actors.core.texts import Text
from actors.player import deck_told
from actors.player.ballot import Ballot
from actors.player.deck import Deck
from actors.player.echo import Echo
from actors.player.effects import (
    Announce,
    Commit,
    DropVoice,
    Effect,
    GiveUpResolving,
    JoinVoice,
    LeaveVoice,
    Outcome,
    Refuse,
    Say,
    ShowPresence,
    ShowStatus,
    TellVoice,
)
from actors.player.link import Attempts, Link
from actors.player.link_news import CameUp, Lost, MoveFailed, News, Seat, Unseat
from actors.player.messages import DefaultsChanged
from actors.player.panel import Panel
from actors.player.requests import JoinRequest, PlayRequest
from actors.player.saved import PendingAnswer
from actors.player.tuning import Tuning
from gateway_client.ids import ChannelId
from media.tracks import Track
from voice.protocol import Desired, pace_of

SILENCE_S = 300.0
ALONE_S = 60.0


@define(kw_only=True)
class Player:
    """One guild's player.

    Attributes:
        paused: by a person; ``alone_at`` holds the sound too.
        failures: tracks in a row that could not be played.
        returning: the voice channel of a former life, until it is known whether the bot can go back there;
            ``goes_on`` says that the music goes on once it is.
        autoplay, stay, silent: as the commands of these names set them.
        errands: requests for which a child task runs and which stand in no line.
        looking_on: autoplay is looking for what could come next; ``looked_after`` is the entry for which it
            looked last.
        ballot: who wants the current track skipped.
        dirty: what is kept differs from the last commit.
        news: what the link said and nobody has acted on yet.
        echo: answers that wait for their sound.
    """

    out: list[Effect]
    deck: Deck
    link: Link
    random: random.Random
    max_duration_s: float
    defaults: DefaultsChanged
    volume_pct: int | None = None
    tuning: Tuning = field(factory=Tuning)
    autoplay: bool = False
    stay: bool = False
    silent: bool = False
    panel: Panel = field(factory=Panel)
    paused: bool = False
    failures: int = 0
    leave_at: float | None = None
    alone_at: float | None = None
    in_audience: bool = False
    text_channel_id: ChannelId | None = None
    returning: ChannelId | None = None
    plays: list[PlayRequest] = field(factory=list[PlayRequest])
    joins: list[JoinRequest] = field(factory=list[JoinRequest])
    errands: set[int] = field(factory=set[int])
    looking_on: bool = False
    looked_after: int = 0
    ballot: Ballot = field(factory=Ballot)
    lost_answers: tuple[PendingAnswer, ...] = ()
    revision: int = 0
    dirty: bool = False
    goes_on: bool = False
    news: list[CameUp | MoveFailed | Lost] = field(factory=list[CameUp | MoveFailed | Lost])
    echo: Echo = field(factory=Echo)
    _voiced: list[Effect] = field(factory=list[Effect])
    _told: Desired | None = None
    _revisions: Attempts = field(factory=Attempts)
    _synced: bool = False
    _presence: ShowPresence = field(factory=lambda: ShowPresence(None))
    status: tuple[ChannelId, Track | None] | None = None

    @property
    def is_sounding(self) -> bool:
        """Whether there is a track and a call to play it in."""
        return self.deck.now is not None and not self.deck.now.held and self.link.is_present

    @property
    def is_paused(self) -> bool:
        """Whether the sound is held: by a person, because nobody is there, or because nobody would hear."""
        return self.paused or self.alone_at is not None or self.in_audience

    @property
    def is_silent(self) -> bool:
        """Whether nobody wants to be told unasked what plays."""
        return self.silent or (self.deck.now is not None and self.deck.now.entry.quiet)

    @property
    def volume_now_pct(self) -> int:
        """The guild's volume."""
        return self.defaults.volume_pct if self.volume_pct is None else self.volume_pct

    def changed(self) -> None:
        """Something that people are told of is different: it has to be kept."""
        self.dirty = True

    @property
    def announce_in(self) -> ChannelId | None:
        """Where unasked words go: the channel that was set, or that of the last command."""
        return self.defaults.announce_in or self.text_channel_id

    def say(
        self,
        request: int,
        sentence: Text,
        *,
        transient: bool = True,
        doubtful: int | None = None,
        waits: bool = False,
    ) -> None:
        """Answer a request, which is done with it; ``waits``: what it says has to be heard first."""
        said = Say(request=request, text=sentence, transient=transient, doubtful=doubtful, waits=waits)
        self.out.append(said)

    def fail(self, request: int, sentence: Text) -> None:
        """Say what failed; the request ends with it."""
        self.out.append(Say(request=request, text=sentence, ends=Outcome.FAILED, transient=False))

    def refuse(self, request: int, sentence: Text) -> None:
        """Say no."""
        self.out.append(Refuse(request, sentence))

    def announce(self, sentence: Text, *, after: int | None = None, unsure: int | None = None) -> None:
        """Tell a channel something that nobody asked for just now."""
        if self.announce_in is not None:
            said = Announce(channel_id=self.announce_in, text=sentence, after=after or None, unsure=unsure)
            self.out.append(said)

    def hear(self, news: list[News]) -> None:
        """Pass on what the link wants of Discord; the rest waits in ``news`` for ``state``."""
        for item in news:
            match item:
                case Seat(channel_id):
                    self.out.append(JoinVoice(channel_id))
                case Unseat():
                    self.out.append(LeaveVoice())
                case CameUp() | MoveFailed() | Lost():
                    self.news.append(item)

    def fall_silent(self, at: float) -> None:
        """Nothing plays any more: the way out begins, or begins anew."""
        if self.link.is_present and not self.stay:
            self.leave_at = at + SILENCE_S

    def be_alone(self, at: float) -> None:
        """No human is there any more: the sound is held, and after a while the bot goes."""
        self.alone_at = math.inf if self.stay else at + ALONE_S

    def next_or_silence(self, at: float) -> bool:
        """The next track, or silence; whether something plays."""
        self.changed()
        self.paused = False
        if self.deck.next(at):
            self.leave_at = None
            return True
        self.fall_silent(at)
        return False

    def go_on(self, at: float) -> bool:
        """Play what was kept or queued; whether there is something."""
        self.paused = False
        if not self.deck.go_on(at):
            return False
        self.changed()
        self.leave_at = None
        return True

    def pause(self, at: float) -> None:
        """Hold the sound because somebody said so."""
        self.paused = True
        if self.deck.now is not None:
            self.deck.now.stand_still(at)
        self.changed()

    def end_play(self, slot: PlayRequest) -> None:
        """A request is over: nobody waits for its search any more."""
        if slot in self.plays:
            self.plays.remove(slot)
        if not slot.ended:
            self.out.append(GiveUpResolving(slot.request))
        if slot.answer is not None:
            self.changed()

    def drop_joins(self, sentence: Text) -> None:
        """End everybody's waiting for the bot to arrive."""
        for waiting in self.joins:
            self.out.append(Say(request=waiting.request, text=sentence, ends=Outcome.SKIPPED))
        self.joins.clear()

    def leave(self, at: float) -> None:
        """Go out of the channel and keep what there is."""
        self.deck.hold(at)
        self.hear(self.link.leave())
        self.forget_call()

    def forget_call(self) -> None:
        """There is nothing to leave or to come back to any more."""
        self.leave_at = self.alone_at = self.returning = None
        self.goes_on = self.in_audience = False
        self.changed()

    def speak(self, at: float) -> None:
        """Decide what voice is told, and which answers wait until that is heard."""
        if self.deck.now is not None:
            self.deck.now.pace = pace_of(self.tuning.filter, self.tuning.speed)
        self.out[:0] = self.echo.release(at)
        before, self._voiced = self._told, self._voice(at)
        told = [effect.desired for effect in self._voiced if isinstance(effect, TellVoice)]
        self.out[:] = self.echo.keep(self.out, before, told[-1] if told else before, at)

    def flush(self) -> list[Effect]:
        """All effects of a step: voice first, then what was written, then the commit."""
        effects = [*self._voiced, *self._show_status(), *self.out, *self._show_presence()]
        if self.dirty:
            self.dirty = False
            effects.append(Commit())
        self._voiced = []
        self.out.clear()
        return effects

    def _desired(self) -> Desired | None:
        if not self.link.is_present:
            return None
        return Desired(
            call=self.link.guild_id,
            attempt=self.link.attempt,
            server=self.link.server,
            track=deck_told.playing(self.deck),
            next=deck_told.coming(self.deck),
            volume_pct=self.volume_now_pct,
            filter=self.tuning.filter,
            speed=self.tuning.speed,
            leveling=self.defaults.leveling if self.tuning.normalize else None,
            crossfade_s=self.defaults.crossfade_s,
            paused=self.is_paused,
        )

    def _voice(self, at: float) -> list[Effect]:
        desired, before = self._desired(), self._told
        if desired == before and self._synced:
            return []
        self._told, self._synced = desired, True
        revision = self._revisions.next(at)
        if desired is not None:
            return [TellVoice(evolve(desired, revision=revision))]
        if before is None or before.track is None:
            return [DropVoice()]
        # Whatever is heard of a call is heard of what was wanted of it.
        return [TellVoice(evolve(before, track=None, next=None, revision=revision)), DropVoice()]

    def _show_status(self) -> list[Effect]:
        """The line under the channel's name; it is taken away before the bot goes."""
        now, channel_id = self.deck.now if self.is_sounding else None, self.link.channel_id
        if self.returning is not None or (now is not None and not now.started):
            return []
        wanted = None if now is None or channel_id is None else (channel_id, now.entry.track)
        before, self.status = self.status, wanted
        if wanted == before:
            return []
        moved = before is not None and (wanted is None or wanted[0] != before[0])
        self.dirty = self.dirty or before is None or moved
        gone: list[Effect] = [ShowStatus(before[0], None)] if before is not None and moved else []
        return gone if wanted is None else [*gone, ShowStatus(*wanted)]

    def _show_presence(self) -> list[Effect]:
        now = self.deck.now if self.is_sounding else None
        if now is not None and not now.started:
            return []  # between two tracks the old one stays, instead of flickering
        shown = ShowPresence(None) if now is None else ShowPresence(now.entry.track, now.title_on_air)
        if shown == self._presence:
            return []
        self._presence = shown
        return [shown]
