"""Declarations: what a slice offers, said once.

A command's declaration yields the slash command's schema, the prefix form, its usage line and the policy by
which its interaction is acknowledged before any handler runs. A slice's declaration yields what the
supervisor needs to route, spawn and restore. Declarations are values; they do nothing.

Texts of a command are found by convention: ``commands.<name>.description`` and ``commands.<name>.<option>``,
with the spaces of a subcommand's name as underscores.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from enum import Enum

from attrs import field, frozen

from actors.core.access import Rule
from actors.core.address import Address
from actors.core.arguments import Arguments, Person
from actors.core.cell import ActorFactory
from actors.core.claim import Claim
from actors.core.custom_id import CustomId
from actors.core.envelope import Facts
from actors.core.setting import Setting
from actors.core.texts import Say
from actors.rest.payloads import Choice, Modal
from gateway_client.cache import Cache
from gateway_client.events import Event
from gateway_client.kinds import ChannelType
from gateway_client.objects import Permissions


class OptionType(Enum):
    """What an option takes."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    FLAG = "flag"
    USER = "user"
    ROLE = "role"
    MENTIONABLE = "mentionable"
    CHANNEL = "channel"
    ATTACHMENT = "attachment"


NAMED = frozenset({OptionType.USER, OptionType.ROLE, OptionType.MENTIONABLE, OptionType.CHANNEL})
"""What a message names by a mention, an id or a name."""


@frozen(kw_only=True)
class Option:
    """One option of a command.

    Attributes:
        choices: the only values of a text.
        minimum: of an integer or number.
        maximum: of an integer or number.
        max_length: of a text, in characters.
        channel_types: the only kinds of channel it takes; empty for all.
        leading: for the prefix form, how many of these words, from the first on, are its value; a text that
            is no sentence to its end, such as a time before a note.
    """

    name: str
    type: OptionType = OptionType.TEXT
    required: bool = False
    autocomplete: bool = False
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = None
    channel_types: tuple[ChannelType, ...] = ()
    leading: Callable[[Sequence[str]], int] | None = None


@frozen(kw_only=True)
class UserMenu:
    """A command's third form: an entry in the context menu of a person, who becomes its first user option.

    ``name`` is what Discord shows. With ``modal`` the entry opens a form, whose submission is a component;
    without, the command runs with that person and nothing else.
    """

    name: str
    modal: Callable[[Person, Facts, Say], Modal] | None = None


@frozen(kw_only=True)
class Command:
    """A command in all its forms.

    Attributes:
        name: the slash name; a subcommand's parent comes first (``gather start``), a group between them
            (``playlist mine save``).
        address: which actor takes it.
        message: builds what the actor's mailbox takes; raises ``Usage`` for arguments that do not fit.
        options: in slash order; in prefix form the last text option takes the rest of the line.
        aliases: further first words of the prefix form.
        ephemeral: whether the slash answer concerns the caller alone.
        control: acts at once instead of waiting for the actor's earlier work.
        starts_itself: being handled is not yet its own work: it reports itself when that begins.
        tidy: whether the prefix form's confirmation and call are tidied away.
        rule: who may run it.
        modal: the form that the slash form opens instead of deferring, or ``None`` to defer with these
            arguments; the prefix form takes the arguments as they are.
        menu: its entry in the context menu of people.
        prefix_order: the options' names in the order of the prefix form, where it is another one.
        example: values by option for the example that help shows, where those made from the options would
            mislead.
        takes_requests: a plain message in the guild's request channel calls it, as its prefix form would.
        permissions: what Discord asks of members by default; a server may change it. ``None``: what ``rule``
            means.
    """

    name: str
    group: str
    address: Callable[[Facts], Address]
    message: Callable[[Arguments, Facts], object]
    options: tuple[Option, ...] = ()
    aliases: tuple[str, ...] = ()
    ephemeral: bool = False
    control: bool = False
    starts_itself: bool = False
    tidy: bool = True
    rule: Rule = Rule.EVERYONE
    modal: Callable[[Arguments, Facts, Say], Modal | None] | None = None
    menu: UserMenu | None = None
    prefix_order: tuple[str, ...] = ()
    example: Mapping[str, str] = field(factory=dict[str, str])
    takes_requests: bool = False
    permissions: Permissions | None = None

    @property
    def prefix_options(self) -> tuple[Option, ...]:
        """The options in the order of the prefix form."""
        if not self.prefix_order:
            return self.options
        by_name = {option.name: option for option in self.options}
        return tuple(by_name[name] for name in self.prefix_order)

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
    modal: Callable[[CustomId, Facts, Say], Modal] | None = None
    ephemeral: bool = True


@frozen(kw_only=True)
class Completion:
    """A question for the choices of an option while the person types.

    ``options`` are the values typed so far; ``cache`` knows the guild's roles, channels and people.
    """

    facts: Facts
    command: str
    option: str
    typed: str
    options: Mapping[str, str] = field(factory=dict[str, str])
    cache: Cache = field(factory=Cache, repr=False)


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


def _follows_nothing(claim: Claim) -> Iterable[Delivery]:
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
        follow: what the claim of a command means for which actors; as quick as ``listen``.
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
    follow: Callable[[Claim], Iterable[Delivery]] = _follows_nothing
    complete: Complete | None = None
    restore: bool = False
    per_guild: bool = True
    again: str = ""
    abandoned: Callable[[Address], None] = _leaves_nothing
