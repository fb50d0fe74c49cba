"""The webhook: each new signal as signed JSON to one address of the site; nothing in it is about a patient."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import SplitResult, urlsplit

from pydantic import SecretStr
from sqlmodel import Session

from backend.database import unit_of_work
from backend.settings import Settings
from backend.told import WEBHOOK, Told, was_told
from register.refusal import Refusal
from surveillance.monitors.verdict import Answer
from surveillance.signals import Signal, behind
from surveillance.urgency import is_urgent

LOOPBACK = ("localhost", "127.0.0.1", "::1")
PATIENCE_SECONDS = 10


class WebhookNotUsable(Refusal):
    """The webhook is set by halves, or without encryption."""


class NotTaken(Refusal):
    """The webhook did not take a signal; the sentence names the host and its answer, never the rest of the address."""


def about(signal: Signal) -> str:
    """What a delivery is about."""
    return f"signal {signal.id}"


def post(url: str, settings: Settings, said: str, *, by: str, at: datetime) -> None:
    """Post the signal that a delivery is about, unless it was taken already."""
    address, secret = _set(settings)
    host = urlsplit(address).hostname or ""
    with unit_of_work(url, by=by) as session:
        signal = session.get_one(Signal, int(said.removeprefix("signal ")))
        if was_told(session, said, WEBHOOK, host):
            return
        session.add(Told(about=said, way=WEBHOOK, to=host, at=at))
        session.flush()
        _deliver(address, secret, signal, payload(session, signal, settings))


def payload(session: Session, signal: Signal, settings: Settings) -> dict[str, Any]:
    """What is posted of a signal: counts and names of things, no patient, no study, no person."""
    rung = behind(session, signal)
    stored = rung[0]
    broken = stored.answer == Answer.BROKEN  # what a library said may hold what it choked on
    return {
        "number": signal.id,
        "deployment": signal.deployment,
        "finding": signal.finding,
        "monitor": stored.monitor,
        "answer": stored.answer,
        "urgent": any(map(is_urgent, rung)),
        "sentence": f"The {stored.monitor} monitor could not look; the page says why."
        if broken
        else signal.sentence,
        "action": signal.action,
        "opened_at": signal.opened_at.astimezone(UTC).isoformat(),
        "link": settings.page(f"/signals/{signal.id}"),
    }


def signature(secret: bytes, body: bytes) -> str:
    """The header by which a receiver knows that a body is ours.

    >>> signature(b"secret", b"{}")
    'sha256=77325902caca812dc259733aacd046b73817372c777b8d95b402647474516e13'
    """
    return f"sha256={hmac.new(secret, body, hashlib.sha256).hexdigest()}"


def _deliver(address: str, secret: SecretStr, signal: Signal, said: dict[str, Any]) -> None:
    import requests

    body = json.dumps(said, ensure_ascii=False).encode()
    key = f"catamnesis-signal-{signal.id}-{signal.opened_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Idempotency-Key": key,
        "X-Catamnesis-Signature": signature(secret.get_secret_value().encode(), body),
    }
    host = urlsplit(address).hostname
    try:
        answer = requests.post(
            address, data=body, headers=headers, timeout=PATIENCE_SECONDS, allow_redirects=False
        )
    except requests.RequestException as wrong:
        raise NotTaken(
            f"The webhook at {host} did not take signal {signal.id}: {type(wrong).__name__}. See that it runs and can be reached from here."
        ) from None
    if not 200 <= answer.status_code < 300:
        raise NotTaken(
            f"The webhook at {host} answered {answer.status_code} to signal {signal.id}; only 2xx counts as taken."
        )


def _set(settings: Settings) -> tuple[str, SecretStr]:
    address, secret = settings.webhook_url, settings.webhook_secret
    if address is None or secret is None or not secret.get_secret_value():
        raise WebhookNotUsable(
            "CATAMNESIS_WEBHOOK_URL and CATAMNESIS_WEBHOOK_SECRET are set together or not at all."
        )
    written = address.get_secret_value()
    if not _encrypted(urlsplit(written)):
        raise WebhookNotUsable(
            "CATAMNESIS_WEBHOOK_URL begins with https:// and names a host; http:// is for this machine only."
        )
    return written, secret


def _encrypted(address: SplitResult) -> bool:
    host = address.hostname
    return bool(host) and (
        address.scheme == "https" or (address.scheme == "http" and host in LOOPBACK)
    )
