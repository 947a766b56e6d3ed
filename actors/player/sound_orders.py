"""What people want of the sound at once: another place in the track, a filter, a speed, a loop.

Each function decides one command, as those of ``orders`` do. Filter, speed and loop can be set while nothing
plays: they hold for whatever comes.
"""

from attrs import evolve

from actors.core.texts import Text, text
from actors.player import sentences
from actors.player.checks import not_with_me, nothing_plays
from actors.player.messages import Asked
from actors.player.playback import Now
from actors.player.player import Player
from actors.player.tuning import Jump, Loop, Tuning
from voice.protocol import Filter

_LOOPS = {
    Loop.OFF: "player.loop_off",
    Loop.TRACK: "player.loop_track",
    Loop.QUEUE: "player.loop_queue",
}


def seek(player: Player, asked: Asked, jump: Jump, at: float) -> None:
    """Go on at another place of the track."""
    refusal = not_with_me(player, asked) or nothing_plays(player)
    now = player.deck.now
    if refusal is None and now is not None:
        refusal = _not_there(now, jump)
    if refusal is not None or now is None:
        player.refuse(asked.request, refusal or text("player.nothing_plays"))
        return
    position_s = float(jump.seconds)
    if jump.relative:
        position_s = max(0.0, now.position_at(at) / 1000 + jump.seconds)
    duration_s = now.entry.track.duration_s
    if duration_s is not None and position_s >= duration_s:
        length = sentences.clock(duration_s)
        player.refuse(asked.request, text("player.beyond_the_end", length=length))
        return
    player.deck.seek(round(position_s * 1000), at)
    player.changed()
    player.say(asked.request, text("player.sought", position=sentences.clock(position_s)), waits=True)


def _not_there(now: Now, jump: Jump) -> Text | None:
    if now.entry.track.live:
        return text("player.live_has_no_positions")
    return None if jump.relative or jump.seconds >= 0 else text("player.bad_position")


def set_volume(player: Player, asked: Asked, volume_pct: int | None) -> None:
    """Set the volume, or show it."""
    refusal = not_with_me(player, asked)
    if refusal is not None:
        player.refuse(asked.request, refusal)
    elif volume_pct is None:
        player.say(asked.request, text("player.volume_is", volume=player.volume_now_pct))
    else:
        player.volume_pct = volume_pct
        player.changed()
        player.say(asked.request, text("player.volume_set", volume=volume_pct), waits=True)


def set_filter(player: Player, asked: Asked, name: Filter | None) -> None:
    """Let the music sound through a filter."""
    done = text("player.filter_off") if name is None else text("player.filter_set", name=name.value)
    _tune(player, asked, evolve(player.tuning, filter=name), done)


def set_speed(player: Player, asked: Asked, speed: float) -> None:
    """Play faster or slower, at the same pitch."""
    _tune(player, asked, evolve(player.tuning, speed=speed), text("player.speed_set", speed=f"{speed:g}"))


def set_loop(player: Player, asked: Asked, loop: Loop, at: float) -> None:
    """Repeat the track, the queue or nothing."""
    _tune(player, asked, evolve(player.tuning, loop=loop), text(_LOOPS[loop]), waits=False)
    player.deck.open_ahead(at)


def set_normalize(player: Player, asked: Asked, mode: bool | None) -> None:
    """Make every track equally loud, or leave them as they are."""
    wanted = not player.tuning.normalize if mode is None else mode
    target = f"{player.defaults.leveling.target_lufs:g}"
    done = text("player.normalize_on", target=target) if wanted else text("player.normalize_off")
    _tune(player, asked, evolve(player.tuning, normalize=wanted), done)


def _tune(player: Player, asked: Asked, tuning: Tuning, done: Text, *, waits: bool = True) -> None:
    refusal = not_with_me(player, asked)
    if refusal is not None:
        player.refuse(asked.request, refusal)
        return
    player.tuning = tuning
    player.deck.loop = tuning.loop
    player.changed()
    player.say(asked.request, done, waits=waits)
