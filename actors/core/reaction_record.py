"""What one message still needs so that exactly the reactions are there that somebody wishes for.

Pure. A reaction of ours is *sure* (Discord said so), *perhaps* there (asked for, and no answer or a lost one)
or absent.

States of a message::

    idle ──choose──▶ in flight ──answer──▶ idle

At most one request is in flight, so the last state costs at most one addition and one removal each.

Rules: what is new is added before what is old is removed – unless the message is crowded (20 different
reactions, 30010), then the other way round. What is perhaps there is added again if it is wanted and
removed if it is not; both have the same effect twice. What Discord refuses is not asked for again.
"""

from enum import Enum

from attrs import define, field, frozen

from actors.core.claim import Place
from actors.core.reactions import NO_LEGACY, Emote, Legacy, OnSettled, Rank, Settled, Wish
from actors.rest.payloads import Reaction, emoji_key


class Presence(Enum):
    """Whether a reaction of ours is there; absent ones have none."""

    PERHAPS = "perhaps"
    SURE = "sure"


@define
class There:
    """A reaction of ours that is, or may be, under the message."""

    text: str
    presence: Presence


@define(eq=False)
class Hold:
    """One holder's picture."""

    wish: Wish
    settled: OnSettled | None
    fallen_back: dict[str, str] = field(factory=dict[str, str])

    def wanted(self) -> dict[str, str]:
        """Texts by key, in order."""
        texts = [self.fallen_back.get(emote.text, emote.text) for emote in self.wish.emotes]
        return {emoji_key(text): text for text in texts}


@frozen(kw_only=True)
class Step:
    """One request for one message; ``before`` is what was known of the emoji when it was chosen."""

    key: str
    reaction: Reaction
    rank: Rank
    since: float
    before: Presence | None


@define(eq=False)
class Record:
    """The machine of one message."""

    place: Place
    kept: set[str] = field(factory=set[str])
    """Keys of what stays though nobody wishes for it any more."""
    stopped: bool = False
    """Nothing may be added: the author does not want it."""
    crowded: bool = False
    in_flight: Step | None = None
    _holds: dict[str, Hold] = field(factory=dict[str, Hold])
    _there: dict[str, There] = field(factory=dict[str, There])
    _refused: set[str] = field(factory=set[str])

    @property
    def is_over(self) -> bool:
        """Whether nobody holds it and nothing is left to be done."""
        return not self._holds and self.in_flight is None and not self._surplus()

    @property
    def is_bare(self) -> bool:
        """Whether nothing of ours is there."""
        return not self._there

    def wish(self, holder: str, wish: Wish, settled: OnSettled | None, legacy: Legacy = NO_LEGACY) -> None:
        """A holder has another picture."""
        before = self._holds.get(holder)
        self._holds[holder] = Hold(wish, settled, before.fallen_back if before else {})
        for text in legacy.perhaps:
            self._there.setdefault(emoji_key(text), There(text, Presence.PERHAPS))
        self.kept.update(emoji_key(text) for text in legacy.others)

    def release(self, holder: str) -> None:
        """A holder lets go; what it wanted stays."""
        hold = self._holds.pop(holder, None)
        if hold is not None:
            self.kept.update(key for key in hold.wanted() if key in self._there)

    def others(self, holder: str) -> tuple[str, ...]:
        """Emojis that are there, or shall be, because of somebody else."""
        wanted = [
            text for name, hold in self._holds.items() if name != holder for text in hold.wanted().values()
        ]
        return tuple(dict.fromkeys([*wanted, *self.kept]))

    def next(self) -> Step | None:
        """What to send next; nothing changes by asking."""
        if self.in_flight is not None:
            return None
        steps = [*self._additions(), *self._removals()]
        first = Rank.END if self.crowded else None
        return min(steps, key=lambda step: _order(step, first), default=None)

    def choose(self, step: Step) -> None:
        """It is on its way; until its answer comes nothing is sure."""
        self.in_flight = step
        self._there[step.key] = There(step.reaction.emoji, Presence.PERHAPS)

    def put_back(self) -> None:
        """It surely had no effect: 429, or it never left."""
        step, self.in_flight = self.in_flight, None
        if step is None:
            return
        if step.before is None:
            self._there.pop(step.key, None)
        else:
            self._there[step.key] = There(step.reaction.emoji, step.before)

    def succeeded(self) -> None:
        """Discord confirmed it."""
        step, self.in_flight = self.in_flight, None
        if step is not None and step.reaction.present:
            self._there[step.key] = There(step.reaction.emoji, Presence.SURE)
        elif step is not None:
            self._there.pop(step.key, None)

    def lost(self) -> None:
        """No answer came: it may have had its effect."""
        self.in_flight = None

    def refuse(self) -> None:
        """Discord does not take it: an addition is not asked for again, a removal has nothing to remove."""
        step, self.in_flight = self.in_flight, None
        if step is not None:
            self._there.pop(step.key, None)
            if step.reaction.present:
                self._refused.add(step.key)

    def unknown_emoji(self) -> None:
        """Discord does not know the emoji: take the holder's own fallback, or go without."""
        step = self.in_flight
        self.refuse()
        if step is not None and step.reaction.present:
            self.fall_back(step.key)

    def fall_back(self, key: str) -> None:
        """Do without an emoji, or with what its holder has named for this case."""
        self._refused.add(key)
        for hold in self._holds.values():
            for emote in hold.wish.emotes:
                if _is(emote, key) and emote.fallback is not None:
                    hold.fallen_back[emote.text] = emote.fallback

    def too_many(self) -> None:
        """There are 20 different ones: make room first, and without any of ours to remove go without."""
        self.put_back()
        self.stopped = self.crowded or not self._surplus()
        self.crowded = True

    def tell(self, settled: Settled | None = None) -> None:
        """Tell the holders whose wish has come true, or all of them what became of the message."""
        for hold in tuple(self._holds.values()):
            done = settled or (Settled.SHOWN if self._is_true(hold) else None)
            if done is not None and hold.settled is not None:
                on_settled, hold.settled = hold.settled, None
                on_settled(done)

    def tell_vacuously(self) -> None:
        """Nothing can be shown for now and nothing is there: holders may go on as if it were."""
        if self.is_bare and self.in_flight is None:
            self.tell(Settled.SHOWN)

    def _is_true(self, hold: Hold) -> bool:
        return self.in_flight is None and not self._missing(hold) and not self._surplus()

    def _missing(self, hold: Hold) -> dict[str, str]:
        if self.stopped:
            return {}
        return {
            key: text
            for key, text in hold.wanted().items()
            if not (key in self._refused or self._is_sure(key))
        }

    def _is_sure(self, key: str) -> bool:
        there = self._there.get(key)
        return there is not None and there.presence is Presence.SURE

    def _surplus(self) -> dict[str, str]:
        wanted = {key for hold in self._holds.values() for key in hold.wanted()} | self.kept
        return {key: there.text for key, there in self._there.items() if key not in wanted}

    def _additions(self) -> list[Step]:
        steps: list[Step] = []
        for hold in self._holds.values():
            for key, text in tuple(self._missing(hold).items())[:1]:
                steps.append(self._step(key, text, hold.wish.rank, hold.wish.since, present=True))
        return steps

    def _removals(self) -> list[Step]:
        urgent = min((hold.wish for hold in self._holds.values()), key=lambda wish: wish.rank, default=None)
        rank, since = (urgent.rank, urgent.since) if urgent else (Rank.TIDY, 0.0)
        return [self._step(key, text, rank, since, present=False) for key, text in self._surplus().items()]

    def _step(self, key: str, text: str, rank: Rank, since: float, *, present: bool) -> Step:
        there = self._there.get(key)
        reaction = Reaction(message_id=self.place.message_id, emoji=text, present=present)
        return Step(
            key=key, reaction=reaction, rank=rank, since=since, before=there.presence if there else None
        )


def _order(step: Step, removals_first: Rank | None) -> tuple[int, int]:
    if removals_first is not None and not step.reaction.present:
        return (-1, 0)
    return (step.rank, 0 if step.reaction.present else 1)


def _is(emote: Emote, key: str) -> bool:
    return emoji_key(emote.text) == key
