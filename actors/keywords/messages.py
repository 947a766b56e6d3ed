"""What the mailbox of a guild's keyword actor takes."""

from attrs import field, frozen

from actors.core.claim import Place


@frozen(kw_only=True)
class Spoken:
    """Somebody wrote something, where there are rules."""

    place: Place
    content: str = field(repr=False)
