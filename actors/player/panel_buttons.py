"""The panel's buttons: how they are declared, and which command each press means.

A press is the command that its button stands for, by whoever pressed it: the same checks, the same effect. It
is answered by the panel itself; only a refusal is said, privately. A button that was pressed just before the
panel changed means what it showed. Volume goes in steps of ten and by button never above 100 %.
"""

from actors.core.access import Rule
from actors.core.custom_id import CustomId
from actors.core.declare import Component
from actors.core.envelope import Facts
from actors.core.texts import Text, text
from actors.player.asks import (
    Command,
    Pause,
    Previous,
    Resume,
    SetLoop,
    SetVolume,
    ShowQueue,
    Shuffle,
    Skip,
    Stop,
)
from actors.player.panel import Press, Verb
from actors.player.player import Player
from actors.player.tuning import Loop
from actors.player.volume import HIGHEST_PCT, LOWEST_PCT

STEP_PCT = 10
_EVERYBODYS = frozenset({Verb.QUEUE, Verb.SKIP})  # who may skip, the machine decides


def _component(verb: Verb) -> Component:
    def message(custom_id: CustomId, values: tuple[str, ...], facts: Facts) -> Press:
        return Press(verb, custom_id.argument)

    rule = Rule.EVERYONE if verb in _EVERYBODYS else Rule.DJ
    return Component(verb=verb.value, message=message, rule=rule)


BUTTONS = tuple(_component(verb) for verb in Verb)


def meaning(press: Press, player: Player) -> Command | Text:  # noqa: PLR0911 - one flat table of buttons
    """The command that a press stands for, or why it means nothing."""
    match press.verb:
        case Verb.PREVIOUS:
            return Previous()
        case Verb.PAUSE:
            return Pause()
        case Verb.RESUME:
            return Resume()
        case Verb.SKIP:
            return Skip()
        case Verb.STOP:
            return Stop()
        case Verb.LOOP:
            known = press.argument in {loop.value for loop in Loop}
            return SetLoop(Loop(press.argument) if known else Loop.OFF)
        case Verb.SHUFFLE:
            return Shuffle()
        case Verb.DOWN | Verb.UP:
            return _volume(press.verb, player.volume_now_pct)
        case Verb.QUEUE:
            return ShowQueue()


def _volume(verb: Verb, volume_pct: int) -> Command | Text:
    """The next step, which ends where the button's range does."""
    if verb is Verb.UP:
        if volume_pct >= HIGHEST_PCT:
            return text("panel.loudest", volume=volume_pct)
        return SetVolume(min(HIGHEST_PCT, volume_pct // STEP_PCT * STEP_PCT + STEP_PCT))
    if volume_pct <= LOWEST_PCT:
        return text("panel.quietest", volume=volume_pct)
    return SetVolume(max(LOWEST_PCT, -(-volume_pct // STEP_PCT) * STEP_PCT - STEP_PCT))
