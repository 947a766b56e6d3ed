"""Telling a story: its steps one after the other in one place, each read and looked at before the next."""

import re
from collections.abc import Callable, Sequence
from typing import assert_never

import trio
from attrs import define, field

from sandbox.model.entities import Message
from sandbox.model.interaction import Interaction
from tests.patience import PATIENCE_S, until
from tests.scenarios.every_command import Fill, Press, Run, Sees, Step, Type, Use
from tests.scenarios.every_command_place import PEOPLE, Place

_NUMBER = re.compile(r"\d+")


@define(eq=False)
class Telling:
    """A story in a place; ``told`` is what was read so far, as far as both forms have to agree in it."""

    place: Place
    story: Sequence[Step]
    told: list[str] = field(factory=list[str])
    took: list[tuple[float, str]] = field(factory=list[tuple[float, str]])
    _opened: Interaction | None = None
    """What may have opened a form."""

    async def tell(self) -> None:
        """Do every step; raises at the first whose answer or effect does not come."""
        for step in self.story:
            began = trio.current_time()
            try:
                await self._do(step)
            except (AssertionError, trio.TooSlowError) as error:
                raise AssertionError(f"by {self.place.form.value}: {step.deed}: {error}") from error
            self.took.append((trio.current_time() - began, str(step.deed)))

    async def _do(self, step: Step) -> None:
        answers = await self._begin(step)
        if isinstance(step.deed, Type):
            await _read(answers, step.deed.offers)
        if step.sees is not None:
            answer = await _read(answers, step.sees)
            self.told.append(_comparable(answer, step.sees))
        if step.then is not None:
            with trio.fail_after(PATIENCE_S):
                await step.then(self.place)

    async def _begin(self, step: Step) -> Callable[[], list[str]]:
        place, person, deed = self.place, self.place.person(step.by), step.deed
        match deed:
            case Run():
                return place.give(deed, person)
            case Use():
                self._opened = person.use_on_user(place.text_id, deed.menu, PEOPLE[deed.on])
            case Press():
                message, custom_id = await self._find(deed, step.by)
                self._opened = person.press(message, custom_id)
            case Fill():
                opened = self._opened
                assert opened is not None
                await until(lambda: opened.modal is not None)
                return place.answers_to(person.submit_modal(opened, deed.values))
            case Type():
                return place.type_in(deed, person)
            case _:
                assert_never(deed)
        return place.answers_to(self._opened)

    async def _find(self, deed: Press, name: str) -> tuple[Message, str]:
        """Wait for the button, which may be disabled or not there for a moment."""
        with trio.fail_after(PATIENCE_S):
            while (found := self.place.button(deed, name)) is None:  # noqa: ASYNC110 - edits come when they may
                await trio.sleep(0.01)
        return found


def _comparable(answer: str, sees: str | re.Pattern[str]) -> str:
    """What of an answer is the same in both forms."""
    if isinstance(sees, str):
        return answer
    found = sees.fullmatch(answer)
    assert found is not None  # it was waited for
    return "".join(found.groups()) or _NUMBER.sub("0", answer)


async def _read(answers: Callable[[], list[str]], sees: Sees) -> str:
    """Wait for the answer that is wanted; what was read instead is told."""
    with trio.move_on_after(PATIENCE_S):
        while True:
            for answer in answers():
                if answer == sees or (isinstance(sees, re.Pattern) and sees.fullmatch(answer)):
                    return answer
            await trio.sleep(0.01)
    raise AssertionError(f"wanted {sees!r}, read {answers()}")
