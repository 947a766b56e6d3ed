"""The commands of the members slice, with two entries in the context menu of people."""

from actors.core.address import Address, of_guild
from actors.core.arguments import Arguments, Person, Usage
from actors.core.custom_id import CustomId
from actors.core.declare import Command, Component, Option, OptionType, UserMenu
from actors.core.envelope import Facts
from actors.core.texts import Say
from actors.members.messages import Rename, Uwu, WakeUp
from actors.rest.payloads import Modal, TextInput, cut
from gateway_client.ids import UserId

KIND = "members"
VERSION = 1
NAME_LIMIT = 32  # Discord, "Modify Guild Member"
TEXT_LIMIT = 1500  # cute talk is longer than plain, and a message holds 2,000 characters
TITLE_LIMIT = 45  # Discord, "Modal"
MOST_WAKES = 5
WAKES = 2


def _address(facts: Facts) -> Address:
    return of_guild(KIND, facts.guild_id)


def _person(arguments: Arguments) -> Person:
    person = arguments.person("user")
    if person is None:
        raise Usage
    return person


def _rename(arguments: Arguments, facts: Facts) -> Rename:
    return Rename(_person(arguments).id, arguments.text("name"))


def _rename_form(target: Person, facts: Facts, say: Say) -> Modal:
    custom_id = CustomId(address=_address(facts), version=VERSION, verb="rename", argument=str(target.id))
    field = TextInput(
        custom_id="name",
        label=say("members.form_label"),
        value=cut(target.name, NAME_LIMIT),
        required=False,
        max_length=NAME_LIMIT,
    )
    title = cut(say("members.form_title", name=target.name), TITLE_LIMIT)
    return Modal(custom_id=custom_id.to_wire(), title=title, rows=(field,))


def _renamed(custom_id: CustomId, values: tuple[str, ...], facts: Facts) -> Rename:
    target = int(custom_id.argument) if custom_id.argument.isascii() and custom_id.argument.isdecimal() else 0
    return Rename(UserId(target), "".join(values[:1]).strip() or None)


def _wake(arguments: Arguments, facts: Facts) -> WakeUp:
    return WakeUp(_person(arguments), arguments.integer("count") or WAKES)


def _uwu(name: str, *, as_caller: bool) -> Command:
    def message(arguments: Arguments, facts: Facts) -> Uwu:
        words = arguments.text("text")
        if words is None:
            raise Usage
        return Uwu(words, as_caller)

    return Command(
        name=name,
        group="members",
        address=_address,
        message=message,
        options=(Option(name="text", required=True, max_length=TEXT_LIMIT),),
        ephemeral=as_caller,
        control=True,
        tidy=False,
    )


_USER = Option(name="user", type=OptionType.USER, required=True)

COMMANDS = (
    Command(
        name="rename",
        group="members",
        address=_address,
        message=_rename,
        options=(_USER, Option(name="name", max_length=NAME_LIMIT)),
        control=True,
        tidy=False,
        menu=UserMenu(name="Rename", modal=_rename_form),
        example={"user": "@Ada", "name": "Countess Lovelace"},
    ),
    Command(
        name="wakeup",
        group="members",
        address=_address,
        message=_wake,
        options=(_USER, Option(name="count", type=OptionType.INTEGER, minimum=1, maximum=MOST_WAKES)),
        ephemeral=True,
        control=True,
        menu=UserMenu(name="WakeUp!"),
        example={"user": "@Ada", "count": "3"},
    ),
    _uwu("uwu", as_caller=False),
    _uwu("uwu_me", as_caller=True),
)
COMPONENTS = (Component(verb="rename", message=_renamed, ephemeral=False),)
