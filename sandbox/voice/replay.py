"""Numbered messages, kept so that a client that lost its connection gets what it missed.

The number is 16 bits and wraps. A client acknowledges the last number it saw; what came after it is sent
again, unless the buffer no longer holds it: then the session cannot be resumed. Source: Discord, "Voice
Connections", section "Buffered Resume".
"""

from collections import deque

from attrs import define, field

from sandbox.voice.wire import Body, to_binary, to_text

KEPT = 256
"""Messages; far more than a call says while a client reconnects."""

_WRAP = 1 << 16


@define
class ReplayBuffer:
    """The numbered messages of one session, oldest first."""

    _last: int = field(init=False, default=-1)
    _sent: int = field(init=False, default=0)
    _kept: deque[tuple[int, str | bytes]] = field(
        init=False, factory=lambda: deque[tuple[int, str | bytes]](maxlen=KEPT)
    )

    def number(self, op: int, body: Body) -> str:
        """Give a message the next number and keep it.

        Returns:
            The message as text, with its `seq`.
        """
        self._count()
        text = to_text(op, body, sequence=self._last)
        self._kept.append((self._last, text))
        return text

    def number_binary(self, op: int, body: bytes) -> bytes:
        """Give a binary message the next number and keep it; both kinds share the count.

        Returns:
            The whole message.
        """
        self._count()
        data = to_binary(op, body, self._last)
        self._kept.append((self._last, data))
        return data

    def _count(self) -> None:
        self._last = (self._last + 1) % _WRAP
        self._sent += 1

    def missed(self, seen: int | None) -> list[str | bytes] | None:
        """What a client that saw number `seen` last has missed, in order.

        Args:
            seen: -1 or None if it has seen none.

        Returns:
            None if it cannot be told any more, or if `seen` was never sent.
        """
        count = self._sent if seen is None or seen < 0 else (self._last - seen) % _WRAP
        if count > len(self._kept):
            return None
        return [message for _, message in list(self._kept)[len(self._kept) - count :]]
