"""What a radio over HLS says it plays: titles in its playlist, and in the tags that its pieces begin with.

Pure. Such a radio is fetched in pieces by FFmpeg; each answer passes the guard, where it is read along
(`media.radio`). A playlist may name every piece behind its length; a piece of plain AAC or MP3 may begin with
an ID3 tag. Tags within MPEG-TS are not looked for.

Failure mode: what cannot be read names nothing.

Source: RFC 8216, sections 3.4 and 4.3.2.1; ID3v2.3 and ID3v2.4, sections 3 and 4; FFmpeg's ``hls`` demuxer,
``live_start_index``.
"""

import re
from typing import Final

from attrs import define, field

MOST_BYTES: Final = 256 << 10
"""Of a playlist or a tag; larger ones have a picture in them or are none."""
FROM_END: Final = 3
"""FFmpeg begins so many pieces before the end, and stays there."""
_EXTINF: Final = re.compile(r"^#EXTINF:[^,\n]*,(.*)$", re.MULTILINE)
_ATTRIBUTE: Final = re.compile(r'\b(title|artist)="([^"]*)"', re.IGNORECASE)
_NOTHING: Final = frozenset({"no desc", "no title", "live", "unknown"})
_LONGEST: Final = 300
_HEADER: Final = 10
_ENCODINGS: Final = ("latin-1", "utf-16", "utf-16-be", "utf-8")
_UNREADABLE_FLAGS: Final = 0xC0  # unsynchronised, or with an extended header


def title_in_playlist(data: bytes) -> str:
    """The title of the piece that plays; empty where none is named, or the list has an end."""
    text = data.decode("utf-8", "replace")
    if "#EXT-X-ENDLIST" in text:
        return ""
    titles = _EXTINF.findall(text)[-FROM_END:]
    if not titles:
        return ""
    named = {name.lower(): words for name, words in _ATTRIBUTE.findall(titles[0])}
    if named:
        return _put_together(named.get("artist", ""), named.get("title", ""))
    title = _put_together("", titles[0])
    return "" if title.lower() in _NOTHING or title.isdecimal() else title


def size_of_tag(data: bytes) -> int | None:
    """How many bytes the ID3 tag has with which this begins; None if there is none."""
    if len(data) < _HEADER or not data.startswith(b"ID3") or data[3] not in (3, 4):
        return None
    return None if data[5] & _UNREADABLE_FLAGS else _HEADER + _syncsafe(data[6:_HEADER])


def title_in_tag(data: bytes) -> str:
    """Artist and title of an ID3 tag; empty where it names none."""
    size = size_of_tag(data)
    if size is None:
        return ""
    found, at, end = dict[bytes, str](), _HEADER, min(size, len(data))
    while at + _HEADER <= end and data[at]:
        name, told = data[at : at + 4], data[at + 4 : at + 8]
        length = _syncsafe(told) if data[3] == 4 else int.from_bytes(told, "big")
        if name in (b"TIT2", b"TPE1"):
            found[name] = _text(data[at + _HEADER : min(at + _HEADER + length, end)])
        at += _HEADER + length
    return _put_together(found.get(b"TPE1", ""), found.get(b"TIT2", ""))


@define(eq=False)
class PieceReader:
    """The body of one answer, as it comes: a playlist, a piece with a tag, or nothing of interest.

    Attributes:
        is_list: the answer calls itself a playlist.
        is_over: nothing more is to be learned from it.
    """

    is_list: bool
    is_over: bool = False
    _data: bytearray = field(factory=bytearray, init=False)

    def feed(self, data: bytes, *, ends: bool) -> str:
        """Take bytes; what they name, empty for nothing yet. ``ends``: they are the last."""
        if self.is_over:
            return ""
        self._data += data
        if self.is_list:
            self.is_over = ends or len(self._data) > MOST_BYTES
            return title_in_playlist(bytes(self._data)) if ends else ""
        if len(self._data) < _HEADER:
            self.is_over = ends
            return ""
        size = size_of_tag(bytes(self._data[:_HEADER]))
        self.is_over = size is None or size > MOST_BYTES or len(self._data) >= size
        return title_in_tag(bytes(self._data)) if size is not None and len(self._data) >= size else ""


def _put_together(artist: str, title: str) -> str:
    parts = [" ".join(part.split()) for part in (artist, title)]
    return " - ".join(part for part in parts if part)[:_LONGEST].strip(" -")


def _text(frame: bytes) -> str:
    """A text frame; of several texts the first."""
    if not frame or frame[0] >= len(_ENCODINGS):
        return ""
    return frame[1:].decode(_ENCODINGS[frame[0]], "replace").partition("\0")[0]


def _syncsafe(data: bytes) -> int:
    number = 0
    for byte in data:
        number = number << 7 | byte & 0x7F
    return number
