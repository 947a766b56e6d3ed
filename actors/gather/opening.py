"""How a gather begins: whether it may, how long its countdown is, who is there."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from actors.core.envelope import Facts
from actors.core.ports import Ports
from actors.core.setting_kinds import flag
from actors.core.shared_settings import TIMEZONE
from actors.core.texts import Text, text
from actors.core.when import Problem, WhenError, parse_when
from actors.core.when_length import print_duration
from actors.gather.gather import Gather
from actors.gather.guests import Guests
from actors.gather.messages import Start
from actors.gather.people import seats_in, who_asks
from actors.gather.rules import COUNTDOWN_LIMIT_S, EVENT_FROM_S
from gateway_client.objects import Permissions

EVENTS = flag("gather_events", default=False)

_TO_WRITE = Permissions.SEND_MESSAGES | Permissions.SEND_MESSAGES_IN_THREADS


def cannot_start(running: Gather | None, facts: Facts) -> Text | None:
    """Why nobody can be gathered now."""
    if running is not None and running.is_running:
        place = f"{facts.guild_id}/{running.text_id}/{running.paper.message_id or ''}"
        link = f"https://discord.com/channels/{place}".rstrip("/")
        return text("gather.running", channel=running.voice_id, link=link)
    if facts.voice_channel_id is None:
        return text("gather.not_in_voice")
    may = facts.bot_permissions
    if not (may & Permissions.VIEW_CHANNEL and may & _TO_WRITE and may & Permissions.EMBED_LINKS):
        return text("gather.cannot_write")
    return None


def open_gather(start: Start, facts: Facts, ports: Ports) -> Gather | Text:
    """A gather for the caller's voice channel; or what is wrong with the time."""
    countdown_s = 0.0 if start.words is None else _read_countdown(start.words, facts, ports)
    if isinstance(countdown_s, Text):
        return countdown_s
    voice_id = facts.voice_channel_id
    assert voice_id is not None  # ``cannot_start`` has refused that
    channel = ports.cache.channel(voice_id)
    seats = seats_in(voice_id, ports.cache, ports.me, facts.guild_id)
    return Gather(
        id=round(facts.at.timestamp() * 1000),
        starter=who_asks(facts),
        voice_id=voice_id,
        text_id=facts.channel_id,
        began=facts.now,
        planned_s=countdown_s,
        announces=countdown_s >= EVENT_FROM_S and ports.settings.value(facts.guild_id, EVENTS, bool),
        guests=Guests(
            seats={seat.who.id: seat for seat in seats},
            limit=(channel.user_limit or 0) if channel is not None else 0,
        ),
    )


def _read_countdown(words: str, facts: Facts, ports: Ports) -> float | Text:
    zone = ports.settings.value(facts.guild_id, TIMEZONE, ZoneInfo)
    limit = timedelta(seconds=COUNTDOWN_LIMIT_S)
    try:
        length = parse_when(words, at=facts.at, zone=zone) - facts.at
    except WhenError as error:
        match error.problem:
            case Problem.UNREADABLE:
                return text("gather.bad_time")
            case Problem.NOT_AHEAD:
                return text("gather.time_passed")
            case Problem.TOO_FAR:
                return text("gather.too_long", limit=print_duration(limit))
    if length > limit:
        return text("gather.too_long", limit=print_duration(limit))
    return length.total_seconds()
