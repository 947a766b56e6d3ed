"""The library: names, matching, storing, and what may not get in."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway_client.ids import GuildId
from media.errors import MediaError, MediaFailure
from media.library import read_file
from media.names import NAME_BYTES, match_names, numbered, sanitize
from media.room import Media
from media.tracks import SourceKind, TextQuery, Track
from tests.media.conftest import OpenRoom
from tests.media.sounds import picture, sound

GUILD, OTHER = GuildId(5), GuildId(6)


async def _chunks(content: bytes, size: int = 4096) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        await trio.lowlevel.checkpoint()
        yield content[start : start + size]


async def _add(media: Media, name: str, content: bytes, guild: GuildId = GUILD) -> str:
    return await media.library.add(guild, name, _chunks(content))


async def _play(media: Media, text: str, guild: GuildId = GUILD) -> Track:
    (track,) = (await media.resolver.resolve(TextQuery(text=text), guild)).tracks
    return track


async def test_added_file_is_listed_matched_and_played_from_disk(open_room: OpenRoom, tmp_path: Path) -> None:
    content = sound("ogg")
    async with open_room() as media:
        assert await _add(media, "../../My/So\x00ng", content) == "_.._My_So_ng.ogg"
        track = await _play(media, "so_NG")
        assert (track.source, track.title, track.live) == (SourceKind.LIBRARY, "_.._My_So_ng", False)
        assert track.duration_s == pytest.approx(1.0, abs=0.1)
        playable = await media.resolver.open(track)
    assert playable.is_file
    assert playable.proxy is None
    assert playable.location == str(tmp_path / "library" / "5" / "_.._My_So_ng.ogg")
    assert (tmp_path / "library" / "5" / "_.._My_So_ng.ogg").read_bytes() == content


async def test_identical_files_are_stored_once_and_share_their_key(
    open_room: OpenRoom, tmp_path: Path
) -> None:
    content = sound("flac")
    async with open_room() as media:
        assert await _add(media, "a.flac", content) == "a.flac"
        assert await _add(media, "A.flac", content) == "A (1).flac"
        assert await _add(media, "a.flac", content, OTHER) == "a.flac"
        keys = {
            (await _play(media, text, guild)).key
            for text, guild in [("a.flac", GUILD), ("a (1)", GUILD), ("a", OTHER)]
        }
        blobs = list((tmp_path / "library" / ".blobs").iterdir())
        assert (len(keys), len(blobs), blobs[0].stat().st_nlink) == (1, 1, 4)
        for guild, name in [(GUILD, "a.flac"), (GUILD, "A (1).flac"), (OTHER, "a.flac")]:
            assert list((tmp_path / "library" / ".blobs").iterdir()) == blobs
            await media.library.remove(guild, name)
        assert media.library.names(GUILD) == []
        assert list((tmp_path / "library" / ".blobs").iterdir()) == []


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"<html>no song</html>", MediaFailure.NOT_AUDIO),
        (picture(), MediaFailure.NOT_AUDIO),
        (sound("m4a")[:2000], MediaFailure.CORRUPT),
        (b"", MediaFailure.CORRUPT),
        (sound("wav") * 9, MediaFailure.TOO_LARGE),
        (b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n#EXT-X-ENDLIST\n", MediaFailure.NOT_AUDIO),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", MediaFailure.NOT_AUDIO),
    ],
)
async def test_what_is_no_song_leaves_nothing_behind(
    open_room: OpenRoom, tmp_path: Path, content: bytes, kind: MediaFailure
) -> None:
    async with open_room() as media:
        with pytest.raises(MediaError) as caught:
            await _add(media, "song.mp3", content)
        assert caught.value.kind is kind
        assert media.library.names(GUILD) == []
        assert list((tmp_path / "library" / ".blobs").iterdir()) == []


async def test_cancelled_or_crashed_upload_leaves_nothing_that_is_listed(
    open_room: OpenRoom, tmp_path: Path
) -> None:
    async def stalls() -> AsyncIterator[bytes]:
        yield b"OggS"
        await trio.sleep_forever()

    async with open_room() as media:
        with trio.move_on_after(0.1):
            await media.library.add(GUILD, "a.ogg", stalls())
        assert list((tmp_path / "library" / ".blobs").iterdir()) == []
    (tmp_path / "library" / ".blobs" / "deadbeef.part").write_bytes(b"half")
    async with open_room() as media:
        assert media.library.names(GUILD) == []
        assert list((tmp_path / "library" / ".blobs").iterdir()) == []


async def test_crash_while_renaming_leaves_one_name(
    open_room: OpenRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_room() as media:
        await _add(media, "old.ogg", sound("ogg"))
        with monkeypatch.context() as killed:
            for step in (os.link, os.unlink):
                killed.setattr(os, step.__name__, _dies)
            killed.setattr("media.library.sync_folder", _dies)
            with pytest.raises(RuntimeError, match="killed"):
                await media.library.rename(GUILD, "old.ogg", "new")
        assert media.library.names(GUILD) == ["new.ogg"]


def _dies(*_: object) -> None:
    raise RuntimeError("killed")


async def test_content_that_lost_its_names_in_a_crash_is_removed_at_the_next_start(
    open_room: OpenRoom, tmp_path: Path
) -> None:
    async with open_room() as media:
        await _add(media, "kept.ogg", sound("ogg"))
        await _add(media, "gone.flac", sound("flac"))
    library = tmp_path / "library"
    (library / "5" / "gone.flac").unlink()
    (library / "5" / ".deadbeef.part").write_bytes(b"half a copy")
    async with open_room() as media:
        assert media.library.names(GUILD) == ["kept.ogg"]
        assert [blob.stat().st_nlink for blob in (library / ".blobs").iterdir()] == [2]
        assert not list((library / "5").glob(".*"))


async def test_file_put_there_by_hand_plays_but_links_do_not_lead_out(
    open_room: OpenRoom, tmp_path: Path
) -> None:
    folder = tmp_path / "library" / "5"
    folder.mkdir(parents=True)
    (folder / "by hand.wav").write_bytes(sound("wav"))
    (tmp_path / "secret.wav").write_bytes(sound("wav"))
    (folder / "link.wav").symlink_to(tmp_path / "secret.wav")
    (folder / "sub").mkdir()
    async with open_room() as media:
        assert media.library.names(GUILD) == ["by hand.wav"]
        assert (await _play(media, "BY HAND")).duration_s == pytest.approx(1.0)
        for name in ("../secret.wav", "link.wav", "/etc/passwd", "sub", "..", "", "../5/by hand.wav"):
            with pytest.raises(MediaError) as caught:
                media.library.path(GUILD, name)
            assert caught.value.kind is MediaFailure.NOT_FOUND


@pytest.mark.parametrize("locator", ["5/../../secret", "../5/a.ogg", "x/a.ogg", "5/missing.ogg", "", "²/a"])
async def test_track_whose_file_is_gone_is_not_found(open_room: OpenRoom, locator: str) -> None:
    async with open_room() as media:
        with pytest.raises(MediaError) as caught:
            await media.resolver.open(Track(key="k", title="t", source=SourceKind.LIBRARY, locator=locator))
    assert caught.value.kind is MediaFailure.NOT_FOUND


async def test_words_match_nothing_one_or_several(open_room: OpenRoom) -> None:
    async with open_room(max_duration_s=2.5) as media:
        for name in ("Blue Monday.ogg", "Monday Monday.ogg", "Monday.ogg"):
            await _add(media, name, sound("ogg"))
        await _add(media, "Long.wav", sound("ogg", 3.0))
        assert (await _play(media, " blue ")).title == "Blue Monday"
        assert (await _play(media, "monday")).title == "Monday"
        failures: dict[str, MediaError] = {}
        for text in ("onday", "tuesday", "", "long"):
            with pytest.raises(MediaError) as caught:
                await _play(media, text)
            failures[text] = caught.value
        assert media.resolver.complete(GUILD, "MON") == ["Monday Monday.ogg", "Monday.ogg", "Blue Monday.ogg"]
        assert media.resolver.complete(OTHER, "") == []
    assert failures["onday"].kind is MediaFailure.AMBIGUOUS
    assert failures["onday"].names == ("Blue Monday.ogg", "Monday Monday.ogg", "Monday.ogg")
    assert (failures["tuesday"].kind, failures[""].kind) == (MediaFailure.NO_MATCH, MediaFailure.NO_MATCH)
    assert failures["long"].kind is MediaFailure.TOO_LONG


async def test_renaming_keeps_the_content_and_makes_the_name_unique(
    open_room: OpenRoom, tmp_path: Path
) -> None:
    async with open_room() as media:
        for name in ("a.ogg", "b.ogg"):
            await _add(media, name, sound("ogg"))
        assert await media.library.rename(GUILD, "a.ogg", "../B") == "_B.ogg"
        assert await media.library.rename(GUILD, "_B.ogg", "b") == "b (1).ogg"
        assert await media.library.rename(GUILD, "b.ogg", "B") == "B.ogg"
        assert media.library.names(GUILD) == ["b (1).ogg", "B.ogg"]
        with pytest.raises(MediaError):
            await media.library.rename(GUILD, "gone.ogg", "x")
        with pytest.raises(MediaError):
            await media.library.remove(GUILD, "gone.ogg")


async def test_file_of_this_machine_is_taken_and_files_are_looked_into_once(
    open_room: OpenRoom, tmp_path: Path
) -> None:
    (tmp_path / "in.mp3").write_bytes(sound("mp3"))
    async with open_room() as media:
        name = await media.library.add(GUILD, "in", read_file(tmp_path / "in.mp3"))
        assert name == "in.mp3"
        media.looker.prober.argv = ["/nonexistent"]
        assert (await _play(media, "in")).duration_s == pytest.approx(1.0, abs=0.1)


async def test_file_system_without_hard_links_gets_copies(
    open_room: OpenRoom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(source: Path, target: Path) -> None:
        raise OSError(95, "not supported")

    monkeypatch.setattr(os, "link", no_links)
    async with open_room() as media:
        assert await _add(media, "a.ogg", sound("ogg")) == "a.ogg"
        assert await _add(media, "a.ogg", sound("ogg")) == "a (1).ogg"
        assert media.library.names(GUILD) == ["a (1).ogg", "a.ogg"]
    assert list((tmp_path / "library").rglob("*.part")) == []


@given(st.text(max_size=300))
@settings(max_examples=150, deadline=None)
def test_sanitized_name_is_one_harmless_path_component(name: str) -> None:
    clean = sanitize(name)
    assert clean == Path(clean).name
    assert clean.isprintable() or not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in clean)
    assert not clean.startswith(".")
    assert not clean.endswith((".", " "))
    assert 0 < len(clean.encode()) <= NAME_BYTES
    assert len(numbered(clean, 999).encode()) < 255
    assert sanitize(clean) == clean


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("CON.mp3", "_CON.mp3"),
        ("a/b\\c:d.ogg", "a_b_c_d.ogg"),
        ("..", "audio"),
        ("...mp3", "mp3"),
        ("Größe 東京.flac", "Größe 東京.flac"),
        ("evil\u202egnp.mp3", "evil_gnp.mp3"),
        ("x" * 400 + ".opus", "x" * 175 + ".opus"),
    ],
)
def test_name_keeps_what_is_harmless(name: str, clean: str) -> None:
    assert sanitize(name) == clean


def test_exact_name_wins_with_or_without_its_extension() -> None:
    names = ["One.mp3", "one more.mp3", "Two.ogg"]
    assert match_names(names, "ONE.MP3") == ["One.mp3"]
    assert match_names(names, "one") == ["One.mp3"]
    assert match_names(names, "o") == names
    assert match_names(names, " ") == []
