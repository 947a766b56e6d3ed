"""The delivery service of one encrypted call: who is in the MLS group, what is proposed, which commit wins.

A core without I/O. It never holds a secret of the group. The caller says who comes, goes and answers; the
result is what to tell whom (:class:`Tell`), in order. States::

    UNESTABLISHED (epoch 0) ──first valid commit──▶ ESTABLISHED ──alone, or no member left──▶ UNESTABLISHED

Rules:

- A key package becomes an Add, a member who leaves or reported op 31 a Remove; both go to all members of the
  group, and while there is none to everybody who sent a key package.
- A commit wins if it is of this epoch, of its sender's leaf, and names all proposals in force and no others
  (in epoch 0 its sender's own Add is left out). Members hear of it with 29, newcomers with 30.
- The first group is entered at once (transition 0); every other transition waits for op 23 of all who were
  told, at most :data:`READY_WITHIN_S`. Several may be open at once.
- An upgrade gathers the key packages of everybody before it proposes them, so that all change over together;
  who has sent none within :data:`READY_WITHIN_S` is not waited for.
- Who remains alone gets a new group: op 24 with epoch 1, then op 21 with transition 0.

Failure modes: what does not parse or does not fit is counted in ``refused`` and has no effect; messages of op
31 are counted in ``reported``. A user in ``spoiled`` gets the next commit or welcome broken: a fault.

Source: DAVE protocol, sections "Proposal Handling" to "Recovery from Invalid Commit or Welcome".
"""

from collections.abc import Iterable
from typing import Final

from attrs import define, evolve, field, frozen

from gateway_client.ids import ChannelId, UserId
from sandbox.voice.mls_sender import ExternalSender, Proposal
from sandbox.voice.mls_wire import (
    Commit,
    KeyPackage,
    MalformedMls,
    parse_commit_welcome,
    parse_key_package,
    vector,
)
from sandbox.voice.wire import Body, Op

READY_WITHIN_S: Final = 2.0
_IDS: Final = 1 << 16


@frozen(kw_only=True)
class Tell:
    """Say something to one user: ``body`` is JSON, or bytes for a binary message."""

    user_id: UserId
    op: Op
    body: Body | bytes = field(repr=False)


@define(kw_only=True)
class Transition:
    """A change that everybody prepares and nobody uses yet."""

    version: int
    told: set[UserId]
    waiting: set[UserId]
    deadline: float


@define(kw_only=True)
class Group:
    """One call's group and its open transitions.

    Args:
        channel_id: of the call; the group is named after it.
        sender: signs the proposals.
        version: the protocol version that is spoken now, as far as transitions were executed.
    """

    channel_id: ChannelId
    sender: ExternalSender
    version: int = 1
    epoch: int = field(default=0, init=False)
    refused: int = field(default=0, init=False)
    reported: int = field(default=0, init=False)
    spoiled: set[UserId] = field(factory=set[UserId], init=False)
    leaves: dict[UserId, int] = field(factory=dict[UserId, int], init=False)
    present: dict[UserId, None] = field(factory=dict[UserId, None], init=False)
    transitions: dict[int, Transition] = field(factory=dict[int, Transition], init=False)
    _proposals: dict[bytes, Proposal] = field(factory=dict[bytes, Proposal], init=False)
    _upgrading: bool = field(default=False, init=False)
    _gather_until: float | None = field(default=None, init=False)
    _next_id: int = field(default=1, init=False)

    @property
    def group_id(self) -> bytes:
        """The MLS name of the group."""
        return int(self.channel_id).to_bytes(8, "big")

    def enter(self, user_id: UserId, *, quiet: bool = False) -> list[Tell]:
        """A client of this protocol is in the call; its key package follows unasked.

        Args:
            user_id: whose client.
            quiet: the call is not encrypted now, so nothing is said yet.
        """
        self.present[user_id] = None
        if quiet:
            return []
        told = [Tell(user_id=user_id, op=Op.DAVE_EXTERNAL_SENDER, body=self.sender.package)]
        if self.epoch == 0 and self._proposals and self._gather_until is None:
            told.append(self._appended(user_id, self._proposals.values()))
        return told

    def leave(self, user_id: UserId) -> list[Tell]:
        """A client is gone."""
        self.present.pop(user_id, None)
        for transition in self.transitions.values():
            transition.waiting.discard(user_id)
        if user_id not in self.leaves:
            return self._revoke_add(user_id)
        left = [member for member in self.leaves if member in self.present]
        if len(self.present) <= 1 or not left:
            return self.restart(at_once=True)
        # Who went, came back and goes again before anybody has committed is on the way out already.
        removed = [] if self._is_removed(user_id) else self._remove(user_id)
        return [*self._revoke_add(user_id), *removed]

    def restart(self, *, at_once: bool, sender: bool = False, now: float = 0.0) -> list[Tell]:
        """Begin a new group.

        Args:
            at_once: nobody hears anything in the meantime; otherwise it is an upgrade.
            now: monotonic seconds; only an upgrade needs it.
            sender: name the external sender again, for those who came while the call was not encrypted.
        """
        self._forget()
        self._upgrading = not at_once
        self._gather_until = now + READY_WITHIN_S if self._upgrading else None
        epoch: Body = {"protocol_version": 1, "epoch": 1}
        told = [Tell(user_id=user, op=Op.DAVE_PREPARE_EPOCH, body=epoch) for user in self.present]
        if sender:
            package = self.sender.package
            told += [Tell(user_id=user, op=Op.DAVE_EXTERNAL_SENDER, body=package) for user in self.present]
        if at_once:
            self.transitions.clear()
        if at_once and len(self.present) == 1:
            self.version = 1
            first: Body = {"protocol_version": 1, "transition_id": 0}
            told += [Tell(user_id=user, op=Op.DAVE_PREPARE_TRANSITION, body=first) for user in self.present]
        return told

    def downgrade(self, now: float) -> list[Tell]:
        """Go back to frames in the clear: somebody came who cannot do better."""
        self._forget()
        transition_id = self._open(0, self.present, now)
        body: Body = {"protocol_version": 0, "transition_id": transition_id}
        return [Tell(user_id=user, op=Op.DAVE_PREPARE_TRANSITION, body=body) for user in self.present]

    def key_package(self, user_id: UserId, data: bytes) -> list[Tell]:
        """Op 26."""
        try:
            package = parse_key_package(data, user_id)
        except MalformedMls:
            self.refused += 1
            return []
        told = self._revoke_add(user_id)
        if user_id in self.leaves and not self._is_removed(user_id):
            told += self._remove(user_id)
        proposal = self.sender.add(self.group_id, self.epoch, package)
        return [*told, *self._propose(proposal)]

    def commit(self, user_id: UserId, data: bytes, now: float) -> list[Tell]:
        """Op 28."""
        try:
            commit = parse_commit_welcome(data)
        except MalformedMls:
            self.refused += 1
            return []
        if not self._wins(user_id, commit):
            self.refused += 1
            return []
        return self._establish(user_id, commit, now)

    def invalid(self, user_id: UserId) -> list[Tell]:
        """Op 31: take the user out; a new key package brings them back."""
        self.reported += 1
        told = self._revoke_add(user_id)
        if user_id in self.leaves and not self._is_removed(user_id):
            told += self._remove(user_id)
        for transition in self.transitions.values():
            transition.waiting.discard(user_id)
        return told + self.execute_ready()

    def ready(self, user_id: UserId, transition_id: int) -> list[Tell]:
        """Op 23."""
        transition = self.transitions.get(transition_id)
        if transition is not None:
            transition.waiting.discard(user_id)
        return self.execute_ready()

    def execute_ready(self, now: float = float("-inf")) -> list[Tell]:
        """Execute what everybody is ready for, and what was waited for long enough."""
        told = list[Tell]()
        for transition_id, transition in list(self.transitions.items()):
            if transition.waiting and transition.deadline > now:
                continue
            del self.transitions[transition_id]
            self.version = transition.version
            body: Body = {"transition_id": transition_id}
            listening = [user for user in self.present if user in transition.told]
            told += [Tell(user_id=user, op=Op.DAVE_EXECUTE_TRANSITION, body=body) for user in listening]
        return told

    def gather(self, now: float) -> list[Tell]:
        """Propose those of an upgrade who sent a key package, if the others were waited for long enough."""
        if self._gather_until is None or now < self._gather_until:
            return []
        return self._propose_gathered()

    def next_deadline(self) -> float | None:
        """When ``execute_ready`` or ``gather`` has something to do (monotonic seconds)."""
        times = [one.deadline for one in self.transitions.values()]
        return min([*times, *([] if self._gather_until is None else [self._gather_until])], default=None)

    def _forget(self) -> None:
        self.epoch = 0
        self._gather_until = None
        self.leaves.clear()
        self._proposals.clear()

    def _open(self, version: int, users: Iterable[UserId], now: float) -> int:
        transition_id, told = self._next_id, set(users)
        self._next_id = self._next_id % (_IDS - 1) + 1
        self.transitions[transition_id] = Transition(
            version=version, told=told, waiting=set(told), deadline=now + READY_WITHIN_S
        )
        return transition_id

    def _audience(self, about: UserId) -> list[UserId]:
        if self.epoch == 0:
            return [user for user in self.present if user != about]
        return [user for user in self.present if user in self.leaves and not self._is_removed(user)]

    def _propose(self, proposal: Proposal) -> list[Tell]:
        self._proposals[proposal.reference] = proposal
        if self._gather_until is not None:
            return self._gathered()
        return [self._appended(user, [proposal]) for user in self._audience(proposal.user_id)]

    def _gathered(self) -> list[Tell]:
        complete = {proposal.user_id for proposal in self._proposals.values()} == set(self.present)
        return self._propose_gathered() if complete else []

    def _propose_gathered(self) -> list[Tell]:
        self._gather_until = None
        others = {
            user: [one for one in self._proposals.values() if one.user_id != user] for user in self.present
        }
        return [self._appended(user, proposals) for user, proposals in others.items() if proposals]

    def _remove(self, user_id: UserId) -> list[Tell]:
        leaf = self.leaves[user_id]
        return self._propose(self.sender.remove(self.group_id, self.epoch, user_id, leaf))

    def _revoke_add(self, user_id: UserId) -> list[Tell]:
        gone = [one for one in self._proposals.values() if one.user_id == user_id and one.package is not None]
        if not gone:
            return []
        for proposal in gone:
            del self._proposals[proposal.reference]
        if self._gather_until is not None:
            return self._gathered()
        body = b"\1" + vector(b"".join(vector(proposal.reference) for proposal in gone))
        return [Tell(user_id=user, op=Op.DAVE_PROPOSALS, body=body) for user in self._audience(user_id)]

    def _is_removed(self, user_id: UserId) -> bool:
        return any(one.user_id == user_id and one.package is None for one in self._proposals.values())

    @staticmethod
    def _appended(user_id: UserId, proposals: Iterable[Proposal]) -> Tell:
        body = b"\0" + vector(b"".join(proposal.message for proposal in proposals))
        return Tell(user_id=user_id, op=Op.DAVE_PROPOSALS, body=body)

    def _wins(self, user_id: UserId, commit: Commit) -> bool:
        if commit.group_id != self.group_id or commit.epoch != self.epoch or not commit.references:
            return False
        own = user_id if self.epoch == 0 else None
        expected = {name for name, proposal in self._proposals.items() if proposal.user_id != own}
        leaf = 0 if self.epoch == 0 else self.leaves.get(user_id)
        adds = [self._proposals[name].package for name in commit.references if name in self._proposals]
        secrets = set[bytes]() if commit.welcome is None else set(commit.welcome.secrets)
        return (
            set(commit.references) == expected
            and leaf == commit.leaf_index
            and {package.reference for package in adds if package is not None} == secrets
        )

    def _establish(self, user_id: UserId, commit: Commit, now: float) -> list[Tell]:
        assert commit.references is not None
        proposals = [self._proposals[name] for name in commit.references]
        first = self.epoch == 0
        if first:
            self.leaves = {user_id: 0}
        members = [user for user in self.leaves if user in self.present]
        for proposal in proposals:
            if proposal.package is None:
                del self.leaves[proposal.user_id]
        members = [user for user in members if user in self.leaves]
        packages = [proposal.package for proposal in proposals if proposal.package is not None]
        for package in packages:
            self.leaves[UserId(package.user_id)] = self._free_leaf()
        self.epoch += 1
        self._proposals.clear()
        transition_id = 0 if first and not self._upgrading else self._open(1, self.leaves, now)
        self._upgrading = False
        return self._announce(commit, transition_id, members, packages)

    def _free_leaf(self) -> int:
        taken = set(self.leaves.values())
        return next(leaf for leaf in range(len(taken) + 1) if leaf not in taken)

    def _announce(
        self, commit: Commit, transition_id: int, members: list[UserId], packages: list[KeyPackage]
    ) -> list[Tell]:
        number = transition_id.to_bytes(2, "big")
        told = [Tell(user_id=user, op=Op.DAVE_ANNOUNCE_COMMIT, body=number + commit.raw) for user in members]
        for package in packages:
            assert commit.welcome is not None
            welcome = number + commit.welcome.only_for(package)
            told.append(Tell(user_id=UserId(package.user_id), op=Op.DAVE_WELCOME, body=welcome))
        return [self._spoil(tell, number) for tell in told]

    def _spoil(self, tell: Tell, number: bytes) -> Tell:
        if tell.user_id not in self.spoiled:
            return tell
        self.spoiled.discard(tell.user_id)
        return evolve(tell, body=number + b"this is no MLS message")
