"""Titles brought to a form in which they can be compared.

``Beyoncé – Déjà Vu (feat. JAY-Z) [Official Video]`` and ``Deja Vu`` by ``Beyoncé`` name the same song. So
accents and punctuation go, guests go, what only advertises the video goes. What makes *another* recording of
the song (live, cover, karaoke, remix, sped up) is taken out as a `Version`, to be compared on its own.
"""

import re
import unicodedata
from enum import StrEnum

from attrs import frozen

LONGEST = 300  # characters of a title that are looked at


class Version(StrEnum):
    """What makes another recording of the same song."""

    LIVE = "live"
    COVER = "cover"
    KARAOKE = "karaoke"
    INSTRUMENTAL = "instrumental"
    REMIX = "remix"
    ACOUSTIC = "acoustic"
    DEMO = "demo"
    SPED_UP = "sped up"
    SLOWED = "slowed"
    NIGHTCORE = "nightcore"
    EIGHT_D = "8d"
    BASS_BOOSTED = "bass boosted"
    EXTENDED = "extended"
    LOOP = "loop"
    MASHUP = "mashup"
    REACTION = "reaction"
    TUTORIAL = "tutorial"
    TEASER = "teaser"


_VERSIONS: tuple[tuple[Version, str], ...] = (
    (Version.KARAOKE, r"karaoke|sing ?along|playback|backing track|originally performed"),
    (Version.INSTRUMENTAL, r"instrumental|no vocals|off vocal|piano version|8 ?bit|music box|lullaby"),
    (Version.COVER, r"cover(?:ed)?|tribute|in the style of|made famous by|vs original"),
    (Version.REMIX, r"re ?mix(?:ed)?|bootleg|vip mix|club mix|dance mix|rework|flip"),
    (Version.ACOUSTIC, r"acoustic|unplugged|stripped"),
    (Version.DEMO, r"demo|early version|rough mix"),
    (Version.SPED_UP, r"sped ?up|speed(?:ed)? ?up|fast(?:er)? version|tiktok version"),
    (Version.SLOWED, r"slowed(?: down)?|slow version|daycore|reverb(?:ed)?|chopped and screwed"),
    (Version.NIGHTCORE, r"nightcore"),
    (Version.EIGHT_D, r"8d(?: audio)?|16d(?: audio)?|3d audio"),
    (Version.BASS_BOOSTED, r"bass ?boost(?:ed)?"),
    (Version.EXTENDED, r"extended(?: version| mix)?|full album|12 inch"),
    (Version.LOOP, r"\d+ ?(?:hours?|hrs?|h) ?(?:loop|version|of)?|looped|loop"),
    (Version.MASHUP, r"mash ?up|medley|megamix"),
    (Version.REACTION, r"reaction|reacts?|review|explained|analysis"),
    (Version.TUTORIAL, r"tutorial|lesson|how to play|guitar tab|chords|drum ?less"),
    (Version.TEASER, r"teaser|trailer|preview|snippet|shorts?"),
    (
        Version.LIVE,
        r"live(?: (?:at|from|in|on|session|version|performance))?|concert|tiny desk|mtv unplugged",
    ),
)
# Words that every language has (live, cover, short) mark a version only where a title adds something: in
# brackets or behind a dash. These mark it wherever they stand.
_ANYWHERE = frozenset(
    {Version.KARAOKE, Version.NIGHTCORE, Version.SPED_UP, Version.BASS_BOOSTED, Version.REMIX}
    | {Version.EIGHT_D, Version.INSTRUMENTAL, Version.MASHUP, Version.TUTORIAL}
)
_PATTERNS = {version: re.compile(rf"\b(?:{pattern})\b") for version, pattern in _VERSIONS}

_ADVERTISING = re.compile(
    r"\b(?:official|music|lyrics?|lyric|audio|video|videoclip|clip|visuali[sz]er|hd|hq|4k|uhd|1080p|720p|full|"
    r"song|mv|m v|original|version|album|single|explicit|clean|uncensored|with|on screen|color coded|"
    r"(?:digital(?:ly)? )?remaster(?:ed)?(?: version)?(?: (?:19|20)\d\d)?|(?:19|20)\d\d(?: digital)? "
    r"remaster(?:ed)?(?: version)?|remaster(?:ed)?|mono|stereo|mix|radio edit|edit|bonus track|deluxe|"
    r"(?:19|20)\d\d|hi res|free download|out now|premiere|"
    r"oficial|offizielles|offiziell|musikvideo|officiel|clip officiel|videoclip oficial|letra|paroles|text)\b"
)
_ADVERTISING_ANYWHERE = re.compile(
    r"\bofficial (?:(?:hd|4k|music|lyrics?) )*(?:video|audio|visuali[sz]er|clip)\b|"
    r"\b(?:music|lyrics?) video\b"
)
_GUESTS = re.compile(
    r"\b(?:feat(?:uring)?|ft)\b\.? ?[^()\[\]|]*|\b(?:with|prod(?:uced)?(?: by)?)\b[^()\[\]|]*$"
)
_BRACKETS = re.compile(r"[(\[{【（「]([^()\[\]{}【】（）「」]*)[)\]}】）」]")
_NOT_A_WORD = re.compile(r"[^\w]+", re.UNICODE)
_APOSTROPHES = re.compile(r"['’‘`´]")
_DASHES = re.compile(r"\s+[-–—|:~•·/]+\s+|\s*\|\s*|\s*//\s*")
_JOINS = re.compile(
    r"\s*(?:,|&|;|/|\bx\b|\band\b|\bfeat(?:uring)?\b\.?|\bft\b\.?|\bvs\b\.?|\bwith\b|\u00a0)\s*"
)
_TOPIC = re.compile(
    r"\s+-\s+topic$|\s*(?:vevo|official|oficial|music|tv|channel|band|records)$", re.IGNORECASE
)
# What no decomposition takes apart.
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ı": "i", "þ": "th"}
    | {"$": "s", "€": "e", "∆": "a", "×": " x "}
)


@frozen(kw_only=True)
class Name:
    """A title, comparable.

    Attributes:
        words: what names the song, in order.
        versions: what kind of recording it says it is.
    """

    words: tuple[str, ...]
    versions: frozenset[Version]


def fold(text: str) -> str:
    """Lower case without accents; letters of other scripts stay."""
    lowered = unicodedata.normalize("NFKC", text[:LONGEST]).casefold().translate(_LETTERS)
    parts = unicodedata.normalize("NFD", lowered)
    return unicodedata.normalize("NFC", "".join(c for c in parts if not unicodedata.combining(c)))


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text, folded; ``&`` and ``and`` are none."""
    plain = _NOT_A_WORD.sub(" ", _APOSTROPHES.sub("", fold(text).replace("&", " "))).replace("_", " ")
    return tuple(word for word in plain.split() if word != "and")


def parse_title(title: str) -> Name:
    """What a title names, and which recording of it."""
    folded = _APOSTROPHES.sub("", fold(title))
    kept = _GUESTS.sub(" ", _without_advertising(folded))
    return Name(words=words_of(kept) or words_of(title), versions=versions_of(folded))


def versions_of(folded: str) -> frozenset[Version]:
    """Which recordings a folded title speaks of."""
    asides = _asides(folded)
    everywhere = " ".join(words_of(folded))
    return frozenset(
        version
        for version, pattern in _PATTERNS.items()
        if any(pattern.search(aside) for aside in asides)
        or (version in _ANYWHERE and pattern.search(everywhere))
    )


def versions_anywhere(folded: str) -> frozenset[Version]:
    """Which recordings the words of a folded title could speak of, wherever they stand."""
    everywhere = " ".join(words_of(folded))
    return frozenset(version for version, pattern in _PATTERNS.items() if pattern.search(everywhere))


def _asides(folded: str) -> list[str]:
    """What stands in brackets, and behind a dash."""
    inside = [" ".join(words_of(match[1])) for match in _BRACKETS.finditer(folded)]
    outside = _DASHES.split(_BRACKETS.sub(" ", folded))
    return inside + [" ".join(words_of(part)) for part in outside[1:]]


def _without_advertising(folded: str) -> str:
    """Leave brackets and tails out that say nothing about which song it is."""
    text = _BRACKETS.sub(lambda match: f" {match[0]} " if _says_something(match[1]) else " ", folded)
    text = _ADVERTISING_ANYWHERE.sub(" ", text)
    first, *rest = _DASHES.split(text)
    return " ".join([first, *(part for part in rest if _says_something(part))])


def _says_something(part: str) -> bool:
    words = " ".join(words_of(_GUESTS.sub(" ", part)))
    for pattern in _PATTERNS.values():
        words = pattern.sub(" ", words)
    return bool(_ADVERTISING.sub(" ", words).strip())


def artists_of(text: str) -> tuple[tuple[str, ...], ...]:
    """The artists that a text names, the first one first, as words."""
    found = (words_of(part) for part in _JOINS.split(fold(text)))
    return tuple(words for words in found if words)


def channel_words(channel: str) -> tuple[str, ...]:
    """A channel's name without what channels add (``VEVO``, ``- Topic``)."""
    return words_of(_TOPIC.sub("", channel.strip()))


def is_topic(channel: str) -> bool:
    """Whether YouTube itself made the channel from the label's releases."""
    return channel.casefold().strip().endswith("- topic")
