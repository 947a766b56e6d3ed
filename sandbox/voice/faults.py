"""What can be made to go wrong between a voice server and its clients. Plain state that the shell reads.

Closing a socket with a code, moving to another region and withholding the endpoint are deeds, not states:
they are methods of `service.VoiceServer`.
"""

from attrs import define, field, validators


@define(kw_only=True)
class VoiceFaults:
    """The weather of a voice server.

    Args:
        drop_share: how many of the datagrams, either way, get lost: 0 none, 1 all.
        drop_sent_share: how many of those that the server sends get lost besides.
        delay_s: how much later everything that the server sends arrives, in seconds.
        refuse: accept no new WebSocket; those that are open stay.
        ear_delay_s: how long the clients of people who sit in the page think about each message of the key
            exchange, in seconds.
    """

    drop_share: float = field(default=0.0, validator=[validators.ge(0), validators.le(1)])
    drop_sent_share: float = field(default=0.0, validator=[validators.ge(0), validators.le(1)])
    delay_s: float = field(default=0.0, validator=validators.ge(0))
    refuse: bool = False
    ear_delay_s: float = field(default=0.0, validator=validators.ge(0))
