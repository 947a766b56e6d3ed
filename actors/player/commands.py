"""The player's commands, as declared: options, aliases, how they are acknowledged and what they mean.

``play`` and its kin wait for their turn (their tracks are queued in the order of the calls); everything else
acts at once. Where a guild has a DJ role, looking and queueing behind the others are everybody's, the rest
needs it; who may skip, and take what out of the queue, the machine decides.
"""

from collections.abc import Callable

from actors.core.access import Rule
from actors.core.address import Address, of_guild
from actors.core.arguments import Arguments, Usage
from actors.core.declare import Command, Option, OptionType
from actors.core.envelope import Facts
from actors.core.music import PLAYER, Place
from actors.core.texts import text
from actors.player.asks import (
    Clear,
    Dedupe,
    Join,
    Leave,
    Move,
    Pause,
    Play,
    Previous,
    Remove,
    Replay,
    Resume,
    SetAutoplay,
    SetSilent,
    SetStay,
    SetVolume,
    ShowHistory,
    ShowPlaying,
    ShowQueue,
    Shuffle,
    Skip,
    SkipTo,
    Stop,
)
from actors.player.volume import volume_argument
from gateway_client.objects import Attachment
from media.tracks import AttachmentQuery, Query, TextQuery

KIND = PLAYER
QUERY_LIMIT = 2000  # what a message can hold; a longer query is nobody's


def address_of(facts: Facts) -> Address:
    """The guild's one player."""
    return of_guild(KIND, facts.guild_id)


def _play(name: str, place: Place) -> Command:
    def message(arguments: Arguments, facts: Facts) -> Play:
        queries = _queries(arguments)
        if not queries:
            raise Usage(text("player.need_query"))
        return Play(queries=queries, place=place)

    return Command(
        name=name,
        group="play",
        address=address_of,
        message=message,
        options=(
            Option(name="query", autocomplete=True),
            Option(name="file", type=OptionType.ATTACHMENT),
        ),
        starts_itself=True,
        rule=Rule.EVERYONE if place is Place.END else Rule.DJ,
        takes_requests=place is Place.END,
    )


def _queries(arguments: Arguments) -> tuple[Query, ...]:
    words = arguments.text("query")
    file = arguments.attachment("file")
    if words and len(words) > QUERY_LIMIT:  # half a link is another link
        raise Usage(text("player.query_too_long", limit=QUERY_LIMIT))
    found: tuple[Query, ...] = (TextQuery(text=words),) if words else ()
    return (*found, _of_attachment(file)) if file else found


def _of_attachment(file: Attachment) -> AttachmentQuery:
    return AttachmentQuery(
        url=file.url, filename=file.filename, size=file.size, content_type=file.content_type
    )


def control(
    name: str,
    group: str,
    message: Callable[[Arguments], object],
    *,
    options: tuple[Option, ...] = (),
    aliases: tuple[str, ...] = (),
    rule: Rule = Rule.DJ,
) -> Command:
    """A command that acts at once."""
    return Command(
        name=name,
        group=group,
        address=address_of,
        message=lambda arguments, facts: message(arguments),
        options=options,
        aliases=aliases,
        control=True,
        rule=rule,
    )


def _number(name: str, *, required: bool = False) -> Option:
    return Option(name=name, type=OptionType.INTEGER, minimum=1, required=required)


def _volume(arguments: Arguments) -> SetVolume:
    words = arguments.text("value")
    return SetVolume(volume_argument(words) if words else None)


def _mode(name: str, message: Callable[[bool | None], object], *, aliases: tuple[str, ...] = ()) -> Command:
    """Something that is on or off; without a value it toggles."""
    return control(
        name,
        "control",
        lambda given: message(given.flag("mode")),
        options=(Option(name="mode", type=OptionType.FLAG),),
        aliases=aliases,
    )


def _at_least_one(given: Arguments, name: str) -> int:
    return max(1, given.integer(name) or 1)


CONTROL = (
    control("pause", "control", lambda given: Pause()),
    control("resume", "control", lambda given: Resume()),
    control(
        "skip",
        "control",
        lambda given: Skip(_at_least_one(given, "amount")),
        options=(_number("amount"),),
        rule=Rule.EVERYONE,
    ),
    control("previous", "control", lambda given: Previous()),
    control("stop", "control", lambda given: Stop()),
    control("playing", "control", lambda given: ShowPlaying(), rule=Rule.EVERYONE),
    control("volume", "control", _volume, options=(Option(name="value"),), aliases=("vol",)),
    _mode("silent", SetSilent, aliases=("shh", "quiet")),
    _mode("autoplay", SetAutoplay),
    _mode("stay", SetStay),
    control("join", "control", lambda given: Join()),
    control("leave", "control", lambda given: Leave()),
)

QUEUE = (
    control(
        "queue",
        "queue",
        lambda given: ShowQueue(_at_least_one(given, "page")),
        options=(_number("page"),),
        rule=Rule.EVERYONE,
    ),
    control("history", "queue", lambda given: ShowHistory(), rule=Rule.EVERYONE),
    control("clear", "queue", lambda given: Clear()),
    control(
        "remove",
        "queue",
        lambda given: Remove(given.integer("index") or 0),
        options=(_number("index", required=True),),
        rule=Rule.EVERYONE,
    ),
    control(
        "move",
        "queue",
        lambda given: Move(origin=given.integer("from") or 0, target=given.integer("to") or 0),
        options=(_number("from", required=True), _number("to", required=True)),
    ),
    control("shuffle", "queue", lambda given: Shuffle()),
    control("dedupe", "queue", lambda given: Dedupe()),
    control(
        "skipto",
        "queue",
        lambda given: SkipTo(given.integer("index") or 0),
        options=(_number("index", required=True),),
    ),
    control("replay", "queue", lambda given: Replay()),
)

COMMANDS = (
    _play("play", Place.END),
    _play("playtop", Place.TOP),
    _play("playnow", Place.NOW),
    *CONTROL,
    *QUEUE,
)
