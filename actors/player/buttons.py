"""The player's buttons: how they are written, and what a press means.

Pure. A ``custom_id`` is text that any client can send, so the machine checks again whatever it claims.
"""

from collections.abc import Sequence

from actors.core.address import Address
from actors.core.custom_id import CustomId
from actors.core.declare import Component
from actors.core.envelope import Facts
from actors.core.texts import Say
from actors.player.asks import Again, WrongSong
from actors.rest.payloads import ActionRow, Button

VERSION = 1
IN_A_ROW = 5
_DIGITS = 19


def again_button(home: Address, number: int, entry_id: int, owner: int) -> Button:
    """Queues a track of the history once more."""
    argument = f"{entry_id}-{owner}"
    return Button(label=f"+ {number}", custom_id=_custom_id(home, "again", argument))


def wrong_song_row(home: Address, entry_id: int, say: Say) -> ActionRow:
    """Says that a match is none."""
    custom_id = _custom_id(home, "wrong", str(entry_id))
    return ActionRow((Button(label=say("player.wrong_song"), custom_id=custom_id),))


def choose_song_row(home: Address, entry_id: int, say: Say) -> ActionRow:
    """Offers what a song may be for which there is no sure match."""
    custom_id = _custom_id(home, "wrong", str(entry_id))
    return ActionRow((Button(label=say("player.choose_song"), custom_id=custom_id),))


def rows_of(buttons: Sequence[Button]) -> tuple[ActionRow, ...]:
    """As many rows as they take."""
    rows = range(0, len(buttons), IN_A_ROW)
    return tuple(ActionRow(tuple(buttons[first : first + IN_A_ROW])) for first in rows)


def _custom_id(home: Address, verb: str, argument: str) -> str:
    return CustomId(address=home, version=VERSION, verb=verb, argument=argument).to_wire()


def _again(custom_id: CustomId, values: tuple[str, ...], facts: Facts) -> Again:
    entry_id, _, owner = custom_id.argument.partition("-")
    return Again(_number(entry_id), _number(owner))


def _wrong(custom_id: CustomId, values: tuple[str, ...], facts: Facts) -> WrongSong:
    return WrongSong(_number(custom_id.argument))


def _number(words: str) -> int:
    """What is no number names nothing."""
    return int(words) if words.isascii() and words.isdecimal() and len(words) <= _DIGITS else 0


TRACK_BUTTONS = (Component(verb="again", message=_again), Component(verb="wrong", message=_wrong))
