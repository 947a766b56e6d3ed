"""Discord's limits as pairs: the largest payload that is allowed, and the first that is not."""

import datetime as dt
from collections.abc import Callable

from actors.rest.payloads import (
    ActionRow,
    AllowedMentions,
    AutocompleteResult,
    Button,
    ButtonStyle,
    Choice,
    Command,
    CommandOption,
    CommandType,
    Embed,
    EmbedAuthor,
    EmbedField,
    EmbedFooter,
    File,
    Message,
    Modal,
    OptionType,
    Reply,
    SelectKind,
    SelectMenu,
    SelectOption,
    TextInput,
)
from gateway_client.ids import UserId
from tests.rest import samples


def options(count: int) -> tuple[SelectOption, ...]:
    return tuple(SelectOption(label="a", value=str(n)) for n in range(count))


def buttons(count: int) -> tuple[Button, ...]:
    return tuple(Button(label="a", custom_id=str(n)) for n in range(count))


def rows(count: int) -> tuple[ActionRow, ...]:
    return tuple(ActionRow((Button(label="a", custom_id=str(n)),)) for n in range(count))


def field(name: str = "a", value: str = "b") -> EmbedField:
    return EmbedField(name=name, value=value)


def option(name: str = "a", **changes: object) -> CommandOption:
    return CommandOption(name=name, description="d", **changes)  # pyright: ignore[reportArgumentType] - any field


def slash(name: str = "a", *inside: CommandOption, description: str = "d") -> Command:
    return Command(name=name, description=description, options=inside)


# Each pair: the largest that is allowed, and the first that is not.
LIMITS: list[tuple[Callable[[], object], Callable[[], object]]] = [
    (lambda: Message(content="x" * 2000), lambda: Message(content="x" * 2001)),
    (lambda: Message(embeds=(Embed(),) * 10), lambda: Message(embeds=(Embed(),) * 11)),
    (lambda: Message(components=rows(5)), lambda: Message(components=rows(6))),
    (
        lambda: Message(files=(File(name="a", content=b""),) * 10),
        lambda: Message(files=(File(name="a", content=b""),) * 11),
    ),
    (
        lambda: Message(embeds=(Embed(description="x" * 3000),) * 2),
        lambda: Message(embeds=(Embed(description="x" * 3000), Embed(description="x" * 3000, title="y"))),
    ),
    (
        lambda: AllowedMentions(users=tuple(map(UserId, range(100)))),
        lambda: AllowedMentions(users=tuple(map(UserId, range(101)))),
    ),
    (lambda: Embed(title="x" * 256), lambda: Embed(title="x" * 257)),
    (lambda: Embed(description="x" * 4096), lambda: Embed(description="x" * 4097)),
    (lambda: Embed(fields=(field(),) * 25), lambda: Embed(fields=(field(),) * 26)),
    (lambda: Embed(color=0xFFFFFF), lambda: Embed(color=0x1000000)),
    (lambda: field("x" * 256), lambda: field("x" * 257)),
    (field, lambda: field("")),
    (lambda: field("a", "x" * 1024), lambda: field("a", "x" * 1025)),
    (lambda: EmbedFooter(text="x" * 2048), lambda: EmbedFooter(text="x" * 2049)),
    (lambda: EmbedAuthor(name="x" * 256), lambda: EmbedAuthor(name="x" * 257)),
    (lambda: Button(label="x" * 80, custom_id="a"), lambda: Button(label="x" * 81, custom_id="a")),
    (lambda: Button(label="a", custom_id="x" * 100), lambda: Button(label="a", custom_id="x" * 101)),
    (
        lambda: Button(label="a", url="https://e.org"),
        lambda: Button(label="a", url="https://e.org", custom_id="b"),
    ),
    (lambda: Button(label="a", custom_id="b"), lambda: Button(label="a")),
    (lambda: Button(emoji="⏮", custom_id="b"), lambda: Button(custom_id="b")),
    (
        lambda: Button(label="a", url="https://e.org"),
        lambda: Button(label="a", custom_id="b", style=ButtonStyle.LINK),
    ),
    (lambda: ActionRow(buttons(5)), lambda: ActionRow(buttons(6))),
    (lambda: ActionRow(buttons(1)), lambda: ActionRow(())),
    (
        lambda: SelectMenu(custom_id="a", options=options(25)),
        lambda: SelectMenu(custom_id="a", options=options(26)),
    ),
    (lambda: SelectMenu(custom_id="a", options=options(1)), lambda: SelectMenu(custom_id="a")),
    (
        lambda: SelectMenu(custom_id="a", kind=SelectKind.ROLE),
        lambda: SelectMenu(custom_id="a", kind=SelectKind.ROLE, options=options(1)),
    ),
    (
        lambda: SelectMenu(custom_id="a", options=options(2)),
        lambda: SelectMenu(custom_id="a", options=options(1) * 2),
    ),
    (
        lambda: SelectMenu(custom_id="a", options=options(1), max_values=25),
        lambda: SelectMenu(custom_id="a", options=options(1), max_values=26),
    ),
    (
        lambda: Modal(custom_id="a", title="x" * 45, rows=samples.MODAL.rows),
        lambda: Modal(custom_id="a", title="x" * 46, rows=samples.MODAL.rows),
    ),
    (
        lambda: Modal(custom_id="a", title="b", rows=samples.MODAL.rows),
        lambda: Modal(custom_id="a", title="b", rows=samples.MODAL.rows[:1] * 2),
    ),
    (lambda: TextInput(custom_id="a", label="x" * 45), lambda: TextInput(custom_id="a", label="x" * 46)),
    (
        lambda: TextInput(custom_id="a", label="b", value="x", max_length=1),
        lambda: TextInput(custom_id="a", label="b", value="xx", max_length=1),
    ),
    (lambda: Choice("x" * 100, "a"), lambda: Choice("x" * 101, "a")),
    (lambda: Choice("a", "x" * 100), lambda: Choice("a", "x" * 101)),
    (
        lambda: AutocompleteResult((Choice("a", "b"),) * 25),
        lambda: AutocompleteResult((Choice("a", "b"),) * 26),
    ),
    (lambda: option(choices=(Choice("a", "b"),) * 25), lambda: option(choices=(Choice("a", "b"),) * 26)),
    (lambda: option(choices=(Choice("a", "b"),)), lambda: option(choices=(Choice("a", 5),))),
    (
        lambda: option(choices=(Choice("a", "b"),)),
        lambda: option(choices=(Choice("a", "b"),), autocomplete=True),
    ),
    (lambda: option(min_length=0, max_length=6000), lambda: option(max_length=6001)),
    (
        lambda: option(type=OptionType.INTEGER, min_value=1, max_value=1),
        lambda: option(type=OptionType.INTEGER, min_value=2, max_value=1),
    ),
    (lambda: option(type=OptionType.INTEGER, min_value=1), lambda: option(min_value=1)),
    (lambda: option(type=OptionType.SUB_COMMAND, options=(option(),)), lambda: option(options=(option(),))),
    (lambda: slash("a" * 32), lambda: slash("a" * 33)),
    (lambda: slash("grün-1_x"), lambda: slash("Play")),
    (lambda: slash("a"), lambda: slash("two words")),
    (lambda: slash("a", description="x" * 100), lambda: slash("a", description="x" * 101)),
    (
        lambda: slash("a", *(option(f"o{n}") for n in range(25))),
        lambda: slash("a", *(option(f"o{n}") for n in range(26))),
    ),
    (lambda: slash("a", option("b"), option("c")), lambda: slash("a", option("b"), option("b"))),
    (
        lambda: slash("a", option("b", required=True), option("c")),
        lambda: slash("a", option("b"), option("c", required=True)),
    ),
    (
        lambda: slash("a", option("b")),
        lambda: slash("a", option("b"), option("c", type=OptionType.SUB_COMMAND)),
    ),
    (
        lambda: Command(name="Wake Up!", type=CommandType.USER),
        lambda: Command(name="x", type=CommandType.USER, description="d"),
    ),
    (lambda: Reply(samples.MESSAGE), lambda: Reply(samples.WITH_FILE)),
    (lambda: Embed(url="https://e.org"), lambda: Embed(url="javascript:alert(1)")),
    (lambda: Embed(timestamp=samples.NOON), lambda: Embed(timestamp=dt.datetime(2026, 1, 1))),  # noqa: DTZ001 - the naive one
]
