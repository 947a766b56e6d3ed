"""What became true: the link came up or broke, tracks began, ended and failed, people came and went.

A track that cannot start or breaks off is told once and the next one plays; five in a row stop the playback
with one sentence and keep the rest. An address that was refused may only have expired: it is looked for once
more before anything is told.
"""

from actors.core.texts import Text, text
from actors.player import autoplay, deck_told, sentences, wrong_song
from actors.player.checks import cannot_join, too_long
from actors.player.effects import Amend, Journal, RememberLoudness, TakeFloor
from actors.player.link_news import CameUp, Loss, Lost, MoveFailed, Unseat
from actors.player.messages import BotSeated, Broken, PeopleCounted, Returned
from actors.player.orders import say_resumed
from actors.player.playback import Now
from actors.player.player import SILENCE_S, Player
from actors.player.plays import drop_plays, settle
from actors.player.results import NotOpened, Opened
from actors.player.skipping import count_votes
from gateway_client.ids import ChannelId
from media.errors import MediaError, MediaFailure
from voice import protocol
from voice.protocol import TrackKey

FAILURES = 5
_PERHAPS_EXPIRED = frozenset({protocol.Reason.FORBIDDEN, protocol.Reason.NOT_FOUND})
_EXPIRED = frozenset(
    {MediaFailure.EXPIRED, MediaFailure.FORBIDDEN, MediaFailure.NOT_FOUND, MediaFailure.HTTP_STATUS}
)


def hear_link(player: Player, at: float) -> None:
    """Act on what the link said."""
    while player.news:
        match player.news.pop(0):
            case CameUp(first):
                _came_up(player, at, first=first)
            case MoveFailed(channel_id):
                _fail_moves(player, channel_id)
                settle(player, at)
            case Lost() as lost:
                _lost(player, lost, at)


def hear_started(player: Player, fact: protocol.TrackStarted, at: float) -> None:
    """The first frame was sent."""
    now = player.deck.now
    if now is None or not player.deck.plays((fact.track_id, fact.generation)):
        return
    now.started = True
    now.moving_since = None if player.is_paused else at
    if not now.announced:
        now.announced = True
        player.changed()
    player.deck.open_ahead(at)
    autoplay.look_ahead(player)


def hear_ended(player: Player, fact: protocol.TrackEnded, at: float) -> None:
    """The last frame was sent."""
    if player.deck.plays((fact.track_id, fact.generation)):
        player.failures = 0
        assert player.deck.now is not None  # it plays
        seed = player.deck.now.entry.track
        if player.deck.again(at):
            player.changed()
        elif not player.next_or_silence(at):
            autoplay.look_on(player, seed)


def hear_restart(player: Player, at: float) -> None:
    """The node was lost, just now. Its handle tells another one everything, from the last position on."""
    if player.deck.now is not None:
        player.deck.now.stand_still(at)


def hear_position(player: Player, fact: protocol.Position, at: float) -> None:
    """How far the playback is."""
    now = player.deck.now
    if now is None or not player.deck.plays((fact.track_id, fact.generation)):
        return
    now.position_ms = fact.position_ms
    stands = fact.paused or player.is_paused or not now.started
    now.moving_since = None if stands else at
    player.out.append(Journal(now.entry.id, fact.position_ms))
    if _outlasts_limit(player, now):
        error = MediaError(kind=MediaFailure.TOO_LONG, limit=player.max_duration_s)
        _failed(player, sentences.reason(error), at)
    else:
        player.deck.open_ahead(at)
        autoplay.look_ahead(player)


def hear_opened(player: Player, opened: Opened, at: float) -> None:
    """A track can be played; perhaps it turns out to be too long only now."""
    deck = player.deck
    deck.opened(opened.key, opened.playable, opened.good_until)
    now = deck.now
    if now is not None and deck.plays(opened.key) and too_long(player, now.entry.track):
        error = MediaError(kind=MediaFailure.TOO_LONG, limit=player.max_duration_s)
        _failed(player, sentences.reason(error), at)


def hear_loudness(player: Player, fact: protocol.Loudness) -> None:
    """The node has listened to a whole track: the next time it is right at once, in every guild."""
    track = deck_told.learn(player.deck, (fact.track_id, fact.generation), fact.measured)
    if track is not None:
        player.out.append(RememberLoudness(track=track, measured=fact.measured))
        player.changed()


def hear_broken(player: Player, broken: Broken, at: float) -> None:
    """The node could not play, or not go on."""
    fact = broken.failed
    key: TrackKey = (fact.track_id, fact.generation)
    now = player.deck.now
    if now is None or not player.deck.plays(key):
        player.deck.standby.failed(key)
        return
    known = broken.guard
    perhaps_expired = fact.reason in _PERHAPS_EXPIRED if known is None else known.kind in _EXPIRED
    if perhaps_expired and player.deck.renew(max(fact.position_ms, now.position_ms), at):
        player.changed()
        return
    reason = sentences.node_reason(fact.reason, now.entry.track)
    _failed(player, reason if known is None else sentences.reason(known), at)


def hear_not_opened(player: Player, failed: NotOpened, at: float) -> None:
    """The current track cannot be opened; one opened ahead is tried again in its turn."""
    if player.deck.waits_for(failed.key):
        unsure = failed.error.kind is MediaFailure.UNSURE
        _failed(player, sentences.reason(failed.error), at, unsure=unsure)


def hear_people(player: Player, people: PeopleCounted, at: float) -> None:
    """Somebody came or went: with nobody there the sound is held, and after a while the bot goes."""
    if not player.link.is_present or people.humans:
        player.alone_at = None
        count_votes(player, people.who, at)
    elif player.alone_at is None:
        player.be_alone(at)
        if player.deck.now is not None:
            player.deck.now.stand_still(at)


def hear_floor(player: Player, seat: BotSeated, at: float) -> None:
    """On a stage: in the audience the sound is held, and the floor is taken or asked for, once."""
    channel_id, before = player.link.channel_id, player.in_audience
    player.in_audience = seat.in_audience and channel_id is not None and channel_id == seat.channel_id
    if not player.in_audience or before or channel_id is None:
        return
    if player.deck.now is not None:
        player.deck.now.stand_still(at)
    player.out.append(TakeFloor(channel_id, asks=not seat.may_take_floor))
    if not seat.may_take_floor:
        player.announce(text("player.asked_to_speak", channel=channel_id))


def hear_clocks(player: Player, at: float) -> None:
    """Leave if nobody was there, or nothing played, for long enough."""
    channel_id = player.link.channel_id
    if channel_id is None:
        return
    kept = len(player.deck.queue) + (player.deck.now is not None)
    if player.alone_at is not None and at >= player.alone_at:
        _go(player, text("player.left_alone", channel=channel_id), kept, at)
    elif player.leave_at is not None and at >= player.leave_at:
        if player.plays:
            player.leave_at = at + SILENCE_S
        else:
            _go(player, text("player.left_idle", channel=channel_id), kept, at)


def come_back(player: Player, returned: Returned, at: float) -> None:
    """After a start: amend what would lie, and play on if somebody is there to hear it."""
    if player.lost_answers:
        for pending in player.lost_answers:
            player.out.append(Amend(pending, sentences.interrupted(pending)))
        player.lost_answers = ()
        player.changed()
    if player.link.is_present:
        return
    if returned.seated:
        player.hear([Unseat()])
    room = returned.room
    if player.returning is None:
        return
    if room is None or cannot_join(player, room) or not room.humans or player.deck.now is None:
        player.returning = None
        player.changed()
        return
    player.goes_on = True
    player.hear(player.link.join(room.channel_id, at))


def _outlasts_limit(player: Player, now: Now) -> bool:
    """Whether a track whose length nobody knew turns out to be too long; streams have no length."""
    track, limit_s = now.entry.track, player.max_duration_s
    unknown = track.duration_s is None and not track.live
    return unknown and bool(limit_s) and now.position_ms > limit_s * 1000


def _came_up(player: Player, at: float, *, first: bool) -> None:
    channel_id = player.link.channel_id
    player.returning = None
    if player.goes_on:
        player.goes_on = False
        player.deck.go_on(at)
    waiting, player.joins = player.joins, []
    for request in waiting:
        if request.resumes:
            player.go_on(at)
            say_resumed(player, request.request)
        else:
            player.say(request.request, text("player.joined", channel=channel_id or 0))
    settle(player, at)
    if first:
        player.changed()
    if (first or waiting) and not player.is_sounding and not player.plays:
        player.fall_silent(at)


def _lost(player: Player, lost: Lost, at: float) -> None:
    why = sentences.lost(lost.why, lost.channel_id)
    alone = sentences.lost_for_good(lost.why, lost.channel_id)
    asked = _fail_waiting(player, alone)
    player.deck.hold(at)
    player.forget_call()
    kept = len(player.deck.queue) + (player.deck.now is not None)
    if kept and (lost.before or not asked):
        player.announce(text("player.lost_but_kept", why=why, count=kept))
    elif not asked and lost.why is not Loss.KICKED:
        player.announce(alone)


def _fail_moves(player: Player, last: ChannelId) -> None:
    """The bot stays where it is: end everybody who called it to where it was going, or was before that."""
    called = dict.fromkeys([*(waiting.channel_id for waiting in player.joins), last])
    for channel_id in called:
        if channel_id != player.link.channel_id:
            _fail_waiting(player, sentences.lost(Loss.NO_ANSWER, channel_id), channel_id)


def _fail_waiting(player: Player, why: Text, only: ChannelId | None = None) -> bool:
    """End everybody who waits for a channel, or for this one only; whether there was somebody."""
    plays = [slot for slot in player.plays if only is None or slot.channel_id == only]
    joins = [waiting for waiting in player.joins if only is None or waiting.channel_id == only]
    drop_plays(player, [slot for slot in plays if slot.is_reading], why)
    failed = [slot for slot in plays if not slot.is_reading]
    for slot in failed:
        player.end_play(slot)
        player.fail(slot.request, why)
    for waiting in joins:
        player.joins.remove(waiting)
        player.fail(waiting.request, why)
    return bool(failed or joins)


def _failed(player: Player, why: Text, at: float, *, unsure: bool = False) -> None:
    now = player.deck.now
    assert now is not None  # the caller has matched the key of the current track
    player.failures += 1
    title = sentences.titled(now.entry.track)
    number: int | None = None
    if unsure:
        number = wrong_song.pass_over(player.deck)
    else:
        player.deck.finish(keep=now.announced)
    player.changed()
    if player.failures >= FAILURES:
        player.failures = 0
        player.looking_on = False
        drop_plays(player, [slot for slot in player.plays if slot.is_reading], why)
        told = sentences.gave_up(title, why, FAILURES, len(player.deck.queue))
        player.announce(told, after=now.entry.request, unsure=number)
        player.fall_silent(at)
        return
    key = "player.broke_off" if now.started else "player.could_not_start"
    player.announce(text(key, title=title, reason=why), after=now.entry.request, unsure=number)
    if not player.next_or_silence(at):
        autoplay.look_on(player, now.entry.track)


def _go(player: Player, why: Text, kept: int, at: float) -> None:
    drop_plays(player, list(player.plays), text("player.left_meanwhile"))
    player.drop_joins(text("player.left_meanwhile"))
    player.leave(at)
    player.announce(text("player.left_but_kept", why=why, count=kept) if kept else why)
