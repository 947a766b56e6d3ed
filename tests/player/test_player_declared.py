"""Declarations: options, aliases, words for volume, what an event means, every text that is used."""

import re
from pathlib import Path

import pytest
import trio
from attrs import define, field

import actors.player
from actors.core.arguments import Arguments, Usage
from actors.core.declare import Completion, SettingChanged
from actors.core.envelope import Facts
from actors.core.music import Place
from actors.core.registry import Registry
from actors.core.schema import to_registration
from actors.core.setting import InvalidSetting
from actors.player.asks import Play, SetVolume, Skip
from actors.player.commands import COMMANDS
from actors.player.declaration import listen, player_slice
from actors.player.heard import Heard
from actors.player.messages import GuildAvailable, GuildGone, ServerGiven, SessionReplaced
from actors.player.panel import Deleted, Written
from actors.player.saved import FORM, Entry, Line, Saved, SavedNow, encode_line, newest_position_ms
from actors.player.volume import VOLUME, parse_volume
from actors.rest.payloads import Choice
from gateway_client.events import (
    Event,
    GuildCreated,
    GuildDeleted,
    MessageCreated,
    MessageDeleted,
    MessagesDeletedInBulk,
    Resumed,
    VoiceServerUpdated,
    VoiceStateUpdated,
)
from gateway_client.ids import AttachmentId, ChannelId, GuildId, MessageId, UserId
from gateway_client.objects import Attachment, Guild, Message, User, VoiceState
from media.suggestions import Origin, Suggestion, Suggestions, Typed
from media.tracks import AttachmentQuery, SourceKind, TextQuery
from tests.player.fakes import CATALOGUE, EPOCH, HOME, ready
from tests.player.media_fakes import FakeResolver, track
from tests.player.node_fakes import FakeNode
from tests.player.places import ALICE, GUILD, TEXT, VOICE

FACTS = Facts(at=EPOCH, now=0.0, guild_id=GUILD, channel_id=TEXT, user_id=ALICE, user_name="alice")
BY_NAME = {command.name: command for command in COMMANDS}


@pytest.mark.parametrize(
    ("words", "volume_pct"),
    [
        ("50", 50),
        ("100%", 100),
        ("0", 1),
        ("-3", 1),
        ("101", 100),
        ("200", 100),
        ("200!", 200),
        (" 200 ! ", 200),
        ("9999!", 500),
        ("0!", 1),
        ("١٠", 10),
    ],
)
def test_volume_is_clamped(words: str, volume_pct: int) -> None:
    assert parse_volume(words) == volume_pct
    assert VOLUME.parse(words) == volume_pct


@pytest.mark.parametrize("words", ["", "loud", "5 5", "1e3", "!", "99999999999999"])
def test_what_is_no_volume_is_refused(words: str) -> None:
    with pytest.raises(InvalidSetting):
        VOLUME.parse(words)
    if words:
        with pytest.raises(Usage):
            BY_NAME["volume"].message(Arguments({"value": words}), FACTS)


def test_volume_without_a_value_asks() -> None:
    assert BY_NAME["volume"].message(Arguments({}), FACTS) == SetVolume(None)
    assert BY_NAME["volume"].aliases == ("vol",)


def test_play_takes_words_a_file_or_both() -> None:
    file = Attachment(id=AttachmentId(1), filename="a.ogg", size=5, url="https://cdn.example/a.ogg")
    both = BY_NAME["playnow"].message(Arguments({"query": " sea ", "file": file}), FACTS)
    assert both == Play(
        queries=(
            TextQuery(text="sea"),
            AttachmentQuery(url="https://cdn.example/a.ogg", filename="a.ogg", size=5),
        ),
        place=Place.NOW,
    )
    with pytest.raises(Usage):
        BY_NAME["play"].message(Arguments({"query": "  "}), FACTS)


def test_half_a_link_is_not_taken_for_a_link() -> None:
    link = "https://good.example/".ljust(2000, "a")
    assert BY_NAME["play"].message(Arguments({"query": link}), FACTS) == Play(
        queries=(TextQuery(text=link),), place=Place.END
    )
    with pytest.raises(Usage):
        BY_NAME["play"].message(Arguments({"query": link + "a"}), FACTS)


def test_amounts_below_one_are_one() -> None:
    assert BY_NAME["skip"].message(Arguments({"amount": -4}), FACTS) == Skip(1)
    assert BY_NAME["skip"].message(Arguments({}), FACTS) == Skip(1)


def test_only_play_waits_for_its_turn() -> None:
    assert {name for name, command in BY_NAME.items() if not command.control} == {
        "play",
        "playtop",
        "playnow",
    }


def test_commands_can_be_registered() -> None:
    registered = to_registration(COMMANDS, CATALOGUE.speaker())
    assert len(registered) == len(COMMANDS) == 24
    assert all(not command.description.startswith("commands.") for command in registered)


@define
class FakeSuggester:
    """Says what the guild has heard, then one word of the web."""

    known: list[Suggestions] = field(factory=list[Suggestions])

    async def complete(self, typed: Typed) -> tuple[Suggestion, ...]:
        found = [one for source in self.known for one in source.suggest(typed)]
        return (*found, Suggestion(label="sea shanty", value="sea shanty", origin=Origin.WEB))


async def test_autocomplete_gives_what_the_suggester_knows(nursery: trio.Nursery) -> None:
    suggester = FakeSuggester()
    part = player_slice(resolver=FakeResolver(), voice=FakeNode(nursery), suggester=suggester)
    assert Registry((part,)).command("play") is not None
    assert part.complete is not None
    (heard,) = suggester.known
    assert isinstance(heard, Heard)
    heard.note(GUILD, [track("sea", page_url="https://sea.example", source=SourceKind.DIRECT)])
    asked = Completion(facts=FACTS, command="play", option="query", typed="SEA")
    assert await part.complete(asked) == [
        Choice("sea", "https://sea.example"),
        Choice("sea shanty", "sea shanty"),
    ]


async def test_what_nobody_knows_is_prepared_while_it_is_typed(nursery: trio.Nursery) -> None:
    suggester, resolver, node = FakeSuggester(), FakeResolver(), FakeNode(nursery)
    part = player_slice(resolver=resolver, voice=node, suggester=suggester)
    (heard,) = suggester.known
    assert isinstance(heard, Heard)
    heard.note(GUILD, [track("sea", page_url="https://sea.example", source=SourceKind.DIRECT)])
    assert part.complete is not None
    for typed in ("SEA", "wi", "win", "wind"):
        await part.complete(Completion(facts=FACTS, command="play", option="query", typed=typed))
    assert resolver.prepared == ["win", "wind"]
    assert node.warmed, "it will sound in a moment"


async def test_without_a_suggester_nothing_is_completed(nursery: trio.Nursery) -> None:
    part = player_slice(resolver=FakeResolver(), voice=FakeNode(nursery))
    assert part.complete is not None
    assert await part.complete(Completion(facts=FACTS, command="play", option="query", typed="x")) == []


def test_what_was_heard_is_offered_newest_first_and_only_what_can_be_asked_for_again() -> None:
    heard = Heard()
    heard.note(
        GUILD,
        [
            track("new wave", locator="100/new wave.ogg"),
            track("wave file", source=SourceKind.ATTACHMENT, page_url="https://cdn.example/a"),
            track("wave", source=SourceKind.YOUTUBE, artist="Sea", page_url="https://v.example/1"),
            track("other", source=SourceKind.YOUTUBE, page_url="https://v.example/2"),
            track("long wave", source=SourceKind.DIRECT, page_url="https://v.example/" + "x" * 100),
            track("wave", source=SourceKind.YOUTUBE, artist="Sea", page_url="https://v.example/1"),
        ],
    )
    found = heard.suggest(Typed(guild_id=GUILD, user_id=ALICE, text="wave"))
    assert [(one.label, one.value) for one in found] == [
        ("new wave", "new wave.ogg"),
        ("wave · Sea", "https://v.example/1"),
    ]
    assert heard.suggest(Typed(guild_id=GuildId(7), user_id=ALICE, text="wave")) == []


def test_what_events_mean_for_players() -> None:
    state = VoiceStateUpdated(state=VoiceState(user_id=ALICE, guild_id=GUILD, channel_id=VOICE))
    messages = [
        (state, state),
        (VoiceServerUpdated(guild_id=GUILD, token="t"), ServerGiven(token="t", endpoint=None)),
        (ready(), SessionReplaced()),
        (GuildCreated(guild=Guild(id=GUILD)), GuildAvailable()),
        (GuildDeleted(guild_id=GUILD), GuildGone()),
    ]
    for event, message in messages:
        deliveries = list(listen({}, event))
        assert [(one.address, one.message, one.wake) for one in deliveries] == [(HOME, message, False)]
    assert len(list(listen({}, SettingChanged(guild_id=GUILD, name="volume")))) == 1
    for event in (
        Resumed(),
        GuildDeleted(guild_id=GUILD, unavailable=True),
        SettingChanged(guild_id=GUILD, name="prefix"),
        VoiceStateUpdated(state=VoiceState(user_id=ALICE)),
    ):
        assert list(listen({}, event)) == []


def test_what_is_written_elsewhere_concerns_no_player() -> None:
    message = Message(
        id=MessageId(7), channel_id=TEXT, guild_id=GUILD, author=User(id=ALICE, username="alice")
    )
    told: list[tuple[Event, object]] = [
        (MessageCreated(message=message), Written(TEXT, MessageId(7))),
        (MessageDeleted(message_id=message.id, channel_id=TEXT, guild_id=GUILD), Deleted((MessageId(7),))),
        (
            MessagesDeletedInBulk(message_ids=(message.id,), channel_id=TEXT, guild_id=GUILD),
            Deleted((message.id,)),
        ),
    ]
    for event, fact in told:
        assert [one.message for one in listen({GUILD: TEXT}, event)] == [fact]
        assert list(listen({}, event)) == []
        assert list(listen({GUILD: ChannelId(1)}, event)) == []


def test_every_text_in_the_sources_is_there_and_every_text_is_used() -> None:
    folder = Path(actors.player.__file__).parent
    sources = "\n".join(file.read_text("utf-8") for file in folder.glob("*.py"))
    used = set(re.findall(r'"(player\.[a-z_.]+)"', sources))
    declared = {key for key in CATALOGUE.keys() if key.startswith("player.")}  # noqa: SIM118 - a method, not a dict
    assert used == declared


def saved_at(position_ms: int, revision: int) -> Saved:
    entry = Entry(id=7, track=track("a"), requester=UserId(1))
    now = SavedNow(entry=entry, position_ms=position_ms, announced=True)
    return Saved(revision=revision, now=now, next_id=8)


@pytest.mark.parametrize(
    ("line", "position_ms"),
    [
        (None, 5000),
        (b"{broken", 5000),
        (b'{"revision": "x"}', 5000),
        (encode_line(Line(revision=4, entry_id=7, position_ms=9000)), 9000),
        (encode_line(Line(revision=3, entry_id=7, position_ms=9000)), 5000),
        (encode_line(Line(revision=4, entry_id=6, position_ms=9000)), 5000),
    ],
)
def test_the_journal_counts_only_if_it_is_newer_and_about_the_same_track(
    line: bytes | None, position_ms: int
) -> None:
    assert newest_position_ms(saved_at(5000, 4), line) == position_ms
    assert newest_position_ms(Saved(), line) == 0


def test_schema_1_stays_readable() -> None:
    released = (
        b'{"revision":4,"next_id":8,"now":{"entry":{"id":7,"track":{"key":"key:a","title":"a","source":"library",'
        b'"locator":"a","page_url":null,"duration_s":180.0,"live":false,"artist":null,"thumbnail_url":null},'
        b'"requester":1,"request":0},"position_ms":5000,"announced":true},"queue":[],"history":[],"paused":false,'
        b'"volume_pct":null,"channel_id":null,"text_channel_id":null,"pending":[]}'
    )
    assert FORM.decode(released, 1) == saved_at(5000, 4)
