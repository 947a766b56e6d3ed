"""The values of this room: what is asked for, what was found, what can be opened.

A `Track` is what a queue holds and a snapshot keeps: plain data, msgspec reads and writes it, and it stays
valid over restarts. A `Playable` is made from it right before playing and lives only as long as its
source plays: it may carry a credential of the guard and an address that expires.
"""

from datetime import datetime
from enum import StrEnum

from attrs import field, frozen
from attrs.validators import min_len


class SourceKind(StrEnum):
    """Where a track comes from; decides who opens it."""

    LIBRARY = "library"
    ATTACHMENT = "attachment"
    DIRECT = "direct"
    YOUTUBE = "youtube"
    SITE = "site"
    """Any other site that the extractor knows."""
    SPOTIFY = "spotify"
    APPLE_MUSIC = "apple_music"
    DEEZER = "deezer"

    @property
    def is_matched(self) -> bool:
        """It only says which song is meant; the sound is found on YouTube."""
        return self in {SourceKind.SPOTIFY, SourceKind.APPLE_MUSIC, SourceKind.DEEZER}


@frozen(kw_only=True)
class TextQuery:
    """A URL, a library name or words, as a person typed them."""

    text: str


@frozen(kw_only=True)
class AttachmentQuery:
    """A file that somebody uploaded with the command or the message.

    Attributes:
        url: where Discord serves it, for about a day.
        filename: as uploaded.
        size: bytes.
        content_type: as Discord guessed it, or None.
    """

    url: str
    filename: str
    size: int
    content_type: str | None = None


Query = TextQuery | AttachmentQuery


@frozen(kw_only=True)
class Track:
    """Something that can be queued, now and after a restart.

    Attributes:
        key: stable identity of the sound (cache, loudness, dedupe); the same file in two guilds has one key.
        title: never empty; not escaped.
        source: who opens it.
        locator: what that source opens again (a library name with its guild, a URL).
        page_url: a link for people, or None (library).
        duration_s: seconds, None when unknown or live.
        live: a stream without an end, such as web radio.
        artist: artist or uploader.
        thumbnail_url: a picture.
        lazy: only what a listing said is known; title, length and match are learned when it is opened
            (`Playable.track`).
        start_s: where the link says to begin, seconds.
        match_url: the video that a matched track plays, None while it is not looked for.
        song_s: how long the song of a matched track is by its service; ``duration_s`` is the video's then.
        confidence_pct: how sure the match is, 0 to 100; 100 where a person chose. None for what needs none.
    """

    key: str
    title: str = field(validator=min_len(1))
    source: SourceKind
    locator: str
    page_url: str | None = None
    duration_s: float | None = None
    live: bool = False
    artist: str | None = None
    thumbnail_url: str | None = None
    lazy: bool = False
    start_s: float = 0.0
    match_url: str | None = None
    song_s: float | None = None
    confidence_pct: int | None = None


@frozen(kw_only=True)
class Resolved:
    """What a query stands for: one track, or a playlist in its order, read to its end.

    Attributes:
        skipped: entries that cannot be played and were left out.
        too_long: entries over the guild's limit that were left out.
        cut_off: the playlist goes on behind what is read of one.
    """

    tracks: tuple[Track, ...]
    playlist_title: str | None = None
    skipped: int = 0
    too_long: int = 0
    cut_off: bool = False


@frozen(kw_only=True)
class Loudness:
    """What was measured of a whole track: integrated loudness (EBU R128) and the highest sample."""

    lufs: float
    peak_db: float


@frozen(kw_only=True)
class Place:
    """Where the node may keep a track while it reads it, if only the node can put its bytes together.

    Attributes:
        part: a path where nothing is; what is written there is nobody's until it is ``whole``.
        whole: what ``part`` is called once the track was read from its beginning to its end.
        max_bytes: a larger file is given up.
        least_s: a shorter one is not the whole track, seconds.
    """

    part: str
    whole: str
    max_bytes: int
    least_s: float


@frozen(kw_only=True)
class Playable:
    """What the voice node opens.

    Attributes:
        location: a path of this machine when ``is_file``, else an ``http:`` URL that only the guard
            understands (`media.guarded_urls`): FFmpeg needs the protocols ``http,tcp,crypto`` and no others.
        is_file: how to read ``location``.
        proxy: ``http://job:token@127.0.0.1:port``, the only way out for a URL; None for files. Holds a
            credential: never logged (it is left out of ``repr``).
        headers: additional request headers.
        expires_at: when ``location`` stops working (aware), None if it does not.
        track: the track as it is known now, where opening taught more than was known before (its length,
            its match, a choice); what is queued and shown should be replaced by it. None for "as before".
        renewable: a refusal (401, 403, 404, 410) may only mean that the address has expired: open the track
            once more with ``fresh=True`` and go on at the same position.
        loudness: as measured before, in whichever guild.
        keep: where the node may keep it meanwhile, None for nowhere.
    """

    location: str = field(repr=False)
    is_file: bool
    proxy: str | None = field(default=None, repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    expires_at: datetime | None = None
    track: Track | None = None
    renewable: bool = False
    loudness: Loudness | None = None
    keep: Place | None = None
