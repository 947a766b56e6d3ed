"""The rules of reputation: who may give, what can be taken back, how the lists are cut into pages. Pure.

- Nobody gives to themselves.
- Between one giver and one receiver lie ten minutes, whether points are for or against and whether the last
  entry was undone or not.
- An entry can be undone by its giver within ten minutes.
- A list has five entries a page. The leaderboard's first page shows both ends, the others ten ranks each from
  the sixth on.
"""

from math import ceil

from attrs import frozen

from actors.core.texts import Text, text
from gateway_client.ids import UserId

COOLDOWN_S = 600.0
UNDO_S = 600.0
LIST_PAGE = 5
TOP = 5
BOTTOM = 5
RANKS_PAGE = 10


@frozen(kw_only=True)
class Page:
    """Where a page begins and what it holds; ``number`` counts from 1, ``total`` is 0 for an empty list."""

    number: int
    total: int
    offset: int
    limit: int


def refuse_self(giver: UserId, receiver: UserId) -> Text | None:
    """Why this gift cannot be, whenever it is."""
    return text("reputation.not_yourself") if giver == receiver else None


def refuse_hurry(receiver: UserId, last_at_s: float | None, at_s: float) -> Text | None:
    """Why this gift must wait; ``last_at_s`` is when this giver last gave to them, in seconds since 1970."""
    if last_at_s is None or at_s >= last_at_s + COOLDOWN_S:
        return None
    return text("reputation.cooldown", user=receiver, again=ceil(last_at_s + COOLDOWN_S))


def cut_list(wanted: int, entries: int) -> Page:
    """A page of what somebody was given."""
    total = ceil(entries / LIST_PAGE)
    number = _clamp(wanted, total)
    return Page(number=number, total=total, offset=(number - 1) * LIST_PAGE, limit=LIST_PAGE)


def cut_leaderboard(wanted: int, people: int) -> Page:
    """A page of the leaderboard. The first one begins with the top; if not all fit, the bottom is added."""
    both = TOP + BOTTOM
    if people <= both:
        return Page(number=1, total=min(people, 1), offset=0, limit=both)
    total = 1 + ceil((people - TOP) / RANKS_PAGE)
    number = _clamp(wanted, total)
    if number == 1:
        return Page(number=1, total=total, offset=0, limit=TOP)
    return Page(number=number, total=total, offset=TOP + (number - 2) * RANKS_PAGE, limit=RANKS_PAGE)


def _clamp(wanted: int, total: int) -> int:
    return min(max(wanted, 1), max(total, 1))
