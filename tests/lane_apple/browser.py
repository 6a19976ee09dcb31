"""A real browser without a screen, of a phone's size: Chromium, spoken to by the WebDriver protocol."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any, Self

import requests

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

DRIVER = shutil.which("chromedriver")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # W3C WebDriver, "web element identifier"
_SECONDS = 30


class Browser:
    """One window. `folder` holds its profile."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [str(DRIVER), "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout is not None
        started = next(
            found for line in self._process.stdout if (found := re.search(r"on port (\d+)\.", line))
        )
        self._url = f"http://127.0.0.1:{started[1]}"
        words = ["--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}"]
        phone = {"deviceMetrics": {"width": 390, "height": 844, "pixelRatio": 3.0, "touch": True}}
        wanted = {
            "browserName": "chrome",
            "goog:chromeOptions": {"binary": CHROMIUM, "args": words, "mobileEmulation": phone},
            "goog:loggingPrefs": {"browser": "ALL"},
        }
        session = self._post("/session", {"capabilities": {"alwaysMatch": wanted}})
        self._url += f"/session/{session['sessionId']}"
        self._post("/timeouts", {"implicit": 1000 * _SECONDS})  # elements are waited for

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        response = requests.post(self._url + path, json=body, timeout=2 * _SECONDS)
        assert response.ok, response.text
        return response.json()["value"]

    def open(self, url: str) -> None:
        """Go to an address, and wait until it is shown."""
        self._post("/url", {"url": url})

    def run(self, script: str) -> Any:
        """What a script in the page returns."""
        return self._post("/execute/sync", {"script": script, "args": []})

    def command(self, name: str, parameters: dict[str, Any]) -> Any:
        """Give a command of Chromium's DevTools protocol."""
        return self._post("/goog/cdp/execute", {"cmd": name, "params": parameters})

    def type(self, selector: str, text: str) -> None:
        """Type into an element."""
        self._post(f"/element/{self._find(selector)}/value", {"text": text})

    def press(self, selector: str) -> None:
        """Press a button."""
        self._post(f"/element/{self._find(selector)}/click", {})

    def wait_for(self, words: str) -> None:
        """Wait until the page says these words."""
        self._find(f"//body//*[contains(., '{words}')]", "xpath")

    def _find(self, selector: str, using: str = "css selector") -> str:
        return str(self._post("/element", {"using": using, "value": selector})[_ELEMENT])

    def complaints(self) -> list[str]:
        """What the browser's console has said since it was asked last."""
        return [entry["message"] for entry in self._post("/se/log", {"type": "browser"})]

    def close(self) -> None:
        requests.delete(self._url, timeout=_SECONDS)
        self._process.terminate()
        self._process.communicate(timeout=_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
