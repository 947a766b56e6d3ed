"""The handle of the voice node in the bot's process.

A shell: imports trio and the room's protocol. ``tell`` and ``drop`` are synchronous and never fail: they
change what is desired; ``run`` keeps a node process alive while something is desired and replays all of it
to each new one. Facts come back through one synchronous callback, in the order the node saw them.
"""

from collections.abc import Callable, Sequence

import trio
from attrs import define, field

from gateway_client.ids import GuildId
from voice.protocol import Desired, Fact


@define(kw_only=True)
class VoiceClient:
    """Keeps a voice node alive while there are calls.

    Args:
        argv: command line that starts a node; nothing is added to it.
        on_fact: called synchronously for each fact; must not raise and must not block.
    """

    argv: Sequence[str]
    on_fact: Callable[[Fact], None]
    _desired: dict[GuildId, Desired] = field(factory=dict[GuildId, Desired], init=False)

    def tell(self, desired: Desired) -> None:
        """Make ``desired`` the whole state of its call, from now on and for every later node."""
        self._desired[desired.call] = desired

    def drop(self, call: GuildId) -> None:
        """Leave ``call`` and forget it; unknown calls are no error."""
        self._desired.pop(call, None)

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve until cancelled or closed. Started at once; the process comes with the first call."""
        task_status.started()
        await trio.sleep_forever()

    async def close(self) -> None:
        """Let the node say goodbye (five silence frames) and end; ``run`` returns. At most 1.5 s."""
        self._desired.clear()
        await trio.lowlevel.checkpoint()
