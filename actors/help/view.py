"""What ``help`` shows."""

from collections.abc import Iterator, Sequence

from actors.core.access import Rule
from actors.core.declare import Command
from actors.core.pages import PageReady
from actors.core.prefix import usage_line
from actors.core.texts import Say
from actors.help.samples import prefix_example, slash_example
from actors.help.state import Book, Section
from actors.rest.payloads import Embed, EmbedField, EmbedFooter, Message, cut

FIELD_LIMIT = 1024
NO_TITLE = "\u200b"  # a field must have a name, and this one shows nothing
TITLES = {
    "play": "help.group_play",
    "control": "help.group_control",
    "queue": "help.group_queue",
    "library": "help.group_library",
    "playlists": "help.group_playlists",
    "gather": "help.group_gather",
    "reputation": "help.group_reputation",
    "reminders": "help.group_reminders",
    "members": "help.group_members",
    "server": "help.group_server",
}
_RULES = {
    Rule.DJ: "help.for_djs",
    Rule.MANAGER: "help.for_managers",
    Rule.BOT_OWNER: "help.for_owner",
}


def view_page(book: Book, query: str, page: int, prefix: str, say: Say) -> PageReady:
    """A page of all commands; ``page`` is clamped."""
    pages = book.pages()
    page = min(max(page, 1), len(pages))
    fields = tuple(field for section in pages[page - 1] for field in _section(section, say))
    embed = Embed(
        title=say("help.title"),
        description=say("help.how", prefix=prefix.replace("`", "'")),
        fields=fields,
        footer=EmbedFooter(text=say("help.more")),
    )
    return PageReady(query=query, page=page, total=len(pages), payload=Message(embeds=(embed,)))


def view_command(command: Command, prefix: str, say: Say) -> Message:
    """One command with both its forms, an example of each, and what its options mean."""
    fields = [
        EmbedField(
            name=say("help.usage"), value=_both(usage_line(command, "/"), usage_line(command, prefix))
        ),
        EmbedField(
            name=say("help.example"),
            value=_both(slash_example(command, say), prefix_example(command, prefix, say)),
        ),
    ]
    if command.options:
        fields.append(EmbedField(name=say("help.options"), value=cut(_options(command, say), FIELD_LIMIT)))
    if command.aliases:
        aliases = " ".join(_code(prefix + alias) for alias in command.aliases)
        fields.append(EmbedField(name=say("help.aliases"), value=cut(aliases, FIELD_LIMIT)))
    notes = [say(f"{command.text_key}.description") + "."]
    if command.menu is not None:
        notes.append(say("help.in_menu", name=command.menu.name))
    if command.rule in _RULES:
        notes.append(say(_RULES[command.rule]))
    embed = Embed(title=f"/{command.name}", description="\n".join(notes), fields=tuple(fields))
    return Message(embeds=(embed,))


def view_family(members: Sequence[Command], say: Say) -> Message:
    """The subcommands of one parent."""
    parent = members[0].name.split(" ", 1)[0]
    lines = cut("\n".join(_line(command, say) for command in members), FIELD_LIMIT * 3)
    embed = Embed(title=f"/{parent}", description=lines, footer=EmbedFooter(text=say("help.more")))
    return Message(embeds=(embed,))


def view_unknown(words: str, near: Sequence[str], say: Say) -> Message:
    """There is no such command."""
    if near:
        return Message(content=say("help.unknown_near", name=cut(words, 50), near=_code(near[0])))
    return Message(content=say("help.unknown", name=cut(words, 50)))


def _section(section: Section, say: Say) -> Iterator[EmbedField]:
    """The commands of a section under its title, in as many fields as their length needs."""
    title = say(TITLES[section.group]) if section.group in TITLES else section.group.capitalize()
    lines: list[str] = []
    for line in (_line(command, say) for command in section.commands):
        if lines and len("\n".join((*lines, line))) > FIELD_LIMIT:
            yield EmbedField(name=title, value="\n".join(lines))
            title, lines = NO_TITLE, []
        lines.append(line)
    yield EmbedField(name=title, value="\n".join(lines))


def _line(command: Command, say: Say) -> str:
    return f"{_code(command.name)} {say(f'{command.text_key}.description')}"


def _both(slash: str, prefix: str) -> str:
    return cut(f"{_code(slash)}\n{_code(prefix)}", FIELD_LIMIT)


def _options(command: Command, say: Say) -> str:
    return "\n".join(
        f"{_code(option.name)} {say(f'{command.text_key}.{option.name}')}" for option in command.options
    )


def _code(words: str) -> str:
    plain = words.replace("`", "'")
    return f"`{plain}`"
