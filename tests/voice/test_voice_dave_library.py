"""Both libraries behind the exchange, in one group with a listener; the sandbox is the delivery service."""

import logging
import subprocess
import sys
from collections import deque
from collections.abc import Callable

import msgspec
import pytest
from attrs import define, field

from gateway_client.ids import ChannelId, UserId
from sandbox.voice.dave_ear import MARKER, Ear
from sandbox.voice.dave_group import Group, Tell
from sandbox.voice.mls_sender import ExternalSender
from voice.dave import DaveMessage
from voice.dave_exchange import Exchange, Library
from voice.dave_library import DaveLibrary, DaveyLibrary, new_library

CHANNEL = ChannelId(77)
ME, OTHER, ADA = UserId(1), UserId(2), UserId(3)
OPUS = b"\xfc twenty milliseconds of stereo"
BOTH = [DaveLibrary, DaveyLibrary]


@define
class Room:
    """A call without sockets: answers wait in one line until everybody was told what came before."""

    group: Group = field(factory=lambda: Group(channel_id=CHANNEL, sender=ExternalSender()))
    exchanges: dict[UserId, Exchange] = field(factory=dict[UserId, Exchange])
    ear: Ear = field(factory=lambda: Ear(user_id=ADA, channel_id=CHANNEL))

    _line: deque[tuple[UserId, int, bytes | int]] = field(
        factory=deque[tuple[UserId, int, bytes | int]], init=False
    )

    def join(self, user_id: UserId, make: Callable[[UserId, ChannelId], Library]) -> Exchange:
        exchange = Exchange(user_id=user_id, make_library=lambda: make(user_id, CHANNEL))
        self.exchanges[user_id] = exchange
        exchange.others |= {ME, OTHER, ADA} - {user_id}
        package = exchange.describe(1)
        self.tell(self.group.enter(user_id))
        self.take(user_id, package)
        self.work_off()
        return exchange

    def seat(self) -> None:
        """Let the listener come, with a new client."""
        self.ear = Ear(user_id=ADA, channel_id=CHANNEL)
        self.tell(self.group.enter(ADA))
        for reply in self.ear.join():
            assert isinstance(reply.body, bytes)
            self.tell(self.group.key_package(ADA, reply.body))
        self.work_off()

    def tell(self, told: list[Tell]) -> None:
        for one in told:
            if one.user_id == ADA:
                for reply in self.ear.receive(one.op, one.body, {ME, OTHER, ADA}):
                    self._back(ADA, int(reply.op), reply.body)
            elif one.user_id in self.exchanges:
                body = one.body if isinstance(one.body, bytes) else msgspec.json.encode(one.body)
                message = DaveMessage(op=int(one.op), body=body, binary=isinstance(one.body, bytes))
                self.take(one.user_id, self.exchanges[one.user_id].receive(message, 0.0))

    def take(self, user_id: UserId, answers: list[DaveMessage]) -> None:
        for answer in answers:
            number = None if answer.binary else msgspec.json.decode(answer.body)["transition_id"]
            self._back(user_id, answer.op, answer.body if number is None else int(number))

    def _back(self, user_id: UserId, op: int, body: bytes | int) -> None:
        self._line.append((user_id, op, body))

    def work_off(self) -> None:
        """Until nobody has anything to say."""
        while self._line:
            self._answer(*self._line.popleft())

    def leave(self, user_id: UserId) -> None:
        self.tell(self.group.leave(user_id))
        self.work_off()

    def _answer(self, user_id: UserId, op: int, body: bytes | int) -> None:
        match op, body:
            case 23, int(number):
                self.tell(self.group.ready(user_id, number))
            case 26, bytes(data):
                self.tell(self.group.key_package(user_id, data))
            case 28, bytes(data):
                self.tell(self.group.commit(user_id, data, 0.0))
            case 31, int():
                self.tell(self.group.invalid(user_id))
            case _:
                raise AssertionError(op)

    def hears(self, user_id: UserId) -> bool:
        sealed = self.exchanges[user_id].encrypt(OPUS)
        assert sealed is not None
        assert sealed.endswith(MARKER)
        assert 12 <= len(sealed) - len(OPUS) <= 16
        return self.ear.decrypt(user_id, 0, sealed, 0.0) == OPUS


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)


@pytest.mark.parametrize("second", BOTH)
@pytest.mark.parametrize("first", BOTH)
def test_both_libraries_share_a_group(
    first: Callable[[UserId, ChannelId], Library], second: Callable[[UserId, ChannelId], Library]
) -> None:
    room = Room()
    me = room.join(ME, first)
    assert not me.ready
    room.seat()
    assert room.hears(ME)
    room.join(OTHER, second)
    assert room.hears(ME)
    assert room.hears(OTHER)
    room.leave(OTHER)
    assert set(room.group.leaves) == {ME, ADA}
    assert room.hears(ME)
    room.leave(ADA)
    assert (me.ready, me.encrypt(OPUS)) == (False, None), "alone again"
    room.seat()
    assert room.hears(ME)
    assert room.group.reported == 0


@pytest.mark.parametrize("library", BOTH)
@pytest.mark.parametrize("op", [27, 29, 30])
def test_nonsense_from_the_server_is_never_fatal(
    library: Callable[[UserId, ChannelId], Library], op: int
) -> None:
    room = Room()
    me = room.join(ME, library)
    room.seat()
    for body in (b"", b"\0", b"\1\2\3", bytes(100)):
        answers = me.receive(DaveMessage(op=op, body=body, binary=True), 0.0)
        assert {answer.op for answer in answers} <= {26, 28, 31}
        room.take(ME, answers)
        room.work_off()
    assert room.hears(ME)


@pytest.mark.parametrize("library", BOTH)
def test_while_a_place_in_the_group_is_asked_for_the_old_key_is_heard(
    library: Callable[[UserId, ChannelId], Library],
) -> None:
    room = Room()
    me = room.join(ME, library)
    room.seat()
    answers = me.receive(DaveMessage(op=29, body=b"\0\7no commit", binary=True), 0.0)
    if not answers:  # libdave takes this one for somebody else's
        answers = me.start_over()
    assert [answer.op for answer in answers] == [31, 26]
    assert room.hears(ME), "nothing is lost meanwhile"
    room.take(ME, answers)
    room.work_off()
    assert room.hears(ME)


@pytest.mark.parametrize("library", BOTH)
@pytest.mark.parametrize("package", [b"", b"\0", b"\xff" * 40])
def test_an_external_sender_that_is_none_ends_neither_the_process_nor_the_exchange(
    library: Callable[[UserId, ChannelId], Library], package: bytes
) -> None:
    room = Room()
    me = room.join(ME, library)
    room.seat()
    assert me.receive(DaveMessage(op=25, body=package, binary=True), 0.0) == []
    assert room.hears(ME)
    epoch = DaveMessage(op=24, body=b'{"epoch":1,"protocol_version":1}', binary=False)
    assert [answer.op for answer in me.receive(epoch, 0.0)] == [26]


def test_no_library_is_loaded_before_the_first_encrypted_call() -> None:
    code = "import sys, sandbox.voice, voice.connection as _; sys.exit('dave' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_user_has_one_identity_in_all_calls_and_discords_library_comes_first() -> None:
    library = new_library(ME, CHANNEL)
    assert isinstance(library, DaveLibrary)
    packages = [library.begin(1, None), new_library(ME, ChannelId(5)).begin(1, None)]
    leaf = slice(4, None)
    keys = [signature_key(package[leaf]) for package in packages]
    assert keys[0] == keys[1]
    assert packages[0] != packages[1]


def signature_key(leaf: bytes) -> bytes:
    """The second key in a key package; each is 65 bytes behind a length of two."""
    return leaf[2 * 67 + 2 : 3 * 67]
