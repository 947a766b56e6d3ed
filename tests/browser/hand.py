"""What a hand does at the page: fills in a slash command, writes one, presses the newest button of a kind."""

from collections.abc import Mapping, Sequence

import trio
from attrs import frozen

from tests.browser.scenario import Steps

INPUT = "#composer-input"

_BUTTON = """
    const [kind, verb, label] = arguments;
    const all = [...document.querySelectorAll(`#messages [data-custom-id^="${kind}:"]`)];
    const fits = (one) => one.dataset.customId.split(":")[3] === verb && one.innerText.includes(label);
    return all.filter((one) => !one.disabled && fits(one)).at(-1)?.dataset.customId ?? null;
"""
_OFFERED = """
    const all = [...document.querySelectorAll(".listbox [role=option]")];
    const found = all.find((one) => one.innerText.startsWith(arguments[0]));
    found?.dispatchEvent(new MouseEvent("mousedown", {bubbles: true}));
    return Boolean(found);
"""
_CHOSEN = """
    const current = document.querySelector(".listbox:not([hidden]) .listbox-item.current");
    return current?.innerText.toLowerCase().includes(arguments[0]) ?? false;
"""
_IN_MENU = """
    const all = [...document.querySelectorAll(".menu-item")];
    all.find((one) => one.innerText.startsWith(arguments[0])).click();
"""


@frozen
class Hand:
    """A person at the page."""

    steps: Steps

    async def slash(
        self, name: str, options: Mapping[str, str] | None = None, *, pick: Sequence[str] = ()
    ) -> None:
        """Fill in a slash command and run it; for those in ``pick`` what is offered first is taken."""
        browser = self.steps.browser
        await browser.type(INPUT, f"/{name} ")
        for option, text in (options or {}).items():
            await self._show(option)
            await browser.type(f"#option-{option}", text)
            if option in pick:
                await self._wait(_CHOSEN, text.lower())
                await browser.press("enter")
        await browser.press("enter")
        await browser.until("!document.querySelector('.command-form')")

    async def write(self, words: str) -> None:
        """Write into the channel."""
        await self.steps.write(words)

    async def press(self, kind: str, verb: str, label: str = "") -> None:
        """Press the newest button of its kind that can be pressed."""
        browser = self.steps.browser
        custom_id = await self._wait(_BUTTON, kind, verb, label)
        await browser.click(f'#messages [data-custom-id="{custom_id}"]')

    async def become(self, name: str) -> None:
        """Act as somebody else."""
        browser = self.steps.browser
        await browser.click("#switcher")
        await browser.see(name, ".menu")
        await browser.run(_IN_MENU, name)
        await browser.see(name, "#switcher")

    async def see(self, text: str, within: str = "#messages") -> None:
        """Wait until a text can be read in the channel."""
        await self.steps.browser.see(text, within)

    async def _show(self, option: str) -> None:
        """Bring an option that is not asked for into sight."""
        browser = self.steps.browser
        if await browser.run("return Boolean(document.querySelector(arguments[0]))", f"#option-{option}"):
            return
        await browser.click(".more-options")
        await self._wait(_OFFERED, option)
        await browser.find(f"#option-{option}")

    async def _wait(self, script: str, *arguments: str) -> object:
        """Run a script until it returns something; that."""
        while True:
            found = await self.steps.browser.run(script, *arguments)
            if found:
                return found
            await trio.sleep(0.05)
