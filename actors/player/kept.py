"""Tracks as other slices keep them, and what a picker brings back: values to JSON and back, pure."""

from collections.abc import Sequence

import msgspec
from attrs import frozen

from actors.core.music import (
    KeptList,
    KeptTrack,
    LibraryFile,
    Place,
    UploadedFile,
    Wish,
    Words,
)
from actors.player.asks import Known, Wanted
from media.choices import Candidate
from media.tracks import AttachmentQuery, TextQuery, Track


@frozen(kw_only=True)
class PickedTrack:
    """The value of a choice among what words may mean."""

    track: Track
    place: Place


@frozen(kw_only=True)
class PickedSong:
    """The value of a choice among what a matched track may be."""

    entry_id: int
    candidate: Candidate


@frozen(kw_only=True)
class PickedMatch:
    """The value of a choice among what the song of a link may be, which is not queued yet."""

    track: Track
    candidate: Candidate
    place: Place


Pick = PickedTrack | PickedSong | PickedMatch
PICKS: dict[str, type[Pick]] = {"track": PickedTrack, "song": PickedSong, "match": PickedMatch}
"""By the picker's query."""


def encode_pick(pick: Pick) -> str:
    """As a picker's value."""
    return msgspec.json.encode(pick).decode()


def decode_pick(query: str, value: str) -> Pick:
    """What was picked.

    Raises:
        msgspec.MsgspecError: it is none of ours.
    """
    return msgspec.json.decode(value.encode(), type=PICKS[query])


def to_kept(track: Track) -> KeptTrack:
    """A track to give away."""
    return KeptTrack(
        data=msgspec.json.encode(track),
        title=track.title,
        artist=track.artist,
        url=track.page_url,
        duration_s=track.duration_s,
    )


def to_wanted(wish: Wish) -> Wanted:
    """What another slice wants queued; of kept tracks, those that can still be read."""
    match wish:
        case Words(words):
            return TextQuery(text=words)
        case LibraryFile(name):
            return TextQuery(text=name)
        case UploadedFile(url=url, filename=filename, size=size, content_type=content_type):
            return AttachmentQuery(url=url, filename=filename, size=size, content_type=content_type)
        case KeptTrack():
            return _known((wish,), None)
        case KeptList(title=title, tracks=tracks):
            return _known(tracks, title)


def _known(kept: Sequence[KeptTrack], title: str | None) -> Known:
    tracks = [track for track in map(_from_kept, kept) if track is not None]
    return Known(tracks=tuple(tracks), title=title, lost=len(kept) - len(tracks))


def _from_kept(kept: KeptTrack) -> Track | None:
    try:
        return msgspec.json.decode(kept.data, type=Track)
    except msgspec.MsgspecError:
        return None
