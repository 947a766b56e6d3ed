"""A page of the statistics: everybody by punctuality, or one person over time."""

from collections.abc import Sequence

from actors.core.texts import Say
from actors.gather.statistics import PAGE, Attended, Standing
from actors.gather.view import clock
from actors.rest.payloads import Embed, Message
from gateway_client.ids import UserId


def pages_of(rows: int) -> int:
    """How many pages so many rows take."""
    return -(-rows // PAGE)


def view_everybody(standings: Sequence[Standing], page: int, say: Say) -> Message:
    """A page of everybody."""
    if not standings:
        return _view(say("gather.stats.empty"), say)
    first = (page - 1) * PAGE + 1
    lines: list[str] = []
    for rank, one in enumerate(standings, first):
        if one.share_pct is None:
            lines.append(say("gather.stats.line_out", rank=rank, user=one.user))
        else:
            lines.append(say("gather.stats.line", rank=rank, user=one.user, on_time=one.share_pct))
        lines.append(f"\u2003{_counts(one, say)}")
    return _view("\n".join([*lines, "", f"-# {say('gather.stats.legend')}"]), say)


def view_person(user_id: UserId, total: Standing, attended: Sequence[Attended], say: Say) -> Message:
    """A page of one person's gathers."""
    if not total.gathers:
        return _view(say("gather.stats.empty_of", user=user_id), say)
    lines = [f"<@{user_id}> · {_counts(total, say)}"]
    if total.late:
        lines.append(say("gather.stats.average", time=clock(total.late_s / total.late)))
    return _view("\n".join([*lines, "", *(_entry(one, say) for one in attended)]), say)


def view_failure(say: Say) -> Message:
    """The store cannot be read."""
    return _view(say("gather.stats_failed"), say)


def _entry(one: Attended, say: Say) -> str:
    at = one.at // 1000
    if one.outcome == "here" and one.late_s:
        return say("gather.stats.entry_late", at=at, time=clock(one.late_s))
    if one.outcome == "here":
        return say("gather.stats.entry_on_time", at=at)
    if one.outcome == "out":
        return say("gather.stats.entry_out", at=at)
    return say("gather.stats.entry_missing", at=at)


def _counts(one: Standing, say: Say) -> str:
    return say("gather.stats.counts", on_time=one.on_time, late=one.late, out=one.out, missing=one.missing)


def _view(description: str, say: Say) -> Message:
    return Message(embeds=(Embed(title=say("gather.stats.title"), description=description),))
