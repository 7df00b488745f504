"""A product in processes of its own, that can be killed and started again, and learners who speak HTTP to it."""

from __future__ import annotations

import contextlib
import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer

from academy.app import create_app
from academy.config import ROOT, read_settings
from academy.services import registry, sessions
from academy.services.accounts import Person
from academy.services.site import Site, open_site
from tests.factories import CHECK, single, write_course

SECRET = "s" * 40
COURSE, MODULE, LESSON = "ports", "1-first", "1-hello"
QUESTIONS = ("one", "two", "three")
_OVER = (OSError, http.client.HTTPException)


class Product:
    """The product on a database, with one small course, killed and started at will."""

    def __init__(self, folder: Path, database_url: str, settings: Mapping[str, str]) -> None:
        write_course(folder / "courses", "".join(single(name) for name in QUESTIONS), check=CHECK.format(id="check"))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        environment = {"ACADEMY_DATA": str(folder), "ACADEMY_SECRET": SECRET, "ACADEMY_DATABASE_URL": database_url,
                       "ACADEMY_COURSES": str(folder / "courses"), "TMPDIR": str(folder), **settings}  # fmt: skip
        self.settings = read_settings(environment)
        self.site: Site = open_site(self.settings)
        registry.sync(self.site)
        app = create_app(self.settings, self.site)
        self._cookies = SecureCookieSessionInterface().get_signing_serializer(app)
        self._forms = URLSafeTimedSerializer(SECRET, salt="wtf-csrf-token")
        command = [sys.executable, "-m", "tests.reliability.restarts", str(self.port), "2"]
        self.log = (folder / "log").open("w+b")
        self._starter = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **environment}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log
        )
        self.group = 0

    def start(self) -> None:
        """Start a server and wait until it answers."""
        assert self._starter.stdin is not None
        assert self._starter.stdout is not None
        self._starter.stdin.write(b"start\n")
        self._starter.stdin.flush()
        self.group = int(self._starter.stdout.readline())
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with contextlib.suppress(*_OVER):
                if self.request("GET", "/healthz").status == 200:
                    return
        raise RuntimeError("the product does not answer")

    def kill(self) -> None:
        """End the server and all its workers at once, as a power cut would."""
        os.killpg(self.group, signal.SIGKILL)

    def request(self, method: str, path: str, body: str = "", headers: Mapping[str, str] | None = None) -> Answer:
        """One request on a connection of its own. Raises OSError or HTTPException when no whole answer comes back."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body or None, dict(headers or {}))
            found = connection.getresponse()
            return Answer(found.status, {name.lower(): value for name, value in found.getheaders()}, found.read().decode())
        finally:
            connection.close()

    def said(self, words: str) -> int:
        """How often the server said something."""
        return Path(self.log.name).read_text(errors="replace").count(words)

    def sign_in(self, person: Person) -> Learner:
        """A browser in which this person is signed in."""
        raw = secrets.token_hex(20)
        assert self._cookies is not None
        cookie = self._cookies.dumps({"_user_id": sessions.begin(self.site, person), "_fresh": True, "csrf_token": raw})
        return Learner(self, person, str(cookie), str(self._forms.dumps(raw)))

    def close(self) -> None:
        """End everything."""
        if self.group:
            with contextlib.suppress(ProcessLookupError):
                self.kill()
        assert self._starter.stdin is not None
        assert self._starter.stdout is not None
        self._starter.stdin.close()
        self._starter.wait(30)
        self._starter.stdout.close()
        self.log.close()
        self.site.database.dispose()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass(frozen=True, slots=True)
class Learner:
    """A browser with a session and a form token."""

    product: Product
    person: Person
    cookie: str
    token: str

    def post(self, path: str, **fields: str) -> Answer:
        """Send a form."""
        headers = {"Cookie": f"academy={self.cookie}", "Content-Type": "application/x-www-form-urlencoded"}
        return self.product.request("POST", path, urlencode({"csrf_token": self.token, **fields}), headers)

    def get(self, path: str) -> Answer:
        """Ask for a page."""
        return self.product.request("GET", path, headers={"Cookie": f"academy={self.cookie}"})

    def begin(self) -> int:
        """The number of the open attempt at the quiz."""
        found = self.post(f"/es/courses/{COURSE}/{MODULE}/quiz")
        assert found.status == 303, found.status
        return int(found.headers["location"].rpartition("/")[2])
