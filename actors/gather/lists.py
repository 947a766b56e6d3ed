"""What ``expect``, ``forget`` and ``extend`` do, in both phases."""

from datetime import timedelta

from actors.core.texts import text
from actors.core.when_length import print_duration
from actors.gather.effects import Changed, Effect, Refuse, Say, Schedule
from actors.gather.gather import Gather
from actors.gather.inputs import Who
from actors.gather.roster import Status
from actors.gather.rules import COUNTDOWN_LIMIT_S, PEOPLE_LIMIT


def expect(gather: Gather, people: tuple[Who, ...], now: float) -> list[Effect]:
    """Wait for these people."""
    awaited_already = {who.id for who in gather.people()}
    if len(awaited_already | {who.id for who in people}) > PEOPLE_LIMIT:
        return [Refuse(text("gather.too_many", limit=PEOPLE_LIMIT))]
    for who in people:
        expect_one(gather, who, now)
    arrived, awaited = _parted(gather, people)
    if not awaited:
        said = text("gather.already_here", arrived=mentions(arrived))
    elif arrived:
        said = text("gather.expecting_but", people=mentions(awaited), arrived=mentions(arrived))
    else:
        said = text("gather.expecting", people=mentions(awaited))
    return [Say(said), *gather.changed(now)]


def expect_one(gather: Gather, who: Who, now: float) -> None:
    """Wait for somebody; whoever opted out and is there all the same has arrived."""
    if gather.in_countdown:
        gather.guests.invite(who)
        return
    was_out = gather.roster.status(who.id) is Status.OUT
    gather.roster.expect(who)
    if was_out and who.id in gather.guests.seats:
        gather.roster.arrive(who, now - gather.began)


def forget(gather: Gather, people: tuple[Who, ...], now: float) -> list[Effect]:
    """Wait for these people no longer; whoever has arrived stays."""
    arrived, forgotten = _parted(gather, people)
    if not forgotten:
        return [Refuse(text("gather.arrived_stays", people=mentions(arrived)))]
    for who in forgotten:
        if gather.in_countdown:
            gather.guests.dismiss(who.id)
        else:
            gather.roster.forget(who.id)
    said = text("gather.forgotten", people=mentions(forgotten))
    if arrived:
        said = text("gather.forgotten_but", people=mentions(forgotten), arrived=mentions(arrived))
    return [Say(said), *gather.changed(now)]


def extend(gather: Gather, by_s: float) -> list[Effect]:
    """Make the countdown longer, as far as two hours in all."""
    if not gather.in_countdown:
        return [Refuse(text("gather.too_late_to_extend"))]
    total_s = gather.planned_s + gather.extended_s
    added_s = min(by_s, COUNTDOWN_LIMIT_S - total_s)
    if added_s < 1:
        return [Refuse(text("gather.cannot_extend", limit=_length(COUNTDOWN_LIMIT_S)))]
    gather.extended_s += added_s
    follows: list[Effect] = [Changed(), *([Schedule()] if gather.announces else [])]
    added, total = _length(added_s), _length(total_s + added_s)
    if added_s < by_s:
        limit = _length(COUNTDOWN_LIMIT_S)
        return [Say(text("gather.extended_to_limit", added=added, limit=limit)), *follows]
    return [Say(text("gather.extended", added=added, total=total)), *follows]


def _parted(gather: Gather, people: tuple[Who, ...]) -> tuple[tuple[Who, ...], tuple[Who, ...]]:
    """Who of these has arrived, and who has not."""
    arrived = tuple(who for who in people if gather.roster.status(who.id) is Status.HERE)
    return arrived, tuple(who for who in people if who not in arrived)


def mentions(people: tuple[Who, ...]) -> str:
    """Names that Discord keeps up to date; nobody is pinged by them."""
    return ", ".join(f"<@{who.id}>" for who in people[:50]) + (" …" if len(people) > 50 else "")


def _length(seconds: float) -> str:
    return print_duration(timedelta(seconds=seconds))
