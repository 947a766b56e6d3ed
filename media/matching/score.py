"""How surely a video is a song, 0 to 100 %.

Four observations, each between 0 and 1: the title's words, the artist, the length, and who uploaded it. They
are weighed together, then reduced for what makes it another recording than the one that is asked for. A song
that is asked for live is not punished for being live, and a studio version counts as another recording then.

The numbers are judgements; ``tests/media/test_media_matching.py`` holds the cases they were made for.
"""

from collections.abc import Sequence

from attrs import frozen

from media.matching.words import (
    Version,
    artists_of,
    channel_words,
    fold,
    is_topic,
    parse_title,
    versions_anywhere,
    versions_of,
    words_of,
)

SURE_PCT = 60
"""From here on a match is played without asking."""

_TITLE, _ARTIST, _LENGTH, _CHANNEL = 0.45, 0.25, 0.22, 0.08
_EXACT_S, _LOOSE_S, _FAR_S = 2.0, 10.0, 45.0
_OTHER_LENGTH = 0.55  # factor where both lengths are known and far apart
_OWN_LENGTH = 0.8
_NOT_ASKED: dict[Version, float] = {
    Version.KARAOKE: 0.35,
    Version.REACTION: 0.3,
    Version.TUTORIAL: 0.3,
    Version.TEASER: 0.5,
    Version.NIGHTCORE: 0.4,
    Version.SPED_UP: 0.4,
    Version.SLOWED: 0.45,
    Version.EIGHT_D: 0.45,
    Version.BASS_BOOSTED: 0.5,
    Version.LOOP: 0.5,
    Version.MASHUP: 0.5,
    Version.COVER: 0.5,
    Version.INSTRUMENTAL: 0.5,
    Version.REMIX: 0.6,
    Version.LIVE: 0.65,
    Version.ACOUSTIC: 0.65,
    Version.DEMO: 0.65,
    Version.EXTENDED: 0.75,
}
_MISSING = 0.8  # asked for a version that the video does not speak of


@frozen(kw_only=True)
class Song:
    """What is looked for; ``artist`` may name several."""

    title: str
    artist: str | None = None
    duration_s: float | None = None


@frozen(kw_only=True)
class Video:
    """What is found."""

    title: str
    channel: str | None = None
    duration_s: float | None = None
    live: bool = False


def score(song: Song, video: Video) -> int:
    """How surely ``video`` is ``song``, in whole percent."""
    if video.live:
        return 0
    weights = {"title": _TITLE, "artist": _ARTIST, "length": _LENGTH, "channel": _CHANNEL}
    marks: dict[str, float | None] = {
        "title": _title_mark(song, video),
        "artist": _artist_mark(song, video),
        "length": _length_mark(song.duration_s, video.duration_s),
        "channel": _channel_mark(song, video),
    }
    known = {name: mark for name, mark in marks.items() if mark is not None}
    mark = sum(weights[name] * value for name, value in known.items()) / sum(weights[name] for name in known)
    # A wrong title cannot be made good by everything else: it is another song of the same artist.
    mark *= 0.4 + 0.6 * (marks["title"] or 0.0)
    # Nor a stranger by the right title: many songs share one.
    if marks["artist"] is not None:
        mark *= 0.55 + 0.45 * marks["artist"]
    if marks["length"] == 0.0:  # an artist's own video may have a long scene before the song
        mark *= _OWN_LENGTH if marks["channel"] == 1.0 else _OTHER_LENGTH
    return round(100 * min(1.0, mark * _version_factor(song, video)))


def rank(song: Song, videos: Sequence[Video]) -> list[tuple[int, int]]:
    """(percent, place in ``videos``), surest first; the site's own order decides between equals."""
    marked = [(score(song, video), place) for place, video in enumerate(videos)]
    return sorted(marked, key=lambda item: (-item[0], item[1]))


def _title_mark(song: Song, video: Video) -> float:
    wanted = parse_title(song.title).words
    found = list(parse_title(video.title).words)
    if not wanted:
        return 0.0
    missed = 0
    for word in wanted:
        if word in found:
            found.remove(word)
        else:
            missed += 1
    artist = {word for words in artists_of(song.artist or "") for word in words}
    artist |= set(channel_words(video.channel or ""))
    foreign = [word for word in found if word not in artist]
    covered = 1 - missed / len(wanted)
    # Words too many make it another song, unless there are few of them beside the asked ones.
    return max(0.0, covered - 0.5 * len(foreign) / (len(wanted) + len(foreign)))


def _artist_mark(song: Song, video: Video) -> float | None:
    """Whether one of the artists is named, the first one counting most; None if none is known."""
    artists = artists_of(song.artist or "")
    if not artists:
        return None
    place = (*words_of(video.title), "|", *channel_words(video.channel or ""), "|")
    joined = "".join(channel_words(video.channel or ""))
    marks = [
        1.0 if _contains(place, words) or "".join(words) in {joined, joined.removesuffix("vevo")} else 0.0
        for words in artists
    ]
    whole = words_of(song.artist or "")  # "Earth, Wind & Fire" is one artist
    if _contains(place, whole):
        return 1.0
    return max(marks[0], 0.75 * max(marks))


def _contains(words: Sequence[str], wanted: Sequence[str]) -> bool:
    size = len(wanted)
    return any(tuple(words[at : at + size]) == tuple(wanted) for at in range(len(words) - size + 1))


def _length_mark(wanted_s: float | None, found_s: float | None) -> float | None:
    if not wanted_s or not found_s:
        return None
    distance_s = abs(wanted_s - found_s)
    if distance_s <= _EXACT_S:
        return 1.0
    if distance_s <= _LOOSE_S:
        return 1.0 - 0.3 * (distance_s - _EXACT_S) / (_LOOSE_S - _EXACT_S)
    if distance_s <= _FAR_S:
        return 0.7 * (1 - (distance_s - _LOOSE_S) / (_FAR_S - _LOOSE_S))
    return 0.0


def _channel_mark(song: Song, video: Video) -> float | None:
    artists = artists_of(song.artist or "")
    if not artists or video.channel is None:
        return None
    channel = channel_words(video.channel)
    names = {"".join(words) for words in (*artists, words_of(song.artist or ""))}
    if "".join(channel) in names:
        return 1.0
    return 0.4 if is_topic(video.channel) else 0.0


def _version_factor(song: Song, video: Video) -> float:
    asked, told = versions_of(fold(song.title)), versions_of(fold(video.title))
    factor = 1.0
    for version in told - versions_anywhere(fold(song.title)):
        factor = min(factor, _NOT_ASKED[version])
    return factor * (_MISSING if asked - versions_anywhere(fold(video.title)) else 1.0)
