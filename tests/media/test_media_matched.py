"""Songs of music services through the whole room: read on loopback, matched, chosen, opened."""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import trio
from attrs import define

from gateway_client.ids import GuildId
from media.choices import Candidate, IndexChoices, UnsureMatch
from media.errors import MediaError, MediaFailure
from media.extractor.failures import ExtractionFailed, FailureKind
from media.index import MemoryIndex
from media.room import Media, MediaConfig, open_media
from media.services.songs import ServiceBases
from media.services.spotify import Credentials
from media.services.spotify_wire import EMBED_MOST
from media.tracks import Resolved, SourceKind, TextQuery, Track
from tests.media import service_pages as pages
from tests.media.conftest import PROBE_ARGV
from tests.media.fake_extractor import FakeExtractor, entry, video
from tests.media.web import Page, Request, Web, body, head, open_web, redirect, status

GUILD, OTHER_GUILD = GuildId(5), GuildId(6)
ID = pages.TRACK
LINK = f"https://open.spotify.com/track/{ID}"
LIST = f"https://open.spotify.com/playlist/{ID}"
WORDS = "Rick Astley Never Gonna Give You Up"


@define(eq=False)
class Services:
    """The room, the servers that stand in for the services, and YouTube."""

    media: Media
    web: Web
    youtube: FakeExtractor

    async def resolve(self, text: str) -> Resolved:
        return await self.media.resolver.resolve(TextQuery(text=text), GUILD)

    async def one(self, text: str) -> Track:
        (track,) = (await self.resolve(text)).tracks
        return track

    async def failure(self, text: str) -> MediaError:
        with pytest.raises(MediaError) as caught:
            await self.resolve(text)
        return caught.value

    def asked(self) -> list[str]:
        return [request.path for request in self.web.requests]


@asynccontextmanager
async def open_services(
    folder: Path,
    answers: Mapping[str, Page],
    *,
    spotify: Credentials | None = None,
    max_duration_s: float | None = None,
    index: MemoryIndex | None = None,
) -> AsyncGenerator[Services]:
    youtube = FakeExtractor()
    async with open_web(answers) as web:
        base = web.url("")
        config = MediaConfig(
            folder=folder,
            probe_argv=PROBE_ARGV,
            allow_hosts=["127.0.0.1"],
            max_duration_s=lambda guild_id: max_duration_s,
            index=index or MemoryIndex(),
            spotify=spotify,
            suggest_url="",
            bases=ServiceBases(
                spotify_web=base,
                spotify_api=base,
                spotify_accounts=base,
                apple_web=base,
                apple_lookup=base,
                deezer_api=base,
                short=base,
            ),
        )
        async with open_media(config, ask=youtube) as media:
            yield Services(media, web, youtube)


def text(page: str) -> Page:
    return body(page.encode(), "text/html; charset=utf-8")


def data(value: object) -> Page:
    return body(json.dumps(value).encode(), "application/json")


FINDS = (
    entry("coverrrrrrr", "Never Gonna Give You Up (Cover)", uploader="X", duration_s=213.0),
    entry("dQw4w9WgXcQ", "Rick Astley - Never Gonna Give You Up", uploader="Rick Astley", duration_s=214.0),
    entry("otherrrrrrr", "Rick Astley - Together Forever", uploader="Rick Astley", duration_s=205.0),
)
FOUND = FINDS[1].url


def astley(youtube: FakeExtractor) -> None:
    """Three finds: a cover, the song, another song."""
    youtube.finds[WORDS] = FINDS
    for one in FINDS:
        youtube.put(video(one.id, f"https://media.test/{one.id}", duration_s=one.duration_s))


SONG = {f"/embed/track/{ID}": text(pages.embed_track())}


async def test_a_song_is_matched_at_once_and_says_how_sure_it_is(tmp_path: Path) -> None:
    async with open_services(tmp_path, SONG) as services:
        astley(services.youtube)
        track = await services.one(LINK)
        assert (track.source, track.title, track.artist) == (
            SourceKind.SPOTIFY,
            "Never Gonna Give You Up",
            "Rick Astley",
        )
        assert track.match_url == FOUND
        assert track.confidence_pct is not None
        assert track.confidence_pct >= 95
        assert (track.duration_s, track.song_s, track.page_url) == (214.0, 213.573, LINK)
        playable = await services.media.resolver.open(track, GUILD)
        assert playable.location.endswith("/dQw4w9WgXcQ")
        await services.media.resolver.open(track, GUILD)
        assert services.youtube.searched == [WORDS, WORDS], "the match that played is remembered"


async def test_below_the_threshold_nothing_plays_and_the_finds_are_named(tmp_path: Path) -> None:
    async with open_services(tmp_path, SONG) as services:
        astley(services.youtube)
        services.youtube.finds[WORDS] = FINDS[::2]
        error = await services.failure(LINK)
        assert (error.kind, error.limit, len(error.names)) == (MediaFailure.UNSURE, 60, 2)
        assert error.actual is not None
        assert error.actual < 60
        assert isinstance(error, UnsureMatch), "a person may choose"
        assert (error.track.title, error.track.match_url) == ("Never Gonna Give You Up", None)
        assert {one.url for one in error.candidates} == {one.url for one in FINDS[::2]}
        assert error.candidates[0].confidence_pct == error.actual
        services.youtube.finds = {}
        assert (await services.failure(LINK)).kind is MediaFailure.NO_MATCH
        services.youtube.finds[WORDS] = ExtractionFailed(FailureKind.BOT_CHECK)
        assert (await services.failure(LINK)).kind is MediaFailure.BOT_CHECK


async def test_a_choice_is_remembered_in_its_guild_and_over_restarts(tmp_path: Path) -> None:
    index = MemoryIndex()
    async with open_services(tmp_path, SONG, index=index) as services:
        astley(services.youtube)
        resolver = services.media.resolver
        track = await services.one(LINK)
        candidates = await resolver.candidates(track, GUILD)
        assert [one.confidence_pct for one in candidates] == sorted(
            (one.confidence_pct for one in candidates), reverse=True
        )
        cover = next(one for one in candidates if "Cover" in one.title)
        chosen = await resolver.choose(track, GUILD, cover)
        assert (chosen.match_url, chosen.confidence_pct) == (cover.url, 100)
        assert "/coverrrrrrr" in (await resolver.open(chosen, GUILD)).location
    async with open_services(tmp_path, SONG, index=index) as services:
        astley(services.youtube)
        track = await services.one(LINK)
        assert (track.match_url, track.confidence_pct) == (cover.url, 100)
        assert services.youtube.searched == []
        playable = await services.media.resolver.open(track, OTHER_GUILD)
        assert "/dQw4w9WgXcQ" in playable.location, "another guild has not chosen"
        assert playable.track is not None
        assert playable.track.match_url != cover.url


async def test_a_match_that_is_gone_is_looked_for_anew_and_a_choice_is_not(tmp_path: Path) -> None:
    async with open_services(tmp_path, SONG) as services:
        astley(services.youtube)
        resolver = services.media.resolver
        track = await services.one(LINK)
        await resolver.open(track, GUILD)
        services.youtube.videos[FOUND] = ExtractionFailed(FailureKind.REMOVED)
        again = entry(
            "againnnnnnn", "Never Gonna Give You Up", uploader="Rick Astley - Topic", duration_s=213
        )
        services.youtube.finds[WORDS] = (*FINDS, again)
        services.youtube.put(video("againnnnnnn", "https://media.test/again"))
        playable = await resolver.open(track, GUILD, fresh=True)
        assert playable.location.endswith("/again")
        gone = Candidate(url=FOUND, title="t", key="youtube:dQw4w9WgXcQ")
        chosen = await resolver.choose(track, GUILD, gone)
        with pytest.raises(MediaError) as caught:
            await resolver.open(chosen, GUILD, fresh=True)
        assert caught.value.kind is MediaFailure.REMOVED


async def test_a_list_is_matched_track_by_track_when_it_plays(tmp_path: Path) -> None:
    rows = [pages.embed_row(f"{number:022}", f"Song {number}") for number in range(EMBED_MOST)]
    rows[1] = pages.embed_row(ID, "Gone", isPlayable=False)
    rows[2] = pages.embed_row(ID, "Long", duration=4_000_000)
    pages_of_it = {f"/embed/playlist/{ID}": text(pages.embed_list(rows, "Hits"))}
    async with open_services(tmp_path, pages_of_it, max_duration_s=3600) as services:
        whole = await services.resolve(LIST)
        assert (whole.playlist_title, len(whole.tracks), whole.skipped, whole.too_long) == ("Hits", 98, 1, 1)
        assert whole.cut_off, "an embedded player shows a hundred at most"
        assert services.youtube.searched == []
        first = whole.tracks[0]
        assert (first.lazy, first.match_url, first.confidence_pct) == (True, None, None)
        found = entry("aaaaaaaaaaa", "First - Song 0", uploader="First", duration_s=200.0)
        services.youtube.finds["First, Second Song 0"] = [found]
        services.youtube.put(video("aaaaaaaaaaa", "https://media.test/a", duration_s=201.0))
        playable = await services.media.resolver.open(first, GUILD)
        assert playable.track is not None
        assert (playable.track.lazy, playable.track.match_url) == (False, found.url)
        with pytest.raises(MediaError) as caught:
            await services.media.resolver.open(whole.tracks[1], GUILD)
        assert caught.value.kind is MediaFailure.NO_MATCH


async def test_what_the_embedded_player_does_not_say_the_page_does(tmp_path: Path) -> None:
    answers = {
        f"/embed/playlist/{ID}": text("<html>new design</html>"),
        f"/embed/track/{ID}": text("<html>new design</html>"),
        f"/playlist/{ID}": text(pages.graph_list([ID, pages.OTHER, pages.GONE], 3)),
        f"/track/{ID}": text(pages.graph_track("One")),
        f"/track/{pages.OTHER}": text(pages.graph_track("Two")),
    }
    async with open_services(tmp_path, answers) as services:
        async with services.media.resolver.stream(TextQuery(text=LIST), GUILD) as resolution:
            assert (resolution.playlist_title, resolution.count) == ("A list", 3)
            first = await anext(aiter(resolution))
            assert [track.title for track in first.tracks] == ["One"]
            assert f"/track/{pages.OTHER}" not in services.asked(), "not before it is wanted"
        whole = await services.resolve(LIST)
        assert ([track.title for track in whole.tracks], whole.skipped) == (["One", "Two"], 1)
        found = entry("a" * 11, "Some One - One", uploader="Some One", duration_s=200)
        services.youtube.finds["Some One One"] = [found]
        assert (await services.one(LINK)).title == "One"


async def test_the_official_interface_gives_whole_lists_where_credentials_are_set(tmp_path: Path) -> None:
    tokens: list[Request] = []

    async def token(stream: trio.abc.Stream, request: Request) -> None:
        tokens.append(request)
        answer = b'{"access_token": "tok", "expires_in": 3600}'
        await stream.send_all(head("200 OK", f"Content-Length: {len(answer)}") + answer)

    async def api(stream: trio.abc.Stream, request: Request) -> None:
        assert request.headers["authorization"] == "Bearer tok"
        url = urlsplit(request.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if not url.path.endswith("/items"):
            await data({"name": "Whole"})(stream, request)
            return
        offset = int(query["offset"])
        assert query["limit"] == "50"
        rows = [{"item": pages.api_track(ID, f"Song {n}")} for n in range(offset, min(250, offset + 50))]
        answer = {"items": rows, "total": 250, "next": "more" if offset < 200 else None}
        await data(answer)(stream, request)

    answers = {
        "/api/token": token,
        f"/v1/playlists/{ID}": api,
        f"/v1/playlists/{ID}/items": api,
        f"/v1/tracks/{ID}": status("403 Forbidden"),
        f"/embed/track/{ID}": text(pages.embed_track()),
    }
    credentials = Credentials(client_id="id", client_secret="geheim")
    assert "geheim" not in repr(credentials)
    async with open_services(tmp_path, answers, spotify=credentials) as services:
        async with services.media.resolver.stream(TextQuery(text=LIST), GUILD) as resolution:
            assert (resolution.playlist_title, resolution.count) == ("Whole", 250)
            await anext(aiter(resolution))
            assert sum("/items?" in path for path in services.asked()) == 1, "pages come as they are wanted"
        whole = await services.resolve(LIST)
        assert [track.title for track in whole.tracks] == [f"Song {n}" for n in range(250)]
        assert not whole.cut_off
        assert len(tokens) == 1
        assert (tokens[0].method, tokens[0].headers["authorization"]) == ("POST", "Basic aWQ6Z2VoZWlt")
        astley(services.youtube)
        assert (await services.one(LINK)).match_url, "where the interface refuses, the page is read"


async def test_short_links_are_followed_no_further_than_to_the_service(tmp_path: Path) -> None:
    answers = SONG | {
        "/AbC": redirect("/next"),
        "/next": redirect(f"{LINK}?si=1"),
        "/lost": text("<html>Get the app</html>"),
        "/artist": redirect(f"https://open.spotify.com/artist/{ID}"),
        "/inside": redirect("http://10.0.0.1/track"),
    }
    async with open_services(tmp_path, answers) as services:
        astley(services.youtube)
        assert (await services.one("https://spotify.link/AbC")).page_url == LINK
        for path in ("lost", "artist"):
            error = await services.failure(f"https://spotify.link/{path}")
            assert (error.kind, error.host) == (MediaFailure.NO_SONG_LINK, "Spotify")
        assert (await services.failure("https://spotify.link/inside")).kind is MediaFailure.PRIVATE_ADDRESS


async def test_deezer_lists_come_in_pages(tmp_path: Path) -> None:
    async def tracks(stream: trio.abc.Stream, request: Request) -> None:
        index = int(parse_qs(urlsplit(request.path).query)["index"][0])
        rows = [pages.deezer_song(n + 1, f"Song {n}") for n in range(index, min(150, index + 100))]
        await data({"data": rows, "next": "more" if index == 0 else None})(stream, request)

    answers = {
        "/playlist/9": data({"title": "D", "nb_tracks": 150}),
        "/playlist/9/tracks": tracks,
        "/track/8": data({"error": {"code": 800}}),
        "/track/7": status("429 Too Many Requests"),
    }
    async with open_services(tmp_path, answers) as services:
        whole = await services.resolve("https://www.deezer.com/en/playlist/9")
        assert (whole.playlist_title, len(whole.tracks)) == ("D", 150)
        assert (await services.failure("https://deezer.com/track/8")).kind is MediaFailure.NOT_FOUND
        assert (await services.failure("https://deezer.com/track/7")).kind is MediaFailure.RATE_LIMIT


async def test_apples_songs_come_from_the_look_up_and_playlists_from_pages(tmp_path: Path) -> None:
    album = {"wrapperType": "collection", "collectionName": "25"}

    async def look_up(stream: trio.abc.Stream, request: Request) -> None:
        wanted = parse_qs(urlsplit(request.path).query)
        assert wanted["country"] == ["cz"]
        known = {"1": [album, pages.apple_song(2, "Hello")], "2": [pages.apple_song(2, "Hello")]}
        await data({"results": known.get(wanted["id"][0], [])})(stream, request)

    answers = {
        "/lookup": look_up,
        "/cz/playlist/top/pl.x": text(pages.apple_page([(1, "One"), (2, "Two")])),
        "/cz/album/x/1": text(pages.apple_page([(1, "One")])),
        "/cz/song/x/3": text(pages.apple_page([(1, "Another"), (3, "Three")])),
        "/cz/song/x/4": text(pages.apple_page([(1, "Another")])),
    }
    base = "https://music.apple.com/cz"
    async with open_services(tmp_path, answers) as services:
        whole = await services.resolve(f"{base}/playlist/top/pl.x")
        assert ([track.title for track in whole.tracks], whole.playlist_title) == (["One", "Two"], "A list")
        assert (await services.resolve(f"{base}/album/x/1")).playlist_title == "25"
        for title in ("Hello", "Three"):
            found = entry(f"{title:-<11}", title, uploader="Adele - Topic", duration_s=295)
            services.youtube.finds[f"Adele {title}"] = [found]
        assert (await services.one(f"{base}/album/x/1?i=2")).confidence_pct == 100
        assert (await services.one(f"{base}/song/x/3")).title == "Three"
        error = await services.failure(f"{base}/song/x/4")
        assert error.kind is MediaFailure.NOT_FOUND, "what else a page recommends is another song"


@pytest.mark.parametrize(
    ("link", "host"),
    [
        (f"https://open.spotify.com/artist/{ID}", "Spotify"),
        ("https://www.deezer.com/artist/27", "Deezer"),
        ("https://music.apple.com/us/artist/adele/262836961", "Apple Music"),
    ],
)
async def test_a_link_to_no_song_is_told(tmp_path: Path, link: str, host: str) -> None:
    async with open_services(tmp_path, {}) as services:
        error = await services.failure(link)
        assert (error.kind, error.host) == (MediaFailure.NO_SONG_LINK, host)


async def test_a_song_that_is_not_there_is_told_with_the_services_name(tmp_path: Path) -> None:
    async with open_services(tmp_path, {}) as services:
        error = await services.failure(LINK)
        assert (error.kind, error.host) == (MediaFailure.NOT_FOUND, "Spotify")


async def test_a_choice_that_cannot_be_read_was_not_made() -> None:
    index = MemoryIndex()
    choices = IndexChoices(index)
    await index.put("choice:5:spotify:x", b"{broken")
    assert await choices.get(GUILD, "spotify:x") is None
