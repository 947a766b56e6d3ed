"""What happens to a gather: one input, one step, effects in return.

Pure; ``gather`` says what the phases are. Inputs are applied in the order in which Discord sent them, each
with the time at which it was read: what a person did last is what counts. Only a change *into* the channel
checks somebody in, sitting there does not; bots take places and are never waited for. After the end only the
bookkeeping of messages goes on.

Failure modes: none of its own; what Discord refuses comes back as ``Denied`` and is told to the starter once.
"""

from typing import assert_never

from actors.gather.buttons import press
from actors.gather.effects import Announce, Changed, Disconnect, Effect, Unschedule
from actors.gather.gather import Gather, Phase
from actors.gather.inputs import (
    Counted,
    Extended,
    Input,
    Moved,
    PeopleExpected,
    PeopleForgotten,
    Pressed,
    Seat,
)
from actors.gather.lists import expect, extend, forget
from actors.gather.messages import (
    ChannelGone,
    ChannelSeen,
    Denied,
    MemberGone,
    MessagesGone,
    NoticeUnsent,
    PingGone,
    PingPosted,
    Posted,
    Scheduled,
    Unshowable,
)
from actors.gather.roster import Status
from gateway_client.ids import UserId

Bookkeeping = Posted | PingPosted | PingGone | NoticeUnsent | Denied | MessagesGone | Scheduled
Happening = Unshowable | ChannelGone | ChannelSeen | Moved | Counted | MemberGone
Asked = Pressed | PeopleExpected | PeopleForgotten | Extended


def apply(gather: Gather, message: Input, now: float) -> list[Effect]:
    """Take one input, read at ``now`` in monotonic seconds."""
    match message:
        case Posted() | PingPosted() | PingGone() | NoticeUnsent() | Denied() | MessagesGone() | Scheduled():
            return _keep_books(gather, message, now)
        case _ if not gather.is_running:
            return []
        case Pressed() | PeopleExpected() | PeopleForgotten() | Extended():
            return _ask(gather, message, now)
        case _:
            return _happen(gather, message, now)


def _keep_books(gather: Gather, message: Bookkeeping, now: float) -> list[Effect]:
    paper = gather.paper
    match message:
        case Posted(message_id=message_id):
            follows = paper.posted(message_id)
            if not gather.is_running:
                follows = [effect for effect in follows if not isinstance(effect, Announce)]
            return [*follows, Changed()]
        case PingPosted(message_id):
            paper.pings.add(message_id)
        case PingGone(message_id):
            paper.pings.discard(message_id)
        case NoticeUnsent(deed):
            paper.lines.add(deed)
        case Denied(deed):
            return [*paper.denied(deed), Changed()]
        case Scheduled(event_id=event_id):
            follows = paper.scheduled(event_id) if gather.in_countdown else [Unschedule(event_id)]
            return [*follows, Changed()]
        case MessagesGone(message_ids):
            follows = paper.deleted(message_ids) if gather.is_running else []
            if follows is None:
                return gather.finish(Phase.CANCELLED, now)
            return [*follows, Changed()] if follows else []
        case _:
            assert_never(message)
    return [Changed()]


def _ask(gather: Gather, message: Asked, now: float) -> list[Effect]:
    match message:
        case Pressed():
            return press(gather, message, now)
        case PeopleExpected(people):
            return expect(gather, people, now)
        case PeopleForgotten(people):
            return forget(gather, people, now)
        case Extended(by_s):
            return extend(gather, by_s)
        case _:
            assert_never(message)


def _happen(gather: Gather, message: Happening, now: float) -> list[Effect]:
    match message:
        case Unshowable():
            return gather.finish(Phase.CANCELLED, now)
        case ChannelGone(channel_id):
            gone = channel_id in (gather.voice_id, gather.text_id)
            return gather.finish(Phase.CANCELLED, now) if gone else []
        case ChannelSeen(channel_id, limit):
            return _set_limit(gather, limit) if channel_id == gather.voice_id else []
        case Moved(seat=seat, channel_id=channel_id):
            return _come(gather, seat, now) if channel_id == gather.voice_id else _go(gather, seat)
        case Counted():
            return _count(gather, message, now)
        case MemberGone(user_id):
            return _leave_server(gather, user_id, now)
        case _:
            assert_never(message)


def _set_limit(gather: Gather, limit: int) -> list[Effect]:
    if limit == gather.guests.limit:
        return []
    gather.guests.limit = limit
    return [*gather.call_up(), Changed()]


def _come(gather: Gather, seat: Seat, now: float) -> list[Effect]:
    """Somebody is in the channel; whoever came just now and is expected has arrived."""
    came = gather.guests.sit(seat)
    renamed = gather.roster.rename(seat.who)
    if gather.in_countdown:
        return [Changed()] if came else []
    if came and not seat.is_bot and seat.who.id in gather.roster:
        arrived = gather.roster.arrive(seat.who, now - gather.began)
        return gather.changed(now) if arrived or renamed else []
    return [Changed()] if renamed else []


def _go(gather: Gather, seat: Seat) -> list[Effect]:
    """Somebody is elsewhere; if they were in the channel, their place is free."""
    if not gather.guests.rise(seat.who.id):
        return []
    called = gather.call_up()
    matters = gather.in_countdown or called or seat.who.id in gather.roster
    return [*called, Changed()] if matters else []


def _leave_server(gather: Gather, user_id: UserId, now: float) -> list[Effect]:
    """Nobody waits for them any more, and their place is free."""
    gather.starter_left |= user_id == gather.starter.id
    called = gather.call_up() if gather.guests.rise(user_id) else []
    gather.guests.dismiss(user_id)
    gather.roster.forget(user_id)
    return [*called, *gather.changed(now)]


def _count(gather: Gather, counted: Counted, now: float) -> list[Effect]:
    """After the bot was away: who is there now came, who is not left, whenever that was.

    Whoever is out and still there was to be disconnected when the bot went.
    """
    gather.guests.limit = counted.user_limit
    there = {seat.who.id for seat in counted.seats}
    out = [row.who.id for row in gather.roster.of(Status.OUT)]
    effects: list[Effect] = [
        Disconnect(user_id) for user_id in out if user_id in there and user_id in gather.guests.seats
    ]
    for seat in [seat for seat in gather.guests.seats.values() if seat.who.id not in there]:
        effects += _go(gather, seat)
    for seat in counted.seats:
        if gather.is_running:
            effects += _come(gather, seat, now)
    return [*effects, Changed()]
