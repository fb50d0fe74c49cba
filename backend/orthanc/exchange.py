"""JSON over HTTP with the standard library: an answer, or a refusal that says who did not give one.

No proxy is used and no redirect is followed: a header of a study or a token goes where it was sent, or nowhere.
"""

import base64
import http.client
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from register.refusal import Refusal

PATIENCE = 60.0
"""Seconds to wait for an answer; sending a study takes as long as it takes."""


class NoAnswer(Refusal):
    """A server that cannot be reached, or whose answer is none; it is asked again in the next round."""


class Refused(Refusal):
    """A server that answered and refused; `peer` is its name and `status` its HTTP status."""

    def __init__(self, sentence: str, peer: str, status: int) -> None:
        """Keep who refused beside the sentence."""
        super().__init__(f"{peer}: {sentence}")
        self.peer, self.status = peer, status


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A server to talk to, by the name it is called in sentences."""

    name: str
    address: str
    headers: dict[str, str] = field(repr=False)

    def get(self, path: str) -> Any:
        """What is at a path."""
        return self._exchange("GET", path)

    def post(self, path: str, body: Any, *, patience: float | None = PATIENCE) -> Any:
        """What a request with a body is answered; `patience` None waits without end."""
        return self._exchange("POST", path, json.dumps(body).encode(), patience)

    def put(self, path: str, body: Any) -> None:
        """Put a value at a path."""
        self._exchange("PUT", path, json.dumps(body, ensure_ascii=False).encode())

    def _exchange(
        self, method: str, path: str, body: bytes | None = None, patience: float | None = PATIENCE
    ) -> Any:
        headers = {"Content-Type": "application/json", **self.headers}
        asked = Request(self.address + path, data=body, headers=headers, method=method)
        try:
            with build_opener(ProxyHandler({}), _NoRedirect).open(
                asked, timeout=patience
            ) as answer:
                said = answer.read()
            return json.loads(said) if said else None
        except HTTPError as refused:
            with refused:
                raise Refused(_sentence(refused), self.name, refused.code) from refused
        except (URLError, OSError, ValueError, http.client.HTTPException) as silent:
            reason = getattr(silent, "reason", None) or silent
            raise NoAnswer(f"{self.name} gives no answer ({reason}).") from silent


def peer(name: str, address: str, *, token: str = "") -> Peer:
    """The server at an address; name and password may stand in the address, a token beside it."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise NoAnswer(
            f"{name}: '{parts.hostname or address}' is no address such as http://127.0.0.1:8042"
        )
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if parts.username is not None:
        given = f"{parts.username}:{parts.password or ''}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(given).decode()}"
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2])
    return Peer(name=name, address=bare.geturl().rstrip("/"), headers=headers)


def _sentence(refused: HTTPError) -> str:
    """What a refusal says of itself: our `error`, Orthanc's `Details` or `Message`, else the status."""
    try:
        said = json.loads(refused.read() or b"{}")
    except (ValueError, OSError, http.client.HTTPException):
        said = {}
    told = said if isinstance(said, dict) else {}
    return str(
        told.get("error") or told.get("Details") or told.get("Message") or f"status {refused.code}"
    )
