"""What of a gather outlives a restart.

Schema 1. Everything but what is pressed too fast is kept, at every change that people are told of. Times are
wall time in seconds since 1970: a monotonic clock begins anew with the machine.
"""

from attrs import frozen

from actors.core.snapshot import SnapshotForm
from actors.core.way_back import WayBack
from actors.gather.gather import Gather, Phase
from actors.gather.guests import Guests
from actors.gather.inputs import Seat, Who
from actors.gather.messages import Deed
from actors.gather.paper import Paper
from actors.gather.roster import Roster, Row
from gateway_client.ids import ChannelId, EventId, MessageId, UserId


@frozen(kw_only=True)
class Saved:
    """The snapshot."""

    id: int
    starter: Who
    voice_id: ChannelId
    text_id: ChannelId
    phase: Phase
    began_at: float
    planned_s: float = 0.0
    extended_s: float = 0.0
    announces: bool = False
    checks_in: bool = False
    ended_at: float | None = None
    next_ping_at: float = 0.0
    muted: bool = False
    starter_left: bool = False
    seats: tuple[Seat, ...] = ()
    invited: tuple[Who, ...] = ()
    absent: tuple[UserId, ...] = ()
    user_limit: int = 0
    rows: tuple[Row, ...] = ()
    message_id: MessageId | None = None
    posts: int = 1
    announced: tuple[UserId, ...] = ()
    pings: tuple[MessageId, ...] = ()
    event_id: EventId | None = None
    told: tuple[Deed, ...] = ()
    lines: tuple[Deed, ...] = ()
    way: WayBack | None = None


FORM = SnapshotForm(type=Saved, schema=1)


def to_saved(gather: Gather, offset: float) -> Saved:
    """The state; ``offset`` is wall time less monotonic time, in seconds."""
    guests, paper = gather.guests, gather.paper
    return Saved(
        id=gather.id,
        starter=gather.starter,
        voice_id=gather.voice_id,
        text_id=gather.text_id,
        phase=gather.phase,
        began_at=gather.began + offset,
        planned_s=gather.planned_s,
        extended_s=gather.extended_s,
        announces=gather.announces,
        checks_in=gather.checks_in,
        ended_at=None if gather.ended is None else gather.ended + offset,
        next_ping_at=gather.next_ping + offset,
        muted=gather.muted,
        starter_left=gather.starter_left,
        seats=tuple(guests.seats.values()),
        invited=tuple(guests.invited.values()),
        absent=tuple(guests.absent),
        user_limit=guests.limit,
        rows=gather.roster.stored(),
        message_id=paper.message_id,
        posts=paper.posts,
        announced=paper.announced,
        pings=tuple(paper.pings),
        event_id=paper.event_id,
        told=tuple(paper.told),
        lines=tuple(paper.lines),
        way=paper.way if paper.message_id is None else None,
    )


def restore(saved: Saved, offset: float) -> Gather:
    """The gather as it was, on the clock of this process."""
    return Gather(
        id=saved.id,
        starter=saved.starter,
        voice_id=saved.voice_id,
        text_id=saved.text_id,
        phase=saved.phase,
        began=saved.began_at - offset,
        planned_s=saved.planned_s,
        extended_s=saved.extended_s,
        announces=saved.announces,
        checks_in=saved.checks_in,
        ended=None if saved.ended_at is None else saved.ended_at - offset,
        next_ping=saved.next_ping_at - offset,
        muted=saved.muted,
        starter_left=saved.starter_left,
        guests=_restore_guests(saved),
        roster=Roster({row.who.id: row for row in saved.rows}),
        paper=_restore_paper(saved),
    )


def _restore_guests(saved: Saved) -> Guests:
    return Guests(
        seats={seat.who.id: seat for seat in saved.seats},
        invited={who.id: who for who in saved.invited},
        absent=set(saved.absent),
        limit=saved.user_limit,
    )


def _restore_paper(saved: Saved) -> Paper:
    return Paper(
        message_id=saved.message_id,
        posts=saved.posts,
        announced=saved.announced,
        pings=set(saved.pings),
        event_id=saved.event_id,
        told=set(saved.told),
        lines=set(saved.lines),
        way=saved.way,
    )
