"""The ``playlist`` commands as declared.

In the prefix form a name takes the rest of the line; words behind it that the usage line offers are read as
such (``!playlist export Road trip m3u``), unless the name stands in double quotes.
"""

from attrs import frozen

from actors.core.address import Address, of_guild
from actors.core.arguments import Arguments, Usage
from actors.core.declare import Command, Option, OptionType
from actors.core.envelope import Facts
from actors.core.texts import text
from actors.playlists.messages import (
    AttachedFile,
    Delete,
    Export,
    Form,
    Import,
    Load,
    Save,
    Scope,
    Show,
    ShowAll,
)
from actors.playlists.state import NAME_LIMIT, clean_name

KIND = "playlists"
GROUP = "playlists"
SCOPES = tuple(scope.value for scope in Scope)
FORMS = tuple(form.value for form in Form)
REPLACE = "replace"


@frozen(kw_only=True)
class _Given:
    """What somebody gave, whatever the form."""

    name: str | None
    scope: Scope | None
    form: Form
    replace: bool


def _address(facts: Facts) -> Address:
    return of_guild(KIND, facts.guild_id)


def _given(arguments: Arguments, facts: Facts, words: tuple[str, ...] = SCOPES) -> _Given:
    name, behind = arguments.text("name") or "", frozenset[str]()
    if facts.message_id is not None:  # the prefix form
        name, behind = split_words(name, words)
    scope = arguments.text("scope") or next((word for word in SCOPES if word in behind), None)
    form = arguments.text("format") or next((word for word in FORMS if word in behind), Form.JSON.value)
    return _Given(
        name=name or None,
        scope=None if scope is None else Scope(scope),
        form=Form(form),
        replace=arguments.flag("replace") or REPLACE in behind,
    )


def split_words(line: str, words: tuple[str, ...]) -> tuple[str, frozenset[str]]:
    """A name and the known words behind it, of which there is at least one word left as a name."""
    if len(line) > 1 and line.startswith('"') and line.endswith('"'):
        return line[1:-1].strip(), frozenset()
    parts, behind = line.split(" "), set[str]()
    while len(parts) > 1 and parts[-1].lower() in words and parts[-1].lower() not in behind:
        behind.add(parts.pop().lower())
    return " ".join(parts).strip().strip('"').strip(), frozenset(behind)


def _named(given: _Given) -> str:
    """A name of a playlist that is to be.

    Raises:
        Usage: it is none.
    """
    name = clean_name(given.name or "")
    if name is None:
        raise Usage(text("playlists.bad_name", limit=NAME_LIMIT))
    return name


def _asked(given: _Given) -> str:
    """A name, or a part of one, of a playlist that is there."""
    if given.name is None:
        raise Usage
    return given.name


def _save(arguments: Arguments, facts: Facts) -> Save:
    given = _given(arguments, facts, (*SCOPES, REPLACE))
    return Save(name=_named(given), scope=given.scope or Scope.SERVER, replace=given.replace)


def _load(arguments: Arguments, facts: Facts) -> Load:
    given = _given(arguments, facts)
    return Load(name=_asked(given), scope=given.scope)


def _show(arguments: Arguments, facts: Facts) -> Show:
    given = _given(arguments, facts)
    return Show(name=_asked(given), scope=given.scope)


def _delete(arguments: Arguments, facts: Facts) -> Delete:
    given = _given(arguments, facts)
    return Delete(name=_asked(given), scope=given.scope)


def _export(arguments: Arguments, facts: Facts) -> Export:
    given = _given(arguments, facts, (*SCOPES, *FORMS))
    return Export(name=_asked(given), scope=given.scope, form=given.form)


def _list(arguments: Arguments, facts: Facts) -> ShowAll:
    scope = arguments.text("scope")
    return ShowAll(None if scope is None else Scope(scope))


def _import(arguments: Arguments, facts: Facts) -> Import:
    given, file = _given(arguments, facts), arguments.attachment("file")
    if file is None:
        raise Usage
    scope, name = given.scope or Scope.SERVER, given.name
    if facts.message_id is not None and name in SCOPES:  # alone on the line it names no playlist
        scope, name = Scope(name), None
    attached = AttachedFile(url=file.url, filename=file.filename, size=file.size)
    return Import(file=attached, name=None if name is None else _named(given), scope=scope)


_NEW_NAME = Option(name="name", required=True, max_length=NAME_LIMIT * 2)
_NAME = Option(name="name", required=True, autocomplete=True, max_length=NAME_LIMIT * 2)
_SCOPE = Option(name="scope", choices=SCOPES)
_EXAMPLE = {"name": "Road trip"}

SAVE = Command(
    name="playlist save",
    group=GROUP,
    address=_address,
    message=_save,
    options=(_NEW_NAME, _SCOPE, Option(name="replace", type=OptionType.FLAG)),
    example=_EXAMPLE,
    tidy=False,
)
LOAD = Command(
    name="playlist load",
    group=GROUP,
    address=_address,
    message=_load,
    options=(_NAME, _SCOPE),
    example=_EXAMPLE,
)
LIST = Command(
    name="playlist list",
    group=GROUP,
    address=_address,
    message=_list,
    options=(_SCOPE,),
    aliases=("playlists",),
    tidy=False,
)
SHOW = Command(
    name="playlist show",
    group=GROUP,
    address=_address,
    message=_show,
    options=(_NAME, _SCOPE),
    example=_EXAMPLE,
    tidy=False,
)
DELETE = Command(
    name="playlist delete",
    group=GROUP,
    address=_address,
    message=_delete,
    options=(_NAME, _SCOPE),
    example=_EXAMPLE,
    tidy=False,
)
IMPORT = Command(
    name="playlist import",
    group=GROUP,
    address=_address,
    message=_import,
    options=(
        Option(name="file", type=OptionType.ATTACHMENT, required=True),
        Option(name="name", max_length=NAME_LIMIT * 2),
        _SCOPE,
    ),
    tidy=False,
)
EXPORT = Command(
    name="playlist export",
    group=GROUP,
    address=_address,
    message=_export,
    options=(_NAME, Option(name="format", choices=FORMS), _SCOPE),
    example=_EXAMPLE,
    tidy=False,
)

COMMANDS = (SAVE, LOAD, LIST, SHOW, DELETE, IMPORT, EXPORT)
