"""From ``play`` to "Track added": slots that keep the order of the calls, however long their searches take.

A slot is made when the command arrives and stands in line until its search has come back *and* the channel
is known to be one that can be joined. Only then its tracks enter the queue, are told, and may begin
(``taking``). A list is taken part by part: the next part is asked for when the last one is queued, so
nothing waits in the mailbox; while it is read, others may pass. A search that finds nothing is told at
once: it has no place in the order. Words give up their place too, since nobody knows when a person picks:
what was picked is a new call. So does the link of a song that may be this or that video. Words that mean one
file of the library and nothing else need no picker: they keep their place, and the bot is called only now.
``stop`` and ``leave`` end every slot, ``clear`` those that would have been queued.
"""

from collections.abc import Iterable

from actors.core.texts import Text, text
from actors.core.work import WorkKind
from actors.player import sentences
from actors.player.asks import Known, Play
from actors.player.checks import cannot_join, no_room, not_with_me
from actors.player.effects import OfferMatches, OfferTracks, Outcome, Resolve, Say, Started
from actors.player.messages import Asked
from actors.player.player import Player
from actors.player.requests import PlayRequest
from actors.player.results import Found, NotFound, Offered, QueuingShown, Unsure
from actors.player.saved import PendingAnswer
from actors.player.taking import grow_silent, reject, take
from gateway_client.ids import ChannelId
from media.tracks import SourceKind


def order_play(player: Player, asked: Asked, play: Play, at: float) -> None:
    """Somebody wants something found and queued."""
    room = asked.room
    refusal = not_with_me(player, asked) or cannot_join(player, room) or no_room(player, asked)
    if refusal is not None or room is None:
        player.refuse(asked.request, refusal or text("player.not_in_voice"))
        return
    slot = _slot_for(player, asked, play, room.channel_id)
    player.plays.append(slot)
    if not slot.ended:
        player.out.append(Resolve(asked.request, play.queries, asked.searches))
    if not (asked.searches or (slot.ended and player.link.is_settled)):
        _say_queuing(player, asked.request)
    if not asked.searches:
        player.hear(player.link.join(room.channel_id, at))
    settle(player, at)


def hear_found(player: Player, found: Found, at: float) -> None:
    """A search came back with something."""
    slot = _slot(player, found.request)
    if slot is None:
        return
    slot.batch, slot.ended = found, found.ended
    if found.playlist_title is not None:
        slot.title = found.playlist_title
    _say_starting(player, slot)
    settle(player, at)


def hear_offered(player: Player, offered: Offered, at: float) -> None:
    """The words of a request may mean this or that: a person picks, unless it is one name of the library."""
    slot = _slot(player, offered.request)
    if slot is None:
        return
    slot.ended = True
    if len(offered.tracks) == 1 and offered.tracks[0].source is SourceKind.LIBRARY:
        _come_for(player, slot, Found(request=slot.request, tracks=offered.tracks), at)
    else:
        player.end_play(slot)
        offer = OfferTracks(request=slot.request, tracks=offered.tracks, place=slot.place)
        player.out.append(offer)
    settle(player, at)


def hear_unsure(player: Player, unsure: Unsure, at: float) -> None:
    """A link names a song, and no video is surely it: a person chooses."""
    slot = _slot(player, unsure.request)
    if slot is not None:
        slot.ended = True
        player.end_play(slot)
        offer = OfferMatches(
            request=slot.request,
            track=unsure.track,
            candidates=unsure.candidates,
            limit_pct=unsure.limit_pct,
            place=slot.place,
        )
        player.out.append(offer)
        grow_silent(player, at)
        settle(player, at)


def hear_not_found(player: Player, missed: NotFound, at: float) -> None:
    """A search came back with nothing."""
    slot = _slot(player, missed.request)
    if slot is not None:
        slot.ended = True
        reject(player, slot, text("player.not_queued", reason=sentences.reason(missed.error)), at)
        settle(player, at)


def hear_shown(player: Player, shown: QueuingShown) -> None:
    """The answer "Queuing…" is out: if the bot dies now, it has to be amended, also where all is queued."""
    slot = _slot(player, shown.request)
    if slot is not None:
        slot.answer = PendingAnswer(
            channel_id=shown.channel_id,
            message_id=shown.message_id,
            title=(slot.title or "") if slot.is_reading else None,
            added=slot.added,
            above=shown.above,
        )
    player.changed()


def settle(player: Player, at: float) -> None:
    """Queue what is found, in the order of the calls, as far as the first that still searches.

    A list of which the first tracks are queued holds nobody up.
    """
    for slot in list(player.plays):
        if not player.link.is_settled:
            return
        if slot.batch is not None:
            take(player, slot, at)
        elif not slot.is_reading:
            return


def drop_plays(player: Player, slots: Iterable[PlayRequest], why: Text) -> None:
    """End requests that have become pointless; what was queued of a list was queued."""
    for slot in slots:
        player.end_play(slot)
        if slot.is_reading:
            player.say(slot.request, sentences.list_stopped(slot.title, slot.added))
        else:
            player.out.append(Say(request=slot.request, text=why, ends=Outcome.SKIPPED))


def _come_for(player: Player, slot: PlayRequest, found: Found, at: float) -> None:
    """What words mean is known: queue it, where its caller sat, unless the bot was called elsewhere since."""
    mine = player.link.channel_id
    if mine is not None and mine != slot.channel_id:
        player.end_play(slot)
        player.refuse(slot.request, text("player.other_channel", channel=mine))
        return
    slot.batch = found
    if not player.link.is_settled:
        _say_queuing(player, slot.request)
    _say_starting(player, slot)
    player.hear(player.link.join(slot.channel_id, at))


def _say_starting(player: Player, slot: PlayRequest) -> None:
    """Something is found, and nothing but the call is waited for."""
    if slot is player.plays[0] and not player.link.is_settled:
        player.out.append(Started(slot.request, WorkKind.STARTING))


def _say_queuing(player: Player, request: int) -> None:
    queuing = text("player.queuing")
    player.out.append(Say(request=request, text=queuing, ends=None, recoverable=True))


def _slot_for(player: Player, asked: Asked, play: Play, channel_id: ChannelId) -> PlayRequest:
    slot = PlayRequest(
        request=asked.request,
        requester=asked.facts.user_id,
        channel_id=channel_id,
        place=play.place,
        quiet=play.quiet,
        unbound=asked.is_dj and player.defaults.has_dj_role,
    )
    only = play.queries[0] if len(play.queries) == 1 else None
    if isinstance(only, Known):
        slot.ended, slot.title, slot.skipped = True, only.title, only.lost
        slot.batch = Found(request=asked.request, tracks=only.tracks, playlist_title=only.title)
    return slot


def _slot(player: Player, request: int) -> PlayRequest | None:
    return next((slot for slot in player.plays if slot.request == request), None)
