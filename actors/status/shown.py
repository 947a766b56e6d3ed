"""What is shown under one message: what was last wished for it, and whether that is true by now.

Pure; time is an argument. A message has an entry, whose picture changes with its works, or is what a former
life left, which is mended once: its last word stays, the rest goes. ``show`` wishes for what is true, never
twice for the same; with a wish comes the line that must be in the book before it, if one is missing.
``perhaps`` is everything that may be found under the message until the newest wish has come true.
"""

from collections.abc import Iterator

from attrs import define

from actors.core.claim import Place
from actors.core.reactions import NO_LEGACY, Emote, Legacy, Rank, Settled, Wish
from actors.status.effects import Line, Show
from actors.status.entry import Entry


@define(eq=False, kw_only=True)
class Shown:
    """An entry, or the remains of a former life, with what was last wished for it and whether it is true."""

    place: Place
    entry: Entry | None
    remains: Line | None = None
    over: bool = False
    version: int = 0
    wished: tuple[Emote, ...] | None = None
    true: bool = False
    perhaps: tuple[str, ...] = ()
    booked: Line | None = None
    deadline: float | None = None

    def show(self, now: float) -> Iterator[Show]:
        """Wish for what is true, unless it is wished for already."""
        wish = self.entry.picture(now) if self.entry else _remainder(self.remains)
        if wish.emotes == self.wished:
            return
        first = self.wished is None
        self.wished = wish.emotes
        self.version += 1
        self.true = False
        self.perhaps = tuple(dict.fromkeys((*self.perhaps, *_texts(wish.emotes))))
        if self.entry is not None and wish.emotes and not self.entry.kind_shown:
            self.entry.kind_shown = self.entry.started
        yield Show(
            place=self.place,
            wish=wish,
            version=self.version,
            line=self._line(),
            urgent=self.entry is None or not self.entry.is_open,
            legacy=_legacy(self.remains) if first else NO_LEGACY,
        )

    def settled(self, settled: Settled) -> None:
        """The newest wish has come true, or never can."""
        if self.entry is None or settled is Settled.GONE:
            self.over = True
        else:
            self.true, self.perhaps = True, _texts(self.wished or ())

    def _line(self) -> Line | None:
        """The line that must be in the book before this is wished for; ``None`` if none is missing."""
        entry = self.entry
        if entry is None:
            return None
        word = entry.last_word()
        last_word = "" if word is None else word.text
        stays = {last_word, *((word.fallback or "",) if word else ())}
        if self.booked is None and set(self.perhaps) <= stays:
            return None
        line = Line(place=self.place, perhaps=self.perhaps, last_word=last_word)
        booked = self.booked
        if booked is not None and (booked.perhaps, booked.last_word) == (line.perhaps, line.last_word):
            return None
        return line


def _remainder(remains: Line | None) -> Wish:
    emotes = (Emote(text=remains.last_word),) if remains is not None and remains.last_word else ()
    return Wish(emotes=emotes, rank=Rank.END, since=0.0)


def _legacy(remains: Line | None) -> Legacy:
    return NO_LEGACY if remains is None else Legacy(perhaps=remains.perhaps, others=remains.others)


def _texts(emotes: tuple[Emote, ...]) -> tuple[str, ...]:
    return tuple(text for emote in emotes for text in (emote.text, emote.fallback) if text)
