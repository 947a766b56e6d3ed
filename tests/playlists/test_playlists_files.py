"""Playlist files: what is read, what is refused, what comes back as it left; importing and exporting."""

import json

import pytest
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.core.arguments import Usage
from actors.core.music import KeptList
from actors.core.prefix import find_call
from actors.core.registry import Registry
from actors.core.words import parse_arguments
from actors.core.work import Stage
from actors.playlists.commands import SCOPES, split_words
from actors.playlists.entries import ENTRY_LIMIT, TITLE_LIMIT, Entry, plain
from actors.playlists.files_in import MAX_BYTES, BadFile, Brought, parse_file
from actors.playlists.files_out import file_name, print_file
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
from actors.playlists.state import clean_name
from actors.playlists.tracks import lazy_track, parse_data
from gateway_client.cache import Cache
from gateway_client.ids import AttachmentId, ChannelId, MessageId
from gateway_client.objects import Attachment, User
from gateway_client.objects import Message as Written
from media.errors import MediaError, MediaFailure
from media.tracks import SourceKind
from tests.core.fakes import ALICE, CHANNEL, GUILD, FakeReply, facts
from tests.library.rig import Band, House, open_house, refused, said
from tests.playlists.fakes import Props, kept, kept_file

Clock = trio.testing.MockClock
YOUTUBE = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
LINK = "https://cdn.discordapp.test/list"

TITLES = st.text(max_size=60).map(plain).filter(bool)
LENGTHS = st.none() | st.integers(min_value=1, max_value=100_000).map(lambda number: number / 8)
LINKS = st.builds(
    "https://{}.test/{}?x={}".format,
    st.sampled_from(["a", "b.c", "www"]),
    st.text(alphabet="abcXYZ0189-_.~%20", max_size=30),
    st.integers(0, 99),
)
NAMES = (
    st.text(min_size=1, max_size=40)
    .map(plain)
    .filter(lambda name: bool(name) and not set(name) & set("/\\"))
    .map(lambda name: f"{name}.ogg")
)
ENTRIES = st.builds(
    Entry, title=TITLES, artist=st.none() | TITLES, link=LINKS, duration_s=LENGTHS
) | st.builds(Entry, title=TITLES, artist=st.none() | TITLES, library=NAMES, duration_s=LENGTHS)


@given(TITLES, st.lists(ENTRIES, min_size=1, max_size=8), st.sampled_from(list(Form)))
@settings(max_examples=120, deadline=None)
def test_what_leaves_as_a_file_comes_back_the_same(name: str, entries: list[Entry], form: Form) -> None:
    brought = parse_file(print_file(name, entries, form))
    assert brought.name == name
    assert list(brought.entries) == entries
    assert (brought.left_out, brought.beyond) == (0, 0)


HOSTILE = st.one_of(
    st.binary(max_size=400),
    st.text(max_size=400).map(lambda words: words.encode("utf-8", "surrogatepass")),
    st.lists(
        st.sampled_from(["#EXTM3U", "#EXTINF:1e9,x", "#EXTINF:-1,", "http://[", "a\x01.mp3", "../a.mp3"])
    ).map(lambda lines: "\n".join(lines).encode()),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=20) | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["entries", "title", "link", "duration_s", "library"]), inner, max_size=4
            )
        ),
        max_leaves=12,
    ).map(lambda value: json.dumps(value).encode()),
)


def outcome(content: bytes) -> tuple[Brought | None, str]:
    try:
        return parse_file(content), ""
    except BadFile as bad:
        return None, bad.reason.key


@given(HOSTILE)
@settings(max_examples=250, deadline=None)
def test_hostile_files_give_harmless_entries_or_a_sentence(content: bytes) -> None:
    brought, key = outcome(content)
    assert (brought is None) == key.startswith("playlists.file.")
    if brought is None:
        return
    assert 0 < len(brought.entries) <= ENTRY_LIMIT
    for entry in brought.entries:
        assert 0 < len(entry.title) <= TITLE_LIMIT
        assert entry.title.isprintable()
        assert (entry.link is None) != (entry.library is None)
        assert entry.link is None or entry.link.isprintable()
        assert entry.library is None or not set(entry.library) & set("/\\\n")
        assert entry.duration_s is None or 0 < entry.duration_s < 1e7
        assert entry.data is None


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "no_playlist"),
        (b"  \n ", "no_playlist"),
        (b"<!doctype html><p>no", "no_playlist"),
        (b"RIFF\x00\x00\x00\x00WAVE", "no_playlist"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\na.ts\n", "stream"),
        (b'{"entries": [', "broken"),
        (b"[" * 100_000, "broken"),
        (b'{"hello": 1}', "no_list"),
        (b"[]", "nothing"),
        (b"[1, null, {}, [], true]", "nothing"),
        (b"#EXTM3U\n#EXTINF:1,x\n", "nothing"),
        (b"just some words\nand more of them\n", "nothing"),
        (b"file:///etc/passwd\nftp://x.test/a.mp3\nhttps://user:pass@x.test/a.mp3\n", "nothing"),
    ],
)
def test_what_is_no_playlist_is_refused_with_its_reason(content: bytes, key: str) -> None:
    with pytest.raises(BadFile) as caught:
        parse_file(content)
    assert caught.value.reason.key == f"playlists.file.{key}"


def test_m3u_of_another_player_is_read() -> None:
    words = (
        "\ufeff#EXTM3U\r\n#PLAYLIST:Summer\r\n#EXTINF:185 tvg-id=x,A, B - C\r\n"
        f"{YOUTUBE}\r\n\r\n#EXTINF:-1,Ö\r\nC:\\Music\\Album\\Öl.flac\r\nmusic/plain.mp3\r\nnotes.txt\r\n"
    )
    brought = parse_file(words.encode())
    assert (brought.name, brought.left_out) == ("Summer", 1)
    assert brought.entries == (
        Entry(title="A, B - C", link=YOUTUBE, duration_s=185.0),
        Entry(title="Ö", library="Öl.flac"),
        Entry(title="plain", library="plain.mp3"),
    )


def test_m3u_in_latin_1_is_read() -> None:
    (entry,) = parse_file("#EXTINF:1,Über\nhttp://x.test/a.mp3\n".encode("latin-1")).entries
    assert entry.title == "Über"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([YOUTUBE], Entry(title="watch", link=YOUTUBE)),
        ({"tracks": [{"name": "N", "url": YOUTUBE}]}, Entry(title="N", link=YOUTUBE)),
        ({"items": [{"uri": "spotify:track:abc", "title": "S"}]}, None),
        (
            {"entries": [{"file": "no ending", "duration": 5}]},
            Entry(title="no ending", library="no ending", duration_s=5),
        ),
        ([{"link": YOUTUBE, "title": "a\u0000\nb", "duration_s": -1}], Entry(title="a b", link=YOUTUBE)),
        ([{"link": YOUTUBE, "duration_s": True}], Entry(title="watch", link=YOUTUBE, duration_s=1.0)),
    ],
)
def test_json_of_other_shapes_is_read(value: object, expected: Entry | None) -> None:
    (entry,) = parse_file(json.dumps(value).encode()).entries
    assert entry == (expected or Entry(title="S", link="https://open.spotify.com/track/abc"))


def test_long_file_is_cut_and_counted() -> None:
    lines = "\n".join(f"https://x.test/{number}.mp3" for number in range(ENTRY_LIMIT + 5))
    brought = parse_file(lines.encode())
    assert (len(brought.entries), brought.beyond) == (ENTRY_LIMIT, 5)


@pytest.mark.parametrize(
    ("link", "source", "key"),
    [
        (YOUTUBE, SourceKind.YOUTUBE, "youtube:dQw4w9WgXcQ"),
        ("https://youtu.be/dQw4w9WgXcQ?si=1", SourceKind.YOUTUBE, "youtube:dQw4w9WgXcQ"),
        ("https://x.test/a.mp3", SourceKind.DIRECT, "direct:"),
        ("https://soundcloud.com/a/b", SourceKind.SITE, "link:"),
        (
            "https://open.spotify.com/track/4uLU6hMCjMI75M1A2tKUQC",
            SourceKind.SPOTIFY,
            "spotify:4uLU6hMCjMI75M1A2tKUQC",
        ),
    ],
)
def test_link_becomes_a_track_that_nobody_has_looked_at(link: str, source: SourceKind, key: str) -> None:
    track = lazy_track(Entry(title="T", artist="A", link=link, duration_s=5))
    assert track is not None
    assert (track.source, track.title, track.artist, track.duration_s) == (source, "T", "A", 5)
    assert track.key.startswith(key)
    assert track.lazy == (source is not SourceKind.DIRECT)


def test_file_names_are_harmless() -> None:
    assert file_name("../../etc/passwd", Form.JSON) == "_.._etc_passwd.json"
    assert file_name("Road trip", Form.M3U) == "Road trip.m3u8"


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("x", "x"),
        ("  a \n b ", "a b"),
        ("", None),
        ("\u200b\n", None),
        ("x" * 80, "x" * 80),
        ("x" * 81, None),
    ],
)
def test_names_have_one_to_eighty_characters(words: str, name: str | None) -> None:
    assert clean_name(words) == name


def file_of(content: bytes, filename: str = "my_list.m3u8") -> AttachedFile:
    return AttachedFile(url=LINK, filename=filename, size=len(content))


def props_with(content: bytes | MediaError) -> Props:
    props = Props()
    props.post.files[LINK] = content
    return props


async def imported(house: House, content: bytes, **changes: object) -> str:
    wanted = Import(file=file_of(content), **changes)  # pyright: ignore[reportArgumentType] - fields by name
    return said(await house.ask(wanted))


async def test_imported_file_is_kept_and_played(autojump_clock: Clock) -> None:
    content = f"#EXTM3U\n#EXTINF:9,First\n{YOUTUBE}\nsea.ogg\nno such thing\ngone.mp3\n".encode()
    props = props_with(content)
    props.shelf.files = {GUILD: ["sea.ogg"]}
    async with open_house(props.slice(), store=props.store) as house:
        answer = await imported(house, content)
        assert answer.startswith("Imported **my list** with 3 tracks. One entry was left out")
        asked = await house.ask(Load(name="my list"))
        (wish,) = house.band.wishes[0].wishes
        assert isinstance(wish, KeptList)
        tracks = [parse_data(track.data) for track in wish.tracks]
        assert [track and track.source for track in tracks] == [SourceKind.YOUTUBE, SourceKind.LIBRARY]
        assert [track.title for track in wish.tracks] == ["First", "sea"]
        assert said(asked).startswith("One track cannot be played here and was skipped.")


async def test_import_takes_the_given_name_and_scope_and_never_overwrites(autojump_clock: Clock) -> None:
    content = b'{"name": "Inside", "entries": ["https://x.test/a.mp3"]}'
    props = props_with(content)
    async with open_house(props.slice(), store=props.store) as house:
        assert "Imported **Inside**" in await imported(house, content)
        again = await house.ask(Import(file=file_of(content)))
        assert "There is a playlist **Inside** already" in refused(again)
        assert "Imported **Mine**" in await imported(house, content, name="Mine", scope=Scope.MINE)
        assert "👤 **Mine** · one track" in said(await house.ask(ShowAll(Scope.MINE)))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html>", "no playlist"),
        (b"{", "broken"),
        (MediaError(kind=MediaFailure.TOO_LARGE), "at most 1024 kB"),
        (MediaError(kind=MediaFailure.EXPIRED), "attach it again"),
    ],
)
async def test_file_that_cannot_be_used_is_one_sentence(
    content: bytes | MediaError, words: str, autojump_clock: Clock
) -> None:
    props = props_with(content)
    async with open_house(props.slice(), store=props.store) as house:
        asked = await house.ask(Import(file=file_of(b"")))
        assert words in refused(asked)
        assert asked.work.stage is Stage.FAILED
        assert "no playlists yet" in said(await house.ask(ShowAll()))


async def test_file_that_says_it_is_too_large_is_not_fetched(autojump_clock: Clock) -> None:
    props = Props()
    async with open_house(props.slice(), store=props.store) as house:
        big = AttachedFile(url="https://never.test/", filename="a.m3u", size=MAX_BYTES + 1)
        assert "at most 1024 kB" in refused(await house.ask(Import(file=big)))


@pytest.mark.parametrize("form", list(Form))
async def test_exported_playlist_is_imported_as_it_was(form: Form, autojump_clock: Clock) -> None:
    props = Props()
    props.shelf.files = {GUILD: ["sea.ogg"]}
    music = Band(now=kept("one"), queue=(kept_file("sea.ogg"), kept("three", 3)))
    async with open_house(props.slice(), store=props.store, band=music) as house:
        await house.ask(Save(name="Road trip"))
        asked = await house.ask(Export(name="road", form=form))
        assert isinstance(asked.reply, FakeReply)
        (file,) = asked.reply.said[0].files
        assert said(asked) == "Here is **Road trip** with 3 tracks."
        assert file.name == {Form.JSON: "Road trip.json", Form.M3U: "Road trip.m3u8"}[form]
        assert b"data" not in file.content
        props.post.files[LINK] = file.content
        assert "Imported **again** with 3 tracks." in await imported(house, file.content, name="again")
        for name in ("Road trip", "again"):
            await house.ask(Load(name=name))
        shapes = [
            [(track.title, track.artist, track.url, track.duration_s) for track in wish.tracks]
            for asked_for in house.band.wishes
            for wish in asked_for.wishes
            if isinstance(wish, KeptList)
        ]
        assert len(shapes) == 2
        assert shapes[0] == shapes[1]


def read(line: str, *files: Attachment) -> object:
    call = find_call(Registry((Props().slice(),)), line)
    assert call is not None
    message = Written(
        id=MessageId(1),
        channel_id=ChannelId(CHANNEL),
        author=User(id=ALICE),
        content=line,
        guild_id=GUILD,
        attachments=files,
    )
    arguments = parse_arguments(call, message, Cache())
    return call.command.message(arguments, facts(message_id=MessageId(1)))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("playlist save Road trip", Save(name="Road trip")),
        ("playlist save Road trip mine", Save(name="Road trip", scope=Scope.MINE)),
        ("playlist save Road trip mine REPLACE", Save(name="Road trip", scope=Scope.MINE, replace=True)),
        ('playlist save "Road trip mine"', Save(name="Road trip mine")),
        ('playlist save "Road trip" replace', Save(name="Road trip", replace=True)),
        ("playlist save mine", Save(name="mine")),
        ("playlist load Road trip", Load(name="Road trip")),
        ("playlist load Road trip server", Load(name="Road trip", scope=Scope.SERVER)),
        ("playlist load replace", Load(name="replace")),
        ("playlist list", ShowAll()),
        ("playlists mine", ShowAll(Scope.MINE)),
        ("playlist show a", Show(name="a")),
        ("playlist delete a b", Delete(name="a b")),
        ("playlist export Road trip m3u", Export(name="Road trip", form=Form.M3U)),
        ("playlist export Road trip m3u mine", Export(name="Road trip", form=Form.M3U, scope=Scope.MINE)),
    ],
)
def test_prefix_form(line: str, expected: object) -> None:
    assert read(line) == expected


@pytest.mark.parametrize(
    ("line", "name", "scope"),
    [
        ("playlist import", None, Scope.SERVER),
        ("playlist import mine", None, Scope.MINE),
        ("playlist import Road trip mine", "Road trip", Scope.MINE),
    ],
)
def test_prefix_form_of_import_takes_the_attachment(line: str, name: str | None, scope: Scope) -> None:
    file = Attachment(id=AttachmentId(1), filename="a.m3u", size=5, url=LINK)
    attached = AttachedFile(url=LINK, filename="a.m3u", size=5)
    assert read(line, file) == Import(file=attached, name=name, scope=scope)


@pytest.mark.parametrize("line", ["playlist save " + "x" * 81, "playlist save \u200b", "playlist import x"])
def test_bad_name_and_missing_file_are_usage(line: str) -> None:
    with pytest.raises(Usage):
        read(line)


@given(st.text(alphabet="ab ", max_size=20).filter(str.strip), st.permutations(["mine", "server"]))
@settings(max_examples=60)
def test_words_behind_a_name_never_eat_the_name(name: str, behind: list[str]) -> None:
    found, words = split_words(" ".join([name.strip(), *behind]), SCOPES)
    assert found == name.strip()
    assert words == set(behind)
