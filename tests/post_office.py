"""An SMTP server on this machine that keeps what it is given."""

from __future__ import annotations

import contextlib
import email
import socketserver
import threading
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage


class _Smtp(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client needs to hand over a mail."""

    def handle(self) -> None:
        self._say("220 here")
        while line := self.rfile.readline().decode().strip():
            verb = line.split()[0].upper()
            if verb == "DATA":
                self._say("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.mails.append(b"".join(lines))  # type: ignore[attr-defined]  # set below
            self._say("221 bye" if verb == "QUIT" else "250 ok")
            if verb == "QUIT":
                return

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@contextlib.contextmanager
def opened() -> Iterator[tuple[str, list[bytes]]]:
    """A server: its address and the mails it took."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Smtp) as server:
        server.mails = []  # type: ignore[attr-defined]  # of this test
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"smtp://127.0.0.1:{server.server_address[1]}", server.mails  # type: ignore[attr-defined]  # likewise
        server.shutdown()


def read(raw: bytes) -> tuple[EmailMessage, str]:
    """A mail and its text."""
    mail = email.message_from_bytes(raw, policy=policy.default)
    body = mail.get_body()
    assert body is not None
    return mail, str(body.get_content()).replace("\r\n", "\n")
