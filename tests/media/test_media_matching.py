"""Which video is the song: the cases for which the score was made, and hostile titles."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.matching.score import SURE_PCT, Song, Video, rank, score
from media.matching.words import Version, artists_of, channel_words, fold, parse_title, versions_of

HERE = 213.0  # seconds
ASTLEY = ("Never Gonna Give You Up", "Rick Astley", HERE)

# What is asked for, what is found, and whether it may be played without asking.
SAME: list[tuple[tuple[str, str, float], tuple[str, str, float]]] = [
    (
        ("Déjà Vu (feat. JAY-Z)", "Beyoncé", 240),
        ("Beyoncé - Deja Vu (Official Video) ft. Jay-Z", "Beyoncé", 245),
    ),
    (("Hello", "Adele", 295), ("Hello", "Adele - Topic", 295)),
    (("Hello", "Adele", 295), ("Adele - Hello (Official Music Video)", "Adele", 367)),
    (
        ("Bohemian Rhapsody - Remastered 2011", "Queen", 354),
        ("Queen – Bohemian Rhapsody", "Queen Official", 359),
    ),
    (
        ("September", "Earth, Wind & Fire", 215),
        ("Earth, Wind & Fire - September", "EarthWindandFireVEVO", 216),
    ),
    (("Live Forever", "Oasis", 276), ("Oasis - Live Forever (Official Video)", "Oasis", 277)),
    (("夜に駆ける", "YOASOBI", 261), ("YOASOBI「夜に駆ける」 Official Music Video", "Ayase / YOASOBI", 268)),
    (("Blinding Lights", "The Weeknd", 200), ("The Weeknd - Blinding Lights (Lyrics)", "7clouds", 203)),
    (
        ("Blinding Lights (X Remix)", "The Weeknd", 250),
        ("The Weeknd - Blinding Lights (X Remix)", "TheWeekndVEVO", 251),
    ),
    (("Rhapsody - Live Aid", "Queen", 154), ("Queen - Rhapsody (Live Aid 1985)", "Queen Official", 150)),
    (("Don’t Stop", "Fleetwood Mac", 193), ("Dont Stop (2004 Remaster)", "Fleetwood Mac - Topic", 193)),
    (("Ænima", "Tool", 399), ("TOOL - Aenima (Audio)", "TOOL", 400)),
]
OTHER: list[tuple[tuple[str, str, float], tuple[str, str, float]]] = [
    (ASTLEY, ("Rick Astley - Together Forever", "Rick Astley", 205)),
    (ASTLEY, ("Never Gonna Give You Up (Karaoke Version)", "Sing King", HERE)),
    (ASTLEY, ("Rick Astley - Never Gonna Give You Up (Cover by X)", "X", HERE)),
    (ASTLEY, ("Never Gonna Give You Up - Rick Astley 10 hours", "Loops", 36000)),
    (ASTLEY, ("Rick Astley - Never Gonna Give You Up (Live at X)", "BBC", 240)),
    (ASTLEY, ("How to play Never Gonna Give You Up", "Guitar", HERE)),
    (("Hello", "Adele", 295), ("Lionel Richie - Hello", "LionelRichieVEVO", 295)),
    (("Hello", "Adele", 295), ("Hello", "Somebody", 295)),
    (("Blinding Lights", "The Weeknd", 200), ("The Weeknd - Blinding Lights (sped up)", "fastie", 160)),
    (("Blinding Lights", "The Weeknd", 200), ("Nightcore - Blinding Lights", "nc", 170)),
    (("Blinding Lights", "The Weeknd", 200), ("The Weeknd - Blinding Lights (8D Audio)", "8D", 200)),
    (
        ("Blinding Lights (X Remix)", "The Weeknd", 250),
        ("The Weeknd - Blinding Lights", "TheWeekndVEVO", 202),
    ),
    (("Rhapsody - Live Aid", "Queen", 154), ("Queen – Rhapsody (Official Video)", "Queen Official", 359)),
    (("One", "U2", 276), ("One", "Metallica - Topic", 446)),
    (("Intro", "The xx", 127), ("Intro", "M83 - Topic", 322)),
]


def _score(asked: tuple[str, str, float], found: tuple[str, str, float]) -> int:
    song = Song(title=asked[0], artist=asked[1], duration_s=asked[2])
    return score(song, Video(title=found[0], channel=found[1], duration_s=found[2]))


@pytest.mark.parametrize(("asked", "found"), SAME)
def test_the_song_itself_is_sure(asked: tuple[str, str, float], found: tuple[str, str, float]) -> None:
    assert _score(asked, found) >= SURE_PCT


@pytest.mark.parametrize(("asked", "found"), OTHER)
def test_another_song_or_recording_is_not(
    asked: tuple[str, str, float], found: tuple[str, str, float]
) -> None:
    assert _score(asked, found) < SURE_PCT


def test_an_exact_find_on_the_artists_channel_is_certain() -> None:
    assert _score(("Hello", "Adele", 295), ("Hello", "Adele - Topic", 296)) == 100


def test_a_livestream_is_no_song() -> None:
    assert score(Song(title="lofi"), Video(title="lofi", live=True)) == 0


def test_length_alone_decides_between_equals() -> None:
    song = Song(title="Song", artist="A", duration_s=200)
    videos = [Video(title="A - Song", channel="A", duration_s=seconds) for seconds in (230.0, 201.0, 208.0)]
    ranked = rank(song, videos)
    assert [place for _, place in ranked] == [1, 2, 0]
    assert ranked[0][0] > ranked[1][0] > ranked[2][0]


def test_equals_stay_in_the_order_of_the_site() -> None:
    videos = [Video(title="A - Song"), Video(title="A - Song"), Video(title="B")]
    assert [place for _, place in rank(Song(title="Song", artist="A"), videos)] == [0, 1, 2]


def test_titles_lose_what_says_nothing() -> None:
    assert parse_title("Déjà Vu (feat. JAY-Z) [Official Video]").words == ("deja", "vu")
    assert parse_title("Song - Remastered 2011").words == ("song",)
    assert parse_title("Song (2009 Digital Remaster) | HD").words == ("song",)
    assert parse_title("Song (Part II)").words == ("song", "part", "ii")
    assert parse_title("Full Moon").words == ("full", "moon")
    assert parse_title("(Official Video)").words == ("official", "video"), "a title is never empty"


def test_versions_are_seen_where_a_title_adds_something() -> None:
    assert versions_of(fold("Song (Live at Wembley)")) == {Version.LIVE}
    assert versions_of(fold("Song - Acoustic Version")) == {Version.ACOUSTIC}
    assert versions_of(fold("Live Forever")) == frozenset()
    assert versions_of(fold("nightcore song")) == {Version.NIGHTCORE}
    assert versions_of(fold("Song [slowed + reverb]")) == {Version.SLOWED}


def test_artists_and_channels_are_split_and_cleaned() -> None:
    assert artists_of("Lil Dicky feat. Fetty Wap & Rich") == (("lil", "dicky"), ("fetty", "wap"), ("rich",))
    assert channel_words("Adele - Topic") == ("adele",)
    assert channel_words("QueenVEVO") == ("queen",)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400), st.text(max_size=400), st.floats(0, 1e6), st.text(max_size=60))
def test_hostile_titles_have_a_score_too(title: str, other: str, length: float, channel: str) -> None:
    song = Song(title=title, artist=channel, duration_s=length)
    assert 0 <= score(song, Video(title=other, channel=title, duration_s=length)) <= 100


@pytest.mark.parametrize(
    "piece", ["(", "feat ", "with ", " - ", "live ", "official video ", "ft. (", "１８ｄ"]
)
def test_long_titles_take_no_time(piece: str) -> None:
    assert 0 <= score(Song(title=piece * 5000), Video(title=piece * 5000, channel=piece * 5000)) <= 100
