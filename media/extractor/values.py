"""What the extractor finds: one video with a way to its sound, or entries of a list.

Plain frozen values; msgspec reads and writes them. Texts are a site's own: not escaped, cut to sensible
lengths. Nothing here is ours to keep for long: the address in a `Sound` ends with its time.
"""

from datetime import datetime

from attrs import field, frozen


@frozen(kw_only=True)
class Sound:
    """Where the sound of a video is, and how to ask for it.

    Attributes:
        url: http(s), or a playlist of HLS; carries signatures, so it is left out of ``repr``.
        headers: what the site expects to be asked with.
        codec: yt-dlp's name of the audio codec, such as ``opus`` or ``mp4a.40.2``; empty if unknown.
        container: such as ``webm`` or ``m4a``; empty if unknown.
        size_bytes: None if unknown.
        expires_at: when the address stops working (aware), None if nobody says.
    """

    url: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    codec: str = ""
    container: str = ""
    size_bytes: int | None = None
    expires_at: datetime | None = None


@frozen(kw_only=True)
class Extracted:
    """One video or piece of sound, ready to be opened.

    Attributes:
        id: the site's own. extractor: yt-dlp's name of the site in lower case, such as ``youtube``; with
        ``id`` it is an identity. title: never empty. uploader: channel or account. artist: from the site's
        music tags, where there are any. track: the song's name from the same tags. duration_s: None when
        unknown or live. live: a stream that runs now and has no end yet. page_url: a link for people.
        thumbnail_url: a picture.
    """

    id: str
    extractor: str
    title: str
    page_url: str
    sound: Sound
    uploader: str | None = None
    artist: str | None = None
    track: str | None = None
    duration_s: float | None = None
    live: bool = False
    thumbnail_url: str | None = None


@frozen(kw_only=True)
class Entry:
    """One line of a playlist, a search or a mix: enough to show and to look at later.

    Attributes:
        url: what `Extractor.look` takes.
        title: never empty.
        available: False for what the list itself calls private or deleted.
    """

    id: str
    extractor: str
    title: str
    url: str
    uploader: str | None = None
    duration_s: float | None = None
    live: bool = False
    available: bool = True
    thumbnail_url: str | None = None
