"""The delivery service alone: what it proposes, whose commit wins, what it waits for, hostile bytes."""

import pytest
from attrs import define, field
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway_client.ids import ChannelId, UserId
from sandbox.voice.dave_ear import Ear
from sandbox.voice.dave_group import READY_WITHIN_S, Group, Tell
from sandbox.voice.mls_sender import ExternalSender
from sandbox.voice.mls_wire import MalformedMls, Reader, parse_commit_welcome, parse_key_package, vector
from sandbox.voice.wire import Op

CHANNEL = ChannelId(77)
ADA, BEN, CEM = UserId(1), UserId(2), UserId(3)


@define
class Service:
    """A group and clients that answer only when a test lets them."""

    group: Group = field(factory=lambda: Group(channel_id=CHANNEL, sender=ExternalSender()))
    ears: dict[UserId, Ear] = field(factory=dict[UserId, Ear])

    def come(self, user: UserId) -> list[Tell]:
        self.ears[user] = Ear(user_id=user, channel_id=CHANNEL)
        told = self.group.enter(user)
        self.hand(told)
        return [*told, *self.group.key_package(user, self.package(user))]

    def package(self, user: UserId) -> bytes:
        (reply,) = self.ears[user].join()
        assert isinstance(reply.body, bytes)
        return reply.body

    def hand(self, told: list[Tell]) -> dict[UserId, bytes]:
        """Give messages to their clients; the commits that come back."""
        commits: dict[UserId, bytes] = {}
        for one in told:
            for reply in self.ears[one.user_id].receive(one.op, one.body, set(self.ears)):
                if reply.op is Op.DAVE_COMMIT_WELCOME:
                    assert isinstance(reply.body, bytes)
                    commits[one.user_id] = reply.body
        return commits

    def found(self) -> None:
        """Ada and Ben make the first group."""
        told = [*self.come(ADA), *self.come(BEN)]
        proposals = [one for one in told if one.op is Op.DAVE_PROPOSALS]
        self.hand(self.group.commit(ADA, self.hand(proposals)[ADA], 0.0))
        assert (self.group.epoch, self.group.leaves) == (1, {ADA: 0, BEN: 1})


def ops(told: list[Tell]) -> list[tuple[UserId, Op]]:
    return [(one.user_id, one.op) for one in told]


def test_the_winner_of_the_first_epoch_gets_a_commit_the_loser_a_welcome() -> None:
    service = Service()
    told = [*service.come(ADA), *service.come(BEN)]
    commits = service.hand([one for one in told if one.op is Op.DAVE_PROPOSALS])
    assert set(commits) == {ADA, BEN}
    won = service.group.commit(BEN, commits[BEN], 0.0)
    assert ops(won) == [(BEN, Op.DAVE_ANNOUNCE_COMMIT), (ADA, Op.DAVE_WELCOME)]
    assert all(isinstance(one.body, bytes) and one.body[:2] == b"\0\0" for one in won), "transition 0"
    assert service.group.commit(ADA, commits[ADA], 0.0) == []
    assert service.group.refused == 1
    assert not service.group.transitions


def test_a_third_member_waits_for_everybody_or_two_seconds() -> None:
    service = Service()
    service.found()
    commits = service.hand(service.come(CEM))
    won = service.group.commit(BEN, commits[BEN], 10.0)
    assert ops(won) == [
        (ADA, Op.DAVE_ANNOUNCE_COMMIT),
        (BEN, Op.DAVE_ANNOUNCE_COMMIT),
        (CEM, Op.DAVE_WELCOME),
    ]
    assert service.group.ready(ADA, 1) == service.group.ready(BEN, 1) == []
    assert service.group.execute_ready(10.0 + READY_WITHIN_S - 0.1) == []
    assert service.group.next_deadline() == 10.0 + READY_WITHIN_S
    executed = service.group.execute_ready(10.0 + READY_WITHIN_S)
    assert ops(executed) == [(user, Op.DAVE_EXECUTE_TRANSITION) for user in (ADA, BEN, CEM)]
    assert service.group.ready(CEM, 1) == []


def test_who_goes_before_they_were_added_is_revoked() -> None:
    service = Service()
    service.found()
    commits = service.hand(service.come(CEM))
    del service.ears[CEM]
    revoked = service.group.leave(CEM)
    assert ops(revoked) == [(ADA, Op.DAVE_PROPOSALS), (BEN, Op.DAVE_PROPOSALS)]
    assert all(isinstance(one.body, bytes) and one.body[0] == 1 for one in revoked)
    assert service.group.commit(ADA, commits[ADA], 0.0) == [], "its proposal is no longer in force"
    service.hand(revoked)
    again = service.hand(service.come(CEM))
    service.hand(service.group.commit(ADA, again[ADA], 0.0))
    assert service.group.leaves == {ADA: 0, BEN: 1, CEM: 2}


def test_a_leaf_that_was_left_is_filled_first() -> None:
    service = Service()
    service.found()
    service.hand(service.group.commit(ADA, service.hand(service.come(CEM))[ADA], 0.0))
    del service.ears[BEN]
    service.hand(service.group.commit(CEM, service.hand(service.group.leave(BEN))[CEM], 0.0))
    assert service.group.leaves == {ADA: 0, CEM: 2}
    service.hand(service.group.commit(ADA, service.hand(service.come(BEN))[ADA], 0.0))
    assert service.group.leaves == {ADA: 0, CEM: 2, BEN: 1}


def test_who_goes_twice_before_anybody_commits_is_removed_once() -> None:
    service = Service()
    service.found()
    service.hand(service.group.commit(ADA, service.hand(service.come(CEM))[ADA], 0.0))
    commits = service.hand(service.group.leave(CEM))
    service.hand(service.come(CEM))
    again = service.group.leave(CEM)
    assert all(isinstance(one.body, bytes) and one.body[0] == 1 for one in again), "only the Add is revoked"
    commits |= service.hand(again)
    del service.ears[CEM]
    assert service.hand(service.group.commit(ADA, commits[ADA], 0.0)) == {}
    assert service.group.leaves == {ADA: 0, BEN: 1}


def test_who_remains_alone_gets_a_new_group() -> None:
    service = Service()
    service.found()
    told = service.group.leave(BEN)
    assert ops(told) == [(ADA, Op.DAVE_PREPARE_EPOCH), (ADA, Op.DAVE_PREPARE_TRANSITION)]
    assert (told[0].body, told[1].body) == (
        {"protocol_version": 1, "epoch": 1},
        {"protocol_version": 1, "transition_id": 0},
    )
    assert (service.group.epoch, service.group.leaves) == (0, {})


def test_a_key_package_of_somebody_else_or_with_a_changed_bit_is_refused() -> None:
    service = Service()
    service.come(ADA)
    package = service.package(ADA)
    assert parse_key_package(package, ADA).user_id == ADA
    for user, data in ((BEN, package), (ADA, package[:-1]), (ADA, package[:40] + b"\0" + package[41:])):
        with pytest.raises(MalformedMls):
            parse_key_package(data, user)
    assert service.group.key_package(ADA, b"nonsense") == []
    assert service.group.refused == 1


@given(data=st.binary(max_size=200))
@settings(max_examples=60)
def test_hostile_bytes_are_refused(data: bytes) -> None:
    group = Group(channel_id=CHANNEL, sender=ExternalSender())
    group.enter(ADA)
    assert group.key_package(ADA, data) == group.commit(ADA, data, 0.0) == []
    assert group.refused == 2
    with pytest.raises(MalformedMls):
        parse_commit_welcome(data)


@given(content=st.binary(max_size=70_000))
@settings(max_examples=20)
def test_vectors_are_read_as_they_are_written(content: bytes) -> None:
    reader = Reader(vector(content) + b"rest")
    assert reader.vector() == content
    assert reader.take(4) == b"rest"
    assert reader.ended


def test_an_upgrade_does_not_wait_for_ever_for_somebody_who_says_nothing() -> None:
    service = Service()
    service.found()
    service.ears[CEM] = Ear(user_id=CEM, channel_id=CHANNEL)
    service.group.enter(CEM, quiet=True)
    service.group.downgrade(0.0)
    service.group.execute_ready(READY_WITHIN_S)
    service.group.restart(at_once=False, sender=True, now=10.0)
    for user in (ADA, BEN):
        ear = service.ears[user] = Ear(user_id=user, channel_id=CHANNEL)
        ear.receive(Op.DAVE_EXTERNAL_SENDER, service.group.sender.package, set(service.ears))
        assert service.group.key_package(user, service.package(user)) == [], "Cem is waited for"
    assert service.group.next_deadline() == 10.0 + READY_WITHIN_S
    assert service.group.gather(10.0 + READY_WITHIN_S - 0.1) == []
    proposed = service.group.gather(10.0 + READY_WITHIN_S)
    assert {user for user, op in ops(proposed) if op is Op.DAVE_PROPOSALS} == {ADA, BEN, CEM}
    commits = service.hand([one for one in proposed if one.user_id == ADA])
    told = service.group.commit(ADA, commits[ADA], 13.0)
    assert service.group.leaves == {ADA: 0, BEN: 1}
    assert service.group.transitions, "an upgrade is executed when both are ready"
    service.hand([one for one in told if one.user_id != CEM])
    late = service.hand(service.group.key_package(CEM, service.package(CEM)))
    assert late, "who comes late is added as anybody"
