"""Every route that Roadie sends, as a value: what a request is to the rate limits, to retries and to the log.

A ``Route`` is constant; ``fill`` makes a ``Target``, which adds the parameters of one request. May import
``ids`` only.

Rules:

- Whatever a person can read (log, error, diagnosis) names the template, never the filled path: an
  interaction's token is part of the path.
- The *major* parameters (channel, guild, webhook and its token) separate requests that share a bucket. A
  token is kept as its digest there.
- A route is *repeatable* if sending it twice has the effect of sending it once. Creating a message is,
  because each creation carries a nonce that Discord enforces.
- Interaction endpoints are *exempt* from the global limit and need no authorization.

Source: Discord, "Rate Limits", section "Rate Limits"; "Receiving and Responding to Interactions", section
"Endpoints".
"""

import enum
import hashlib
from typing import Final
from urllib.parse import quote, urlencode

import attrs

REACTIONS_AT_ONCE: Final = 8
"""So many requests of reactions may be under way, and so many connections are kept for them alone."""


class Priority(enum.IntEnum):
    """Who goes first where requests have to wait; lower goes first."""

    ANSWER = 0
    EDIT = 1
    DELETION = 2
    REACTION = 3


class Method(enum.Enum):
    """The methods we use."""

    GET = "GET"
    POST = "POST"
    PUT = "PUT"
    PATCH = "PATCH"
    DELETE = "DELETE"


@attrs.frozen(kw_only=True)
class Route:
    """A method and a path template.

    ``major`` names the parameters that Discord counts separately; ``exempt`` is an interaction endpoint.
    """

    method: Method
    template: str
    priority: Priority = Priority.ANSWER
    major: tuple[str, ...] = ()
    repeatable: bool = True
    exempt: bool = False

    @property
    def name(self) -> str:
        """What people read, and what buckets are learned for: ``PATCH /channels/{channel_id}``."""
        return f"{self.method.value} {self.template}"

    @property
    def is_reaction(self) -> bool:
        """Whether it is of the kind that everything else goes before."""
        return self.priority is Priority.REACTION

    def fill(self, **parameters: int | str) -> "Target":
        """Name one resource. Each parameter is percent-encoded; it must be one that the template names."""
        path = self.template
        for name, value in parameters.items():
            place = f"{{{name}}}"
            if place not in path:
                raise ValueError(f"{self.name} has no parameter {name}")
            path = path.replace(place, quote(str(value), safe=""))
        if "{" in path:
            raise ValueError(f"{self.name} lacks a parameter")
        return Target(route=self, path=path, major="/".join(_major(n, parameters[n]) for n in self.major))


@attrs.frozen(kw_only=True)
class Target:
    """A route with its parameters. ``path`` may hold a token: it goes to Discord and nowhere else."""

    route: Route
    path: str = attrs.field(repr=False)
    major: str

    def asking(self, **query: int | str) -> "Target":
        """The same resource with a query behind its path."""
        return attrs.evolve(self, path=f"{self.path}?{urlencode(query)}")


def _major(name: str, value: int | str) -> str:
    if name == "token":
        return hashlib.blake2b(str(value).encode(), digest_size=8).hexdigest()
    return str(value)


_CHANNEL: Final = ("channel_id",)
_GUILD: Final = ("guild_id",)
_WEBHOOK: Final = ("application_id", "token")
_MESSAGE: Final = "/channels/{channel_id}/messages/{message_id}"
_REACTION: Final = _MESSAGE + "/reactions/{emoji}/@me"
_FOLLOW_UPS: Final = "/webhooks/{application_id}/{token}"

GET_GATEWAY_BOT: Final = Route(method=Method.GET, template="/gateway/bot")
GET_APPLICATION: Final = Route(method=Method.GET, template="/applications/@me")
GET_OWN_USER: Final = Route(method=Method.GET, template="/users/@me")
GET_COMMANDS: Final = Route(method=Method.GET, template="/applications/{application_id}/commands")
OVERWRITE_COMMANDS: Final = Route(method=Method.PUT, template="/applications/{application_id}/commands")

OPEN_DM: Final = Route(method=Method.POST, template="/users/@me/channels")
SET_VOICE_STATUS: Final = Route(
    method=Method.PUT, template="/channels/{channel_id}/voice-status", major=_CHANNEL, priority=Priority.EDIT
)

CREATE_MESSAGE: Final = Route(method=Method.POST, template="/channels/{channel_id}/messages", major=_CHANNEL)
GET_MESSAGES: Final = Route(method=Method.GET, template="/channels/{channel_id}/messages", major=_CHANNEL)
GET_MESSAGE: Final = Route(method=Method.GET, template=_MESSAGE, major=_CHANNEL)
EDIT_MESSAGE: Final = Route(method=Method.PATCH, template=_MESSAGE, major=_CHANNEL, priority=Priority.EDIT)
DELETE_MESSAGE: Final = Route(
    method=Method.DELETE, template=_MESSAGE, major=_CHANNEL, priority=Priority.DELETION
)
ADD_REACTION: Final = Route(method=Method.PUT, template=_REACTION, major=_CHANNEL, priority=Priority.REACTION)
REMOVE_REACTION: Final = Route(
    method=Method.DELETE, template=_REACTION, major=_CHANNEL, priority=Priority.REACTION
)

MODIFY_MEMBER: Final = Route(
    method=Method.PATCH, template="/guilds/{guild_id}/members/{user_id}", major=_GUILD
)
MODIFY_OWN_VOICE_STATE: Final = Route(
    method=Method.PATCH, template="/guilds/{guild_id}/voice-states/@me", major=_GUILD
)
CREATE_SCHEDULED_EVENT: Final = Route(
    method=Method.POST, template="/guilds/{guild_id}/scheduled-events", major=_GUILD, repeatable=False
)
DELETE_SCHEDULED_EVENT: Final = Route(
    method=Method.DELETE,
    template="/guilds/{guild_id}/scheduled-events/{event_id}",
    major=_GUILD,
    priority=Priority.DELETION,
)

# A repeated callback is refused with 40060, which says that the first one arrived.
RESPOND: Final = Route(
    method=Method.POST,
    template="/interactions/{interaction_id}/{token}/callback",
    major=("interaction_id", "token"),
    exempt=True,
)
FOLLOW_UP: Final = Route(
    method=Method.POST, template=_FOLLOW_UPS, major=_WEBHOOK, repeatable=False, exempt=True
)
GET_ANSWER: Final = Route(
    method=Method.GET, template=_FOLLOW_UPS + "/messages/@original", major=_WEBHOOK, exempt=True
)
EDIT_ANSWER: Final = Route(
    method=Method.PATCH, template=_FOLLOW_UPS + "/messages/@original", major=_WEBHOOK, exempt=True
)
EDIT_FOLLOW_UP: Final = Route(
    method=Method.PATCH, template=_FOLLOW_UPS + "/messages/{message_id}", major=_WEBHOOK, exempt=True
)
DELETE_ANSWER: Final = Route(
    method=Method.DELETE,
    template=_FOLLOW_UPS + "/messages/@original",
    major=_WEBHOOK,
    priority=Priority.DELETION,
    exempt=True,
)
DELETE_FOLLOW_UP: Final = Route(
    method=Method.DELETE,
    template=_FOLLOW_UPS + "/messages/{message_id}",
    major=_WEBHOOK,
    priority=Priority.DELETION,
    exempt=True,
)
