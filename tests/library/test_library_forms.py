"""The library's commands as written, and its decisions: pure."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.core.access import Rule
from actors.core.address import Address
from actors.core.arguments import Arguments, Usage
from actors.core.prefix import find_call
from actors.core.registry import Registry
from actors.core.words import parse_arguments
from actors.library.commands import COMMANDS, REMOVE, RENAME, UPLOAD
from actors.library.messages import Download, PlayFile, Remove, Rename, ShowFiles, Upload
from actors.library.state import Ambiguous, Meant, Nothing, choose, parse_query, to_query
from actors.library.view import reason
from gateway_client.cache import Cache
from gateway_client.ids import AttachmentId, ChannelId, MessageId
from gateway_client.objects import Attachment, User
from gateway_client.objects import Message as Written
from media.errors import MediaError, MediaFailure
from tests.core.fakes import ALICE, CHANNEL, GUILD, facts
from tests.library.rig import TEXTS
from tests.library.test_library import FILE, library, shelf


def read(line: str, *files: Attachment) -> object:
    registry = Registry((library(shelf()),))
    call = find_call(registry, line)
    assert call is not None
    message = Written(
        id=MessageId(1),
        channel_id=ChannelId(CHANNEL),
        author=User(id=ALICE),
        content=line,
        guild_id=GUILD,
        attachments=files,
    )
    return call.command.message(parse_arguments(call, message, Cache()), facts())


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("local", ShowFiles()),
        ("local list", ShowFiles()),
        ("local download https://x.test/a.mp3", Download(url="https://x.test/a.mp3")),
        ("local download https://x.test/a.mp3 my song", Download(url="https://x.test/a.mp3", name="my song")),
        ("local play", PlayFile()),
        ("local play the sea", PlayFile("the sea")),
        ('local rename "the sea" a lake', Rename(track="the sea", to="a lake")),
        ("local remove the sea", Remove("the sea")),
    ],
)
def test_prefix_form(line: str, expected: object) -> None:
    assert read(line) == expected


def test_prefix_form_of_upload_takes_the_attachment_of_the_message() -> None:
    file = Attachment(id=AttachmentId(1), filename="a.mp3", size=5, url="https://cdn.test/a.mp3")
    assert read("local upload storm", file) == Upload(file=FILE, name="storm")
    with pytest.raises(Usage):
        UPLOAD.message(Arguments({}), facts())


def test_renaming_and_removing_follow_the_dj_role_and_nothing_else_does() -> None:
    assert [command for command in COMMANDS if command.rule is Rule.DJ] == [RENAME, REMOVE]
    assert all(command.address(facts()) == Address("library", GUILD) for command in COMMANDS)


@pytest.mark.parametrize("kind", list(MediaFailure))
@pytest.mark.parametrize("language", ["en", "cs"])
def test_every_reason_is_said_in_words(kind: MediaFailure, language: str) -> None:
    error = MediaError(kind=kind, host="x.test", status=500, limit=90.0, names=("a", "b"))
    words = reason(error).render(TEXTS.speaker(language))
    assert "player.failure" not in words
    assert "?" not in words


@given(st.text(max_size=50))
@settings(max_examples=100)
def test_question_is_read_back_whatever_the_new_name_is(to: str) -> None:
    assert parse_query(to_query(Rename(track="x", to=to)), "y") == Rename(track="y", to=to)
    assert parse_query(to_query(PlayFile("x")), "y") == PlayFile("y")
    assert parse_query(to_query(Remove("x")), "y") == Remove("y")


def test_choice_by_number_of_matches() -> None:
    assert choose("a", ["a.mp3"]) == Meant("a.mp3")
    assert choose("a", ["a", "ab"]) == Ambiguous(names=("a", "ab"))
    assert choose(None, ["a"]) == Ambiguous(names=("a",))
    assert isinstance(choose(None, []), Nothing)
    with pytest.raises(ValueError, match="never asked"):
        parse_query("explode", "a")
