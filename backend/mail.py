"""Mail: one message to one address, by the mail server of the settings."""

import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from backend.settings import Settings
from register.refusal import Refusal


class NotSent(Refusal):
    """Mail that cannot be sent; the sentence says which setting or server is at fault."""


class MailServer:
    """A mail server by its address: `smtp://` takes TLS where it is offered, `smtps://` begins with it."""

    def __init__(self, settings: Settings) -> None:
        if settings.smtp_url is None or not settings.mail_from:
            raise NotSent("No mail server is set: CATAMNESIS_SMTP_URL (smtp://host:25, smtps://user:password@host) and CATAMNESIS_MAIL_FROM.")  # fmt: skip
        self._at, self._from = urlsplit(settings.smtp_url.get_secret_value()), settings.mail_from
        if self._at.scheme not in ("smtp", "smtps") or not self._at.hostname:
            raise NotSent(
                "CATAMNESIS_SMTP_URL: it begins with smtp:// or smtps:// and names a host."
            )

    def send(self, *, to: str, subject: str, text: str) -> None:
        """Hand one message over; whoever is told it was sent knows that the server took it."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._from, to, subject
        message.set_content(text)
        at, context = self._at, ssl.create_default_context()
        host = at.hostname or ""
        try:
            with (
                smtplib.SMTP_SSL(host, at.port or 465, timeout=30, context=context)
                if at.scheme == "smtps"
                else smtplib.SMTP(host, at.port or 25, timeout=30)
            ) as server:
                if at.scheme == "smtp" and server.ehlo()[0] == 250 and server.has_extn("starttls"):
                    server.starttls(context=context)
                if at.username:
                    server.login(unquote(at.username), unquote(at.password or ""))
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as wrong:
            raise NotSent(f"The mail server {host} did not take the message for {to}: {wrong}.") from wrong  # fmt: skip
