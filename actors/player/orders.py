"""What people want at once: hold, go on, skip, stop, come, go, and what concerns the queue.

Each function decides one command: it checks, changes the player and says what is true now.
"""

from attrs import evolve

from actors.core.texts import Text, text
from actors.player import sentences, sound_orders
from actors.player.checks import cannot_join, not_with_me, nothing_plays, queue_empty
from actors.player.effects import OpenQueue, SayPlaying
from actors.player.messages import (
    Asked,
    Clear,
    Command,
    Join,
    Leave,
    Pause,
    Play,
    Previous,
    Remove,
    Resume,
    Seek,
    SetFilter,
    SetLoop,
    SetNormalize,
    SetSpeed,
    SetVolume,
    ShowPlaying,
    ShowQueue,
    Shuffle,
    Skip,
    Stop,
)
from actors.player.panel import Press
from actors.player.panel_buttons import meaning
from actors.player.panel_course import pressed
from actors.player.player import JoinRequest, Player
from actors.player.plays import order_play
from actors.player.previous import go_back


def order(player: Player, asked: Asked, at: float) -> None:  # noqa: C901, PLR0912 - one flat table of commands
    """Decide one command."""
    player.text_channel_id = asked.facts.channel_id
    command: Command = asked.command
    match command:
        case Play():
            order_play(player, asked, command, at)
        case Pause():
            _pause(player, asked, at)
        case Resume():
            _resume(player, asked, at)
        case Skip(amount):
            _skip(player, asked, amount, at)
        case Previous():
            go_back(player, asked, at)
        case Stop():
            _stop(player, asked, at)
        case ShowQueue(page):
            player.out.append(OpenQueue(asked.request, page))
        case ShowPlaying():
            _playing(player, asked)
        case SetVolume(volume_pct):
            _volume(player, asked, volume_pct)
        case Join():
            _join(player, asked, at)
        case Leave():
            _leave(player, asked, at)
        case Clear():
            _clear(player, asked)
        case Remove(index):
            _remove(player, asked, index)
        case Shuffle():
            _shuffle(player, asked)
        case Seek(jump):
            sound_orders.seek(player, asked, jump, at)
        case SetFilter(name):
            sound_orders.set_filter(player, asked, name)
        case SetSpeed(speed):
            sound_orders.set_speed(player, asked, speed)
        case SetLoop(loop):
            sound_orders.set_loop(player, asked, loop, at)
        case SetNormalize(mode):
            sound_orders.set_normalize(player, asked, mode)
        case Press():
            _press(player, asked, command, at)


def _press(player: Player, asked: Asked, press: Press, at: float) -> None:
    """A button is the command that it stands for."""
    pressed(player, asked.facts.channel_id, asked.facts.message_id, at)
    meant = meaning(press, player)
    if isinstance(meant, Text):
        player.refuse(asked.request, not_with_me(player, asked) or meant)
    else:
        order(player, evolve(asked, command=meant), at)


def _pause(player: Player, asked: Asked, at: float) -> None:
    refusal = not_with_me(player, asked) or nothing_plays(player)
    if refusal is None and player.paused:
        refusal = text("player.already_paused")
    if refusal is not None:
        player.refuse(asked.request, refusal)
        return
    player.pause(at)
    player.say(asked.request, text("player.paused"))


def _resume(player: Player, asked: Asked, at: float) -> None:
    deck = player.deck
    refusal = not_with_me(player, asked)
    if refusal is None and deck.now is None and not deck.queue:
        refusal = text("player.nothing_plays")
    if refusal is None and player.is_sounding and not player.paused:
        refusal = text("player.not_paused")
    refusal = refusal or cannot_join(player, asked.room)
    if refusal is not None or asked.room is None:
        player.refuse(asked.request, refusal or text("player.not_in_voice"))
    elif player.link.is_settled:
        player.go_on(at)
        say_resumed(player, asked.request)
    else:
        _come(player, asked, at, resumes=True)


def say_resumed(player: Player, request: int) -> None:
    """The music goes on."""
    now = player.deck.now
    if now is None:
        player.say(request, text("player.nothing_plays"))
    else:
        player.say(request, text("player.resumed", title=sentences.titled(now.entry.track)))


def _skip(player: Player, asked: Asked, amount: int, at: float) -> None:
    refusal = not_with_me(player, asked) or nothing_plays(player)
    now = player.deck.now
    if refusal is not None or now is None:
        player.refuse(asked.request, refusal or text("player.nothing_plays"))
        return
    count = max(1, min(amount, len(player.deck.queue)))
    player.failures = 0
    player.deck.drop_first(count - 1)
    goes_on = player.next_or_silence(at)
    if not goes_on:
        sentence = text("player.skipped_last", title=sentences.titled(now.entry.track))
    elif count == 1:
        sentence = text("player.skipped", title=sentences.titled(now.entry.track))
    else:
        sentence = text("player.skipped_many", count=count)
    player.say(asked.request, sentence)


def _stop(player: Player, asked: Asked, at: float) -> None:
    refusal = not_with_me(player, asked)
    if refusal is None and not (player.deck.now or player.deck.queue or player.plays):
        refusal = text("player.nothing_plays")
    if refusal is not None:
        player.refuse(asked.request, refusal)
        return
    count = _end_everything(player)
    player.fall_silent(at)
    key = "player.stopped" if count else "player.stopped_only"
    player.say(asked.request, text(key, count=count))


def _leave(player: Player, asked: Asked, at: float) -> None:
    if asked.facts.voice_channel_id is None:
        player.refuse(asked.request, text("player.not_in_voice"))
        return
    channel_id = player.link.channel_id
    if channel_id is None:
        player.say(asked.request, text("player.not_connected"))
        return
    _end_everything(player)
    player.drop_joins(text("player.left_meanwhile"))
    player.leave(at)
    player.say(asked.request, text("player.left", channel=channel_id))


def _end_everything(player: Player) -> int:
    player.drop_plays(list(player.plays), text("player.stopped_meanwhile"))
    player.deck.finish()
    player.paused = False
    player.failures = 0
    player.changed()
    return player.deck.empty()


def _join(player: Player, asked: Asked, at: float) -> None:
    refusal = cannot_join(player, asked.room)
    room = asked.room
    if refusal is not None or room is None:
        player.refuse(asked.request, refusal or text("player.not_in_voice"))
    elif room.channel_id == player.link.channel_id and player.link.is_settled:
        player.say(asked.request, text("player.already_here", channel=room.channel_id))
    else:
        _come(player, asked, at, resumes=False)


def _come(player: Player, asked: Asked, at: float, *, resumes: bool) -> None:
    assert asked.room is not None  # whoever sits nowhere was refused
    channel_id = asked.room.channel_id
    player.joins.append(JoinRequest(request=asked.request, channel_id=channel_id, resumes=resumes))
    player.hear(player.link.join(channel_id, at))


def _playing(player: Player, asked: Asked) -> None:
    nothing = text("player.nothing_plays") if player.deck.now is None else None
    if nothing is not None:
        player.say(asked.request, nothing_plays(player) or nothing)
    else:
        player.out.append(SayPlaying(asked.request))


def _volume(player: Player, asked: Asked, volume_pct: int | None) -> None:
    refusal = not_with_me(player, asked)
    if refusal is not None:
        player.refuse(asked.request, refusal)
    elif volume_pct is None:
        player.say(asked.request, text("player.volume_is", volume=player.volume_now_pct))
    else:
        player.volume_pct = volume_pct
        player.changed()
        player.say(asked.request, text("player.volume_set", volume=volume_pct))


def _clear(player: Player, asked: Asked) -> None:
    refusal = not_with_me(player, asked)
    # The first search becomes the track if nothing plays, and the track is kept.
    waiting = player.plays[0 if player.deck.now else 1 :]
    if refusal is None and not waiting:
        refusal = queue_empty(player)
    if refusal is not None:
        player.refuse(asked.request, refusal)
        return
    player.drop_plays(waiting, text("player.cleared_meanwhile"))
    count = player.deck.empty() + len(waiting)
    player.changed()
    player.say(asked.request, text("player.cleared", count=count))


def _remove(player: Player, asked: Asked, index: int) -> None:
    count = len(player.deck.queue)
    refusal = not_with_me(player, asked) or queue_empty(player)
    if refusal is None and not 1 <= index <= count:
        refusal = text("player.no_such_track", count=count, index=index)
    if refusal is not None:
        player.refuse(asked.request, refusal)
        return
    entry = player.deck.take_out(index - 1)
    player.changed()
    player.say(asked.request, text("player.removed", title=sentences.titled(entry.track)))


def _shuffle(player: Player, asked: Asked) -> None:
    refusal = not_with_me(player, asked) or queue_empty(player)
    if refusal is not None:
        player.refuse(asked.request, refusal)
        return
    player.random.shuffle(player.deck.queue)
    player.deck.check_ahead()
    player.changed()
    player.say(asked.request, text("player.shuffled", count=len(player.deck.queue)))
