"""From ``play`` to "Track added": slots that keep the order of the calls, however long their searches take.

A slot is made when the command arrives and stands in line until its search has come back *and* the channel is
known to be one that can be joined. Only then its tracks enter the queue, are told, and may begin. A search
that finds nothing is told at once: it has no place in the order. ``stop`` and ``leave`` end every slot,
``clear`` those that would have been queued.
"""

from actors.core.texts import text
from actors.core.work import WorkKind
from actors.player import sentences
from actors.player.checks import cannot_join, not_with_me
from actors.player.effects import Resolve, Say, Started
from actors.player.messages import Asked, Found, NotFound, Place, Play, QueuingShown
from actors.player.player import FoundTracks, Player, PlayRequest
from actors.player.saved import PendingAnswer
from media.errors import MediaError, MediaFailure
from media.tracks import Track


def order_play(player: Player, asked: Asked, play: Play, at: float) -> None:
    """Somebody wants something found and queued."""
    room = asked.room
    refusal = not_with_me(player, asked) or cannot_join(player, room)
    if refusal is not None or room is None:
        player.refuse(asked.request, refusal or text("player.not_in_voice"))
        return
    player.plays.append(
        PlayRequest(
            request=asked.request,
            requester=asked.facts.user_id,
            channel_id=room.channel_id,
            place=play.place,
        )
    )
    player.out.append(
        Say(
            request=asked.request,
            text=text("player.queuing"),
            ends=None,
            recoverable=True,
        )
    )
    player.out.append(Resolve(asked.request, play.queries))
    player.hear(player.link.join(room.channel_id, at))


def hear_found(player: Player, found: Found, at: float) -> None:
    """A search came back with something."""
    slot = _slot(player, found.request)
    if slot is not None:
        slot.found = FoundTracks(tracks=found.tracks, playlist_title=found.playlist_title)
        if slot is player.plays[0] and not player.link.is_settled:
            player.out.append(Started(slot.request, WorkKind.STARTING))
        settle(player, at)


def hear_not_found(player: Player, missed: NotFound, at: float) -> None:
    """A search came back with nothing."""
    slot = _slot(player, missed.request)
    if slot is not None:
        _reject(player, slot, missed.error, at)
        settle(player, at)


def hear_shown(player: Player, shown: QueuingShown) -> None:
    """The answer "Queuing…" is out: if the bot dies now, it has to be amended."""
    slot = _slot(player, shown.request)
    if slot is not None:
        slot.answer = PendingAnswer(channel_id=shown.channel_id, message_id=shown.message_id)
        player.changed()


def settle(player: Player, at: float) -> None:
    """Queue what is found, in the order of the calls, as far as the first that still searches."""
    while player.link.is_settled and player.plays and player.plays[0].found is not None:
        slot = player.plays[0]
        _queue(player, slot, player.plays[0].found, at)


def _queue(player: Player, slot: PlayRequest, found: FoundTracks, at: float) -> None:
    fitting = [track for track in found.tracks if not _too_long(player, track)]
    if not fitting:
        _reject(player, slot, _nothing_fits(player, found), at)
        return
    player.end_play(slot)
    if player.deck.now is None:
        player.failures = 0
    entries = player.deck.entries(fitting, slot.requester, slot.request)
    interrupts = slot.place is Place.NOW or (slot.place is Place.TOP and player.paused)
    player.deck.put(entries, front=slot.place is not Place.END)
    if interrupts and player.deck.now is not None:
        player.next_or_silence(at)
    else:
        player.go_on(at)
    player.changed()
    if found.playlist_title is None and len(found.tracks) == 1:
        position = player.deck.queue.index(entries[0]) + 1 if entries[0] in player.deck.queue else 0
        player.say(slot.request, sentences.track_added(entries[0], position))
        return
    left_out = len(found.tracks) - len(fitting)
    added = sentences.playlist_added(found.playlist_title, len(fitting), left_out, player.max_duration_s)
    player.say(slot.request, added)


def _reject(player: Player, slot: PlayRequest, error: MediaError, at: float) -> None:
    player.end_play(slot)
    player.fail(slot.request, text("player.not_queued", reason=sentences.reason(error)))
    if not player.plays and player.deck.now is None:
        player.fall_silent(at)


def _too_long(player: Player, track: Track) -> bool:
    limit_s = player.max_duration_s
    return bool(limit_s) and not track.live and (track.duration_s or 0.0) > limit_s


def _nothing_fits(player: Player, found: FoundTracks) -> MediaError:
    if not found.tracks:
        return MediaError(kind=MediaFailure.NO_MATCH)
    return MediaError(kind=MediaFailure.TOO_LONG, limit=player.max_duration_s)


def _slot(player: Player, request: int) -> PlayRequest | None:
    return next((slot for slot in player.plays if slot.request == request), None)
