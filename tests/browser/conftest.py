"""A running product and Chromium."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from academy.config import ROOT, read_settings
from academy.services.site import Site, open_site

CHROMIUM = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """The system's Chromium; its absence fails the tests."""
    found = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
    assert found, "Chromium is missing: sudo apt-get install chromium"
    return {"executable_path": found, "args": CHROMIUM}


@dataclass(frozen=True)
class Product:
    """A product that answers at an address, and its data as its services see them."""

    url: str
    site: Site
    environment: dict[str, str]
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """End it and its workers at once, as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def academy(self, *arguments: str) -> str:
        """What a command prints."""
        command = [sys.executable, "-m", "academy", *arguments]
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, **self.environment}, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def start_product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Product]]:
    """Starts products, each with its own data, as their operators would."""
    processes: list[subprocess.Popen[bytes]] = []
    sites: list[Site] = []

    def start(**settings: str) -> Product:
        data = tmp_path_factory.mktemp("data")
        environment = {"ACADEMY_DATA": str(data), "ACADEMY_SECRET": "s" * 40, "ACADEMY_WORKERS": "1", **settings}
        port = _free_port()
        command = [sys.executable, "-m", "academy", "serve", "--port", str(port)]
        processes.append(subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.DEVNULL,
                                          start_new_session=True))  # fmt: skip
        _wait(port)
        sites.append(open_site(read_settings(environment)))
        return Product(f"http://127.0.0.1:{port}", sites[-1], environment, processes[-1])

    yield start
    for process in processes:
        process.terminate()
    for process in processes:
        process.wait(10)
    for site in sites:
        site.database.dispose()


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Opens browser contexts, closed at the end; a page error or a refused script fails the test."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_context(**options: Any) -> BrowserContext:
        context = browser.new_context(**options)
        context.on("weberror", lambda error: faults.append(str(error.error)))
        context.on("console", lambda message: faults.append(message.text) if "Content Security Policy" in message.text else None)
        contexts.append(context)
        return context

    yield open_context
    for context in contexts:
        context.close()
    assert faults == []


def screenshots() -> Path | None:
    """Where to keep pictures of what was seen, when ACADEMY_SHOTS says so."""
    folder = os.environ.get("ACADEMY_SHOTS")
    return Path(folder) if folder else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int) -> None:
    for _ in range(400):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("the product does not answer")
