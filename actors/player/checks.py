"""What a command needs before it does anything, in the order in which people are told.

In voice, in the same channel, something plays, the queue is not empty – and for whoever calls the bot into a
channel: that it may go there. The first two read the caller's place from the facts at arrival and the bot's
from the link, which the mailbox moves in the same order.
"""

from actors.core.texts import Text, text
from actors.player.messages import Asked, Room
from actors.player.player import Player


def not_with_me(player: Player, asked: Asked) -> Text | None:
    """Why this caller may not steer the music from where they sit."""
    sits_in = asked.facts.voice_channel_id
    if sits_in is None:
        return text("player.not_in_voice")
    mine = player.link.channel_id
    return None if mine in (None, sits_in) else text("player.other_channel", channel=mine or 0)


def nothing_plays(player: Player) -> Text | None:
    """Whether something plays that can be held, skipped or shown."""
    if player.is_sounding:
        return None
    kept = len(player.deck.queue) + (player.deck.now is not None)
    return text("player.nothing_plays_kept", count=kept) if kept else text("player.nothing_plays")


def queue_empty(player: Player) -> Text | None:
    """Whether there is something in the queue."""
    return None if player.deck.queue else text("player.queue_empty")


def cannot_join(player: Player, room: Room | None) -> Text | None:
    """Why the bot cannot come to the caller's channel; nothing stops it from staying where it is."""
    if room is None:
        return text("player.not_in_voice")
    if room.channel_id == player.link.channel_id:
        return None
    if room.is_stage and not room.can_speak:
        return text("player.stage_channel", channel=room.channel_id)
    if not room.can_connect:
        return text("player.may_not_connect", channel=room.channel_id)
    if not room.can_speak:
        return text("player.may_not_speak", channel=room.channel_id)
    return text("player.channel_full", channel=room.channel_id) if room.is_full else None
