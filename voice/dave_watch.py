"""Notices a call that ought to be encrypted, or to move, and is not; says what to do about it.

A core: time is an argument. ::

    WELL ──something is wrong for as long as it may be──▶ REKEY once ──still, REJOIN_S later──▶ REJOIN
      ▲─────────────────────────── all is well again ────────┘

What may be wrong, and for how long:

- somebody else is there and we have no key: an exchange takes one or two seconds, :data:`KEY_S`;
- a transition was prepared and is not executed: servers wait about two seconds, :data:`TRANSITION_S`;
- the key does not encrypt: :data:`REFUSED_FRAMES` in a row;
- frames are held although the call is live and there is a key: :data:`HELD_S`; a new key would not help, so
  REJOIN follows at once.

REKEY is op 31 with a fresh key package; REJOIN is a fresh session, bounded by whoever performs it.
"""

from collections.abc import Callable
from enum import Enum, auto
from typing import Final

from attrs import define, field

from voice.dave import DaveMessage, FrameCipher, Health

KEY_S: Final = 5.0
TRANSITION_S: Final = 10.0
HELD_S: Final = 10.0
REJOIN_S: Final = 15.0
REFUSED_FRAMES: Final = 25
"""Half a second of sound."""


class Remedy(Enum):
    """What helps."""

    REKEY = auto()
    REJOIN = auto()


@define
class Watch:
    """Watches over one session."""

    _keyless_since: float | None = field(default=None, init=False)
    _rekeyed_at: float | None = field(default=None, init=False)

    def look(self, health: Health, held_since: float | None, now: float) -> Remedy | None:
        """What to do now, if anything; ``held_since`` is when the first frame was held back."""
        if not health.needs_key:
            self._keyless_since = None
        elif self._keyless_since is None:
            self._keyless_since = now
        if held_since is not None and now >= held_since + HELD_S:
            return Remedy.REJOIN
        due = self._due(health, now)
        if due is None:
            self._rekeyed_at = None
            return None
        if self._rekeyed_at is None:
            if now < due:
                return None
            self._rekeyed_at = now
            return Remedy.REKEY
        return Remedy.REJOIN if now >= self._rekeyed_at + REJOIN_S else None

    def next_look(self, health: Health, held_since: float | None, now: float) -> float | None:
        """When to look again, ``None`` while all is well."""
        due = self._due(health, now)
        if due is not None and self._rekeyed_at is not None:
            due = self._rekeyed_at + REJOIN_S
        held = None if held_since is None else held_since + HELD_S
        return min((at for at in (due, held) if at is not None), default=None)

    def _due(self, health: Health, now: float) -> float | None:
        found: list[float] = []
        if health.needs_key:
            found.append((now if self._keyless_since is None else self._keyless_since) + KEY_S)
        if health.waits_since is not None:
            found.append(health.waits_since + TRANSITION_S)
        if health.refused >= REFUSED_FRAMES:
            found.append(now)
        return min(found, default=None)


@define
class Guarded:
    """A cipher under watch: what the shell of a session holds.

    Args:
        cipher: of this session.
        on_ready: told, synchronously, that frames may be encrypted which could not before.
        on_trouble: told that ``look`` is wanted, although no message came.
    """

    cipher: FrameCipher
    on_ready: Callable[[], None]
    on_trouble: Callable[[], None]
    _held_since: float | None = field(default=None, init=False)
    _watch: Watch = field(factory=Watch, init=False)

    def note_announced(self, announced: bool, now: float) -> None:
        """Note whether the next frame may leave as far as announcing it goes."""
        if announced:
            self._held_since = None
        elif self._held_since is None:
            self._held_since = now
            self.on_trouble()

    def receive(self, message: DaveMessage, now: float) -> list[DaveMessage]:
        """Take one message of the key exchange; the result is what to send back."""
        was_ready = self.cipher.ready
        answers = self.cipher.receive(message, now)
        if self.cipher.ready and not was_ready:
            self.on_ready()
        return answers

    def note_refused(self, now: float) -> None:
        """Note that the cipher did not encrypt a frame."""
        if self.cipher.health(now).refused == REFUSED_FRAMES:
            self.on_trouble()

    def look(self, now: float) -> Remedy | None:
        """What to do now, if anything."""
        return self._watch.look(self.cipher.health(now), self._held_since, now)

    def next_look(self, now: float) -> float | None:
        """When to look again."""
        return self._watch.next_look(self.cipher.health(now), self._held_since, now)
