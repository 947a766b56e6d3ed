"""What can go wrong in this room. Nothing here ever holds the token or what people wrote.

Only `GatewayClosed` and its kinds leave `Gateway.run`; they are final, and each says in one sentence what
to do. Everything else is a state of the session core: logged, then connected again.
"""


class GatewayError(Exception):
    """Anything this room raises."""


class MalformedFrame(GatewayError):
    """A frame, or an event's data, is not what the documentation says. The text names the field's path."""


class BrokenStream(GatewayError):
    """The transport compression cannot be followed any more; only a new connection helps."""


class ConnectFailed(GatewayError):
    """No WebSocket came about: name, network, certificate, refusal or silence. The text says which."""


class DiscoveryUnavailable(GatewayError):
    """Raised by the discovery callable when asking again later may help (no network, 5xx, 429).

    Anything else that it raises ends `Gateway.run`.
    """


class GatewayClosed(GatewayError):
    """Discord ended the session for good. `str()` is one plain sentence for the person who runs the bot.

    Attributes:
        code: the WebSocket close code.
    """

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class AuthenticationFailed(GatewayClosed):
    """4004: the token is wrong."""


class InvalidShard(GatewayClosed):
    """4010: the shard number does not fit the shard count."""


class ShardingRequired(GatewayClosed):
    """4011: the bot is on too many servers for this number of shards."""


class InvalidApiVersion(GatewayClosed):
    """4012: this version of the API is gone."""


class InvalidIntents(GatewayClosed):
    """4013: the intents contain an unknown bit."""


class DisallowedIntents(GatewayClosed):
    """4014: a privileged intent is not granted. Drop `intents.PRIVILEGED` from the intents and run again."""
