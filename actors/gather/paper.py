"""The bookkeeping of what a gather has in the channel: its message, its pings, what it told the starter.

Pure. The message is posted once, and once again if somebody deletes it; after that, or when the channel
refuses it, there is nothing left to gather at. A permission that is missing is told once per gather, in a
message of its own, or in the gather's message if there can be no other.
"""

from attrs import define, field

from actors.core.way_back import WayBack
from actors.gather.effects import Announce, Delete, Effect, Notify, Post, Unschedule
from actors.gather.messages import Deed
from actors.gather.rules import POSTS_LIMIT
from gateway_client.ids import EventId, MessageId, UserId


@define(eq=False, kw_only=True)
class Paper:
    """What is out there.

    Attributes:
        message_id: the gather's message; ``None`` while it is on its way.
        way: how it is found after a kill as long as its number is not known.
        posts: how often it was sent.
        announced: whom the first message pings once it is there, nobody after that.
        pings: messages that ping and are about to be deleted.
        event_id: the event of the guild that announces the countdown.
        told: what the starter was told that the bot may not do.
        lines: what could only be told in the gather's message.
    """

    message_id: MessageId | None = None
    way: WayBack | None = None
    posts: int = 1
    announced: tuple[UserId, ...] = ()
    pings: set[MessageId] = field(factory=set[MessageId])
    event_id: EventId | None = None
    told: set[Deed] = field(factory=set[Deed])
    lines: set[Deed] = field(factory=set[Deed])

    def posted(self, message_id: MessageId) -> list[Effect]:
        """The message is there; a second one is one too many."""
        if self.message_id is None:
            self.message_id = message_id
        if message_id != self.message_id:
            return [Delete(message_id)]
        people, self.announced = self.announced, ()
        return [Announce(people)] if people else []

    @property
    def may_be_seen(self) -> bool:
        """Whether people may see an answer that holds the gather, although its message is unknown."""
        return self.message_id is None and self.posts == 1

    def deleted(self, message_ids: tuple[MessageId, ...]) -> list[Effect] | None:
        """Messages were deleted: what follows, ``None`` if there may be no other post."""
        self.pings.difference_update(message_ids)
        if self.message_id is None or self.message_id not in message_ids:
            return []
        if self.posts >= POSTS_LIMIT:
            return None
        self.message_id = None
        self.posts += 1
        return [Post()]

    def denied(self, deed: Deed) -> list[Effect]:
        """The bot may not do something."""
        if deed in self.told:
            return []
        self.told.add(deed)
        return [Notify(deed)]

    def scheduled(self, event_id: EventId | None) -> list[Effect]:
        """The event is another one now, or none: the one before is taken back."""
        before, self.event_id = self.event_id, event_id
        return [] if before is None else [Unschedule(before)]

    @property
    def may_ping(self) -> bool:
        """Pings that cannot be deleted, or not be posted, are not tried again."""
        return not self.told & {Deed.PING, Deed.DELETE}
