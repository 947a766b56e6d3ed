"""The handle of the voice nodes in the bot's process, for all calls, however many nodes there are.

A shell over the core ``nodes_placement``; imports trio. ``tell`` and ``drop`` are synchronous and never fail.
A call is placed when it is first told of and stays there until it is dropped or its node dies; a node without
calls ends by itself after a while. Facts of all nodes come back through one synchronous callback.

Failure modes: those of a node are its handle's (``nodes_handle``). The calls of a dead node go to others that
run, as ``nodes_placement`` has it; where nodes cannot be started any more, all of them do.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import trio
from attrs import define, field

from gateway_client.ids import GuildId
from voice.nodes_handle import IDLE_S, NodeHandle
from voice.nodes_placement import SUSPECT_S, Limits, choose, choose_refuge, limits_of
from voice.protocol import Desired, Fact


@define(kw_only=True)
class VoiceClient:
    """Keeps as many voice nodes alive as the calls need.

    Args:
        argv: command line that starts a node; nothing is added to it.
        on_fact: called synchronously for each fact; must not raise and must not block.
        nodes: most nodes at a time; "auto" lets their number grow with the load.
        idle_s: how long a node is kept after its last call.
    """

    argv: Sequence[str]
    on_fact: Callable[[Fact], None]
    nodes: Literal["auto"] | int = "auto"
    idle_s: float = IDLE_S
    _limits: Limits = field(init=False)
    _handles: list[NodeHandle] = field(factory=list[NodeHandle], init=False)
    _placed: dict[GuildId, NodeHandle] = field(factory=dict[GuildId, NodeHandle], init=False)
    _changed: trio.Event = field(factory=trio.Event, init=False)
    _closing: bool = field(default=False, init=False)
    _last_losses: dict[GuildId, float] = field(factory=dict[GuildId, float], init=False)

    def __attrs_post_init__(self) -> None:
        self._limits = limits_of(self.nodes)

    @property
    def pids(self) -> list[int]:
        """The processes of the nodes, for diagnostics."""
        return [handle.pid for handle in self._handles if handle.pid is not None]

    def tell(self, desired: Desired) -> None:
        """Make ``desired`` the whole state of its call, from now on and for every later node."""
        handle = self._placed.get(desired.call)
        if handle is None:
            handle = self._placed[desired.call] = self._choose()
        handle.tell(desired)

    def warm(self) -> None:
        """Have a node ready, because a call may be told of in a moment; no effect where one is."""
        if not self._closing and not any(handle.awake for handle in self._handles):
            (self._handles[0] if self._handles else self._add()).warm()

    def drop(self, call: GuildId) -> None:
        """Leave ``call`` and forget it; unknown calls are no error."""
        self._last_losses.pop(call, None)
        handle = self._placed.pop(call, None)
        if handle is not None:
            handle.drop(call)

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve until cancelled or closed. Started at once; processes come with the calls."""
        task_status.started()
        running = 0
        async with trio.open_nursery() as nursery:
            while not self._closing:
                for handle in self._handles[running:]:
                    await nursery.start(handle.run)
                    running += 1
                if running == len(self._handles):
                    await self._changed.wait()
                    self._changed = trio.Event()

    async def close(self) -> None:
        """Let the nodes say goodbye (five silence frames) and end; ``run`` returns. At most 1.5 s."""
        self._closing = True
        self._placed.clear()
        self._changed.set()
        async with trio.open_nursery() as nursery:
            for handle in self._handles:
                nursery.start_soon(handle.close)

    def _choose(self) -> NodeHandle:
        loads = [handle.calls if handle.awake else None for handle in self._handles]
        index = choose(loads, self._limits)
        if index == len(self._handles):
            return self._add()
        return self._handles[index]

    def _add(self) -> NodeHandle:
        handle = NodeHandle(argv=self.argv, on_fact=self.on_fact, idle_s=self.idle_s)
        handle.on_lost = lambda: self._shelter(handle)
        self._handles.append(handle)
        self._changed.set()
        return handle

    def _shelter(self, dead: NodeHandle) -> None:
        """The node of ``dead`` is gone: its calls go where they find room, or wait for the next node."""
        now = trio.current_time()
        for call in dead.placed:
            lost_at = self._last_losses.get(call, -SUSPECT_S)
            self._last_losses[call] = now
            refuge = self._refuge(dead)
            if refuge is None or (dead.startable and now < lost_at + SUSPECT_S):
                continue
            self._placed[call] = refuge
            refuge.adopt(dead.take_out(call))

    def _refuge(self, dead: NodeHandle) -> NodeHandle | None:
        """The handle that takes a call of ``dead``; one whose nodes cannot be started is no choice."""
        runs = [one is not dead and one.pid is not None and one.startable for one in self._handles]
        loads = [one.calls if run else None for one, run in zip(self._handles, runs, strict=True)]
        index = choose_refuge(loads)
        if index is None and not dead.startable:
            index = min((i for i, run in enumerate(runs) if run), key=lambda i: loads[i] or 0, default=None)
        return None if index is None else self._handles[index]
