"""The session core: every phase takes every input."""

from collections.abc import Callable

import pytest

from gateway_client.session import Phase, Session
from tests.gateway_client.fakes import (
    ACK,
    HELLO,
    frame,
    message,
    ready,
    resumed,
    session_in,
    voice,
)

INPUTS: dict[str, Callable[[Session], object]] = {
    "dial_failed": lambda session: session.dial_failed("x", 1.0),
    "opened": lambda session: session.opened(1.0),
    "lost": lambda session: session.lost(None, 1.0),
    "lost 4004": lambda session: session.lost(4004, 1.0),
    "permitted": lambda session: session.permitted(1.0),
    "tell": lambda session: session.tell(voice(1, 2), 1.0),
    "tick": lambda session: session.tick(1.0),
    "stop": lambda session: session.stop(),
    "step": lambda session: session.next_step(1.0),
    "hello": lambda session: session.receive(HELLO, 1.0),
    "heartbeat": lambda session: session.receive(frame(1), 1.0),
    "reconnect": lambda session: session.receive(frame(7), 1.0),
    "invalid": lambda session: session.receive(frame(9, False), 1.0),
    "resumable": lambda session: session.receive(frame(9, True), 1.0),
    "ack": lambda session: session.receive(ACK, 1.0),
    "dispatch": lambda session: session.receive(message(9), 1.0),
    "ready": lambda session: session.receive(ready(9), 1.0),
    "resumed": lambda session: session.receive(resumed(9), 1.0),
    "garbage": lambda session: session.receive("{", 1.0),
}


P = Phase


OPEN = (P.GREETING, P.QUEUED, P.IDENTIFYING, P.RESUMING, P.LIVE)


MOVES: dict[str, dict[Phase, Phase]] = {
    "dial_failed": {P.DIALING: P.WAITING},
    "opened": {P.DIALING: P.GREETING},
    "lost": dict.fromkeys((*OPEN, P.CLOSING), P.WAITING),
    "lost 4004": {**dict.fromkeys(OPEN, P.ENDED), P.CLOSING: P.WAITING},
    "permitted": {P.QUEUED: P.IDENTIFYING},
    "stop": dict.fromkeys(Phase, P.ENDED),
    "step": {P.WAITING: P.DIALING},
    "hello": {P.GREETING: P.QUEUED},
    "reconnect": dict.fromkeys(OPEN, P.CLOSING),
    "invalid": dict.fromkeys(OPEN, P.CLOSING),
    "resumable": dict.fromkeys(OPEN, P.CLOSING),
    "ready": {P.IDENTIFYING: P.LIVE, P.RESUMING: P.LIVE},
    "resumed": {P.IDENTIFYING: P.LIVE, P.RESUMING: P.LIVE},
}


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("phase", list(Phase))
def test_every_phase_takes_every_input(phase: Phase, name: str) -> None:
    session: Session = session_in(phase)
    INPUTS[name](session)
    assert session.phase is MOVES.get(name, {}).get(phase, phase)
