"""What people want of the player for good: autoplay, staying in the channel, silence about what plays.

Each function decides one command, as those of ``orders`` do; without a value it toggles. What is set is kept.
"""

from actors.core.texts import text
from actors.player import autoplay
from actors.player.checks import not_with_me
from actors.player.messages import Asked
from actors.player.player import Player


def set_autoplay(player: Player, asked: Asked, mode: bool | None) -> None:
    """Go on with what fits when the queue has run out."""
    if not _may(player, asked):
        return
    player.autoplay = not player.autoplay if mode is None else mode
    player.looked_after = 0
    if player.autoplay:
        autoplay.look_ahead(player)
    else:
        player.deck.arrange([entry for entry in player.deck.queue if not entry.auto])
    player.changed()
    player.say(asked.request, text("player.autoplay_on" if player.autoplay else "player.autoplay_off"))


def set_stay(player: Player, asked: Asked, mode: bool | None, at: float) -> None:
    """Stay in the channel whatever happens."""
    if not _may(player, asked):
        return
    player.stay = not player.stay if mode is None else mode
    if player.alone_at is not None:
        player.be_alone(at)
    if player.stay:
        player.leave_at = None
    elif player.deck.now is None and player.leave_at is None:
        player.fall_silent(at)
    player.changed()
    player.say(asked.request, text("player.stay_on" if player.stay else "player.stay_off"))


def set_silent(player: Player, asked: Asked, mode: bool | None) -> None:
    """Post no "Now playing" that nobody asked for."""
    if not _may(player, asked):
        return
    player.silent = not player.silent if mode is None else mode
    player.changed()
    player.say(asked.request, text("player.silent_on" if player.silent else "player.silent_off"))


def _may(player: Player, asked: Asked) -> bool:
    refusal = not_with_me(player, asked)
    if refusal is not None:
        player.refuse(asked.request, refusal)
    return refusal is None
