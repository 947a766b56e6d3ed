"""What a gather's message shows: countdown, check-in and result.

Pure: the state, the time and the offset of the wall clock are arguments. Names of people appear as mentions,
which Discord renders and which ping nobody, and in the table as text that cannot break it. A list that would
not fit is shortened where it matters least: people who were on time first, then the ends of the other groups.
"""

from collections.abc import Sequence

from attrs import frozen

from actors.core.address import Address
from actors.core.custom_id import CustomId
from actors.core.texts import Say
from actors.gather.gather import Gather, Phase
from actors.gather.inputs import Who
from actors.gather.messages import Deed, Verb
from actors.gather.roster import Row, Status
from actors.gather.rules import GRACE_S
from actors.gather.table import draw_table, plain_name
from actors.rest.payloads import ActionRow, Button, ButtonStyle, Embed, Message

KIND = "gather"
VERSION = 1
ROWS_SHOWN = (95, 80, 65, 50)
"""The most rows that are shown, and how many if notices or names with many marks take the room."""
DESCRIPTION_LIMIT = 4096
"""Characters of an embed's description. Source: Discord, "Message" resource, "Embed Limits"."""
ATTENDEES_SHOWN = 100

_BLUE, _ORANGE, _GREEN, _GREY = 0x206694, 0xE67E22, 0x1F8B4C, 0x607D8B


@frozen(kw_only=True)
class Lens:
    """What is needed to see a gather: whose buttons, when, and how far wall time is from monotonic time."""

    address: Address
    now: float
    offset: float
    say: Say


def view_gather(gather: Gather, lens: Lens) -> Message:
    """The gather's message."""
    if gather.in_countdown:
        return _view_countdown(gather, lens)
    if not gather.checks_in:
        return _view_embed(lens, lens.say("gather.cancelled"), _GREY)
    return _view_check_in(gather, lens)


def clock(seconds: float) -> str:
    """``m:ss`` or ``h:mm:ss``."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _view_countdown(gather: Gather, lens: Lens) -> Message:
    say = lens.say
    lines = [
        say("gather.gathers", starter=gather.starter.id, channel=gather.voice_id),
        say("gather.remaining", time=clock(gather.ends_at - lens.now)),
        say("gather.starts", at=round(gather.ends_at + lens.offset)),
    ]
    if gather.extended_s:
        lines.append(say("gather.extension", time=clock(gather.extended_s)))
    lines += ["", *_attendees(gather, say), *_notices(gather, say)]
    buttons = (
        _button(gather, lens, Verb.START_NOW, ButtonStyle.PRIMARY, say("gather.button.start_now")),
        _button(gather, lens, Verb.JOIN, ButtonStyle.SUCCESS, say("gather.button.join")),
        _button(gather, lens, Verb.LEAVE, ButtonStyle.SECONDARY, say("gather.button.leave")),
        _button(gather, lens, Verb.CANCEL, ButtonStyle.DANGER, say("gather.button.cancel")),
    )
    return _view_embed(lens, "\n".join(lines), _BLUE, buttons)


def _attendees(gather: Gather, say: Say) -> list[str]:
    people = gather.guests.attendees()
    if not people:
        return [say("gather.nobody", channel=gather.voice_id)]
    limit = gather.guests.limit or len(people)
    lines = [say("gather.attendees", count=len(people)), *_numbered(people[:limit], 1)]
    waiting = people[limit:]
    if waiting:
        lines += [say("gather.no_place", count=limit), *_numbered(waiting, limit + 1)]
    if len(lines) > ATTENDEES_SHOWN:
        more = len(lines) - ATTENDEES_SHOWN
        lines = [*lines[:ATTENDEES_SHOWN], say("gather.more", count=more)]
    return lines


def _numbered(people: Sequence[Who], first: int) -> list[str]:
    return [f"{number}. <@{who.id}>" for number, who in enumerate(people, first)]


def _view_check_in(gather: Gather, lens: Lens) -> Message:
    say = lens.say
    present, counted = gather.roster.attendance()
    lines = [
        say("gather.gathers", starter=gather.starter.id, channel=gather.voice_id),
        *_clock_lines(gather, lens),
        say("gather.attendance", present=present, counted=counted),
    ]
    above, below = "\n".join(lines), "\n".join(["", *_notices(gather, say)])
    table = _table(gather, say, DESCRIPTION_LIMIT - len(above) - len(below) - len("\n```\n\n```"))
    return _view_embed(
        lens, f"{above}\n```\n{table}\n```{below}", _color(gather, lens), _check_in_buttons(gather, lens)
    )


def _clock_lines(gather: Gather, lens: Lens) -> list[str]:
    say, elapsed_s = lens.say, lens.now - gather.began
    match gather.phase:
        case Phase.COMPLETE:
            return [say("gather.complete", time=clock((gather.ended or lens.now) - gather.began))]
        case Phase.CANCELLED:
            return [say("gather.cancelled")]
        case Phase.TIMED_OUT:
            return [say("gather.timed_out")]
        case Phase.COUNTDOWN | Phase.CHECK_IN:
            in_grace = elapsed_s < GRACE_S
            left = say("gather.grace", time=clock(GRACE_S - elapsed_s))
            time = left if in_grace else say("gather.elapsed", time=clock(elapsed_s))
            return [time, say("gather.pings_off") if gather.muted else say("gather.pings_on")]


def _check_in_buttons(gather: Gather, lens: Lens) -> tuple[Button, ...]:
    if not gather.is_running:
        return ()
    say = lens.say
    mute = (Verb.MUTE, say("gather.button.mute"))
    if gather.muted:
        mute = (Verb.UNMUTE, say("gather.button.unmute"))
    return (
        _button(gather, lens, Verb.HERE, ButtonStyle.SUCCESS, say("gather.button.here")),
        _button(gather, lens, Verb.OUT, ButtonStyle.SECONDARY, say("gather.button.out")),
        _button(gather, lens, mute[0], ButtonStyle.SECONDARY, mute[1]),
        _button(gather, lens, Verb.CANCEL, ButtonStyle.DANGER, say("gather.button.cancel")),
    )


def _table(gather: Gather, say: Say, room: int) -> str:
    """The table in at most ``room`` characters."""
    head = (say("gather.table.name"), say("gather.table.arrived"))
    groups = _groups(gather)
    drawn = ""
    for limit in ROWS_SHOWN:
        drawn = draw_table(head, _shortened(groups, limit, say))
        if len(drawn) <= room:
            break
    return drawn


def _groups(gather: Gather) -> list[list[Row]]:
    """On time, late, out, waiting, missing."""
    rows = gather.roster.rows()
    here = [row for row in rows if row.status is Status.HERE]
    others = [[row for row in rows if row.status is status] for status in Status if status is not Status.HERE]
    return [[row for row in here if not row.late_s], [row for row in here if row.late_s], *others]


def _shortened(groups: list[list[Row]], limit: int, say: Say) -> list[tuple[str, str]]:
    """The table's rows; what is too much goes from those on time first, then from the largest groups."""
    excess = sum(map(len, groups)) - limit
    kept = [len(group) for group in groups]
    for index in sorted(range(len(groups)), key=lambda index: (index != 0, -len(groups[index]))):
        if excess > 0 and kept[index] > 1:
            hidden = min(excess + 1, kept[index] - 1)  # one more, for the row that says how many
            kept[index] -= hidden
            excess -= hidden - 1
    lines: list[tuple[str, str]] = []
    for group, count in zip(groups, kept, strict=True):
        lines += [(plain_name(row.who.name), _status(row, say)) for row in group[:count]]
        if count < len(group):
            more = say("gather.more", count=len(group) - count)
            lines.append((plain_name(more), "+" if group[-1].late_s else _status(group[-1], say)))
    return lines


def _status(row: Row, say: Say) -> str:
    match row.status:
        case Status.HERE:
            minutes, seconds = divmod(row.late_s or 0, 60)
            return f"+{minutes:02}:{seconds:02}" if row.late_s else say("gather.table.on_time")
        case Status.OUT:
            return say("gather.table.out")
        case Status.WAITING:
            return say("gather.table.waiting")
        case Status.MISSING:
            return "--:--"


def _notices(gather: Gather, say: Say) -> list[str]:
    return [view_notice(deed, gather, say) for deed in Deed if deed in gather.paper.lines]


def view_notice(deed: Deed, gather: Gather, say: Say) -> str:
    """The one sentence to the starter about what the bot may not do."""
    match deed:
        case Deed.DISCONNECT:
            return say("gather.notice.disconnect", starter=gather.starter.id, channel=gather.voice_id)
        case Deed.PING:
            return say("gather.notice.ping", starter=gather.starter.id, channel=gather.text_id)
        case Deed.DELETE:
            return say("gather.notice.delete", starter=gather.starter.id, channel=gather.text_id)
        case Deed.SCHEDULE:
            return say("gather.notice.schedule", starter=gather.starter.id)
        case Deed.SAVE:
            return say("gather.notice.save", starter=gather.starter.id)


def _color(gather: Gather, lens: Lens) -> int:
    match gather.phase:
        case Phase.COUNTDOWN | Phase.CHECK_IN:
            return _BLUE if lens.now - gather.began < GRACE_S else _ORANGE
        case Phase.COMPLETE:
            return _GREEN
        case Phase.CANCELLED | Phase.TIMED_OUT:
            return _GREY


def _view_embed(lens: Lens, description: str, color: int, buttons: tuple[Button, ...] = ()) -> Message:
    embed = Embed(title=lens.say("gather.title"), description=description, color=color)
    return Message(embeds=(embed,), components=(ActionRow(buttons),) if buttons else ())


def _button(gather: Gather, lens: Lens, verb: Verb, style: ButtonStyle, label: str) -> Button:
    custom_id = CustomId(
        address=lens.address, version=VERSION, verb=verb.value, argument=str(gather.id)
    ).to_wire()
    return Button(label=label, custom_id=custom_id, style=style)
