"""What the machine wants done: a closed union of values, performed by the shell in their order.

Two rules of the shell stand behind them. What changes the sound is performed at once; what people read waits
for the commit, if there is one. And everything about a request is said by its number, under which the shell
keeps its reply and its work.
"""

from enum import Enum

from attrs import frozen

from actors.core.music import Place
from actors.core.texts import Text
from actors.core.work import WorkKind
from actors.player.asks import Wanted
from actors.player.panel import PanelWord
from actors.player.saved import PendingAnswer
from gateway_client.ids import ChannelId
from media.choices import Candidate
from media.tracks import Playable, Track
from voice.protocol import Desired, Measured, TrackKey


class Outcome(Enum):
    """How a request ends with what is said."""

    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


@frozen
class TellVoice:
    """This is what the node shall do."""

    desired: Desired


@frozen
class DropVoice:
    """The node shall leave the call and forget it."""


@frozen
class JoinVoice:
    """Ask Discord to seat the bot in this channel."""

    channel_id: ChannelId


@frozen
class TakeFloor:
    """Become a speaker of this stage, or ask to."""

    channel_id: ChannelId
    asks: bool


@frozen
class LeaveVoice:
    """Ask Discord to take the bot out of voice."""


@frozen
class Resolve:
    """Find what the queries of a request stand for; ``Found``, ``Offered`` or ``NotFound`` comes back.

    ``searches``: they are words, and somebody shall pick.
    """

    request: int
    queries: tuple[Wanted, ...]
    searches: bool = False


@frozen
class ReadOn:
    """What was found so far is taken: the list may be read on."""

    request: int


@frozen
class GiveUpResolving:
    """Nobody waits for that any more."""

    request: int


@frozen
class Open:
    """Make a track playable; ``Opened`` or ``NotOpened`` comes back. ``fresh``: its address was refused."""

    key: TrackKey
    track: Track
    fresh: bool = False


@frozen(kw_only=True)
class FindRelated:
    """Find what could come after a track; ``RelatedFound`` comes back."""

    seed: Track


@frozen(kw_only=True)
class FindCandidates:
    """Find what else a matched track may be; ``CandidatesFound`` comes back."""

    request: int
    entry_id: int
    track: Track


@frozen(kw_only=True)
class KeepChoice:
    """A matched track is this video; ``SongChosen`` comes back."""

    request: int
    entry_id: int
    track: Track
    candidate: Candidate


@frozen(kw_only=True)
class RememberLoudness:
    """A whole track was measured, for every guild."""

    track: Track
    measured: Measured


@frozen
class Release:
    """The node has let go of this."""

    playable: Playable


@frozen
class Started:
    """The request's own work runs now."""

    request: int
    kind: WorkKind


@frozen(kw_only=True)
class Say:
    """Answer a request; ``ends`` is set when this is its end.

    ``transient`` confirmations are tidied away; ``recoverable`` answers are remembered, because they would
    lie after a restart. ``doubtful`` is a matched track that may be the wrong song: its number.
    ``waits``: what it says is heard first (``actors.player.echo``); ``late``: it has waited for that, and its
    commit lies behind.
    """

    request: int
    text: Text
    ends: Outcome | None = Outcome.DONE
    transient: bool = True
    recoverable: bool = False
    doubtful: int | None = None
    waits: bool = False
    late: bool = False


@frozen
class Refuse:
    """Say no to a request, privately where that is possible; its work has failed."""

    request: int
    text: Text


@frozen
class SayPlaying:
    """Answer a request with what plays and how far it is."""

    request: int


@frozen
class OpenQueue:
    """Answer a request with the pages of the queue."""

    request: int
    page: int


@frozen
class OpenHistory:
    """Answer a request with the pages of what was heard."""

    request: int


@frozen(kw_only=True)
class OfferTracks:
    """Answer a request with a picker of what its words may mean."""

    request: int
    tracks: tuple[Track, ...]
    place: Place


@frozen(kw_only=True)
class OfferMatches:
    """Answer a request with a picker of what the song of its link may be.

    ``limit_pct`` is how sure one would have to be to play without asking.
    """

    request: int
    track: Track
    candidates: tuple[Candidate, ...]
    limit_pct: float
    place: Place


@frozen(kw_only=True)
class OfferSongs:
    """Answer a request with a picker of what a matched track may be."""

    request: int
    entry_id: int
    track: Track
    candidates: tuple[Candidate, ...]


@frozen(kw_only=True)
class Announce:
    """Tell the text channel something that nobody asked for just now.

    ``after`` is a request whose answers must be out first; ``unsure`` is the number of a song for which
    somebody may choose a video.
    """

    channel_id: ChannelId
    text: Text
    after: int | None = None
    unsure: int | None = None


@frozen
class Amend:
    """Replace an answer of a former life, which would lie for ever."""

    pending: PendingAnswer
    text: Text


@frozen
class ShowPresence:
    """This plays, or nothing; ``on_air`` is what a radio says it plays."""

    track: Track | None
    on_air: str | None = None


@frozen
class ShowStatus:
    """This plays in a voice channel, or nothing any more."""

    channel_id: ChannelId
    track: Track | None


@frozen
class Journal:
    """Note how far the track is."""

    entry_id: int
    position_ms: int


@frozen
class Commit:
    """Keep the state as it is now; everything that is said waits for it."""


MediaDeed = (
    Resolve
    | ReadOn
    | GiveUpResolving
    | Open
    | Release
    | FindRelated
    | FindCandidates
    | KeepChoice
    | RememberLoudness
)
"""What is asked of media."""

Deed = (
    TellVoice
    | DropVoice
    | JoinVoice
    | TakeFloor
    | LeaveVoice
    | Started
    | ShowPresence
    | ShowStatus
    | Journal
    | MediaDeed
)
"""What is done at once."""

Word = (
    Say
    | Refuse
    | SayPlaying
    | OpenQueue
    | OpenHistory
    | OfferTracks
    | OfferMatches
    | OfferSongs
    | Announce
    | Amend
    | PanelWord
)
"""What people read; it waits for the commit."""

Effect = Deed | Word | Commit
