"""People, channels and short ways to say what happens to a gather."""

from actors.core.texts import Text
from actors.gather.effects import Effect, Finish, Refuse, Say
from actors.gather.gather import Gather
from actors.gather.guests import Guests
from actors.gather.inputs import Input, Moved, Pressed, Seat, Who
from actors.gather.messages import Verb
from actors.gather.roster import Status
from actors.gather.state import apply
from gateway_client.ids import ChannelId, UserId

LOUNGE, ELSEWHERE, TEXT = ChannelId(300), ChannelId(301), ChannelId(200)
ADA, BEN, CLEO, DAN = (Who(UserId(1001 + n), name) for n, name in enumerate(("Ada", "Ben", "Cleo", "Dan")))
BOT = Seat(who=Who(UserId(9000), "Roadie"), is_bot=True)


def gather(*inside: Who, countdown_s: float = 0.0, limit: int = 0, now: float = 0.0) -> Gather:
    """Ada's gather, opened at ``now`` with these people and the bot in the channel."""
    seats = {who.id: Seat(who=who) for who in inside or (ADA,)} | {BOT.who.id: BOT}
    opened = Gather(
        id=7,
        starter=ADA,
        voice_id=LOUNGE,
        text_id=TEXT,
        began=now,
        planned_s=countdown_s,
        guests=Guests(seats=seats, limit=limit),
    )
    opened.open(now)
    return opened


def join(one: Gather, who: Who, now: float) -> list[Effect]:
    return apply(one, Moved(seat=Seat(who=who), channel_id=LOUNGE), now)


def leave(one: Gather, who: Who, now: float, to: ChannelId | None = None) -> list[Effect]:
    return apply(one, Moved(seat=Seat(who=who), channel_id=to), now)


def press(one: Gather, who: Who, verb: Verb, now: float, *, manages: bool = False) -> list[Effect]:
    """Press a button from wherever the gather knows somebody to sit."""
    return apply(one, Pressed(who=who, verb=verb, sits_here=who.id in one.guests.seats, manages=manages), now)


def run_until(one: Gather, end: float) -> list[tuple[float, Effect]]:
    """Let time pass; what was decided and when."""
    done: list[tuple[float, Effect]] = []
    while (due := one.next_deadline()) is not None and due <= end:
        done += [(due, effect) for effect in one.tick(due)]
    return done


def do(one: Gather, message: Input, now: float = 0.0) -> list[Effect]:
    return apply(one, message, now)


def status(one: Gather, who: Who) -> Status | None:
    return one.roster.status(who.id)


def late_s(one: Gather, who: Who) -> int | None:
    return next(row.late_s for row in one.roster.rows() if row.who.id == who.id)


def told(effects: list[Effect]) -> list[str]:
    """The keys of what was said."""
    texts: list[Text] = [effect.text for effect in effects if isinstance(effect, Say | Refuse)]
    return [one.key for one in texts]


def ended(effects: list[Effect]) -> bool:
    return Finish() in effects
