"""What reminders show. Only a reminder that fires pings, and only whom it is for; notes are escaped."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from actors.core.address import Address
from actors.core.custom_id import CustomId
from actors.core.texts import Say
from actors.core.when import print_when
from actors.reminders.book import Reminder
from actors.reminders.state import SNOOZES_S, Said, is_late
from actors.rest.payloads import (
    ActionRow,
    AllowedMentions,
    Button,
    Embed,
    Message,
    Modal,
    TextInput,
    cut,
    escape,
)
from gateway_client.ids import UserId

HOME = Address("reminders", 0)
"""There is one actor for all servers, because there is one timer."""
VERSION = 1
COLOR = 0x3498DB
NOTE_CHARACTERS = 1500
LINE_CHARACTERS = 120
ZONE_LIMIT = 60


def view_confirmed(
    reminder_id: int, targets: Sequence[UserId], said: Said, zone: ZoneInfo | None, say: Say
) -> Message:
    """A reminder was written down; with ``zone`` the moment depends on it, and its owner can say theirs.

    ``targets`` is empty for a reminder of one's own.
    """
    due = int(said.due.timestamp())
    if targets:
        content = say("reminders.set_for", id=reminder_id, people=_mentions(targets), at=due)
    else:
        content = say("reminders.set", id=reminder_id, at=due)
    if zone is None:
        return Message(content=content)
    local = print_when(said.due.replace(microsecond=0), zone)
    content += "\n" + say("reminders.in_zone", local=local, zone=zone.key)
    return Message(content=content, components=(_zone_row(reminder_id, say),))


def view_past(at: datetime, zone: ZoneInfo, say: Say) -> Message:
    """What was asked for is past in ``zone``; perhaps its asker lives in another one."""
    local = print_when(at.replace(second=0, microsecond=0), zone)
    content = say("reminders.past_here", local=local, zone=zone.key)
    return Message(content=content, components=(_zone_row(0, say),))


def view_zone_form(reminder_id: str, say: Say) -> Modal:
    """Where does somebody live?"""
    field = TextInput(
        custom_id="zone",
        label=say("reminders.zone_label"),
        placeholder="Europe/Prague",
        max_length=ZONE_LIMIT,
        min_length=2,
    )
    return Modal(custom_id=_custom_id("zone", reminder_id), title=say("reminders.zone_title"), rows=(field,))


def view_fired(reminder: Reminder, at: datetime, say: Say, *, snoozed: datetime | None = None) -> Message:
    """The reminder itself, as sent at ``at``; once its only reader has snoozed it, without buttons."""
    people = _mentions(reminder.people)
    if reminder.is_for_oneself:
        people = f"||{people}||"
    note = cut(escape(reminder.note), NOTE_CHARACTERS) if reminder.note else say("reminders.no_note")
    lines = [say("reminders.asked", at=reminder.asked_at // 1_000_000, by=reminder.scheduler)]
    if reminder.message is not None:
        lines.append(say("reminders.link", url=link_of(reminder)))
    if is_late(reminder.due, at):
        lines.append(say("reminders.late", at=reminder.due_at // 1_000_000))
    if snoozed is not None:
        lines.append(say("reminders.snoozed_until", at=int(snoozed.timestamp())))
    return Message(
        content=say("reminders.fired", people=people, note=note),
        embeds=(Embed(description="\n".join(lines), color=COLOR),),
        components=() if snoozed is not None else (_snooze_row(reminder, say),),
        mentions=AllowedMentions(users=reminder.people),
        reply_to=reminder.message,
    )


def view_undeliverable(reminder: Reminder, say: Say) -> Message:
    """Told to the owner in private: the channel will never take it."""
    note = cut(escape(reminder.note), NOTE_CHARACTERS) if reminder.note else say("reminders.no_note")
    content = say(
        "reminders.undeliverable",
        id=reminder.id,
        channel=reminder.channel,
        at=reminder.due_at // 1_000_000,
        people=_mentions(reminder.people),
        note=note,
    )
    return Message(content=content)


def view_list(reminders: Sequence[Reminder], reader: UserId, count: int, say: Say) -> Message:
    """A page of what waits, soonest first."""
    if not count:
        return Message(content=say("reminders.none"))
    embed = Embed(
        title=say("reminders.list_title", count=count),
        description="\n".join(_line(reminder, reader, say) for reminder in reminders),
        color=COLOR,
    )
    return Message(embeds=(embed,))


def link_of(reminder: Reminder) -> str:
    """Where the message is that a reminder points to."""
    return f"https://discord.com/channels/{reminder.guild}/{reminder.channel}/{reminder.message}"


def _line(reminder: Reminder, reader: UserId, say: Say) -> str:
    note = cut(escape(" ".join(reminder.note.split())), LINE_CHARACTERS)
    line = say("reminders.line", id=reminder.id, at=reminder.due_at // 1_000_000, note=note).rstrip()
    if not reminder.is_for_oneself:
        key = "reminders.line_for" if reminder.scheduler == reader else "reminders.line_from"
        line += " " + say(key, people=_mentions(reminder.people), by=reminder.scheduler)
    return f"{line} · [↗]({link_of(reminder)})" if reminder.message is not None else line


def _zone_row(reminder_id: int, say: Say) -> ActionRow:
    """Says where one lives; 0 is no reminder."""
    button = Button(label=say("reminders.other_zone"), custom_id=_custom_id("zone", str(reminder_id)))
    return ActionRow((button,))


def _snooze_row(reminder: Reminder, say: Say) -> ActionRow:
    labels = (say("reminders.snooze_short"), say("reminders.snooze_hour"), say("reminders.snooze_day"))
    return ActionRow(
        tuple(
            Button(label=label, emoji="💤", custom_id=_snooze_id(reminder, seconds))
            for label, seconds in zip(labels, SNOOZES_S, strict=True)
        )
    )


def snooze_ids(reminder: Reminder) -> frozenset[str]:
    """The buttons of a delivered reminder, which no other message has."""
    return frozenset(_snooze_id(reminder, seconds) for seconds in SNOOZES_S)


def _snooze_id(reminder: Reminder, seconds: int) -> str:
    return _custom_id("snooze", f"{reminder.id}.{seconds}")


def _mentions(people: Sequence[UserId]) -> str:
    return " ".join(f"<@{person}>" for person in people)


def _custom_id(verb: str, argument: str) -> str:
    return CustomId(address=HOME, version=VERSION, verb=verb, argument=argument).to_wire()
