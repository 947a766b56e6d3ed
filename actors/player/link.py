"""The link to a voice channel: from "come here" to "the call can be heard", and every way out of it.

Pure and synchronous; ``now`` is monotonic seconds. Discord has to say two things before a server can be
dialled: where the bot sits (with a session id) and where the call is served (token and endpoint). They come
in any order, and an endpoint may be missing, which means: wait for the next. Phases::

    ABSENT ─join─▶ JOINING ─both said─▶ CONNECTING ─node: Connected─▶ UP
       ▲              │ 10 s               │ 15 s                     │ Closed(AWAIT), endpoint taken away
       └── given up ──┴────────────────────┴──────── 10 s ◀── AWAITING ┘ (5 s, then joined afresh)

Rules: a move keeps the old call, as far as it had come, until the new server is known, and falls back to it
when the new channel does not answer; called elsewhere before that, it is still the old call that is kept, and
called back there, the move is over. An old call that ended meanwhile is asked for anew. A seat that nobody
asked for is where Discord has the bot until it says another one: the answer to an older wish, or a person
has moved it. Leaving is answered too: a seat that is gone because of that is no kick.

Every dialled server is a new attempt, and words about an older attempt are ignored. Joining afresh is
bounded: three times in 60 s. Attempts begin at the monotonic clock in milliseconds, so that those of a
crashed generation of the actor are always older.

Source: Discord, "Voice", sections "Retrieving Voice Server Information", "Establishing a Voice Websocket
Connection"; a full channel answers nothing at all (practice).
"""

from collections import deque
from enum import Enum

from attrs import define, field

from actors.player.link_news import CameUp, Loss, Lost, MoveFailed, News, Seat, Unseat
from gateway_client.ids import ChannelId, GuildId, UserId
from voice.close_codes import Verdict
from voice.endpoint import endpoint_url
from voice.protocol import Closed, Connected, Server

JOIN_S = 10.0
CONNECT_S = 15.0
AWAIT_S = 5.0
NEXT_SERVER_S = 10.0
REJOINS = 3
REJOIN_WINDOW_S = 60.0
E2EE_REQUIRED = 4017


class Phase(Enum):
    """Where the link stands."""

    ABSENT = "absent"
    JOINING = "joining"
    CONNECTING = "connecting"
    UP = "up"
    AWAITING = "awaiting"


@define
class Attempts:
    """Numbers that only grow, also over generations of an actor in one process."""

    last: int = 0

    def next(self, now: float) -> int:
        """A new one."""
        self.last = max(self.last + 1, int(now * 1000))
        return self.last


@define(kw_only=True)
class Link:
    """The machine.

    Attributes:
        channel_id: where the bot sits or is about to; ``None`` exactly when ABSENT.
        joined: whether the call could be heard since the link was last absent.
        before: the channel to fall back to while a move is on its way; ``_old`` is how the call in it stands:
            connecting, up, or over. Any other phase means that there is none.
        attempt, server: what the node has to be told.
    """

    guild_id: GuildId
    me: UserId
    insecure: bool = False
    phase: Phase = Phase.ABSENT
    channel_id: ChannelId | None = None
    joined: bool = False
    before: ChannelId | None = None
    attempt: int = 0
    server: Server | None = None
    deadline: float | None = None
    _seated: bool = False
    _session_id: str = field(default="", repr=False)
    _offer: tuple[str, str] | None = field(default=None, repr=False)
    _said_seat: bool = False
    """Of a seat and its server, which are said in any order, only the seat was said so far."""
    _said_server: bool = False
    """Likewise only the server: perhaps it is one for the same seat, perhaps that is still to come."""
    _old: Phase = Phase.ABSENT
    _unanswered: int = 0
    """How often the bot asked to leave and no word of that came."""
    _stale: bool = False
    _attempts: Attempts = field(factory=Attempts)
    _rejoins: deque[float] = field(factory=deque[float])

    @property
    def is_present(self) -> bool:
        """Whether the bot is in a channel or on its way."""
        return self.phase is not Phase.ABSENT

    @property
    def is_settled(self) -> bool:
        """Whether the channel is known to be one that can be joined."""
        return self.joined and self.before is None

    @property
    def sits_in(self) -> ChannelId | None:
        """Where the bot can be heard: in the old channel until Discord says that it sits in the new one."""
        return self.before if self.before is not None and not self._seated else self.channel_id

    def join(self, channel_id: ChannelId, now: float) -> list[News]:
        """Go there; nothing happens if that is where the link leads already."""
        if channel_id == self.channel_id:
            return []
        if channel_id == self.sits_in:
            return self._turn_back(now)
        if self.phase is not Phase.JOINING:
            self.before, self._old = self.channel_id, self.phase
        elif self._seated:
            self.before, self._old = self.channel_id, Phase.JOINING
        if self.before is None:
            self._renew(now)
        self._wait_for_seat(channel_id, now)
        return [Seat(channel_id)]

    def leave(self) -> list[News]:
        """Go, and listen to nothing that is said about this call any more."""
        if not self.is_present:
            return []
        self._forget()
        return self._unseat()

    def seated(self, channel_id: ChannelId | None, session_id: str, now: float) -> list[News]:
        """Discord says where the bot sits."""
        if channel_id is None:
            return self._unseated(now)
        if not self.is_present or self._stale:
            return []
        if self.phase is Phase.JOINING and not self._seated and channel_id != self.channel_id:
            if channel_id != self.before:
                self.before, self._old = channel_id, Phase.JOINING
            return []
        moved = channel_id != self.channel_id
        self.channel_id, self._session_id, self._seated = channel_id, session_id, True
        if self.phase is Phase.JOINING or (moved and self._said_server):
            self._said_server = False
            return self._dial(now)
        self._said_seat = self._said_seat or moved
        return []

    def served(self, token: str, endpoint: str | None, now: float) -> list[News]:
        """Discord says where the call is served."""
        if not self.is_present or self._stale:
            return []
        if endpoint is None:
            self._offer = None
            if self.phase in (Phase.UP, Phase.CONNECTING):
                self._await(now, NEXT_SERVER_S)
            return []
        self._offer = (token, endpoint_url(endpoint, self.insecure))
        if self.phase in (Phase.UP, Phase.CONNECTING) and self.server is not None:
            known = (self.server.token, self.server.url, self.server.channel_id)
            if known == (*self._offer, self.channel_id):
                return []  # said twice
        self._said_server = not (self._said_seat or self.phase is Phase.JOINING)
        self._said_seat = False
        return self._dial(now)

    def connected(self, fact: Connected) -> list[News]:
        """The node says that the call can be heard."""
        if fact.attempt != self.attempt:
            return []
        if self.phase is Phase.JOINING and self._old is Phase.CONNECTING:
            self._old = Phase.UP
        if self.phase not in (Phase.CONNECTING, Phase.AWAITING):
            return []
        return [self._come_up()]

    def closed(self, fact: Closed, now: float) -> list[News]:
        """The node says that the connection closed."""
        if fact.attempt != self.attempt or fact.verdict in (Verdict.RESUME, Verdict.IDENTIFY):
            return []  # the node goes on by itself
        if self.phase is Phase.ABSENT or self.phase is Phase.JOINING:
            self._old = Phase.ABSENT
            return []
        match fact.verdict:
            case Verdict.REJOIN:
                return self._rejoin(now)
            case Verdict.AWAIT:
                self._await(now, AWAIT_S)
                return []
            case Verdict.STOP:
                return self._lose(Loss.STOPPED)
            case Verdict.FAIL:
                return self._lose(Loss.ENCRYPTION if fact.code == E2EE_REQUIRED else Loss.REFUSED)

    def session_replaced(self) -> None:
        """The main session is a new one: what is said until the guild is in sight is about the old one."""
        self._stale, self._unanswered = self.is_present, 0

    def guild_available(self, now: float) -> list[News]:
        """The guild is in sight; with a new session, the seat has to be asked for again."""
        if not self._stale or self.channel_id is None:
            return []
        channel_id, self.before, self._old = self.channel_id, None, Phase.ABSENT
        self._wait_for_seat(channel_id, now)
        return [Seat(channel_id)]

    def guild_gone(self) -> list[News]:
        """There is nothing left to sit in."""
        return self._lose(Loss.KICKED) if self.is_present else []

    def tick(self, now: float) -> list[News]:
        """Something took too long."""
        if self.deadline is None or now < self.deadline:
            return []
        match self.phase:
            case Phase.AWAITING:
                return self._rejoin(now)
            case Phase.JOINING if self.before is not None and not self._seated:
                return self._fall_back(self.before, now)
            case Phase.JOINING if self.joined and self._seated:
                return self._rejoin(now)
            case Phase.JOINING:
                return self._lose(Loss.NO_ANSWER)
            case _:
                return self._lose(Loss.UNREACHABLE)

    def _turn_back(self, now: float) -> list[News]:
        """Called to where the bot sits, while it is on its way elsewhere."""
        assert self.before is not None  # otherwise it is not on its way
        channel_id, old = self.before, self._old
        self._stay(channel_id, old, now)
        match old:
            case Phase.UP:
                return [Seat(channel_id), self._come_up()]
            case Phase.CONNECTING:
                return [Seat(channel_id)]
            case _:
                return self._ask_anew(now)

    def _fall_back(self, channel_id: ChannelId, now: float) -> list[News]:
        """Where the bot was called to, nobody answers: it stays where it sits."""
        assert self.channel_id is not None  # a move leads somewhere
        failed, old = MoveFailed(self.channel_id), self._old
        self._stay(channel_id, old, now)
        if self._offer is not None:
            return [failed, *self._dial(now)]
        match old:
            case Phase.UP:
                return [failed] if self.joined else [failed, self._come_up()]
            case Phase.CONNECTING:
                return [failed]
            case _:
                return [failed, *self._rejoin(now)]

    def _stay(self, channel_id: ChannelId, old: Phase, now: float) -> None:
        """A move is over before it began: the old call goes on."""
        self.channel_id, self.before, self._seated, self._old = channel_id, None, True, Phase.ABSENT
        self.phase, self.deadline = Phase.UP, None
        if old is not Phase.UP:
            self.phase, self.deadline = Phase.CONNECTING, now + CONNECT_S

    def _come_up(self) -> CameUp:
        first, self.joined = not self.joined, True
        self.phase, self.deadline, self.before = Phase.UP, None, None
        self._said_server, self._unanswered = False, 0
        return CameUp(first)

    def _wait_for_seat(self, channel_id: ChannelId, now: float) -> None:
        self.phase, self.channel_id, self.deadline = Phase.JOINING, channel_id, now + JOIN_S
        self._seated, self._offer, self._stale = False, None, False
        self._said_seat = self._said_server = False

    def _unseated(self, now: float) -> list[News]:
        asked, self._unanswered = self._unanswered > 0, max(0, self._unanswered - 1)
        if self.channel_id is None or self._stale:
            return []
        if self.phase is Phase.JOINING and not self._seated:
            self.before, self._old = None, Phase.ABSENT  # the old seat is gone; the new one may still come
            return []
        if not asked:
            return self._lose(Loss.KICKED)
        # What was said before was about the seat that the bot has left itself.
        self._renew(now)
        self._wait_for_seat(self.channel_id, now)
        return []

    def _dial(self, now: float) -> list[News]:
        if self._offer is None or self.channel_id is None:
            return []
        if self.phase is Phase.JOINING and not self._seated:
            return []
        token, url = self._offer
        self.attempt = self._attempts.next(now)
        self.server = Server(
            url=url,
            token=token,
            session_id=self._session_id,
            user_id=self.me,
            guild_id=self.guild_id,
            channel_id=self.channel_id,
        )
        self.phase, self.deadline = Phase.CONNECTING, now + CONNECT_S
        return []

    def _await(self, now: float, how_long_s: float) -> None:
        self.phase, self.deadline = Phase.AWAITING, now + how_long_s

    def _rejoin(self, now: float) -> list[News]:
        while self._rejoins and now - self._rejoins[0] > REJOIN_WINDOW_S:
            self._rejoins.popleft()
        if len(self._rejoins) >= REJOINS or self.channel_id is None:
            return self._lose(Loss.UNREACHABLE)
        self._rejoins.append(now)
        return self._ask_anew(now)

    def _ask_anew(self, now: float) -> list[News]:
        """Who sits there already gets no answer without having left."""
        assert self.channel_id is not None  # the callers have looked
        self._renew(now)
        self.before, self._old = None, Phase.ABSENT
        self._wait_for_seat(self.channel_id, now)
        return [*self._unseat(), Seat(self.channel_id)]

    def _unseat(self) -> list[News]:
        self._unanswered += 1
        return [Unseat()]

    def _renew(self, now: float) -> None:
        """The node leaves the connection it has, if any, and keeps what plays."""
        self.attempt, self.server = self._attempts.next(now), None

    def _lose(self, why: Loss) -> list[News]:
        assert self.channel_id is not None
        lost = Lost(why, self.joined, self.channel_id)
        self._forget()
        return [lost] if why is Loss.KICKED else [*self._unseat(), lost]

    def _forget(self) -> None:
        self.phase, self.channel_id, self.joined, self.before = Phase.ABSENT, None, False, None
        self.server, self.deadline, self._offer, self._old = None, None, None, Phase.ABSENT
        self._seated, self._stale, self._session_id = False, False, ""
        self._rejoins.clear()
