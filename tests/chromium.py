"""Chromium without a window: opens a page from disk, and keeps what it requested and complained about.

Everything goes through chromedriver and the DevTools protocol
(https://chromedevtools.github.io/devtools-protocol/).
"""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver import ActionChains
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

PROGRAMS = {"chromium": ("chromium", "chromium-browser", "google-chrome"), "driver": ("chromedriver",)}
FLAGS = (
    "--headless=new",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
)
DESKTOP, PHONE = (1440, 900), (390, 844)
EMBEDDED = ("data:", "blob:", "about:")
WAIT = 10.0
"""Seconds after which a page that does not answer is broken."""

MEASURE = """
window.times = {};
new MutationObserver((_, observer) => {
  if (document.documentElement.dataset.ready !== "true") return;
  observer.disconnect();
  window.times.ready = performance.now();
  const tiles = () => document.querySelectorAll("ul.grid > li[data-index]:not([hidden])").length;
  const before = tiles(), field = document.getElementById("filter");
  field.value = document.querySelector("ul.grid > li[data-index] bdi").textContent;
  field.dispatchEvent(new Event("input", {bubbles: true}));
  const look = () => {
    if (tiles() === before) return requestAnimationFrame(look);
    window.times.searched = performance.now();
    requestAnimationFrame(() => setTimeout(() => { window.times.painted = performance.now(); }));
  };
  look();
}).observe(document, {attributes: true, subtree: true, attributeFilter: ["data-ready"]});
"""
"""Run before a report: searches for the name of the first class as soon as the page is ready, and leaves in
`window.times` the milliseconds from the start of the navigation until ready, searched and painted."""


class MissingError(Exception):
    """No browser on this machine; says what to install."""


def programs() -> tuple[str, str]:
    """Paths of Chromium and of its driver."""
    found = [next(filter(None, map(shutil.which, names)), None) for names in PROGRAMS.values()]
    if None in found:
        lacking = [name for name, path in zip(PROGRAMS, found, strict=True) if path is None]
        raise MissingError(f"no {' and no '.join(lacking)} on the path (Debian: chromium, chromium-driver)")
    return str(found[0]), str(found[1])


class Chromium:
    """One browser with one tab and a profile of its own, closed by `close`."""

    def __init__(self, *, logs: bool = True) -> None:
        """`logs` False for timings: nothing is recorded, so that nothing costs time."""
        binary, driver = programs()
        self._folder = Path(tempfile.mkdtemp(prefix="browser-"))
        self.downloads = self._folder / "downloads"
        self.downloads.mkdir()
        options = Options()
        options.binary_location = binary
        for flag in (*FLAGS, f"--user-data-dir={self._folder / 'profile'}"):
            options.add_argument(flag)
        if os.getuid() == 0:
            options.add_argument("--no-sandbox")
        if logs:
            options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
            options.add_experimental_option("perfLoggingPrefs", {"enableNetwork": True, "enablePage": False})
        self.driver = webdriver.Chrome(options=options, service=Service(driver))
        self.driver.set_script_timeout(30)
        self._logs = logs
        self._requests: list[str] = []
        self._complaints: list[str] = []
        self.size(*DESKTOP)
        self.cdp("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(self.downloads))

    def close(self) -> None:
        """Ends the browser and removes its profile."""
        self.driver.quit()
        shutil.rmtree(self._folder, ignore_errors=True)

    def cdp(self, command: str, **parameters: Any) -> dict[str, Any]:
        """One command of the DevTools protocol."""
        return self.driver.execute_cdp_cmd(command, parameters)

    @property
    def version(self) -> str:
        """Name and version of the browser."""
        return self.cdp("Browser.getVersion")["product"]

    def memory(self) -> int:
        """Bytes that the tab's process shares with no other (Linux)."""
        parents = {int(path.name): _status(path, "PPid:") for path in Path("/proc").glob("[0-9]*")}
        tabs = [
            process
            for process in parents
            if self.driver.service.process.pid in _ancestors(process, parents)
            and b"--type=renderer" in Path(f"/proc/{process}/cmdline").read_bytes()
        ]
        return max(1024 * _status(Path(f"/proc/{tab}"), "RssAnon:") for tab in tabs)

    def run(self, script: str, *arguments: Any) -> Any:
        """Runs the body of a function in the page; elements and JSON go both ways."""
        return self.driver.execute_script(script, *arguments)

    def open(self, page: Path, state: str = "", *, ready: bool = True) -> None:
        """Loads a file anew, with `state` as its hash; waits until the page says that it is interactive."""
        self.driver.get("about:blank")  # else a change of the hash alone loads nothing
        self.driver.get(page.as_uri() + (f"#{state}" if state else ""))
        if ready:
            self.until(lambda: self.run("return document.documentElement.dataset.ready === 'true'"), "ready")

    def until(self, holds: Callable[[], Any], what: str, seconds: float = WAIT) -> Any:
        """Waits for a true value and returns it; AssertionError that names `what` when it does not come."""
        end = time.monotonic() + seconds
        while not (value := holds()):
            assert time.monotonic() < end, f"{what}: not within {seconds:g} s"
            time.sleep(0.02)
        return value

    def find(self, selector: str) -> WebElement:
        """The first element that fits; an error where there is none."""
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def press(self, *keys: str) -> None:
        """Types keys wherever the focus is."""
        ActionChains(self.driver, duration=0).send_keys(*keys).perform()

    def click(self, selector: str) -> None:
        """Scrolls to an element and clicks it as a mouse would."""
        element = self.find(selector)
        self.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
        element.click()

    def size(self, width: int, height: int) -> None:
        """Sets the true width of the page in CSS pixels; a phone below 500."""
        phone = width < 500
        self.cdp(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=2 if phone else 1, mobile=phone,
        )  # fmt: skip
        self.cdp("Emulation.setTouchEmulationEnabled", enabled=phone)

    def media(self, kind: str = "", **features: str) -> None:
        """Media type and features, as `media(prefers_color_scheme="dark")`; without arguments the usual."""
        pairs = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.cdp("Emulation.setEmulatedMedia", media=kind, features=pairs)

    @contextmanager
    def without_script(self) -> Iterator[None]:
        """Pages loaded inside run no script of their own."""
        self.cdp("Emulation.setScriptExecutionDisabled", value=True)
        try:
            yield
        finally:
            self.cdp("Emulation.setScriptExecutionDisabled", value=False)

    def requests(self) -> list[str]:
        """Everything requested since the last call, beside what is embedded."""
        self._read_logs()
        taken, self._requests = self._requests, []
        return taken

    def complaints(self) -> list[str]:
        """Warnings and errors of the console since the last call; blocked requests are among them."""
        self._read_logs()
        taken, self._complaints = self._complaints, []
        return taken

    def _read_logs(self) -> None:
        assert self._logs, "this browser was started without logs"
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                if not url.startswith(EMBEDDED):
                    self._requests.append(url)
            elif message["method"] == "Network.webSocketCreated":
                self._requests.append(message["params"]["url"])
        self._complaints += [
            f"{entry['level']}: {entry['message']}"
            for entry in self.driver.get_log("browser")
            if entry["level"] in {"SEVERE", "WARNING"}
        ]


def _status(process: Path, key: str) -> int:
    """A number of /proc/PID/status; 0 where the process has none or has ended."""
    try:
        lines = (process / "status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(key)), 0)


def _ancestors(process: int, parents: dict[int, int]) -> list[int]:
    found = []
    while process := parents.get(process, 0):
        found.append(process)
    return found
