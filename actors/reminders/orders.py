"""What people ask of reminders: set, list, remove, snooze, say where they live.

An order is decided and committed before it is told. Whoever presses a button is checked here, whatever the
button's ``custom_id`` claims: a reminder of another server does not exist, only those who were reminded
snooze, only who asked for it says in which zone it was meant.
"""

import logging
from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

from attrs import define

from actors.core.cell import Context
from actors.core.envelope import Envelope
from actors.core.listing import show_pages
from actors.core.shared_settings import TIMEZONE
from actors.core.texts import Say, Text, text
from actors.core.when import Problem, WhenError, parse_when
from actors.core.zones import find_zone
from actors.reminders.book import Book, Reminder, Wish
from actors.reminders.delivery import Delivery
from actors.reminders.messages import Confirmed, Remind, Remove, SetZone, ShowWaiting, Snooze
from actors.reminders.state import (
    SNOOZES_S,
    Said,
    depends_on_zone,
    from_micros,
    is_ahead_elsewhere,
    read_wish,
    without,
)
from actors.reminders.view import view_confirmed, view_fired, view_past
from actors.rest.payloads import Message, cut, escape
from actors.store.errors import StoreError
from gateway_client.ids import ChannelId, GuildId, MessageId, UserId
from gateway_client.objects import Message as SentMessage

log = logging.getLogger(__name__)

LIST = "waiting"
QUOTE_CHARACTERS = 80


class Refused(Exception):
    """The answer is no; ``reason`` says why."""

    def __init__(self, reason: Text, *, expired: bool = False) -> None:
        super().__init__(reason.key)
        self.reason = reason
        self.expired = expired


@define(eq=False)
class Orders:
    """Carries out what people ask for."""

    _context: Context
    _book: Book
    _delivery: Delivery

    async def take(self, envelope: Envelope) -> None:
        """Do it, or say why not."""
        try:
            await self._carry_out(envelope)
        except Refused as refused:
            self._refuse(envelope, refused.reason, expired=refused.expired)
        except StoreError as error:
            log.warning("a reminder was not written", extra={"error": str(error)})
            self._refuse(envelope, text("reminders.not_saved"))

    async def _carry_out(self, envelope: Envelope) -> None:
        match envelope.message:
            case Remind():
                await self._remind(envelope, envelope.message)
            case ShowWaiting():
                facts = envelope.facts
                show_pages(self._context, envelope, f"{LIST} {facts.guild_id} {facts.user_id}")
            case Remove(reminder_id):
                await self._remove(envelope, reminder_id)
            case Snooze(reminder_id, seconds):
                await self._snooze(envelope, reminder_id, seconds)
            case SetZone(reminder_id, words):
                await self._set_zone(envelope, reminder_id, words)
            case other:
                raise TypeError(f"reminders cannot take {other!r}")

    async def _remind(self, envelope: Envelope, asked: Remind) -> None:
        facts = envelope.facts
        zone = await self._zone_of(facts.user_id, facts.guild_id)
        try:
            said = read_wish(asked.when, asked.note, at=facts.at, zone=zone)
        except WhenError as error:
            if error.problem is Problem.NOT_AHEAD and is_ahead_elsewhere(asked.when, asked.note, facts.at):
                envelope.reply.refuse(view_past(facts.at, zone, self._say(envelope)))
                envelope.work.fail()
                return
            raise Refused(_complaint(error, asked.when)) from error
        wish = Wish(
            guild=facts.guild_id,
            channel=facts.channel_id,
            message=facts.message_id,
            scheduler=facts.user_id,
            targets=asked.targets or (facts.user_id,),
            said=said,
            asked=facts.at,
        )
        number = await self._book.add(wish)
        shown_zone = zone if depends_on_zone(said.words, facts.at) else None
        answer = view_confirmed(number, asked.targets, said, shown_zone, self._say(envelope))
        envelope.reply.say(answer, sent=partial(self._confirmed, number))

    def _confirmed(self, number: int, sent: SentMessage) -> None:
        self._context.tell_self(Confirmed(reminder_id=number, message_id=sent.id))

    async def _remove(self, envelope: Envelope, number: int) -> None:
        reminder = await self._waiting(envelope, number)
        person = envelope.facts.user_id
        others = without(reminder.people, person)
        say = self._say(envelope)
        if person == reminder.scheduler or (person in reminder.people and not others):
            await self._book.remove(number)
            envelope.reply.say(Message(content=say("reminders.removed", id=number)))
        elif person in reminder.people:
            await self._book.leave(reminder, person, others)
            envelope.reply.say(Message(content=say("reminders.left", id=number)))
        else:
            raise Refused(text("reminders.not_yours", id=number))

    async def _waiting(self, envelope: Envelope, number: int) -> Reminder:
        reminder = await self._book.get(number)
        if (
            reminder is None
            or reminder.guild != envelope.facts.guild_id
            or reminder.try_at is None
            or number in self._delivery.sending
        ):
            raise Refused(text("reminders.unknown", id=number))
        return reminder

    async def _snooze(self, envelope: Envelope, number: int, seconds: int) -> None:
        facts = envelope.facts
        reminder = await self._book.get(number)
        if reminder is None or reminder.guild != facts.guild_id or seconds not in SNOOZES_S:
            raise Refused(text("core.expired_again", command="notify me"), expired=True)
        if facts.user_id not in reminder.people:
            raise Refused(text("reminders.not_reminded"))
        due = facts.at + timedelta(seconds=seconds)
        earlier = await self._book.snoozed(number, facts.user_id)
        if earlier is None:
            new_number = await self._book.add(
                _snoozing(reminder, facts.user_id, Said(due=due, words="", note=reminder.note))
            )
        else:
            new_number = earlier.id
            await self._book.move(new_number, due)
        say = self._say(envelope)
        envelope.reply.say(Message(content=say("reminders.snoozed", id=new_number, at=int(due.timestamp()))))
        if reminder.ended_at is not None and len(reminder.people) == 1 and facts.message_id is not None:
            # without its end noted, its buttons are what it is recognised by
            view = view_fired(reminder, from_micros(reminder.ended_at), say, snoozed=due)
            self._edit(facts.channel_id, facts.message_id, view)

    async def _set_zone(self, envelope: Envelope, number: int, words: str) -> None:
        facts, say = envelope.facts, self._say(envelope)
        reminder = await self._book.get(number)
        if reminder is not None and reminder.scheduler != facts.user_id:
            raise Refused(text("reminders.not_your_zone"))
        zone = find_zone(words)
        if zone is None:
            raise Refused(text("core.bad_timezone"))
        await self._book.set_zone(facts.user_id, zone)
        said = None if reminder is None else _meant_in(reminder, zone)
        if reminder is None or reminder.try_at is None or said is None or said.due <= facts.at:
            envelope.reply.say(Message(content=say("reminders.zone_set", zone=zone.key)))
            return
        await self._book.move(number, said.due)
        moved = say("reminders.zone_moved", zone=zone.key, id=number, at=int(said.due.timestamp()))
        envelope.reply.say(Message(content=moved))
        if facts.message_id is not None:
            targets = () if reminder.is_for_oneself else reminder.people
            self._edit(facts.channel_id, facts.message_id, view_confirmed(number, targets, said, zone, say))

    def _edit(self, channel_id: ChannelId, message_id: MessageId, message: Message) -> None:
        async def edit() -> None:
            await self._context.ports.rest.edit_message(channel_id, message_id, message)

        self._context.ports.spawn(edit)

    async def _zone_of(self, person: UserId, guild_id: GuildId) -> ZoneInfo:
        own = await self._book.zone_of(person)
        return own or self._context.ports.settings.value(guild_id, TIMEZONE, ZoneInfo)

    def _refuse(self, envelope: Envelope, reason: Text, *, expired: bool = False) -> None:
        sentence = Message(content=reason.render(self._say(envelope)))
        (envelope.reply.expire if expired else envelope.reply.refuse)(sentence)
        envelope.work.fail()

    def _say(self, envelope: Envelope) -> Say:
        return self._context.ports.say_in(envelope.facts.guild_id)


def _snoozing(reminder: Reminder, person: UserId, said: Said) -> Wish:
    """The reminder that a press makes: the same for this person alone, pointing to the same message."""
    return Wish(
        guild=reminder.guild,
        channel=reminder.channel,
        message=reminder.message,
        scheduler=person,
        targets=(person,),
        said=said,
        asked=from_micros(reminder.asked_at),
        snoozed_from=reminder.id,
    )


def _meant_in(reminder: Reminder, zone: ZoneInfo) -> Said | None:
    """A reminder's own words, read in another zone; ``None`` if they cannot be waited for there."""
    try:
        due = parse_when(reminder.words, at=from_micros(reminder.asked_at), zone=zone)
    except WhenError:
        return None
    return Said(due=due, words=reminder.words, note=reminder.note)


def _complaint(error: WhenError, words: str) -> Text:
    match error.problem:
        case Problem.UNREADABLE:
            return text("reminders.unreadable_when", words=cut(escape(words), QUOTE_CHARACTERS))
        case Problem.NOT_AHEAD:
            return text("reminders.not_ahead")
        case Problem.TOO_FAR:
            return text("reminders.too_far")
