"""Links and answers of music services: every shape we know, and every break with a clear error."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.errors import MediaError, MediaFailure
from media.services import apple_wire, deezer, spotify_wire
from media.services.links import Kind, ServiceLink, Short, parse_service_link
from media.services.pages import linked_data, metas, parse_duration, script_json
from media.tracks import SourceKind
from tests.media import service_pages as pages

ID = pages.TRACK


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        (f"https://open.spotify.com/track/{ID}?si=1", Kind.TRACK, ID),
        (f"<https://open.spotify.com/intl-de/album/{ID}>", Kind.ALBUM, ID),
        (f"open.spotify.com/playlist/{ID}", Kind.PLAYLIST, ID),
        (f"https://open.spotify.com/user/me/playlist/{ID}", Kind.PLAYLIST, ID),
        (f"https://open.spotify.com/embed/track/{ID}", Kind.TRACK, ID),
        (f"spotify:track:{ID}", Kind.TRACK, ID),
        (f"spotify:user:me:playlist:{ID}", Kind.PLAYLIST, ID),
        (f"https://open.spotify.com/artist/{ID}", Kind.OTHER, ID),
        ("https://open.spotify.com/track/short", Kind.OTHER, ""),
        ("https://www.deezer.com/track/3135556", Kind.TRACK, "3135556"),
        ("https://www.deezer.com/de/album/302127", Kind.ALBUM, "302127"),
        ("https://deezer.com/en/playlist/908622995?utm=1", Kind.PLAYLIST, "908622995"),
        ("https://www.deezer.com/artist/27", Kind.OTHER, ""),
        ("https://music.apple.com/us/album/hello/1544491232?i=1544491233", Kind.TRACK, "1544491233"),
        ("https://music.apple.com/cz/album/25/1544491232", Kind.ALBUM, "1544491232"),
        ("https://music.apple.com/us/song/hello/1544491233", Kind.TRACK, "1544491233"),
        ("https://music.apple.com/us/playlist/top/pl.f4d106fed2bd41149aaacabb233eb5eb", Kind.PLAYLIST, None),
        ("https://itunes.apple.com/us/album/x/id1544491232", Kind.ALBUM, "1544491232"),
        ("https://music.apple.com/us/artist/adele/262836961", Kind.OTHER, ""),
        ("https://music.apple.com/us/playlist/top/123", Kind.OTHER, "123"),
    ],
)
def test_links_are_read(text: str, kind: Kind, found: str | None) -> None:
    link = parse_service_link(text)
    assert isinstance(link, ServiceLink)
    assert link.kind is kind
    if found is not None:
        assert link.id == found


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("https://spotify.link/AbC?x=1", SourceKind.SPOTIFY),
        ("https://deezer.page.link/AbC", SourceKind.DEEZER),
        ("https://link.deezer.com/s/30abc", SourceKind.DEEZER),
    ],
)
def test_short_links_are_to_be_followed(text: str, service: SourceKind) -> None:
    link = parse_service_link(text)
    assert isinstance(link, Short)
    assert link.service is service


@pytest.mark.parametrize(
    "text",
    [
        "",
        "never gonna",
        "https://youtube.com/watch?v=x",
        "https://notdeezer.com/track/1",
        "http://[",
        "ftp://deezer.com/track/1",
        f"https://open.spotify.com.evil.test/track/{ID}",
        f"https://evil.test/open.spotify.com/track/{ID}",
    ],
)
def test_other_texts_are_none(text: str) -> None:
    assert parse_service_link(text) is None


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=80))
def test_hostile_texts_never_raise(text: str) -> None:
    parse_service_link(text)
    parse_service_link(f"https://music.apple.com/{text}")
    metas(text)
    script_json(f"<script id=a>{text}</script>", "a")
    linked_data(text)
    parse_duration(text)


def _kind(error: pytest.ExceptionInfo[MediaError]) -> MediaFailure:
    return error.value.kind


def test_an_embedded_song_is_read() -> None:
    song = spotify_wire.parse_embed_track(pages.embed_track())
    assert (song.title, song.artist, song.duration_s) == ("Never Gonna Give You Up", "Rick Astley", 213.573)
    assert (song.key, song.lazy, song.source) == (f"spotify:{ID}", True, SourceKind.SPOTIFY)
    assert (song.page_url, song.thumbnail_url) == (
        f"https://open.spotify.com/track/{ID}",
        "https://i.scdn.co/image/a",
    )


def test_an_embedded_list_keeps_its_order_and_says_what_cannot_be_played() -> None:
    rows = [
        pages.embed_row(ID, "One"),
        pages.embed_row(pages.OTHER, "Gone", isPlayable=False),
        pages.embed_row(pages.OTHER, "Podcast", uri="spotify:episode:x"),
        pages.embed_row(pages.OTHER, "  "),
        pages.embed_row(pages.OTHER, "Two", duration=0),
    ]
    found = spotify_wire.parse_embed_list(pages.embed_list(rows))
    assert found.title == "Songs"
    assert [song and song.title for song in found.songs] == ["One", None, None, None, "Two"]
    first, last = found.songs[0], found.songs[-1]
    assert first is not None
    assert last is not None
    assert (first.artist, first.duration_s, last.duration_s) == ("First, Second", 200.0, None)


@pytest.mark.parametrize(
    "html",
    [
        "",
        "<html></html>",
        pages.page_with_state(None),
        pages.page_with_state([1]),
        pages.page_with_state({"type": 7}),
        pages.embed_track(name="", title=""),
        pages.embed_track(artists="nobody"),
        pages.embed_list([]),
        '<script id="__NEXT_DATA__">{"props":</script>',
    ],
)
def test_an_embedded_player_without_a_song_is_unreadable(html: str) -> None:
    with pytest.raises(MediaError) as caught:
        spotify_wire.parse_embed_track(html)
    assert (_kind(caught), caught.value.host) == (MediaFailure.UNREADABLE, "Spotify")


def test_what_spotify_does_not_know_is_not_there() -> None:
    with pytest.raises(MediaError) as caught:
        spotify_wire.parse_embed_track(pages.page_with_state({}, status=404))
    assert _kind(caught) is MediaFailure.NOT_FOUND


def test_a_list_without_a_list_is_unreadable() -> None:
    for html in (pages.embed_track(), pages.embed_list([{"uri": 5}])):
        with pytest.raises(MediaError) as caught:
            spotify_wire.parse_embed_list(html)
        assert _kind(caught) is MediaFailure.UNREADABLE


def test_open_graph_names_a_song_or_the_addresses_of_a_list() -> None:
    link = ServiceLink(service=SourceKind.SPOTIFY, kind=Kind.TRACK, id=ID)
    song = spotify_wire.parse_page_track(pages.graph_track(), link)
    assert (song.title, song.artist, song.duration_s) == ("Song & Dance", "Some One", 200.0)
    title, links, total = spotify_wire.parse_page_list(pages.graph_list([ID, pages.OTHER], 70))
    assert (title, [one.id for one in links], total) == ("A list", [ID, pages.OTHER], 70)
    for broken in ("", "<meta property='og:title' content='x'>"):
        with pytest.raises(MediaError):
            spotify_wire.parse_page_track(broken, link)
        with pytest.raises(MediaError):
            spotify_wire.parse_page_list(broken)


def test_the_official_interface_is_read() -> None:
    assert spotify_wire.parse_token(b'{"access_token":"t","expires_in":3600}') == ("t", 3600)
    assert spotify_wire.parse_api_name(b'{"name":"L"}') == "L"
    rows = [
        {"item": pages.api_track(ID, "One")},
        {"track": pages.api_track(ID, "As it was")},
        {"item": None},
        {"item": pages.api_track(ID, "Mine", is_local=True)},
        {"track": pages.api_track(ID, "Talk", type="episode")},
    ]
    page = spotify_wire.parse_api_playlist(json.dumps({"items": rows, "total": 5, "next": "u"}).encode())
    assert [song and song.title for song in page.songs] == ["One", "As it was", None, None, None]
    assert (page.total, page.next_url) == (5, "u")
    song = spotify_wire.parse_api_track(json.dumps(pages.api_track(ID, "One")).encode())
    assert (song.artist, song.duration_s, song.thumbnail_url) == ("A, B", 180.0, "https://i.scdn.co/c")
    for broken in (b"", b"[]", b"{}", b'{"items": 3}'):
        with pytest.raises(MediaError) as caught:
            spotify_wire.parse_api_album(broken)
        assert _kind(caught) is MediaFailure.UNREADABLE


def test_deezers_answers_are_read() -> None:
    song = deezer.parse_song(json.dumps(pages.deezer_song(3135556, "One More Time")).encode())
    assert (song.key, song.title, song.artist, song.duration_s) == (
        "deezer:3135556",
        "One More Time",
        "Daft Punk",
        224,
    )
    featured = pages.deezer_song(1, "X", contributors=[{"name": "A"}, {"name": "B"}, {"name": "A"}])
    assert deezer.parse_song(json.dumps(featured).encode()).artist == "A, B"
    rows = [pages.deezer_song(1, "One"), pages.deezer_song(2, "Two", readable=False)]
    songs, more = deezer.parse_songs(json.dumps({"data": rows, "total": 3, "next": "u"}).encode())
    assert ([one and one.title for one in songs], more) == (["One", None], True)
    assert deezer.parse_about(b'{"title":"L","nb_tracks":3}') == ("L", 3)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b'{"error":{"type":"DataException","message":"no data","code":800}}', MediaFailure.NOT_FOUND),
        (b'{"error":{"code":4,"message":"Quota limit exceeded"}}', MediaFailure.RATE_LIMIT),
        (b'{"error":{"code":1}}', MediaFailure.UNREADABLE),
        (b"<html>", MediaFailure.UNREADABLE),
        (b'{"id":"x"}', MediaFailure.UNREADABLE),
        (b"{}", MediaFailure.UNREADABLE),
    ],
)
def test_deezers_errors_have_their_kinds(data: bytes, kind: MediaFailure) -> None:
    with pytest.raises(MediaError) as caught:
        deezer.parse_song(data)
    assert (_kind(caught), caught.value.host) == (kind, "Deezer")


def test_apples_look_up_is_read() -> None:
    album = {"wrapperType": "collection", "collectionName": "25", "collectionId": 1}
    rows = [album, pages.apple_song(2, "Hello"), pages.apple_song(3, "Clip", kind="music-video")]
    found = apple_wire.parse_lookup(json.dumps({"resultCount": 3, "results": rows}).encode())
    assert (found.title, [song and song.title for song in found.songs]) == ("25", ["Hello", None])
    assert found.only("2").duration_s == 295.502
    with pytest.raises(MediaError) as caught:
        found.only("9")
    assert _kind(caught) is MediaFailure.NOT_FOUND
    with pytest.raises(MediaError) as caught:
        apple_wire.parse_lookup(b'{"resultCount":0,"results":[]}')
    assert _kind(caught) is MediaFailure.NOT_FOUND
    for broken in (b"", b"[]", b'{"results":[{"trackId":"x"}]}'):
        with pytest.raises(MediaError) as caught:
            apple_wire.parse_lookup(broken)
        assert _kind(caught) is MediaFailure.UNREADABLE


def test_apples_pages_are_read_by_either_way() -> None:
    found = apple_wire.parse_page(pages.apple_page([(1, "One"), (2, "Two")]))
    assert (found.title, [song and song.title for song in found.songs]) == ("A list", ["One", "Two"])
    assert (found.only("2").artist, found.only("2").duration_s) == ("Adele", 295.0)
    described = apple_wire.parse_page(pages.apple_described([(7, "Seven")]))
    song = described.only("7")
    assert (described.title, song.artist, song.duration_s) == ("An album", "Adele", 200.0)
    for broken in ("", pages.apple_page([]), '<script id="serialized-server-data">[[[[</script>'):
        with pytest.raises(MediaError) as caught:
            apple_wire.parse_page(broken)
        assert _kind(caught) is MediaFailure.UNREADABLE


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("PT3M20S", 200), ("PT1H", 3600), ("PT45.5S", 45), ("", None), ("P1Y", None), (5, None)],
)
def test_durations_of_linked_data(text: object, seconds: float | None) -> None:
    assert parse_duration(text) == seconds
