"""All messages of a guild: what is told synchronously, and what has to happen afterwards."""

from actors.core.claim import Claim, Place
from actors.core.reactions import Settled
from actors.core.work import Stage, Work, WorkKind
from actors.status.effects import LetGo, Show
from actors.status.entry import SHOW_AFTER_S
from actors.status.state import StatusState
from actors.status.style import Style
from gateway_client.ids import MessageId
from tests.core.fakes import ALICE, CHANNEL, GUILD

ONE = MessageId(1)
PLACE = Place(guild_id=GUILD, channel_id=CHANNEL, message_id=ONE, author_id=ALICE)


def working() -> tuple[StatusState, int, Show]:
    """A message whose work goes on, and the wish for its icon."""
    state = StatusState()
    number = state.claim(Claim(guild_id=GUILD, work=Work(), lane=None, place=PLACE), Style(), 0.0)
    state.hear(number, Stage.STARTED, WorkKind.RESOLVING, 0.0)
    state.flush(0.0)
    state.tick(SHOW_AFTER_S)
    (show,) = state.flush(SHOW_AFTER_S)
    assert isinstance(show, Show)
    return state, number, show


def emojis(show: object) -> list[str]:
    assert isinstance(show, Show)
    return [emote.text for emote in show.wish.emotes]


def test_an_icon_that_comes_true_after_its_work_has_ended_is_not_the_end() -> None:
    state, number, icon = working()
    state.hear(number, Stage.DONE, WorkKind.RESOLVING, 1.0)
    state.settled(ONE, icon.version, Settled.SHOWN)
    (end,) = state.flush(1.2)
    assert emojis(end) == ["✅"]


def test_what_is_edited_while_its_icon_comes_true_is_cleared() -> None:
    state, _, icon = working()
    state.edited(ONE, 1.0)
    state.settled(ONE, icon.version, Settled.SHOWN)
    (nothing,) = state.flush(1.2)
    assert emojis(nothing) == []


def test_an_end_that_came_true_is_let_go() -> None:
    state, number, _ = working()
    state.hear(number, Stage.DONE, WorkKind.RESOLVING, 1.0)
    (end,) = state.flush(1.0)
    assert isinstance(end, Show)
    state.settled(ONE, end.version, Settled.SHOWN)
    (over,) = state.flush(1.5)
    assert isinstance(over, LetGo)
    assert state.is_idle
