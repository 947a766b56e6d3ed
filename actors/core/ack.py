"""The acknowledgement of one interaction: started at ingress, awaited by whoever must answer.

Outcomes: ``ACKNOWLEDGED`` (also when Discord says it already was: a second instance may run on this token),
``UNKNOWN`` (Discord no longer knows the interaction; what it asked still counts) and ``FAILED`` (no answer
arrived).

Source: Discord, "Interactions: receiving and responding" – three seconds to the first response.
"""

import logging
from enum import Enum
from typing import Protocol

import trio
from attrs import define, field

from actors.rest.errors import AlreadyAcknowledged, RestError, UnknownInteraction
from actors.rest.payloads import Callback
from gateway_client.ids import InteractionId

log = logging.getLogger(__name__)


class AckOutcome(Enum):
    """How an acknowledgement ended."""

    ACKNOWLEDGED = "acknowledged"
    UNKNOWN = "unknown"
    FAILED = "failed"


class AckLine(Protocol):
    """The port on which interaction callbacks leave."""

    async def respond(self, interaction_id: InteractionId, token: str, callback: Callback) -> None:
        """Send one callback.

        Raises:
            UnknownInteraction: the interaction is gone (10062).
            AlreadyAcknowledged: it had a response before (40060).
            RestError: anything else.
        """
        ...


@define(eq=False)
class Ack:
    """The state of one acknowledgement."""

    outcome: AckOutcome | None = None
    _settled: trio.Event = field(factory=trio.Event, repr=False)

    async def wait(self) -> AckOutcome:
        """Wait for the outcome."""
        await self._settled.wait()
        assert self.outcome is not None
        return self.outcome

    def settle(self, outcome: AckOutcome) -> None:
        """Record the outcome; the first one stays."""
        if self.outcome is None:
            self.outcome = outcome
            self._settled.set()


async def run_ack(
    ack: Ack, line: AckLine, interaction_id: InteractionId, token: str, callback: Callback
) -> None:
    """Send the callback and record how it ended."""
    outcome = AckOutcome.FAILED
    try:
        await line.respond(interaction_id, token, callback)
        outcome = AckOutcome.ACKNOWLEDGED
    except AlreadyAcknowledged:
        outcome = AckOutcome.ACKNOWLEDGED
        log.warning("an interaction was already acknowledged: does a second instance run on this token?")
    except UnknownInteraction:
        outcome = AckOutcome.UNKNOWN
        log.warning("an interaction was unknown when its acknowledgement arrived")
    except RestError as error:
        log.warning("an acknowledgement failed", extra={"error": str(error)})
    finally:
        ack.settle(outcome)
