"""The ``notify`` commands, the buttons of reminders, and their slice."""

from collections.abc import Iterable

from actors.core.address import Address
from actors.core.arguments import Arguments, Usage
from actors.core.custom_id import CustomId
from actors.core.declare import Command, Component, Delivery, Option, OptionType, SettingChanged, Slice
from actors.core.envelope import Facts
from actors.core.texts import Say
from actors.core.when import count_leading
from actors.reminders.actor import RemindersActor
from actors.reminders.messages import Remind, Remove, SetZone, ShowWaiting, Snooze, Wake
from actors.reminders.view import HOME, VERSION, view_zone_form
from actors.rest.payloads import Modal
from gateway_client.events import Event, Ready, Resumed

GROUP = "reminders"
NOTE_LIMIT = 1000
_PEOPLE = ("user", "user2", "user3")

_WHEN = Option(name="when", required=True, max_length=100, leading=count_leading)
_NOTE = Option(name="note", max_length=NOTE_LIMIT)


def _address(facts: Facts) -> Address:
    return HOME


def _remind(arguments: Arguments, facts: Facts) -> Remind:
    when = arguments.text("when")
    if when is None:
        raise Usage
    targets = tuple(person.id for person in arguments.people(*_PEOPLE))
    return Remind(targets=targets, when=when, note=arguments.text("note"))


def _show(arguments: Arguments, facts: Facts) -> ShowWaiting:
    return ShowWaiting()


def _remove(arguments: Arguments, facts: Facts) -> Remove:
    number = arguments.integer("id")
    if number is None:
        raise Usage
    return Remove(number)


def _snooze(custom_id: CustomId, values: tuple[str, ...], facts: Facts) -> Snooze:
    number, _, seconds = custom_id.argument.partition(".")
    return Snooze(_number(number), _number(seconds))


def _set_zone(custom_id: CustomId, values: tuple[str, ...], facts: Facts) -> SetZone:
    return SetZone(_number(custom_id.argument), values[0] if values else "")


def _zone_form(custom_id: CustomId, facts: Facts, say: Say) -> Modal:
    return view_zone_form(str(_number(custom_id.argument)), say)


def _number(words: str) -> int:
    """A number of a ``custom_id``, which any client can make up: 0 belongs to no reminder."""
    return int(words) if words.isascii() and words.isdecimal() and len(words) < 16 else 0


def _listen(event: Event | SettingChanged) -> Iterable[Delivery]:
    if isinstance(event, Ready | Resumed):
        yield Delivery(address=HOME, message=Wake(), key="wake", wake=True)


ME = Command(
    name="notify me",
    group=GROUP,
    address=_address,
    message=_remind,
    options=(_WHEN, _NOTE),
    aliases=("remind me", "remind"),
    tidy=False,
)
YOU = Command(
    name="notify you",
    group=GROUP,
    address=_address,
    message=_remind,
    options=(
        Option(name="user", type=OptionType.USER, required=True),
        _WHEN,
        _NOTE,
        Option(name="user2", type=OptionType.USER),
        Option(name="user3", type=OptionType.USER),
    ),
    prefix_order=("user", "user2", "user3", "when", "note"),
    aliases=("remind you",),
    tidy=False,
)
LIST = Command(
    name="notify list",
    group=GROUP,
    address=_address,
    message=_show,
    aliases=("remind list",),
    ephemeral=True,
    tidy=False,
)
REMOVE = Command(
    name="notify remove",
    group=GROUP,
    address=_address,
    message=_remove,
    options=(Option(name="id", type=OptionType.INTEGER, required=True, minimum=1),),
    aliases=("remind remove",),
    ephemeral=True,
    tidy=False,
)

REMINDERS = Slice(
    kind=HOME.kind,
    package="actors.reminders",
    factory=RemindersActor,
    commands=(ME, YOU, LIST, REMOVE),
    components=(
        Component(verb="snooze", message=_snooze),
        Component(verb="zone", message=_set_zone, modal=_zone_form),
    ),
    version=VERSION,
    listen=_listen,
    per_guild=False,
    again="notify me",
)
