"""A small client of the WebDriver protocol, for chromedriver. Source: W3C WebDriver, section "Endpoints"."""

import base64
import re
import shutil
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import trio
from attrs import define

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--force-prefers-reduced-motion",
    "--lang=en-US",
)
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
KEYS = {"enter": "\ue007", "tab": "\ue004", "escape": "\ue00c", "down": "\ue015", "backspace": "\ue003"}


class NoBrowser(Exception):
    """There is no Chromium on this machine."""


class BrowserError(Exception):
    """The browser refused a command."""


@define
class Browser:
    """One session of a browser."""

    _http: httpx.AsyncClient
    _session: str

    async def open(self, url: str) -> None:
        await self._do("POST", "url", {"url": url})

    async def resize(self, width: int, height: int) -> None:
        await self._do("POST", "window/rect", {"width": width, "height": height})

    async def run(self, script: str, *arguments: object) -> Any:
        """Run JavaScript in the page: a function's body; returns its value."""
        return await self._do("POST", "execute/sync", {"script": script, "args": list(arguments)})

    async def find(self, selector: str) -> str:
        """Wait for an element that is displayed; returns its reference."""
        script = """
            const found = [...document.querySelectorAll(arguments[0])];
            return found.find((e) => e.checkVisibility({visibilityProperty: true})) ?? null;
        """
        while True:
            found = await self.run(script, selector)
            if found:
                return found[ELEMENT]
            await trio.sleep(0.05)

    async def click(self, selector: str) -> None:
        await self._do("POST", f"element/{await self.find(selector)}/click", {})

    async def type(self, selector: str, text: str) -> None:
        await self._do("POST", f"element/{await self.find(selector)}/value", {"text": text})

    async def press(self, *names: str) -> None:
        """Press keys one after another, wherever the focus is."""
        keys = [KEYS.get(name, name) for name in names]
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        await self._do("POST", "actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    async def until(self, expression: str) -> Any:
        """Wait until a JavaScript expression is true; returns its value."""
        while True:
            value = await self.run(f"return {expression};")
            if value:
                return value
            await trio.sleep(0.05)

    async def see(self, text: str, within: str = "body") -> None:
        """Wait until a text can be read."""
        script = "return document.querySelector(arguments[0])?.innerText.includes(arguments[1]) ?? false;"
        seen = False
        while not seen:
            seen = await self.run(script, within, text)
            await trio.sleep(0.05)

    async def screenshot(self, path: Path) -> None:
        picture = base64.b64decode(await self._do("GET", "screenshot"))
        await trio.Path(path).write_bytes(picture)

    async def console(self) -> list[str]:
        """What the page wrote to the console as an error."""
        entries: list[dict[str, str]] = await self._do("POST", "se/log", {"type": "browser"})
        return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]

    async def before_each_page(self, script: str) -> None:
        """Run JavaScript in every page that is opened from now on, before its own."""
        body = {"cmd": "Page.addScriptToEvaluateOnNewDocument", "params": {"source": script}}
        await self._do("POST", "goog/cdp/execute", body)

    async def upload(self, selector: str, path: Path) -> None:
        """Choose a file in a file input, shown or not."""
        found = await self.run("return document.querySelector(arguments[0]);", selector)
        await self._do("POST", f"element/{found[ELEMENT]}/value", {"text": str(path)})

    async def quit(self) -> None:
        await self._http.delete(f"/session/{self._session}")

    async def _do(self, method: str, command: str, body: object = None) -> Any:
        response = await self._http.request(method, f"/session/{self._session}/{command}", json=body)
        value = response.json()["value"]
        if response.status_code != 200:
            raise BrowserError(f"{command}: {value['error']}: {value['message'].splitlines()[0]}")
        return value


@asynccontextmanager
async def open_browser(*, width: int = 1280, height: int = 860) -> AsyncGenerator[Browser]:
    """Start chromedriver and a browser with a fresh profile.

    Raises:
        NoBrowser: Chromium or its driver is not installed.
    """
    driver, chromium = shutil.which("chromedriver"), shutil.which("chromium")
    if driver is None or chromium is None:
        raise NoBrowser
    with tempfile.TemporaryDirectory(prefix="page-test-") as profile:
        process = await trio.lowlevel.open_process([driver, "--port=0"], stdout=-1)
        try:
            assert process.stdout is not None
            port = await _read_port(process.stdout)
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
                browser = Browser(http, await _new_session(http, chromium, profile, width, height))
                try:
                    yield browser
                finally:
                    with trio.CancelScope(shield=True), trio.move_on_after(5):
                        await browser.quit()
        finally:
            process.terminate()
            with trio.CancelScope(shield=True), trio.move_on_after(5):
                await process.wait()


async def _read_port(stdout: trio.abc.ReceiveStream) -> int:
    said = b""
    while (found := re.search(rb"successfully on port (\d+)", said)) is None:
        chunk = await stdout.receive_some(1000)
        if not chunk:
            raise NoBrowser
        said += chunk
    return int(found[1])


async def _new_session(http: httpx.AsyncClient, chromium: str, profile: str, width: int, height: int) -> str:
    arguments = [*FLAGS, f"--user-data-dir={profile}", f"--window-size={width},{height}"]
    options = {"binary": chromium, "args": arguments}
    capabilities = {
        "browserName": "chrome",
        "goog:chromeOptions": options,
        "goog:loggingPrefs": {"browser": "ALL"},
    }
    response = await http.post("/session", json={"capabilities": {"alwaysMatch": capabilities}})
    value = response.json()["value"]
    if response.status_code != 200:
        raise BrowserError(value["message"])
    return value["sessionId"]
