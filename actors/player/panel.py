"""The panel's values: what is remembered of the "Now playing" message, what it is told, what it wants done.

Pure; ``panel_course`` decides with these, ``panel_view`` draws, ``panel_sheets`` sends. One panel per guild.
States of what is out there::

    none ──a track has begun──▶ posted (on its way, then with an id) ──silence──▶ old (loses its buttons)
     ▲                             │  ├── scrolled away, or a new track ──▶ posted anew, this one goes
     └── refused, deleted twice ───┘  └── deleted by somebody ──▶ posted once again

What is wanted is committed before it is posted and has a number that becomes the nonce, so that a post of
which a crash has lost the answer is found again instead of being made twice.
"""

from enum import Enum

from attrs import define, field, frozen

from actors.core.texts import Text
from gateway_client.ids import ChannelId, MessageId

NEVER = float("-inf")


class Verb(Enum):
    """What a button of the panel does; ``LOOP`` says in its argument how."""

    PREVIOUS = "previous"
    PAUSE = "pause"
    RESUME = "resume"
    SKIP = "skip"
    STOP = "stop"
    LOOP = "loop"
    SHUFFLE = "shuffle"
    DOWN = "down"
    UP = "up"
    QUEUE = "queue"


@frozen
class Press:
    """Somebody pressed a button; ``argument`` is what its ``custom_id`` claims."""

    verb: Verb
    argument: str = ""


@frozen(kw_only=True)
class Posted:
    """A message that is the panel; ``message_id`` is missing while it is on its way.

    ``tracks`` counts what it has shown.
    """

    channel_id: ChannelId
    number: int
    message_id: MessageId | None = None
    tracks: int = 1


@frozen(kw_only=True)
class Old:
    """A message that was the panel: it is deleted, or loses its buttons."""

    channel_id: ChannelId
    message_id: MessageId
    goes: bool


@define(kw_only=True)
class Panel:
    """What is remembered; everything else is only of this process.

    Attributes:
        post: what is out there.
        old: what is to be cleared away and was not seen done yet.
        numbers: of the last post.
        shown: the entry that was told last.
        given_up: the entry for which there is no panel, because the channel refuses it or people do.
        missed: the entry for which a deleted panel was posted again.
        below: messages that came after it.
        pressed_at: when somebody pressed it last, monotonic seconds, like the following.
        posted_at: when it was posted.
        opening: whether the track is being opened.
        redraw_at: when the progress is shown again, or that the track is still being opened.
        look: what was drawn last, without the progress.
    """

    post: Posted | None = None
    old: tuple[Old, ...] = ()
    numbers: int = 0
    shown: int | None = None
    given_up: int | None = None
    missed: int | None = None
    below: set[MessageId] = field(factory=set[MessageId])
    replaced: MessageId | None = None
    pressed_at: float = NEVER
    posted_at: float = NEVER
    opening: bool = False
    redraw_at: float | None = None
    look: object = None


@frozen(kw_only=True)
class SavedPanel:
    """What of a panel outlives a restart."""

    post: Posted | None = None
    old: tuple[Old, ...] = ()
    numbers: int = 0
    shown: int | None = None


NO_PANEL = SavedPanel()


# What it is told.


@frozen
class PanelPosted:
    """The post of this number is in the channel."""

    number: int
    message_id: MessageId


@frozen
class PanelRefused:
    """The bot may not write there."""

    number: int


@frozen
class PanelLost:
    """The message of this number is not there any more."""

    number: int


@frozen
class OldGone:
    """This message needs no more clearing away."""

    message_id: MessageId


@frozen
class Written:
    """Somebody, perhaps the bot, wrote a message."""

    channel_id: ChannelId
    message_id: MessageId


@frozen
class Deleted:
    """Messages are gone."""

    message_ids: tuple[MessageId, ...]


PanelFact = PanelPosted | PanelRefused | PanelLost | OldGone | Written | Deleted


# What it wants done; it waits for the commit.


@frozen
class DrawPanel:
    """Make this message equal to what there is; post it if it is on its way.

    ``after`` is a request whose answers must be out first.
    """

    post: Posted
    after: int | None = None


@frozen
class EndPanel:
    """Nothing more happens: this is what the message says from now on, without buttons."""

    post: Posted
    text: Text


@frozen
class ClearOld:
    """Delete this message, or take its buttons."""

    old: Old


@frozen
class TellRefused:
    """Tell whoever asked for the track that there can be no panel."""

    request: int
    text: Text


PanelWord = DrawPanel | EndPanel | ClearOld | TellRefused


def saved_panel(panel: Panel) -> SavedPanel:
    """As it is kept."""
    return SavedPanel(post=panel.post, old=panel.old, numbers=panel.numbers, shown=panel.shown)


def restored_panel(saved: SavedPanel) -> Panel:
    """As it was kept."""
    return Panel(post=saved.post, old=saved.old, numbers=saved.numbers, shown=saved.shown)
