"""Who may come in: the grants that the sandbox's gateway gave, and why a client is refused.

One grant per user and guild; a newer one retires the older one's token. A retired token is told apart from
one that never was (4006 against 4004), because clients act on the difference. Imports values only.
"""

from attrs import define, field

from gateway_client.ids import GuildId, UserId
from sandbox.voice.close_codes import VoiceClose
from sandbox.voice.values import Grant

REMEMBERED_TOKENS = 1_000


@define
class Admission:
    """The grants of one voice server."""

    _grants: dict[tuple[GuildId, UserId], Grant] = field(
        init=False, factory=dict[tuple[GuildId, UserId], Grant]
    )
    _retired: dict[str, None] = field(init=False, factory=dict[str, None])

    def give(self, grant: Grant) -> None:
        """Let a client in from now on."""
        self.withdraw(grant.guild_id, grant.user_id)
        self._grants[grant.guild_id, grant.user_id] = grant

    def withdraw(self, guild_id: GuildId, user_id: UserId) -> None:
        """Forget a grant, if there is one; its token is known as one that once was good."""
        grant = self._grants.pop((guild_id, user_id), None)
        if grant is None:
            return
        self._retired[grant.token] = None
        if len(self._retired) > REMEMBERED_TOKENS:
            del self._retired[next(iter(self._retired))]

    def check(
        self, guild_id: GuildId, token: str, session_id: str, user_id: UserId | None = None
    ) -> Grant | VoiceClose:
        """The grant that a client's credentials name, or why there is none.

        Args:
            guild_id: as the client named it.
            token: as the client presented it.
            session_id: as the client presented it.
            user_id: as an identify claims; a resume does not say who it is.
        """
        here = [grant for grant in self._grants.values() if grant.guild_id == guild_id]
        grant = next((one for one in here if one.token == token), None)
        if grant is None and token in self._retired:
            return VoiceClose.SESSION_INVALID
        if grant is None:
            stranger = self._grants and not here
            return VoiceClose.SERVER_NOT_FOUND if stranger else VoiceClose.AUTHENTICATION_FAILED
        if user_id is not None and user_id != grant.user_id:
            return VoiceClose.AUTHENTICATION_FAILED
        return grant if session_id == grant.session_id else VoiceClose.SESSION_INVALID
