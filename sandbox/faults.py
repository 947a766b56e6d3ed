"""What can be made to go wrong, switched while the sandbox runs. All off by default.

A fault is state that the gateway and REST look at; deeds (dropping connections, op 7) are methods of the
gateway hub. May import ids.
"""

from collections import Counter

from attrs import define, field, frozen

from gateway_client.ids import GuildId


@frozen(kw_only=True)
class RouteFault:
    """Something that happens to the next requests of a route.

    ``status`` answers so without doing anything; ``lose_response`` does it and closes the connection
    unanswered.
    """

    method: str
    contains: str
    """Part of the path."""
    times: int = 1
    status: int | None = None
    lose_response: bool = False
    retry_after_s: float | None = None
    """With ``status`` 429: what the body says."""


@define
class Faults:
    """The switches."""

    rest_delay_s: float = 0.0
    """Added to every REST request, half before and half after it acts: a round trip."""
    ack_heartbeats: bool = True
    hold_hello: bool = False
    """Connections are accepted, and greeted only when this is over."""
    null_voice_endpoints: int = 0
    """So many next VOICE_SERVER_UPDATEs have no endpoint; ``GatewayHub.offer_voice_server`` sends one."""
    swallow_voice_requests: Counter[GuildId] = field(factory=Counter[GuildId])
    """Op 4 of the guilds that stand in here is left unanswered, as in a full channel, and counted."""
    refuse_resumes: bool = False
    """Every RESUME is answered with op 9, false."""
    _routes: list[RouteFault] = field(factory=list[RouteFault])

    def on_route(self, fault: RouteFault) -> None:
        """Let a route fail so many times."""
        self._routes.append(fault)

    def take_route_fault(self, method: str, path: str) -> RouteFault | None:
        """Return the fault of this request, counted down."""
        for index, fault in enumerate(self._routes):
            if fault.method == method and fault.contains in path:
                if fault.times > 1:
                    remaining = RouteFault(
                        method=fault.method,
                        contains=fault.contains,
                        times=fault.times - 1,
                        status=fault.status,
                        lose_response=fault.lose_response,
                        retry_after_s=fault.retry_after_s,
                    )
                    self._routes[index] = remaining
                else:
                    del self._routes[index]
                return fault
        return None
