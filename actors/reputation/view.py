"""What reputation shows. Nobody is pinged; what people wrote is escaped."""

from collections.abc import Sequence

from actors.core.texts import Say
from actors.reputation.ledger import Entry, Standing
from actors.reputation.state import Page
from actors.rest.payloads import Embed, EmbedFooter, Message, cut, escape

COLOR = 0xF1C40F
REASON_CHARACTERS = 600
"""Five of them stay within an embed's description."""
MEDALS = {1: "🥇", 2: "🥈", 3: "🥉"}


def view_given(points: int, reason: str, standing: Standing, say: Say) -> Message:
    """A point was given."""
    key = "reputation.given_plus" if points > 0 else "reputation.given_minus"
    shown = cut(escape(reason), REASON_CHARACTERS)
    return Message(content=say(key, user=standing.receiver, reason=shown, total=signed(standing.total)))


def view_undone(entry: Entry, standing: Standing, say: Say) -> Message:
    """A point was taken back."""
    return Message(
        content=say(
            "reputation.undone",
            points=signed(entry.points),
            user=entry.receiver,
            total=signed(standing.total),
        )
    )


def view_received(entries: Sequence[Entry], standing: Standing, say: Say) -> Message:
    """A page of what somebody was given."""
    if not standing.entries:
        return Message(content=say("reputation.nothing", user=standing.receiver))
    lines = [_entry_line(entry, say) for entry in entries]
    head = say("reputation.sum", user=standing.receiver, total=signed(standing.total), count=standing.entries)
    embed = Embed(title=say("reputation.list_title"), description="\n".join([head, "", *lines]), color=COLOR)
    return Message(embeds=(embed,))


def view_leaderboard(
    standings: Sequence[Standing], last: Sequence[Standing], page: Page, people: int, say: Say
) -> Message:
    """A page of the leaderboard; ``last`` is the bottom that the first page shows behind a gap."""
    if not people:
        return Message(content=say("reputation.nobody"))
    lines = [_rank_line(page.offset + place, one, say) for place, one in enumerate(standings, 1)]
    if last:
        first = people - len(last)
        lines += ["⋮", *(_rank_line(first + place, one, say) for place, one in enumerate(last, 1))]
    embed = Embed(
        title=say("reputation.leaderboard_title"),
        description="\n".join(lines),
        footer=EmbedFooter(text=say("reputation.people", count=people)),
        color=COLOR,
    )
    return Message(embeds=(embed,))


def signed(number: int) -> str:
    """With its sign; the minus is the typographic one."""
    return f"+{number}" if number > 0 else f"−{-number}" if number < 0 else "0"


def _entry_line(entry: Entry, say: Say) -> str:
    reason = cut(escape(" ".join(entry.reason.split())), REASON_CHARACTERS)
    return say(
        "reputation.entry",
        points=signed(entry.points),
        reason=reason,
        at=entry.at // 1_000_000,
        giver=entry.giver,
    )


def _rank_line(rank: int, one: Standing, say: Say) -> str:
    place = MEDALS.get(rank, f"`{rank}.`")
    return say("reputation.rank", place=place, user=one.receiver, total=signed(one.total), count=one.entries)
