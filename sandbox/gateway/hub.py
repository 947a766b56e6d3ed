"""All sessions of the bot, and what they have in common: identify, resume, the events of the world, voice.

A session begins with an identify that is in order, hears READY, then every guild of its shard, then what
happens. The hub subscribes to the world once and offers each event to every session. The bot's voice state
changes through op 4; the voice service is told first, then VOICE_SERVER_UPDATE follows VOICE_STATE_UPDATE.
No I/O. May import the model, wire, contracts.
"""

from attrs import define, field, frozen

from gateway_client.ids import ChannelId, GuildId
from sandbox.contracts import VoiceAdmission, VoiceService
from sandbox.faults import Faults
from sandbox.gateway.admissions import StartLimit
from sandbox.gateway.close_codes import GatewayClose
from sandbox.gateway.intents import Intents, refuse_intents
from sandbox.gateway.session import LIFE_S, Session, Shard
from sandbox.gateway.translate import Dispatch, to_dispatches
from sandbox.json_values import JsonObject
from sandbox.model import events
from sandbox.model.entities import Guild, VoiceState
from sandbox.wire.guilds import to_wire_guild_create
from sandbox.wire.people import to_wire_own_user, to_wire_unavailable
from sandbox.world import World

MAX_GUILDS_PER_SHARD = 2_500
"""Source: Gateway, section "Sharding"."""


@frozen(kw_only=True)
class Identify:
    """What op 2 asks for, checked for shape."""

    token: str
    intents: int
    shard: Shard | None = None
    large_threshold: int = 50
    presence: JsonObject | None = None


@frozen
class NotNow:
    """Op 9: try again later, or with a new session."""

    resumable: bool = False


@define(eq=False)
class GatewayHub:
    """The gateway without its sockets."""

    _world: World
    _voice: VoiceService
    faults: Faults
    start_limit: StartLimit = field(factory=StartLimit)
    public_url: str = ""
    """``ws://127.0.0.1:port/gateway``."""
    recommended_shards: int = 1
    """What ``/gateway/bot`` advises."""
    sessions: dict[str, Session] = field(factory=dict[str, Session], init=False)

    def __attrs_post_init__(self) -> None:
        self._world.subscribe(self._on_event)

    @property
    def world(self) -> World:
        """What it is the gateway of."""
        return self._world

    def right_token(self, token: str) -> bool:
        """Whether a token, with or without ``Bot``, is the application's."""
        return token.removeprefix("Bot ") == self._world.application.token

    def identify(self, asked: Identify, now: float) -> Session | GatewayClose | NotNow:
        """Begin a session, or say why not. READY is sent by ``welcome`` once it is attached."""
        shard = asked.shard or Shard()
        refusal = self._refuse(asked, shard)
        if refusal:
            return refusal
        if self.start_limit.remaining(now) == 0:
            return GatewayClose.AUTHENTICATION_FAILED
        if not self.start_limit.take(shard.id, now):
            return NotNow()
        session = Session(
            id=self._world.ledger.tokens.next("5e5510", self._world.ledger.ids.next()),
            intents=Intents(asked.intents),
            shard=shard,
            large_threshold=asked.large_threshold,
        )
        self.sessions[session.id] = session
        if asked.presence is not None:
            self._world.show_presence(asked.presence)
        return session

    def welcome(self, session: Session, *, sharded: bool) -> None:
        """Send READY and the guilds."""
        guilds = [g for g in self._world.directory.guilds.values() if session.shard.covers(g.id)]
        application = self._world.application
        ready: JsonObject = {
            "v": 10,
            "user": to_wire_own_user(application.bot),
            "guilds": [to_wire_unavailable(guild.id) for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": self.public_url,
            "application": {"id": str(application.id), "flags": int(application.flags)},
            "session_type": "normal",
            "private_channels": [],
            "presences": [],
            "relationships": [],
            "user_settings": {},
            "geo_ordered_rtc_regions": [],
            "guild_join_requests": [],
            "auth": {},
            "_trace": ["sandbox"],
        }
        if sharded:
            ready["shard"] = [session.shard.id, session.shard.count]
        session.send("READY", ready)
        if session.intents & Intents.GUILDS:
            for guild in guilds:
                self._tell_guild(session, guild)

    def resume(
        self, token: str, session_id: str, sequence: int, now: float
    ) -> Session | GatewayClose | NotNow:
        """Find the session to go on with; ``replay_after`` and RESUMED follow once it is attached."""
        if not self.right_token(token):
            return GatewayClose.AUTHENTICATION_FAILED
        self.forget_lost(now)
        session = self.sessions.get(session_id)
        if session is None or self.faults.refuse_resumes:
            self.end(session_id)
            return NotNow()
        if sequence > session.sequence:
            self.end(session_id)
            return GatewayClose.INVALID_SEQUENCE
        if not session.can_replay_after(sequence):
            self.end(session_id)
            return NotNow()
        return session

    def end(self, session_id: str) -> None:
        """A session is over: nothing to resume, and whoever sat in voice with it leaves."""
        if self.sessions.pop(session_id, None) is None:
            return
        bot_id = self._world.application.bot.id
        for guild in tuple(self._world.directory.guilds.values()):
            state = guild.voice_states.get(bot_id)
            if state and state.session_id == session_id:
                self._world.voice.leave(guild.id, bot_id)
        if not self.sessions:
            self._world.show_presence({"status": "offline", "activities": []})

    def forget_lost(self, now: float) -> None:
        """End sessions that nobody resumed in time."""
        for session in tuple(self.sessions.values()):
            if session.lost_at is not None and now - session.lost_at >= LIFE_S:
                self.end(session.id)

    def request_voice(self, session: Session, asked: JsonObject) -> None:
        """Op 4: join, move, leave, or change mute and deaf."""
        guild_id, channel_id = asked.get("guild_id"), asked.get("channel_id")
        guild = self._world.directory.guilds.get(GuildId(int(guild_id or 0)))
        if guild is not None and guild.id in self.faults.swallow_voice_requests:
            self.faults.swallow_voice_requests[guild.id] += 1
            return
        if guild is None or not session.shard.covers(guild.id):
            return
        bot_id = self._world.application.bot.id
        before = guild.voice_states.get(bot_id)
        after = self._world.voice.request(
            guild.id,
            bot_id,
            None if channel_id is None else ChannelId(int(channel_id)),
            session_id=session.id,
            self_mute=bool(asked.get("self_mute")),
            self_deaf=bool(asked.get("self_deaf")),
        )
        if after is not None and after == before:  # asked for what is so already: tell it again
            self._on_voice_state(events.VoiceStateChanged(state=after, before=None))

    def offer_voice_server(self, guild_id: GuildId) -> None:
        """Give the bot a (new) voice server in a guild where it sits."""
        state = self._world.voice.state(guild_id, self._world.application.bot.id)
        if state is not None and state.channel_id is not None:
            self._send_voice_server(state)

    def offer(self, dispatch: Dispatch) -> None:
        """Send to every session that it is for."""
        for session in tuple(self.sessions.values()):
            session.offer(dispatch, self._world.application.bot)

    def _refuse(self, asked: Identify, shard: Shard) -> GatewayClose | None:
        if not self.right_token(asked.token):
            return GatewayClose.AUTHENTICATION_FAILED
        if not 0 <= shard.id < shard.count:
            return GatewayClose.INVALID_SHARD
        if len(self._world.directory.guilds) / shard.count > MAX_GUILDS_PER_SHARD:
            return GatewayClose.SHARDING_REQUIRED
        return refuse_intents(asked.intents, self._world.application.flags)

    def _on_event(self, event: events.WorldEvent) -> None:
        match event:
            case events.GuildJoined(guild=guild):
                for session in tuple(self.sessions.values()):
                    if session.intents & Intents.GUILDS and session.shard.covers(guild.id):
                        self._tell_guild(session, guild)
            case events.GuildLeft(guild_id=guild_id, unavailable=unavailable):
                data: JsonObject = {"id": str(guild_id), **({"unavailable": True} if unavailable else {})}
                self.offer(
                    Dispatch(name="GUILD_DELETE", data=data, guild_id=guild_id, intents=Intents.GUILDS)
                )
            case events.VoiceStateChanged():
                self._on_voice_state(event)
            case _ if self.sessions:
                for dispatch in to_dispatches(self._world, event):
                    self.offer(dispatch)
            case _:
                return

    def _on_voice_state(self, event: events.VoiceStateChanged) -> None:
        for dispatch in to_dispatches(self._world, event):
            self.offer(dispatch)
        state, before = event.state, event.before
        if state.user_id != self._world.application.bot.id:
            return
        if state.channel_id is None:
            self._voice.dismiss(state.guild_id, state.user_id)
        elif before is None or (before.channel_id, before.session_id) != (state.channel_id, state.session_id):
            self._send_voice_server(state)

    def _send_voice_server(self, state: VoiceState) -> None:
        assert state.channel_id is not None
        token = self._world.ledger.tokens.next("701ce", self._world.ledger.ids.next())
        self._voice.admit(
            VoiceAdmission(
                guild_id=state.guild_id,
                channel_id=state.channel_id,
                user_id=state.user_id,
                session_id=state.session_id,
                token=token,
            )
        )
        endpoint: str | None = self._voice.endpoint
        if self.faults.null_voice_endpoints > 0:
            self.faults.null_voice_endpoints -= 1
            endpoint = None
        data: JsonObject = {"token": token, "guild_id": str(state.guild_id), "endpoint": endpoint}
        self.offer(Dispatch(name="VOICE_SERVER_UPDATE", data=data, guild_id=state.guild_id))

    def _tell_guild(self, session: Session, guild: Guild) -> None:
        if not guild.available:
            session.send("GUILD_DELETE", to_wire_unavailable(guild.id))
            return
        everyone = bool(session.intents & Intents.GUILD_PRESENCES)
        body = to_wire_guild_create(
            guild, self._world.directory, everyone=everyone, large_threshold=session.large_threshold
        )
        session.send("GUILD_CREATE", body)
