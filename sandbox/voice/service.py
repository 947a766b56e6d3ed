"""The voice side as the rest of the sandbox sees it: `sandbox.contracts.VoiceService`, and more.

For the gateway: `endpoint`, `admit`, `dismiss`, `run`. For the page: `listen` and `speaking`, with
`watch_speaking` for changes. For tests: `capture`, `faults`, `close`, `move_region`. People who sit in a
channel without a client (`world` knows them, they are no bots) are told to the clients of that call as
members.

A region is one server with its own ports. `move_region` starts another one: whoever is admitted from then
on is sent there; clients of the old region are closed with 4022, as Discord does when a voice server
changes.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager

import trio

from gateway_client.ids import ChannelId, GuildId, UserId
from sandbox.contracts import VoiceAdmission
from sandbox.model.events import VoiceStateChanged, WorldEvent
from sandbox.voice.capture import Capture, Recorder
from sandbox.voice.close_codes import VoiceClose
from sandbox.voice.dave_desk import DaveMode
from sandbox.voice.dave_ear import Ear
from sandbox.voice.dave_group import Group
from sandbox.voice.faults import VoiceFaults
from sandbox.voice.handshake import HEARTBEAT_INTERVAL_S
from sandbox.voice.listeners import HeardFrame, Listeners
from sandbox.voice.region import Region, Told
from sandbox.voice.session import Session
from sandbox.voice.transport import Mode
from sandbox.voice.values import Grant, Heard, SpeakingChanged
from sandbox.world import World

SpeakingWatcher = Callable[[SpeakingChanged], None]


class VoiceServer:
    """All voice regions of the sandbox.

    Args:
        world: says who sits where.
        modes: transport modes to offer; tests of a second choice offer fewer.
        heartbeat_interval_s: what clients are asked for.
        dave: whether calls are encrypted end to end.
    """

    def __init__(
        self,
        world: World,
        *,
        modes: tuple[Mode, ...] = tuple(Mode),
        heartbeat_interval_s: float = HEARTBEAT_INTERVAL_S,
        dave: DaveMode = DaveMode.OFFER,
    ) -> None:
        self._world = world
        self._modes = modes
        self._heartbeat_interval_s = heartbeat_interval_s
        self._dave = dave
        self.faults = VoiceFaults()
        self._recorder = Recorder()
        self._listeners = Listeners()
        self._watchers: list[SpeakingWatcher] = []
        self._speaking: dict[tuple[GuildId, UserId], ChannelId] = {}
        self._regions: list[Region] = []
        self._nursery: trio.Nursery | None = None

    # The contract.

    @property
    def endpoint(self) -> str:
        """``host:port`` of the current region; valid once `run` has started."""
        return self._regions[-1].endpoint if self._regions else ""

    def admit(self, admission: VoiceAdmission) -> None:
        """Let this client in, in the current region; an older session of it is over, wherever it was."""
        grant = Grant(
            guild_id=admission.guild_id,
            channel_id=admission.channel_id,
            user_id=admission.user_id,
            session_id=admission.session_id,
            token=admission.token,
        )
        for region in self._regions[:-1]:
            region.perform(region.hub.dismiss(grant.guild_id, grant.user_id, VoiceClose.CALL_TERMINATED))
        region = self._regions[-1]
        region.perform(region.hub.admit(grant))

    def dismiss(self, guild_id: GuildId, user_id: UserId) -> None:
        """The client left or was disconnected: close its session with 4014 and forget its token."""
        for region in self._regions:
            region.perform(region.hub.dismiss(guild_id, user_id))

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve on 127.0.0.1 until cancelled; ``started()`` once ``endpoint`` is valid."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            await self._open_region()
            unsubscribe = self._world.subscribe(self._on_event)
            try:
                task_status.started()
                await trio.sleep_forever()
            finally:
                unsubscribe()

    # For the page, and for tests that want to hear.

    def listen(
        self, guild_id: GuildId, channel_id: ChannelId
    ) -> AbstractContextManager[trio.MemoryReceiveChannel[HeardFrame]]:
        """Hear a channel live while the context lasts."""
        return self._listeners.listen(guild_id, channel_id)

    def speaking(self, guild_id: GuildId) -> frozenset[UserId]:
        """Which clients of a guild speak right now, by their own word."""
        return frozenset(user_id for (guild, user_id) in self._speaking if guild == guild_id)

    def watch_speaking(self, watcher: SpeakingWatcher) -> Callable[[], None]:
        """Tell ``watcher`` at once when somebody begins or ends to speak; call the result to end that."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def capture(self, guild_id: GuildId, user_id: UserId) -> Capture:
        """What a user has said in a guild since the sandbox began, and what was wrong with it."""
        return self._recorder.of(guild_id, user_id)

    def is_connected(self, guild_id: GuildId, user_id: UserId) -> bool:
        """Whether a client has an open voice WebSocket and a key."""
        sessions = [region.hub.calls.session(guild_id, user_id) for region in self._regions]
        return any(
            one is not None and one.connection is not None and one.lane is not None for one in sessions
        )

    # End-to-end encryption.

    @property
    def dave(self) -> DaveMode:
        """Whether calls are encrypted end to end."""
        return self._dave

    def set_dave(self, mode: DaveMode) -> None:
        """Treat whoever joins from now on like this."""
        self._dave = mode
        for region in self._regions:
            region.hub.dave.mode = mode

    def group(self, guild_id: GuildId, channel_id: ChannelId) -> Group | None:
        """The MLS group of an encrypted call, as its server knows it."""
        groups = (region.hub.dave.group(guild_id, channel_id) for region in reversed(self._regions))
        return next((group for group in groups if group is not None), None)

    def ear(self, guild_id: GuildId, user_id: UserId) -> Ear | None:
        """The client of a person who sits in an encrypted call."""
        ears = (region.hub.dave.ear(guild_id, user_id) for region in reversed(self._regions))
        return next((ear for ear in ears if ear is not None), None)

    # Faults that are deeds.

    def close(self, guild_id: GuildId, user_id: UserId, code: int) -> None:
        """Close a client's voice WebSocket with any code. After 4006, 4014 and 4022 it cannot resume."""
        for region in self._regions:
            region.perform(region.hub.close(guild_id, user_id, code))

    def cut(self, guild_id: GuildId, user_id: UserId) -> None:
        """Lose a client's voice WebSocket without a word; its session can be resumed."""
        for region in self._regions:
            session = region.hub.calls.session(guild_id, user_id)
            if session is not None and session.connection is not None:
                region.cut(session.connection)

    def session(self, guild_id: GuildId, user_id: UserId) -> Session | None:
        """The session of a client: it stays the same object while it is resumed."""
        sessions = (region.hub.calls.session(guild_id, user_id) for region in reversed(self._regions))
        return next((one for one in sessions if one is not None), None)

    def strays(self) -> set[int]:
        """The sequence numbers of the last packets that belonged to no session any more."""
        return {
            seen.sequence
            for region in self._regions
            for seen in region.hub.media.strays
            if seen.sequence is not None
        }

    @property
    def dropped(self) -> int:
        """Packets that the system took and this process never read, because it was held up."""
        return sum(region.dropped for region in self._regions)

    def hold_resumes(self, guild_id: GuildId, user_id: UserId) -> None:
        """Leave a client's resume unanswered until `release_resumes`."""
        for region in self._regions:
            region.hub.hold_resumes(guild_id, user_id)

    def is_resuming(self, guild_id: GuildId, user_id: UserId) -> bool:
        """Whether a client has asked to resume and waits."""
        return any(region.hub.is_resuming(guild_id, user_id) for region in self._regions)

    def release_resumes(self, guild_id: GuildId, user_id: UserId) -> None:
        """Answer a client's resume, and every later one."""
        for region in self._regions:
            region.perform(region.hub.release_resumes(guild_id, user_id))

    def spoil_next_commit(self, guild_id: GuildId, user_id: UserId) -> None:
        """Break the next commit or welcome that is sent to this client; it has to report it."""
        for region in self._regions:
            region.hub.dave.spoil(guild_id, user_id)

    async def move_region(self) -> str:
        """Start another server and send everybody there who is admitted from now on.

        Returns:
            The new endpoint. The gateway tells it to clients with a new admission; until it does, clients
            of the old server stay where they are.
        """
        await self._open_region()
        return self.endpoint

    async def _open_region(self) -> None:
        assert self._nursery is not None
        region = Region(
            name=f"loopback-{len(self._regions) + 1}",
            recorder=self._recorder,
            faults=self.faults,
            on_told=self._on_told,
            modes=self._modes,
            heartbeat_interval_s=self._heartbeat_interval_s,
            dave=self._dave,
        )
        await self._nursery.start(region.run)
        self._regions.append(region)
        for guild in self._world.directory.guilds.values():
            for state in guild.voice_states.values():
                if not self._world.directory.user(state.user_id).bot:
                    region.perform(region.hub.sit(state.guild_id, state.user_id, state.channel_id))

    def _on_told(self, told: Told) -> None:
        match told:
            case Heard():
                self._listeners.tell(told)
            case SpeakingChanged():
                self._on_speaking(told)

    def _on_speaking(self, told: SpeakingChanged) -> None:
        key = (told.guild_id, told.user_id)
        if told.speaking:
            self._speaking[key] = told.channel_id
        else:
            self._speaking.pop(key, None)
        for watcher in list(self._watchers):
            watcher(told)

    def _on_event(self, event: WorldEvent) -> None:
        if not isinstance(event, VoiceStateChanged):
            return
        state = event.state
        user = self._world.directory.users.get(state.user_id)
        if user is not None and not user.bot:
            for region in self._regions:
                region.perform(region.hub.sit(state.guild_id, state.user_id, state.channel_id))
        elif state.channel_id is None:
            self.dismiss(state.guild_id, state.user_id)
