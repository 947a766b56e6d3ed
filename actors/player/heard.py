"""What a guild has heard and queued, as suggestions while somebody types.

Memory of this process: each player notes what it has when it keeps its state, so that completion, which runs
beside the actors, needs none of them.
"""

from collections.abc import Iterable

from attrs import define, field

from actors.player.sentences import plain
from actors.rest.payloads import cut
from gateway_client.ids import GuildId
from media.suggestions import LABEL, Origin, Suggestion, Typed
from media.tracks import SourceKind, Track

OFFERED = 8


@define(eq=False)
class Heard:
    """A ``media.suggestions.Suggestions``."""

    _tracks: dict[GuildId, tuple[Track, ...]] = field(factory=dict[GuildId, tuple[Track, ...]])

    def note(self, guild_id: GuildId, tracks: Iterable[Track]) -> None:
        """This is what a guild knows, newest first."""
        self._tracks[guild_id] = tuple(tracks)

    def suggest(self, typed: Typed) -> list[Suggestion]:
        """What fits what was typed, newest first."""
        wanted = typed.text.strip().casefold()
        found: dict[str, Suggestion] = {}
        for track in self._tracks.get(typed.guild_id, ()):
            value = _value(track)
            if value and wanted in f"{track.title} {track.artist or ''}".casefold():
                suggestion = Suggestion(label=_label(track), value=value, origin=Origin.HISTORY)
                found.setdefault(value, suggestion)
        return list(found.values())[:OFFERED]


def _value(track: Track) -> str | None:
    """The query that gives this track again; what no short query gives is not offered."""
    match track.source:
        case SourceKind.LIBRARY:
            value = track.locator.partition("/")[2]
        case SourceKind.ATTACHMENT:
            return None  # its link dies after a day
        case _:
            value = track.page_url or track.locator
    return value if 0 < len(value) <= LABEL else None


def _label(track: Track) -> str:
    title, artist = plain(track.title) or "?", plain(track.artist or "")
    return cut(f"{title} · {artist}" if artist else title, LABEL)
