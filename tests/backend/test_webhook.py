"""The webhook: each new signal once, signed, to a real server; what is not taken is tried again and shown."""

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg
import pytest
from pydantic import SecretStr

from backend import cycling
from backend.clock import now
from backend.database import unit_of_work
from backend.settings import Settings
from backend.webhook import WebhookNotUsable, post
from dashboards.pages.watch import watch_page
from surveillance.monitors.verdict import Answer
from surveillance.work import Kind, Standing, last_of
from tests.backend.rung import ring
from tests.backend.worked import work

SECRET = "a secret of the site"


@dataclass
class Receiver:
    """A server that answers as it is told and keeps what it was sent."""

    port: int
    answers: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A server on this machine; it takes everything once its `answers` are used up."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.got.append((dict(self.headers), body))
            self.send_response(found.answers.pop(0) if found.answers else 204)
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found = Receiver(port=server.server_address[1])
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield found
        server.shutdown()


@pytest.fixture
def hooked(
    registered: str, receiver: Receiver, from_environment: Callable[..., None]
) -> tuple[str, Receiver]:
    """A database whose installation has the webhook set, and its receiver."""
    from_environment(
        webhook_url=f"http://127.0.0.1:{receiver.port}/in?key=hidden", webhook_secret=SECRET, cycle_cron="off",
        address="https://catamnesis.hospital.example/",
    )  # fmt: skip
    return registered, receiver


def _again_now(url: str) -> None:
    """As if the wait before the next attempt were over."""
    with psycopg.connect(url) as pg:
        pg.execute("SET search_path = jobs")
        pg.execute("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")


def test_a_new_signal_is_posted_once(hooked: tuple[str, Receiver]) -> None:
    """Signed over the very bytes, with a key by which a receiver knows it again; a standing one is not posted anew."""
    url, receiver = hooked
    ring(url, "drift", Answer.SHIFTED, "The score distribution moved.")
    for _ in range(2):
        cycling.run(url, by="ada")
        work(url, once=True)
    ((headers, body),) = receiver.got
    mark = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert headers["X-Catamnesis-Signature"] == f"sha256={mark}"
    assert headers["Idempotency-Key"].startswith("catamnesis-signal-1-")
    said = json.loads(body)
    assert said.pop("opened_at").endswith("+00:00")
    assert said == {
        "number": 1, "deployment": "ctbrain-north-ed", "finding": "intracranial_haemorrhage", "monitor": "drift",
        "answer": "shifted", "urgent": False, "sentence": "The score distribution moved.",
        "action": "Do something about drift.", "link": "https://catamnesis.hospital.example/signals/1",
    }  # fmt: skip


def test_what_a_library_choked_on_stays_here(hooked: tuple[str, Receiver]) -> None:
    """The words of an error may hold a value of a case; they are on the page and not in what is posted."""
    url, receiver = hooked
    cycling.run(url, by="ada")
    ring(url, "drift", Answer.BROKEN, "The drift monitor could not look: ValueError: 1.2.840.7")
    cycling.run(url, by="ada")
    work(url, once=True)
    assert b"1.2.840.7" not in receiver.got[0][1]
    assert json.loads(receiver.got[0][1])["urgent"] is True


@pytest.mark.parametrize("answer", [503, 302, 404])
def test_what_is_not_taken_is_tried_again_and_shown(
    hooked: tuple[str, Receiver], answer: int, capfd: pytest.CaptureFixture[str]
) -> None:
    """By host alone; the cycle is done, and the key stays the same. A redirect is not followed."""
    url, receiver = hooked
    receiver.answers = [answer]
    ring(url, "drift", Answer.SHIFTED)
    cycling.run(url, by="ada")
    work(url, once=True)
    with unit_of_work(url, by="t") as session:
        (shown,) = watch_page(session, at=now()).work
    assert (shown.name, shown.failed) == ("Webhook signal 1", True)
    assert f"The webhook at 127.0.0.1 answered {answer} to signal 1" in shown.told
    assert "hidden" not in shown.told
    assert "will be tried again" in shown.told
    _again_now(url)
    work(url, once=True)
    with unit_of_work(url, by="t") as session:
        done = last_of(session, Kind.WEBHOOK, "signal 1")
        assert done is not None
        assert done.standing is Standing.DONE
        assert watch_page(session, at=now()).work == ()
    assert len({headers["Idempotency-Key"] for headers, _ in receiver.got}) == 1
    assert len(receiver.got) == 2


def test_what_never_is_taken_is_given_up_and_stays_shown(
    hooked: tuple[str, Receiver], capfd: pytest.CaptureFixture[str]
) -> None:
    """After nine times; every cycle in between is done, and asks for nothing anew."""
    url, receiver = hooked
    receiver.answers = [500] * 20
    ring(url, "drift", Answer.SHIFTED)
    for _ in range(10):
        cycling.run(url, by="ada")
        work(url, once=True)
        _again_now(url)
    assert len(receiver.got) == 9
    with unit_of_work(url, by="t") as session:
        assert watch_page(session, at=now()).work[0].told.startswith("Failed at")


@pytest.mark.parametrize(
    ("address", "secret", "says"),
    [
        ("http://hook.example/in", SECRET, "begins with https://"),
        ("ftp://127.0.0.1/in", SECRET, "begins with https://"),
        ("https:///in", SECRET, "begins with https://"),
        ("https://hook.example/in", "", "set together"),
        (None, SECRET, "set together"),
    ],
)
def test_what_is_not_encrypted_or_half_set_is_refused(
    registered: str, address: str | None, secret: str, says: str
) -> None:
    """Only this machine is reached without encryption."""
    current = Settings(webhook_url=SecretStr(address) if address else None, webhook_secret=SecretStr(secret))  # fmt: skip
    with pytest.raises(WebhookNotUsable, match=says):
        post(registered, current, "signal 1", by="t", at=now())
