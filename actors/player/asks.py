"""What people ask of the player: the commands of its mailbox, values only.

``Play`` is one request, whatever it names: queries that have to be looked for, tracks that are known already,
or both, in their order.
"""

from attrs import frozen

from actors.core.music import Place
from actors.core.texts import Text
from actors.player.panel import Press
from actors.player.tuning import Jump, Loop
from media.choices import Candidate
from media.tracks import Query, Track
from voice.protocol import Filter


@frozen(kw_only=True)
class Known:
    """Tracks that need not be looked for; ``title`` is that of their list. ``lost`` could not be read."""

    tracks: tuple[Track, ...]
    title: str | None = None
    lost: int = 0


@frozen(kw_only=True)
class ChosenSong:
    """A song for which somebody has just chosen the video; the choice is kept before it is queued."""

    track: Track
    candidate: Candidate


Wanted = Query | Known | ChosenSong
"""One thing to queue."""


@frozen(kw_only=True)
class Play:
    """Find, and queue what was found.

    ``above`` stays above every answer; ``quiet`` tracks are not announced.
    """

    queries: tuple[Wanted, ...]
    place: Place = Place.END
    above: Text | None = None
    quiet: bool = False


@frozen
class Pause:
    """Hold the sound where it is."""


@frozen
class Resume:
    """Go on: after a pause, or with a queue that was kept."""


@frozen
class Skip:
    """Drop ``amount`` − 1 queued tracks and play the next one."""

    amount: int = 1


@frozen
class SkipTo:
    """Play this one of the queue at once and drop what is before it; ``index`` counts from 1."""

    index: int


@frozen
class Previous:
    """Play what was heard last; the current track comes again behind it."""


@frozen
class Replay:
    """Queue the current track, or what was heard last, once more, to be next."""


@frozen
class Again:
    """Queue a track of the history once more; only ``owner`` may, whose list it is."""

    entry_id: int
    owner: int


@frozen
class WrongSong:
    """Offer what else a matched track may be."""

    entry_id: int


@frozen(kw_only=True)
class ChooseSong:
    """A matched track is this video, from now on in this guild."""

    entry_id: int
    candidate: Candidate


@frozen
class Stop:
    """End the track and empty the queue."""


@frozen
class ShowQueue:
    """Show the queue, beginning with this page (from 1)."""

    page: int = 1


@frozen
class ShowHistory:
    """Show what was heard, newest first."""


@frozen
class ShowPlaying:
    """Show what plays and how far it is."""


@frozen
class SetVolume:
    """Set the volume in percent; ``None`` shows it."""

    volume_pct: int | None


@frozen
class Join:
    """Come to the caller's channel."""


@frozen
class Leave:
    """Stop, empty the queue and leave."""


@frozen
class Clear:
    """Empty the queue, keep the track."""


@frozen
class Remove:
    """Take one track out of the queue; ``index`` counts from 1."""

    index: int


@frozen(kw_only=True)
class Move:
    """Put a track of the queue at another place; both count from 1."""

    origin: int
    target: int


@frozen
class Shuffle:
    """Bring the queue into a random order."""


@frozen
class Dedupe:
    """Take out of the queue what is in it twice."""


@frozen
class Seek:
    """Go on at another place of the track."""

    jump: Jump


@frozen
class SetFilter:
    """Let the music sound through a filter; ``None`` through none."""

    filter: Filter | None


@frozen
class SetSpeed:
    """Play at this speed, without a change of pitch."""

    speed: float


@frozen
class SetLoop:
    """Repeat the track, the queue or nothing."""

    loop: Loop


@frozen
class SetNormalize:
    """Make every track equally loud, or not; ``None`` toggles."""

    mode: bool | None


@frozen
class SetAutoplay:
    """Go on with what fits when the queue has run out, or not; ``None`` toggles."""

    mode: bool | None


@frozen
class SetStay:
    """Stay in the channel whatever happens, or not; ``None`` toggles."""

    mode: bool | None


@frozen
class SetSilent:
    """Post no "Now playing" that nobody asked for, or do; ``None`` toggles."""

    mode: bool | None


Command = (
    Play
    | Pause
    | Resume
    | Skip
    | SkipTo
    | Previous
    | Replay
    | Again
    | WrongSong
    | ChooseSong
    | Stop
    | ShowQueue
    | ShowHistory
    | ShowPlaying
    | SetVolume
    | Join
    | Leave
    | Clear
    | Remove
    | Move
    | Shuffle
    | Dedupe
    | Seek
    | SetFilter
    | SetSpeed
    | SetLoop
    | SetNormalize
    | SetAutoplay
    | SetStay
    | SetSilent
    | Press
)
