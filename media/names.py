"""File names of the library: what people write, made safe for every file system.

A name is one path component without separators, control characters, or what Windows forbids; it neither
begins with a dot nor ends with one. Case is kept, but does not tell two names apart.
"""

import re
import unicodedata
from urllib.parse import urlsplit

NAME_BYTES = 180  # UTF-8, with room for " (n)" under the 255 of most file systems
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f-\x9f/\\<>:"|?*\u2028\u2029\u202a-\u202e\u2066-\u2069]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,5}$")
_FALLBACK = "audio"
_MEDIA_NAME = re.compile(
    r"\.(aac|ac3|aiff?|amr|ape|asf|avi|caf|dsf|flac|flv|m3u8|m4[abv]|mka|mkv|mov|mp[234a]|mpga|og[agv]|opus|ts|"
    r"tta|w64|wav|weba?|webm|wma|wmv|wv)$",
    re.IGNORECASE,
)


def sanitize(name: str) -> str:
    """A safe name that looks like the given one; never empty."""
    clean = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode("utf-8"))
    clean = _FORBIDDEN.sub("_", clean).strip(". ")
    if _DEVICES.match(clean):
        clean = f"_{clean}"
    stem, extension = split_extension(clean)
    stem = _cut(stem, NAME_BYTES - len(extension)).strip(". ") or _FALLBACK
    return stem + extension


def split_extension(name: str) -> tuple[str, str]:
    """Stem and extension; the extension holds its dot, or is empty."""
    match = _EXTENSION.search(name)
    if match is None or match.start() == 0:
        return name, ""
    return name[: match.start()], match[0]


def with_extension(name: str, extension: str) -> str:
    """A name that ends like a media file: as it does, or with this extension (with its dot)."""
    if _MEDIA_NAME.search(name) or not extension:
        return name
    return _cut(name, NAME_BYTES - len(extension)).rstrip(". ") + extension


def strip_media_extension(name: str) -> str:
    """A name without the ending of a media file."""
    return _MEDIA_NAME.sub("", name)


def names_media(url: str) -> bool:
    """Whether a URL's path ends like a media file."""
    return _MEDIA_NAME.search(urlsplit(url).path) is not None


def numbered(name: str, number: int) -> str:
    """The name that is tried when ``number`` others of this name are there already."""
    if number == 0:
        return name
    stem, extension = split_extension(name)
    return f"{stem} ({number}){extension}"


def exact_names(names: list[str], text: str) -> list[str]:
    """The names that a text is, in whichever case, with or without their extension."""
    wanted = text.strip().casefold()
    exact = [name for name in names if name.casefold() == wanted]
    return exact or [name for name in names if split_extension(name)[0].casefold() == wanted]


def match_names(names: list[str], text: str) -> list[str]:
    """The names that a person may mean: the exact one alone, else all that contain the text.

    Case is ignored; a name without its extension is as exact as with it.
    """
    wanted = text.strip().casefold()
    if not wanted:
        return []
    return exact_names(names, text) or [name for name in names if wanted in name.casefold()]


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode("utf-8", "ignore")
