"""Declarations: what a slice offers, said once.

A command's declaration yields the slash command's schema, the prefix form, its usage line and the policy by
which its interaction is acknowledged before any handler runs. A slice's declaration yields what the
supervisor needs to route, spawn and restore. Declarations are values; they do nothing.

Texts of a command are found by convention: ``commands.<name>.description`` and ``commands.<name>.<option>``,
with the spaces of a subcommand's name as underscores.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from enum import Enum

from attrs import field, frozen

from actors.core.access import Rule
from actors.core.address import Address
from actors.core.arguments import Arguments
from actors.core.cell import ActorFactory
from actors.core.custom_id import CustomId
from actors.core.envelope import Facts
from actors.core.setting import Setting
from actors.rest.payloads import Choice, Modal
from gateway_client.events import Event


class OptionType(Enum):
    """What an option takes."""

    TEXT = "text"
    INTEGER = "integer"
    FLAG = "flag"
    USER = "user"
    ATTACHMENT = "attachment"


@frozen(kw_only=True)
class Option:
    """One option of a command. ``minimum``/``maximum`` bound an integer; ``choices`` are the only values."""

    name: str
    type: OptionType = OptionType.TEXT
    required: bool = False
    autocomplete: bool = False
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None


@frozen(kw_only=True)
class Command:
    """A command in both its forms.

    Attributes:
        name: the slash name; a subcommand's parent comes first (``gather start``).
        address: which actor takes it.
        message: builds what the actor's mailbox takes; raises ``Usage`` for arguments that do not fit.
        options: in slash order; in prefix form the last text option takes the rest of the line.
        aliases: further first words of the prefix form.
        ephemeral: whether the slash answer concerns the caller alone.
        control: acts at once instead of waiting for the actor's earlier work.
        tidy: whether the prefix form's confirmation and call are tidied away.
        rule: who may run it.
        modal: opens a form instead of deferring (slash only).
    """

    name: str
    group: str
    address: Callable[[Facts], Address]
    message: Callable[[Arguments, Facts], object]
    options: tuple[Option, ...] = ()
    aliases: tuple[str, ...] = ()
    ephemeral: bool = False
    control: bool = False
    tidy: bool = True
    rule: Rule = Rule.EVERYONE
    modal: Callable[[Facts], Modal] | None = None

    @property
    def text_key(self) -> str:
        """Where its texts live."""
        return "commands." + self.name.replace(" ", "_")


@frozen(kw_only=True)
class Component:
    """One verb of a slice's buttons and menus; the address comes from the ``custom_id``.

    ``ephemeral`` only matters for a submitted form, whose answer is a reply.
    """

    verb: str
    message: Callable[[CustomId, tuple[str, ...], Facts], object]
    rule: Rule = Rule.EVERYONE
    modal: Callable[[CustomId, Facts], Modal] | None = None
    ephemeral: bool = True


@frozen(kw_only=True)
class Completion:
    """A question for the choices of an option while the person types."""

    facts: Facts
    command: str
    option: str
    typed: str
    options: Mapping[str, str] = field(factory=dict[str, str])


@frozen(kw_only=True)
class SettingChanged:
    """A setting of a guild has a new value; slices that live by it hear it through ``listen``."""

    guild_id: int
    name: str


@frozen(kw_only=True)
class Delivery:
    """A fact for an actor.

    ``wake`` starts the actor if nobody lives there; otherwise the fact is not kept.
    """

    address: Address
    message: object
    key: str | None = None
    wake: bool = False


Complete = Callable[[Completion], Awaitable[list[Choice]]]
Listen = Callable[[Event | SettingChanged], Iterable[Delivery]]


def _hears_nothing(event: Event | SettingChanged) -> Iterable[Delivery]:
    return ()


def _leaves_nothing(address: Address) -> None:
    """Most actors leave nothing outside."""


@frozen(kw_only=True)
class Slice:
    """A feature: its actors, commands, components, settings and texts.

    Attributes:
        kind: the kind of its addresses and snapshots.
        package: where its texts live.
        factory: builds the actor of an address.
        version: of its ``custom_id`` forms; an older button is answered as expired.
        listen: which facts an event means for which actors; called for every event, so it must be quick.
        complete: the choices of its autocompleted options.
        restore: whether its stored actors are started with the bot, or only when somebody calls them.
        per_guild: whether its keys are guilds; then a stored actor starts with its guild, otherwise at READY.
        again: the command that an expired message of this slice points to.
        abandoned: ends what an actor left outside when it was dropped after its crashes.
    """

    kind: str
    package: str
    factory: ActorFactory
    commands: tuple[Command, ...] = ()
    components: tuple[Component, ...] = ()
    settings: tuple[Setting, ...] = ()
    version: int = 1
    listen: Listen = _hears_nothing
    complete: Complete | None = None
    restore: bool = False
    per_guild: bool = True
    again: str = ""
    abandoned: Callable[[Address], None] = _leaves_nothing
