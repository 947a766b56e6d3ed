"""The commands that change how the music sounds, as declared. They act at once."""

from actors.core.arguments import Arguments
from actors.core.declare import Option, OptionType
from actors.player.asks import Seek, SetFilter, SetLoop, SetNormalize, SetSpeed
from actors.player.commands import control
from actors.player.tuning import FILTERS, Loop, filter_argument, jump_argument, loop_argument, speed_argument


def _seek(arguments: Arguments) -> Seek:
    return Seek(jump_argument(arguments.text("position") or ""))


def _filter(arguments: Arguments) -> SetFilter:
    return SetFilter(filter_argument(arguments.text("name") or ""))


def _speed(arguments: Arguments) -> SetSpeed:
    return SetSpeed(speed_argument(arguments.text("factor") or ""))


def _loop(arguments: Arguments) -> SetLoop:
    return SetLoop(loop_argument(arguments.text("mode") or ""))


_LOOPS = tuple(loop.value for loop in Loop)

SOUND_COMMANDS = (
    control("seek", "control", _seek, options=(Option(name="position", required=True),)),
    control("filter", "control", _filter, options=(Option(name="name", required=True, choices=FILTERS),)),
    control("speed", "control", _speed, options=(Option(name="factor", required=True),)),
    control(
        "normalize",
        "control",
        lambda given: SetNormalize(given.flag("mode")),
        options=(Option(name="mode", type=OptionType.FLAG),),
        aliases=("norm", "loudnorm"),
    ),
    control("loop", "control", _loop, options=(Option(name="mode", required=True, choices=_LOOPS),)),
)
