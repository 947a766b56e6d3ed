"""A meeting that a guild's people see in advance: a frozen value within Discord's limits, and its wire form.

Imports ``checks``, ``errors`` and ``ids``.

Source: Discord, "Guild Scheduled Event" resource, section "Create Guild Scheduled Event".
"""

import datetime as dt

import attrs

from actors.rest.checks import check_text
from actors.rest.errors import PayloadError
from gateway_client.ids import ChannelId, EventId

MAX_NAME = 100
MAX_DESCRIPTION = 1000

_GUILD_ONLY = 2
_STAGE, _VOICE = 1, 2


@attrs.frozen(kw_only=True)
class ScheduledEvent:
    """A meeting in a voice channel, or a stage; ``starts_at`` is aware."""

    name: str
    channel_id: ChannelId
    starts_at: dt.datetime
    description: str | None = None
    is_stage: bool = False

    def __attrs_post_init__(self) -> None:
        check_text("scheduled event name", self.name, most=MAX_NAME, least=1)
        check_text("scheduled event description", self.description or "", most=MAX_DESCRIPTION)
        if self.starts_at.tzinfo is None:
            raise PayloadError("scheduled event start: has no time zone")


@attrs.frozen(kw_only=True)
class Scheduled:
    """A meeting as Discord knows it."""

    id: EventId


def to_wire_scheduled_event(event: ScheduledEvent) -> dict[str, object]:
    """Give the body that creates the event."""
    wire: dict[str, object] = {
        "name": event.name,
        "channel_id": str(event.channel_id),
        "scheduled_start_time": event.starts_at.isoformat(),
        "privacy_level": _GUILD_ONLY,
        "entity_type": _STAGE if event.is_stage else _VOICE,
    }
    if event.description:
        wire["description"] = event.description
    return wire
