"""The player's sentences, as keys with arguments: pure, in no language yet.

Titles come from strangers. Before they stand in a sentence they lose control characters and everything that
turns the direction of text, are escaped for Discord's markdown and cut; text in a right-to-left script is
isolated, so that it cannot turn the sentence around it. That nobody is pinged is stated by the message.
"""

import unicodedata
from urllib.parse import urlsplit

from actors.core.texts import Text, text
from actors.player.link_news import Loss
from actors.player.requests import PlayRequest
from actors.player.saved import Entry, PendingAnswer
from actors.player.tuning import Loop, Tuning
from actors.rest.payloads import cut, escape
from gateway_client.ids import ChannelId
from media.errors import MediaError, MediaFailure
from media.tracks import SourceKind, Track
from voice.protocol import Reason

TITLE_LIMIT = 120
NAMES_SHOWN = 5
CHOSEN_PCT = 100
_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

_SOURCES = {
    SourceKind.LIBRARY: "player.source.library",
    SourceKind.ATTACHMENT: "player.source.attachment",
    SourceKind.DIRECT: "player.source.direct",
    SourceKind.YOUTUBE: "player.source.youtube",
    SourceKind.SITE: "player.source.site",
    SourceKind.SPOTIFY: "player.source.spotify",
    SourceKind.APPLE_MUSIC: "player.source.apple_music",
    SourceKind.DEEZER: "player.source.deezer",
}

_MEDIA = {
    MediaFailure.NOT_FOUND: "player.failure.not_found",
    MediaFailure.UNKNOWN_HOST: "player.failure.unknown_host",
    MediaFailure.NOT_AUDIO: "player.failure.not_audio",
    MediaFailure.WEB_PAGE: "player.failure.web_page",
    MediaFailure.UNSUPPORTED_SITE: "player.failure.unsupported_site",
    MediaFailure.PRIVATE_ADDRESS: "player.failure.private_address",
    MediaFailure.TOO_LONG: "player.failure.too_long",
    MediaFailure.TOO_LARGE: "player.failure.too_large",
    MediaFailure.NETWORK: "player.failure.network",
    MediaFailure.CERTIFICATE: "player.failure.certificate",
    MediaFailure.TIMEOUT: "player.failure.timeout",
    MediaFailure.HTTP_STATUS: "player.failure.http_status",
    MediaFailure.AMBIGUOUS: "player.failure.ambiguous",
    MediaFailure.NO_MATCH: "player.failure.no_match",
    MediaFailure.BAD_URL: "player.failure.bad_url",
    MediaFailure.LEADS_NOWHERE: "player.failure.leads_nowhere",
    MediaFailure.BAD_REDIRECT: "player.failure.bad_redirect",
    MediaFailure.FORBIDDEN: "player.failure.forbidden",
    MediaFailure.EXPIRED: "player.failure.expired",
    MediaFailure.CORRUPT: "player.failure.corrupt",
    MediaFailure.BOT_CHECK: "player.failure.bot_check",
    MediaFailure.MEDIA_REFUSED: "player.failure.media_refused",
    MediaFailure.AGE: "player.failure.age",
    MediaFailure.REGION: "player.failure.region",
    MediaFailure.PRIVATE: "player.failure.private",
    MediaFailure.REMOVED: "player.failure.removed",
    MediaFailure.NOT_STARTED: "player.failure.not_started",
    MediaFailure.DRM: "player.failure.drm",
    MediaFailure.RATE_LIMIT: "player.failure.rate_limit",
    MediaFailure.RUNTIME_MISSING: "player.failure.runtime_missing",
    MediaFailure.EXTRACTOR_OUTDATED: "player.failure.extractor_outdated",
    MediaFailure.EXTRACTOR_BROKEN: "player.failure.extractor_broken",
    MediaFailure.UNREADABLE: "player.failure.unreadable",
    MediaFailure.NO_SONG_LINK: "player.failure.no_song_link",
    MediaFailure.ENDLESS: "player.failure.endless",
    MediaFailure.DISK: "player.failure.disk",
    MediaFailure.UNSURE: "player.failure.unsure",
}

_NODE = {
    Reason.NOT_AUDIO: "player.failure.not_audio",
    Reason.NOT_FOUND: "player.failure.not_found",
    Reason.FORBIDDEN: "player.failure.forbidden",
    Reason.NETWORK: "player.failure.network",
    Reason.TIMEOUT: "player.failure.timeout",
    Reason.CORRUPT: "player.failure.corrupt",
    Reason.UNSUPPORTED: "player.failure.unsupported_format",
}

_LOSSES = {
    Loss.NO_ANSWER: "player.lost.no_answer",
    Loss.KICKED: "player.lost.kicked",
    Loss.UNREACHABLE: "player.lost.unreachable",
    Loss.STOPPED: "player.lost.stopped",
    Loss.ENCRYPTION: "player.lost.encryption",
    Loss.REFUSED: "player.lost.refused",
}


_CALL_AGAIN = frozenset({Loss.KICKED, Loss.UNREACHABLE, Loss.STOPPED})


def plain(words: str) -> str:
    """One line without characters that steer a terminal or the direction of text."""
    kept = "".join(
        " " if char.isspace() else char
        for char in words
        if char.isspace() or (char not in _TURNING and unicodedata.category(char) not in {"Cc", "Cs", "Co"})
    )
    return " ".join(kept.split())


def harmless(words: str, limit: int = TITLE_LIMIT) -> str | Text:
    """Somebody's words, made fit for a sentence of ours; a sentence of ours if nothing is left of them."""
    line = plain(words)
    if not line:
        return text("player.untitled")
    shown = cut(escape(line), limit)
    return f"{_ISOLATE}{shown}{_END_ISOLATE}" if _turns(shown) else shown


def _turns(words: str) -> bool:
    return any(unicodedata.bidirectional(char) in {"R", "AL", "AN"} for char in words)


def titled(track: Track) -> str | Text:
    """A track's title in a sentence."""
    return harmless(track.title)


def length(duration_s: float | None, *, live: bool = False) -> str | Text:
    """How long a track is."""
    if live or duration_s is None:
        return text("player.live") if live else text("player.unknown_length")
    return clock(duration_s)


def clock(seconds: float) -> str:
    """Seconds as ``3:07`` or ``1:02:03``."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def source(track: Track) -> Text:
    """Where a track comes from."""
    return text(_SOURCES[track.source])


def now_playing(entry: Entry) -> Text:
    """A track has begun."""
    track = entry.track
    playing = text(
        "player.now_playing_auto" if entry.auto else "player.now_playing",
        title=titled(track),
        length=length(track.duration_s, live=track.live),
        source=source(track),
        requester=entry.requester,
    )
    return _with_match(playing, track)


def is_doubtful(track: Track) -> bool:
    """Whether a track is a match that nobody has chosen: it may be the wrong song."""
    return track.source.is_matched and track.confidence_pct is not None


def _with_match(sentence: Text, track: Track) -> Text:
    """How sure the match is, where there is one and nobody has chosen it."""
    if track.confidence_pct is None or not track.source.is_matched or track.confidence_pct == CHOSEN_PCT:
        return sentence
    return text("player.matched", sentence=sentence, percent=track.confidence_pct)


def track_added(entry: Entry, position: int) -> Text:
    """One track was queued; ``position`` 0 means that it plays as soon as it is open."""
    key = "player.track_added_at" if position else "player.track_added"
    track = entry.track
    duration = length(track.duration_s, live=track.live)
    return _with_match(text(key, title=titled(track), length=duration, position=position), track)


def list_begun(title: str | None) -> Text:
    """The first track of a list is queued, and the rest is being read."""
    return text("player.playlist_begun", title=_list_title(title))


def list_stopped(title: str | None, count: int) -> Text:
    """A list was not read to its end because the music was stopped or the queue cleared."""
    return text("player.playlist_stopped", title=_list_title(title), count=count)


def list_added(slot: PlayRequest, limit_s: float) -> Text:
    """Several tracks were queued; what was left out, and why."""
    told = text("player.playlist_added", title=_list_title(slot.title), count=slot.added)
    remarks: list[Text] = []
    if slot.skipped:
        remarks.append(text("player.left_out_skipped", count=slot.skipped))
    if slot.too_long:
        remarks.append(text("player.left_out_long", count=slot.too_long, limit=clock(limit_s)))
    if slot.no_room:
        remarks.append(text("player.left_out_room"))
    elif slot.cut_off:
        remarks.append(text("player.list_cut_off"))
    if slot.error is not None:
        remarks.append(text("player.list_broke_off", reason=reason(slot.error)))
    for remark in remarks:
        told = text("player.and_more", first=told, second=remark)
    return told


def interrupted(pending: PendingAnswer) -> Text:
    """What has to be said of an answer that a restart has made a lie."""
    return interrupted_reading(pending.title, pending.added)


def interrupted_reading(title: str | None, added: int) -> Text:
    """A restart came in the middle: of nothing, or of a list that was read as far as that."""
    if not added:
        return text("player.interrupted")
    return text("player.list_interrupted", title=_list_title(title), count=added)


def _list_title(title: str | None) -> str | Text:
    return harmless(title) if title else text("player.untitled_playlist")


def reason(error: MediaError) -> Text:
    """Why there is nothing to play."""
    names = ", ".join(f"`{plain(name).replace('`', ' ')[:60]}`" for name in error.names[:NAMES_SHOWN])
    return text(
        _at(_MEDIA[error.kind], error.host),
        host=_named(error.host),
        status=error.status or 0,
        limit=_amount(error.kind, error.limit),
        names=names,
    )


def tuned(tuning: Tuning) -> list[Text]:
    """What is not as it is by default."""
    wishes: list[Text] = []
    if tuning.filter is not None:
        wishes.append(text("player.is_filtered", name=tuning.filter.value))
    if tuning.speed != 1.0:
        wishes.append(text("player.is_at_speed", speed=f"{tuning.speed:g}"))
    if tuning.normalize:
        wishes.append(text("player.is_normalized"))
    if tuning.loop is not Loop.OFF:
        key = "player.is_looping_track" if tuning.loop is Loop.TRACK else "player.is_looping_queue"
        wishes.append(text(key))
    return wishes


def node_reason(why: Reason, track: Track) -> Text:
    """Why the node could not play a track."""
    host = urlsplit(track.page_url or "").hostname
    return text(_at(_NODE[why], host), host=_named(host))


def gave_up(title: str | Text, why: Text, failures: int, kept: int) -> Text:
    """So many tracks in a row could not be played that the music stops; what is kept is named."""
    key = "player.five_failed" if kept else "player.five_failed_last"
    return text(key, title=title, reason=why, failures=failures, count=kept)


def lost(why: Loss, channel_id: ChannelId) -> Text:
    """Why there is no link to a channel; what is kept, and how to go on with it, is said behind it."""
    return text(_LOSSES[why], channel=channel_id)


def lost_for_good(why: Loss, channel_id: ChannelId) -> Text:
    """The same where nothing is kept, and what to do."""
    told = lost(why, channel_id)
    return text("player.lost_call_again", why=told) if why in _CALL_AGAIN else told


def _at(key: str, host: str | None) -> str:
    """What is not in the library is said otherwise than what is not at a link."""
    return "player.failure.not_found_there" if host and key == "player.failure.not_found" else key


def _named(host: str | None) -> str | Text:
    return harmless(host, 80) if host else text("player.the_server")


def _amount(kind: MediaFailure, amount: float | None) -> str:
    if amount is None:
        return "?"
    if kind is MediaFailure.UNSURE:
        return f"{amount:.0f} %"
    return f"{amount / 1_000_000:.0f} MB" if kind is MediaFailure.TOO_LARGE else clock(amount)
