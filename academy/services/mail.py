"""Plain-text mail handed to an SMTP server, after the answer to the request that caused it."""

from __future__ import annotations

import atexit
import logging
import queue
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    import smtplib

_TIMEOUT_SECONDS = 20
_WAITING = 200
_LAST_SECONDS = 10.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Mailer:
    """Where mail goes out, from whom, and the address of this site that links in it begin with.

    server: smtps://user:password@host:465 speaks TLS from the start; smtp://… must offer STARTTLS unless it is this machine.
    """

    server: str = field(repr=False)
    sender: str
    site_url: str

    def send(self, to: str, subject: str, body: str) -> None:
        """Send one mail now. Raises OSError or smtplib.SMTPException."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, to, subject
        message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain=self.sender.rpartition("@")[2])
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(body)
        with self._connection() as server:
            server.send_message(message)

    def _connection(self) -> smtplib.SMTP:
        import smtplib  # only who sends mail needs it

        parts, context = urlsplit(self.server), ssl.create_default_context()
        host = parts.hostname or ""
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=_TIMEOUT_SECONDS, context=context)
        else:
            server = smtplib.SMTP(host, parts.port or 587, timeout=_TIMEOUT_SECONDS)
            if host not in ("localhost", "127.0.0.1", "::1"):
                server.starttls(context=context)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        return server


class Later:
    """Tasks done one after another by a thread of its own; what waits when the process ends is done first, for ten seconds."""

    def __init__(self) -> None:
        """Start no thread before there is a task."""
        self._tasks: queue.Queue[Callable[[], None]] = queue.Queue(_WAITING)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def do(self, task: Callable[[], None]) -> None:
        """Do this after all that waits. When too much waits it is dropped, and logged."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True, name="mail")
                self._thread.start()
                atexit.register(self.finish)
        try:
            self._tasks.put_nowait(task)
        except queue.Full:
            _log.error("mail was dropped: %s tasks wait already", _WAITING)

    def finish(self) -> None:
        """Wait for what was asked for, for ten seconds at most."""
        waiter = threading.Thread(target=self._tasks.join, daemon=True)
        waiter.start()
        waiter.join(_LAST_SECONDS)

    def _work(self) -> None:
        while True:
            task = self._tasks.get()
            try:
                task()
            except Exception as error:  # noqa: BLE001  # whatever fails, the next one is done; who it was for is not logged
                _log.error("mail could not be sent: %s", type(error).__name__)
            finally:
                self._tasks.task_done()


later = Later()
"""The process's own."""
