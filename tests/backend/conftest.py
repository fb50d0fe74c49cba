"""A mail server on this machine, and settings from the environment."""

import socketserver
import threading
from collections.abc import Callable, Iterator

import pytest
from pydantic import SecretStr

from backend.settings import Settings, settings


class _Receiver(socketserver.StreamRequestHandler):
    """As much of SMTP (RFC 5321) as takes a message."""

    def handle(self) -> None:
        received: list[str] = self.server.received  # type: ignore[attr-defined]
        self._say("220 here")
        while line := self.rfile.readline().decode().strip():
            verb = line[:4].upper()
            if verb == "DATA":
                self._say("354 go on")
                lines = []
                while (text := self.rfile.readline().decode().rstrip("\r\n")) != ".":
                    lines.append(text)
                received.append("\n".join(lines))
            if verb == "QUIT":
                self._say("221 bye")
                return
            self._say("250 fine")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def mail() -> Iterator[tuple[Settings, list[str]]]:
    """A mail server on this machine, and what it was given."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Receiver) as server:
        server.received = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = SecretStr(f"smtp://127.0.0.1:{server.server_address[1]}")
        yield Settings(smtp_url=url, mail_from="catamnesis@hospital.example"), server.received  # type: ignore[attr-defined]
        server.shutdown()


@pytest.fixture
def from_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Set variables of the environment for the time of a test."""

    def setting(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(f"CATAMNESIS_{name.upper()}", value)
        settings.cache_clear()

    yield setting
    monkeypatch.undo()
    settings.cache_clear()
