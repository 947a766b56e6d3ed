"""What people want at once: hold, go on, stop, come, go; and the table of every command.

Each function decides one command: it checks, changes the player and says what is true now.
"""

from attrs import evolve

from actors.core.texts import Text, text
from actors.player import (
    mode_orders,
    queue_orders,
    sentences,
    skipping,
    sound_orders,
    wrong_song,
)
from actors.player.asks import (
    Again,
    ChooseSong,
    Clear,
    Command,
    Dedupe,
    Join,
    Leave,
    Move,
    Pause,
    Play,
    Previous,
    Remove,
    Replay,
    Resume,
    Seek,
    SetAutoplay,
    SetFilter,
    SetLoop,
    SetNormalize,
    SetSilent,
    SetSpeed,
    SetStay,
    SetVolume,
    ShowHistory,
    ShowPlaying,
    ShowQueue,
    Shuffle,
    Skip,
    SkipTo,
    Stop,
    WrongSong,
)
from actors.player.checks import cannot_join, not_with_me, nothing_plays
from actors.player.effects import OpenHistory, OpenQueue, SayPlaying
from actors.player.messages import Asked
from actors.player.panel import Press
from actors.player.panel_buttons import meaning
from actors.player.panel_course import pressed
from actors.player.player import Player
from actors.player.plays import drop_plays, order_play
from actors.player.requests import JoinRequest

_Music = Play | Replay | Again | Skip | SkipTo | Previous | Pause | Resume | Stop | Join | Leave
_Lists = ShowQueue | ShowHistory | ShowPlaying | Clear | Remove | Move | Shuffle | Dedupe
_Wishes = Seek | SetVolume | SetFilter | SetSpeed | SetLoop | SetNormalize | SetAutoplay | SetStay | SetSilent


def order(player: Player, asked: Asked, at: float) -> None:
    """Decide one command."""
    player.text_channel_id = asked.facts.channel_id
    command: Command = asked.command
    if isinstance(command, _Music):
        _order_music(player, asked, command, at)
    elif isinstance(command, _Lists):
        _order_lists(player, asked, command)
    elif isinstance(command, WrongSong):
        wrong_song.ask(player, asked, command.entry_id)
    elif isinstance(command, ChooseSong):
        wrong_song.choose(player, asked, command.entry_id, command.candidate)
    elif isinstance(command, Press):
        _press(player, asked, command, at)
    else:
        _order_wishes(player, asked, command, at)


def _order_music(player: Player, asked: Asked, command: _Music, at: float) -> None:  # noqa: C901 - one flat table
    match command:
        case Play():
            order_play(player, asked, command, at)
        case Replay():
            skipping.replay(player, asked, at)
        case Again(entry_id, owner):
            skipping.again(player, asked, entry_id, owner, at)
        case Skip(amount):
            skipping.skip(player, asked, amount, at)
        case SkipTo(index):
            skipping.skip_to(player, asked, index, at)
        case Previous():
            skipping.previous(player, asked, at)
        case Pause():
            _pause(player, asked, at)
        case Resume():
            _resume(player, asked, at)
        case Stop():
            _stop(player, asked, at)
        case Join():
            _join(player, asked, at)
        case Leave():
            _leave(player, asked, at)


def _order_lists(player: Player, asked: Asked, command: _Lists) -> None:
    match command:
        case ShowQueue(page):
            player.out.append(OpenQueue(asked.request, page))
        case ShowHistory():
            player.out.append(OpenHistory(asked.request))
        case ShowPlaying():
            _playing(player, asked)
        case Clear():
            queue_orders.clear(player, asked)
        case Remove(index):
            queue_orders.remove(player, asked, index)
        case Move(origin=origin, target=target):
            queue_orders.move(player, asked, origin, target)
        case Shuffle():
            queue_orders.shuffle(player, asked)
        case Dedupe():
            queue_orders.dedupe(player, asked)


def _order_wishes(player: Player, asked: Asked, command: _Wishes, at: float) -> None:
    match command:
        case Seek(jump):
            sound_orders.seek(player, asked, jump, at)
        case SetVolume(volume_pct):
            sound_orders.set_volume(player, asked, volume_pct)
        case SetFilter(name):
            sound_orders.set_filter(player, asked, name)
        case SetSpeed(speed):
            sound_orders.set_speed(player, asked, speed)
        case SetLoop(loop):
            sound_orders.set_loop(player, asked, loop, at)
        case SetNormalize(mode):
            sound_orders.set_normalize(player, asked, mode)
        case SetAutoplay(mode):
            mode_orders.set_autoplay(player, asked, mode)
        case SetStay(mode):
            mode_orders.set_stay(player, asked, mode, at)
        case SetSilent(mode):
            mode_orders.set_silent(player, asked, mode)


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
    player.say(asked.request, text("player.paused"), waits=True)


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
        player.say(request, text("player.resumed", title=sentences.titled(now.entry.track)), waits=True)


def _stop(player: Player, asked: Asked, at: float) -> None:
    refusal = not_with_me(player, asked)
    if refusal is None and not (player.deck.now or player.deck.queue or player.plays or player.looking_on):
        refusal = text("player.nothing_plays")
    if refusal is not None:
        player.refuse(asked.request, refusal)
        return
    count = _end_everything(player)
    player.fall_silent(at)
    key = "player.stopped" if count else "player.stopped_only"
    player.say(asked.request, text(key, count=count), waits=True)


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
    player.say(asked.request, text("player.left", channel=channel_id), waits=True)


def _end_everything(player: Player) -> int:
    drop_plays(player, list(player.plays), text("player.stopped_meanwhile"))
    player.deck.finish()
    player.paused = player.looking_on = False
    player.failures = 0
    player.changed()
    count = len(player.deck.queue)
    player.deck.arrange([])
    return count


def _join(player: Player, asked: Asked, at: float) -> None:
    refusal = cannot_join(player, asked.room)
    room = asked.room
    if refusal is not None or room is None:
        player.refuse(asked.request, refusal or text("player.not_in_voice"))
    elif room.channel_id == player.link.channel_id and player.link.is_settled:
        if not player.is_sounding:
            player.fall_silent(at)
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
