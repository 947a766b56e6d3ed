"""The whole machine under any commands and facts, in any order, at any time.

A second, simpler picture of the world runs beside it: which calls exist, which playbacks were ended, which
playables are held, which requests are open. After every step the machine must agree with it.
"""

import random

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from actors.core.music import Place
from actors.player.asks import (
    Clear,
    Command,
    Dedupe,
    Join,
    Leave,
    Move,
    Pause,
    Play,
    Previous,
    Remove,
    Replay,
    Resume,
    SetAutoplay,
    SetLoop,
    SetSilent,
    SetStay,
    SetVolume,
    ShowPlaying,
    ShowQueue,
    Shuffle,
    Skip,
    SkipTo,
    Stop,
)
from actors.player.messages import (
    BotSeated,
    Broken,
    DefaultsChanged,
    GuildAvailable,
    GuildGone,
    Input,
    PeopleCounted,
    Returned,
    ServerGiven,
    SessionReplaced,
)
from actors.player.outside import Rules
from actors.player.results import Found, NotFound, NotOpened, Offered, Opened, RelatedFound
from actors.player.saved import FORM
from actors.player.state import PlayerState
from actors.player.tuning import Loop
from gateway_client.ids import ChannelId
from media.tracks import Playable, TextQuery
from tests.player.media_fakes import error, track
from tests.player.places import GUILD, ME, OTHER_VOICE, VOICE
from tests.player.second_picture import SecondPicture
from voice.protocol import (
    Closed,
    Connected,
    NodeRestarted,
    Position,
    Reason,
    TrackEnded,
    TrackFailed,
    TrackStarted,
    Verdict,
)

PLACES = st.sampled_from([VOICE, OTHER_VOICE])
COMMANDS: st.SearchStrategy[Command] = st.one_of(
    st.sampled_from([Join(), Resume(), Leave(), Stop()]),
    st.builds(Play, queries=st.just((TextQuery(text="x"),)), place=st.sampled_from(Place)),
    st.builds(Play, queries=st.just((TextQuery(text="x"),))),
    st.sampled_from(
        [Pause(), Resume(), Stop(), Join(), Leave(), Clear(), Shuffle(), ShowPlaying(), ShowQueue()]
    ),
    st.builds(Skip, st.integers(1, 5)),
    st.builds(Remove, st.integers(-1, 6)),
    st.builds(SkipTo, st.integers(-1, 6)),
    st.builds(Move, origin=st.integers(-1, 6), target=st.integers(-1, 6)),
    st.sampled_from([Previous(), Previous(), Replay(), Dedupe(), SetAutoplay(None), SetAutoplay(True)]),
    st.sampled_from([SetStay(None), SetStay(False), SetSilent(None), *map(SetLoop, Loop)]),
    st.builds(SetVolume, st.one_of(st.none(), st.integers(1, 500))),
)


class AnyInputs(SecondPicture):
    """Random people, a random Discord, a random node and a random web."""

    @initialize(queued=st.integers(0, 3))
    def begin(self, queued: int) -> None:
        self.state = self.machine()
        self.step(Returned(room=None, seated=False))
        for _ in range(queued):
            self.ask(Play(queries=(TextQuery(text="x"),)), VOICE, may=True, full=False)
            self.the_usual_way()

    def is_reading(self, request: int) -> bool:
        """A list of which something is queued is neither nothing nor words."""
        return any(slot.request == request and slot.is_reading for slot in self.state.player.plays)

    def machine(self) -> PlayerState:
        return PlayerState(
            GUILD, ME, Rules(max_duration_s=600), random=random.Random(1), defaults=DefaultsChanged()
        )

    # What may happen

    @rule(command=COMMANDS, sits_in=st.one_of(st.none(), PLACES), may=st.booleans(), full=st.booleans())
    def somebody_asks(self, command: Command, sits_in: ChannelId | None, may: bool, full: bool) -> None:
        self.ask(command, sits_in, may=may or not full, full=full and not may)

    @rule(command=COMMANDS)
    def somebody_with_the_bot_asks(self, command: Command) -> None:
        self.ask(command, self.state.player.link.channel_id or VOICE, may=True, full=False)

    @rule()
    def the_usual_way(self) -> None:
        """Everything that is waited for happens as it should, until something is heard."""
        for request in sorted(self.searching - self.untaken):
            self.searching.discard(request)
            self.step(Found(request=request, tracks=(track(f"usual {request}", 20.0),)))
        if self.asked_for is not None:
            self.discord_answers("usual.example")
        if self.desired is not None and self.desired.server is not None:
            self.the_node_connects(0)
        while self.opening:
            self.an_opening_comes_back(works=True)
        if self.sounding() is not None:
            self.the_node_starts_it()

    @precondition(lambda self: bool(self.searching - self.untaken))
    @rule(data=st.data(), lengths=st.lists(st.sampled_from([5.0, 200.0, 601.0, None]), max_size=4))
    def a_search_comes_back(self, data: st.DataObject, lengths: list[float | None]) -> None:
        request = data.draw(st.sampled_from(sorted(self.searching - self.untaken)))
        self.searching.discard(request)
        tracks = tuple(track(f"{request}.{n}", length) for n, length in enumerate(lengths))
        self.step(Found(request=request, tracks=tracks, playlist_title="p" if len(lengths) > 1 else None))

    @precondition(lambda self: bool(self.searching - self.untaken))
    @rule(data=st.data(), lengths=st.lists(st.sampled_from([5.0, 200.0, 601.0, None]), max_size=4))
    def a_part_of_a_list_comes(self, data: st.DataObject, lengths: list[float | None]) -> None:
        request = data.draw(st.sampled_from(sorted(self.searching - self.untaken)))
        self.untaken.add(request)
        tracks = tuple(track(f"{request}.{n}", length) for n, length in enumerate(lengths))
        self.step(Found(request=request, tracks=tracks, playlist_title="p", ended=False, skipped=1))

    @precondition(lambda self: bool(self.searching - self.untaken))
    @rule(data=st.data(), broken=st.booleans())
    def a_list_ends(self, data: st.DataObject, broken: bool) -> None:
        request = data.draw(st.sampled_from(sorted(self.searching - self.untaken)))
        self.searching.discard(request)
        why = error() if broken else None
        self.step(Found(request=request, tracks=(), playlist_title="p", error=why, cut_off=not broken))

    @precondition(lambda self: bool(self.searching - self.untaken))
    @rule(data=st.data(), count=st.integers(1, 2))
    def words_have_meanings(self, data: st.DataObject, count: int) -> None:
        request = data.draw(st.sampled_from(sorted(self.searching - self.untaken)))
        if not self.is_reading(request):
            self.searching.discard(request)
            self.step(Offered(request=request, tracks=tuple(track(f"m{n}") for n in range(count))))

    @precondition(lambda self: self.looking > 0)
    @rule(count=st.integers(0, 3))
    def something_related_is_found(self, count: int) -> None:
        self.looking -= 1
        self.step(RelatedFound(tracks=tuple(track(f"r{n}", 100.0) for n in range(count))))

    @precondition(lambda self: bool(self.searching - self.untaken))
    @rule(data=st.data())
    def a_search_fails(self, data: st.DataObject) -> None:
        request = data.draw(st.sampled_from(sorted(self.searching - self.untaken)))
        if not self.is_reading(request):
            self.searching.discard(request)
            self.step(NotFound(request=request, error=error()))

    @precondition(lambda self: bool(self.opening))
    @rule(works=st.sampled_from([True, True, True, False]))
    def an_opening_comes_back(self, works: bool) -> None:
        key = self.opening.pop(0)
        if not works:
            self.step(NotOpened(key=key, error=error()))
            return
        self.opened += 1
        made = Playable(location=f"/x/{self.opened}", is_file=True)
        self.held.append(made)
        self.step(Opened(key=key, playable=made))

    @precondition(lambda self: self.asked_for is not None)
    @rule(endpoint=st.sampled_from(["a.example", "b.example", None]))
    def discord_answers(self, endpoint: str | None) -> None:
        self.step(BotSeated(channel_id=self.asked_for, session_id="s"))
        self.step(ServerGiven(token="t", endpoint=endpoint))

    @rule(channel_id=st.one_of(st.none(), PLACES))
    def discord_seats_the_bot(self, channel_id: ChannelId | None) -> None:
        self.step(BotSeated(channel_id=channel_id, session_id="s2"))

    @precondition(lambda self: self.desired is not None and self.desired.server is not None)
    @rule(old=st.sampled_from([0, 0, 0, 1]))
    def the_node_connects(self, old: int) -> None:
        self.step(Connected(call=GUILD, attempt=self.attempt - old))

    @precondition(lambda self: self.desired is not None)
    @rule(verdict=st.sampled_from(Verdict), old=st.sampled_from([0, 0, 1]))
    def the_call_closes(self, verdict: Verdict, old: int) -> None:
        self.step(Closed(call=GUILD, attempt=self.attempt - old, code=4017, verdict=verdict))

    @precondition(lambda self: self.sounding() is not None)
    @rule()
    def the_node_starts_it(self) -> None:
        key = self.key_words()
        self.step(TrackStarted(**key))

    @precondition(lambda self: self.sounding() is not None)
    @rule(step_ms=st.integers(0, 60_000))
    def the_node_is_further(self, step_ms: int) -> None:
        playing = self.sounding()
        assert playing is not None
        position_ms = self.positions.get(playing.key, playing.offset_ms) + step_ms
        self.positions[playing.key] = position_ms
        self.step(Position(**self.key_words(), position_ms=position_ms, paused=False))

    @precondition(lambda self: self.sounding() is not None)
    @rule()
    def the_track_ends(self) -> None:
        playing = self.sounding()
        assert playing is not None
        words = self.key_words()
        self.over.add(playing.key)
        self.step(TrackEnded(**words))

    @precondition(lambda self: self.sounding() is not None)
    @rule(reason=st.sampled_from(Reason))
    def the_track_fails(self, reason: Reason) -> None:
        playing = self.sounding()
        assert playing is not None
        words = self.key_words()
        self.over.add(playing.key)
        failed = TrackFailed(**words, reason=reason, detail="", position_ms=0)
        self.step(Broken(failed=failed, guard=None))

    @rule(humans=st.integers(0, 2))
    def people_come_and_go(self, humans: int) -> None:
        self.step(PeopleCounted(humans))

    @rule(
        fact=st.sampled_from(
            [SessionReplaced(), GuildAvailable(), GuildGone(), NodeRestarted(why="", restarts=1)]
        )
    )
    def something_great_happens(self, fact: Input) -> None:
        self.step(fact)

    @rule(seconds=st.sampled_from([0.01, 1.0, 10.0, 61.0, 301.0]))
    def time_passes(self, seconds: float) -> None:
        self.at += seconds
        deadline = self.state.next_deadline()
        if deadline is not None and deadline <= self.at:
            self.note(self.state.tick(self.at))
            after = self.state.next_deadline()
            assert after is None or after > self.at, "a deadline that is not met would spin the loop"

    @rule()
    def it_is_killed_and_comes_back(self) -> None:
        saved = self.state.to_saved(self.at)
        assert FORM.decode(FORM.encode(saved), 1) == saved
        again = PlayerState(
            GUILD,
            ME,
            Rules(max_duration_s=600),
            random=random.Random(1),
            defaults=DefaultsChanged(),
            saved=saved,
            position_ms=0 if saved.now is None else saved.now.position_ms,
        )
        assert again.to_saved(self.at) == saved

    # What is true at every time

    @invariant()
    def the_node_was_told_what_is_so(self) -> None:
        player = self.state.player
        assert (self.desired is None) == (not player.link.is_present)
        if self.desired is None:
            assert player.leave_at is None
            assert player.alone_at is None
            assert player.deck.standby.ahead is None
            assert player.deck.now is None or player.deck.now.held
            assert not player.plays
            assert not player.joins
            return
        assert self.desired.paused == player.is_paused
        assert self.desired.volume_pct == player.volume_now_pct
        track_key = self.desired.track.key if self.desired.track else None
        assert self.desired.next is None or self.desired.next.key != track_key

    @invariant()
    def every_playable_is_held_once_or_released(self) -> None:
        deck = self.state.player.deck
        mine = [one.playable for one in (deck.now, deck.standby.ahead) if one is not None]
        assert sorted(p.location for p in mine if p) == sorted(p.location for p in self.held)

    @invariant()
    def every_entry_is_there_once(self) -> None:
        deck = self.state.player.deck
        ids = [entry.id for entry in deck.queue] + ([deck.now.entry.id] if deck.now else [])
        assert len(set(ids)) == len(ids)
        assert all(number < deck.next_id for number in ids)
        assert len(deck.history) <= 50
        ahead = deck.standby.ahead
        assert ahead is None or deck.queue[0].id == ahead.entry_id

    @invariant()
    def requests_wait_exactly_as_long_as_they_are_open(self) -> None:
        assert self.open_requests == {
            number for number in range(1, self.requests + 1) if self.state.awaits(number)
        }
        assert self.searching <= self.open_requests

    @invariant()
    def silence_in_a_channel_always_ends(self) -> None:
        player = self.state.player
        waits = player.plays or player.joins or player.stay
        if player.link.joined and player.deck.now is None and not waits:
            assert player.leave_at is not None

    @invariant()
    def every_part_of_a_list_is_taken_or_stands_in_line(self) -> None:
        holding = {slot.request for slot in self.state.player.plays if slot.batch is not None}
        assert self.untaken <= holding | {slot.request for slot in self.state.player.plays if slot.ended}
        assert all(slot.added or slot.batch or not slot.ended for slot in self.state.player.plays)


AnyInputs.TestCase.settings = settings(
    max_examples=50,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
test_any_inputs_keep_the_machine_right = AnyInputs.TestCase
