"""What a command needs before it does anything, in the order in which people are told.

In voice, in the same channel, something plays, the queue is not empty – and for whoever calls the bot into a
channel: that it may go there. The first two read the caller's place from the facts at arrival and the bot's
from the link, which the mailbox moves in the same order.
"""

from actors.core.texts import Text, text
from actors.player.lineup import room_for
from actors.player.messages import Asked, Room
from actors.player.player import Player
from gateway_client.ids import UserId
from media.tracks import Track


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


def too_long(player: Player, track: Track) -> bool:
    """Whether a track is over the limit; a stream has no length."""
    limit_s = player.max_duration_s
    return bool(limit_s) and not track.live and (track.duration_s or 0.0) > limit_s


def free_places(player: Player, requester: UserId, *, unbound: bool) -> int:
    """How many more tracks somebody may queue; the one that would play at once needs no place."""
    rules, deck = player.defaults, player.deck
    person_limit = 0 if unbound else rules.person_limit
    places = room_for(deck.queue, requester, limit=rules.queue_limit, person_limit=person_limit)
    return places + (deck.now is None)


def no_room(player: Player, asked: Asked) -> Text | None:
    """Why somebody may not queue any more."""
    rules = player.defaults
    unbound = asked.is_dj and rules.has_dj_role
    if free_places(player, asked.facts.user_id, unbound=True) == 0:
        return text("player.queue_full", count=rules.queue_limit)
    if free_places(player, asked.facts.user_id, unbound=unbound) == 0:
        return text("player.person_full", count=rules.person_limit)
    return None


def not_for_you(asked: Asked, owner: UserId) -> Text | None:
    """Whether it is this caller's own, or they may do it to everybody's."""
    return None if asked.is_dj or asked.facts.user_id == owner else text("player.need_dj_or_own")
