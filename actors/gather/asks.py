"""What people ask of a running gather, as its machine takes it.

A command names people and roles, or a length in words; a click says which button it was. Here they become
``inputs``, or a sentence that says what is wrong with them. Reads the cache; asks nobody.
"""

from actors.core.envelope import Facts
from actors.core.texts import Text, text
from actors.core.when import Problem, WhenError, parse_duration
from actors.gather.gather import Gather
from actors.gather.inputs import Extended, PeopleExpected, PeopleForgotten, Pressed
from actors.gather.messages import Expect, Extend, Forget, Press
from actors.gather.people import manages, people_of, who_asks
from actors.gather.rules import COUNTDOWN_LIMIT_S
from gateway_client.cache import Cache
from gateway_client.ids import GuildId


def read_command(
    command: Expect | Forget | Extend, cache: Cache, guild_id: GuildId
) -> PeopleExpected | PeopleForgotten | Extended | Text:
    """What a command asks for; or what is wrong with it."""
    match command:
        case Expect(targets):
            people = people_of(targets, cache, guild_id)
            return people if isinstance(people, Text) else PeopleExpected(people)
        case Forget(targets):
            people = people_of(targets, cache, guild_id)
            return people if isinstance(people, Text) else PeopleForgotten(people)
        case Extend(words):
            return _read_extension(words)


def read_press(press: Press, facts: Facts, gather: Gather) -> Pressed:
    """A click, with what was true of whoever made it."""
    return Pressed(
        who=who_asks(facts),
        verb=press.verb,
        sits_here=facts.voice_channel_id == gather.voice_id,
        manages=manages(facts),
    )


def _read_extension(words: str) -> Extended | Text:
    """How much longer; or what is wrong with it. More than there can be is as much as there can be."""
    try:
        return Extended(parse_duration(words).total_seconds())
    except WhenError as error:
        match error.problem:
            case Problem.UNREADABLE:
                return text("gather.bad_length")
            case Problem.NOT_AHEAD:
                return text("gather.no_length")
            case Problem.TOO_FAR:
                return Extended(COUNTDOWN_LIMIT_S)
