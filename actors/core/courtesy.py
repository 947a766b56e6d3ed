"""Acknowledgements first: while a burst of interactions is being read, actors hold back for a moment.

A click is acknowledged before it has an effect that anybody could see. When fifty come at once, rendering the
effects of the first would delay reading – and so acknowledging – the last. So each interaction asks for a few
milliseconds of quiet, and a burst gets fifty at most; then the actors go on whatever still comes.

A core but for the sleep; time is Trio's.
"""

import trio
from attrs import define, field

QUIET_S = 0.003
LONGEST_S = 0.05


@define(eq=False)
class Courtesy:
    """When actors may go on."""

    _quiet_until: float = field(default=float("-inf"), init=False)
    _since: float = field(default=float("-inf"), init=False)

    def note(self, now: float) -> None:
        """An interaction was read."""
        if now >= self._quiet_until:
            self._since = now
        self._quiet_until = min(now + QUIET_S, self._since + LONGEST_S)

    @property
    def is_burst(self) -> bool:
        """Whether the last interaction came right behind another one."""
        return self._quiet_until > self._since + QUIET_S

    async def wait(self) -> None:
        """Wait until the burst has been read, at most ``LONGEST_S``."""
        while trio.current_time() < self._quiet_until:  # noqa: ASYNC110 - it moves while we sleep
            await trio.sleep_until(self._quiet_until)
