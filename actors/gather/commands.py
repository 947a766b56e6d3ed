"""The commands and buttons of a gather, as everybody else knows them."""

from actors.core.address import Address, of_guild
from actors.core.arguments import Arguments, Person
from actors.core.custom_id import CustomId
from actors.core.declare import Command, Component, Option, OptionType
from actors.core.envelope import Facts
from actors.gather.messages import Expect, Extend, Forget, Press, ShowStats, Start, Verb
from actors.gather.view import KIND
from gateway_client.objects import Role

GROUP = "gather"
_NAMES = ("user", "user2", "user3", "user4", "user5")
_PEOPLE = tuple(Option(name=name, type=OptionType.MENTIONABLE, required=name == _NAMES[0]) for name in _NAMES)


def _address(facts: Facts) -> Address:
    return of_guild(KIND, facts.guild_id)


def _start(arguments: Arguments, facts: Facts) -> Start:
    return Start(arguments.text("time"))


def _expect(arguments: Arguments, facts: Facts) -> Expect:
    return Expect(_targets(arguments))


def _forget(arguments: Arguments, facts: Facts) -> Forget:
    return Forget(_targets(arguments))


def _extend(arguments: Arguments, facts: Facts) -> Extend:
    return Extend(arguments.text("time") or "")


def _show_stats(arguments: Arguments, facts: Facts) -> ShowStats:
    return ShowStats(arguments.person("user"))


def _targets(arguments: Arguments) -> tuple[Person | Role, ...]:
    named = (arguments.mentionable(name) for name in _NAMES)
    return tuple(target for target in named if target is not None)


START = Command(
    name="gather start",
    group=GROUP,
    address=_address,
    message=_start,
    options=(Option(name="time"),),
    tidy=False,
)
EXPECT = Command(
    name="gather expect", group=GROUP, address=_address, message=_expect, options=_PEOPLE, tidy=False
)
FORGET = Command(
    name="gather forget", group=GROUP, address=_address, message=_forget, options=_PEOPLE, tidy=False
)
EXTEND = Command(
    name="gather extend",
    group=GROUP,
    address=_address,
    message=_extend,
    options=(Option(name="time", required=True),),
    tidy=False,
)
STATS = Command(
    name="gather stats",
    group=GROUP,
    address=_address,
    message=_show_stats,
    options=(Option(name="user", type=OptionType.USER),),
    tidy=False,
)
COMMANDS = (START, EXPECT, FORGET, EXTEND, STATS)


def _button(verb: Verb) -> Component:
    def message(custom_id: CustomId, values: tuple[str, ...], facts: Facts) -> Press:
        number = custom_id.argument
        return Press(verb, int(number) if number.isascii() and number.isdecimal() else 0)

    return Component(verb=verb.value, message=message)


BUTTONS = tuple(_button(verb) for verb in Verb)
