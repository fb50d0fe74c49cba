"""Who somebody is, by OpenID Connect: the authorization-code flow with PKCE, and every check of what comes back.

The provider's document and keys are asked for anew at each sign-in: a key that was changed there holds here at once.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import ClaimError, JoseError
from joserfc.jwk import KeySet
from pydantic import SecretStr
from requests import RequestException

from backend.settings import settings
from register.refusal import Refusal

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures of a token that count: by a key pair, so that only the provider can have made them."""
CLOCKS = timedelta(minutes=1)
"""How far the clocks of provider and installation may be apart."""
PATIENCE_SECONDS = 10
LOOPBACK = ("localhost", "127.0.0.1", "::1")
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_WRONG = {
    "aud": "it was made for another program",
    "azp": "it was made for another program",
    "iss": "it comes from another issuer",
    "nonce": "it does not answer this sign-in",
    "exp": "it has expired, or does not say when it does",
    "iat": "it was made in the future; compare the clocks",
    "nbf": "it does not hold yet; compare the clocks",
    "auth_time": "it does not say when you proved who you are (auth_time)",
}
"""What is wrong with a token whose claim does not fit."""


class ProviderNotUsable(Refusal):
    """The identity provider is set by halves, or without encryption."""


class ProviderUnreachable(Refusal):
    """The identity provider does not answer, or answers what cannot be read."""


class NotProven(Refusal):
    """The answer of the identity provider does not prove who somebody is; the sentence says which check failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question to the provider: where a browser takes it, and what the answer is checked against."""

    address: str
    state: str
    nonce: str
    verifier: str
    back: str
    anew: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who somebody is according to a provider, and since when it knows."""

    issuer: str
    subject: str
    authenticated_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """The identity provider of the site."""

    issuer: str
    client_id: str
    client_secret: SecretStr
    name: str

    def ask(self, *, back: str, anew: bool, at: datetime) -> Question:
        """The question who somebody is; `anew` wants it proven now, whoever is signed in at the provider."""
        state, nonce, verifier = (secrets.token_urlsafe(48) for _ in range(3))
        wanted = {"prompt": "login", "max_age": 0} if anew else {}
        with self._client(back) as client:
            address, _ = client.create_authorization_url(
                self._document(client)["authorization_endpoint"], state=state, code_verifier=verifier, nonce=nonce,
                **wanted,
            )  # fmt: skip
        return Question(
            address=address,
            state=state,
            nonce=nonce,
            verifier=verifier,
            back=back,
            anew=anew,
            at=at,
        )

    def identity(self, question: Question, *, code: str, at: datetime) -> Identity:
        """Who somebody is, from the code that the browser brought back; every check must hold."""
        with self._client(question.back) as client:
            document = self._document(client)
            client.token_endpoint_auth_method = _client_authentication(document)
            try:
                said = client.fetch_token(
                    document["token_endpoint"], grant_type="authorization_code", code=code,
                    code_verifier=question.verifier, allow_redirects=False,
                )  # fmt: skip
            except AuthlibBaseError as refused:
                raise NotProven(
                    f"{self.name} refused the sign-in: {refused.error}. Begin again; if it stays, compare client and "
                    "secret of the settings with the provider's."
                ) from refused
            except (RequestException, ValueError) as failed:
                raise self._silent(document["token_endpoint"]) from failed
            keys = self._get(client, document["jwks_uri"])
        claims = self._checked(said, keys, question, at=at)
        return Identity(
            issuer=self.issuer,
            subject=claims["sub"],
            authenticated_at=_authenticated(claims, question),
        )

    def _checked(
        self, said: Mapping[str, Any], keys: Mapping[str, Any], question: Question, *, at: datetime
    ) -> dict[str, Any]:
        try:
            token = jwt.decode(
                str(said.get("id_token", "")), KeySet.import_key_set({"keys": _signing(keys)}), list(ALGORITHMS)
            )  # fmt: skip
            claims: dict[str, Any] = CodeIDToken(
                token.claims,
                token.header,
                {
                    "iss": {"essential": True, "value": self.issuer},
                    "aud": {"essential": True, "value": self.client_id},
                    "sub": {"essential": True},
                },
                {
                    "nonce": question.nonce, "client_id": self.client_id, "max_age": question.anew,
                    "access_token": said.get("access_token"),
                },
            )  # fmt: skip
            claims.validate(int(at.timestamp()), int(CLOCKS.total_seconds()))  # type: ignore[attr-defined]
        except ClaimError as wrong:
            reason = _WRONG.get(wrong.claim, f"its {wrong.claim} is missing or wrong")
            raise NotProven(f"The answer of {self.name} does not count: {reason}.") from wrong
        except (JoseError, ValueError) as wrong:
            raise NotProven(
                f"The answer of {self.name} does not count: it is not signed with a key of the provider."
            ) from wrong
        return claims

    def _client(self, back: str) -> OAuth2Session:
        return OAuth2Session(
            self.client_id, self.client_secret.get_secret_value(), scope="openid", redirect_uri=back,
            code_challenge_method="S256", default_timeout=PATIENCE_SECONDS,
        )  # fmt: skip

    def _document(self, client: OAuth2Session) -> dict[str, Any]:
        document = self._get(client, f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        if document.get("issuer") != self.issuer:
            raise ProviderNotUsable(
                f"The provider calls itself {document.get('issuer')}, CATAMNESIS_OIDC_ISSUER says {self.issuer}: "
                "the two must be alike to the letter."
            )
        for name in _ENDPOINTS:
            encrypted(str(document.get(name, "")), of=f"The {name} of the identity provider")
        return document

    def _get(self, client: OAuth2Session, address: str) -> dict[str, Any]:
        try:
            answer = client.get(address, withhold_token=True, allow_redirects=False)
            answer.raise_for_status()
            said = answer.json()
        except (RequestException, ValueError) as failed:
            raise self._silent(address) from failed
        if not isinstance(said, dict):
            raise self._silent(address)
        return said

    def _silent(self, address: str) -> ProviderUnreachable:
        return ProviderUnreachable(
            f"{self.name} does not answer as it should at {address}. Try again; if it stays, tell whoever runs it."
        )


def configured() -> Provider | None:
    """The provider that the settings name; None if they name none."""
    said = settings()
    parts = {
        "CATAMNESIS_OIDC_ISSUER": said.oidc_issuer,
        "CATAMNESIS_OIDC_CLIENT_ID": said.oidc_client_id,
        "CATAMNESIS_OIDC_CLIENT_SECRET": said.oidc_client_secret,
    }
    missing = [name for name, value in parts.items() if not value]
    if len(missing) == len(parts):
        return None
    if missing or not said.oidc_issuer or not said.oidc_client_id or not said.oidc_client_secret:
        raise ProviderNotUsable(
            f"An identity provider is set by halves: {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} "
            "missing. Set all three, or none."
        )
    encrypted(said.oidc_issuer, of="CATAMNESIS_OIDC_ISSUER")
    return Provider(
        issuer=said.oidc_issuer, client_id=said.oidc_client_id, client_secret=said.oidc_client_secret, name=said.oidc_name,
    )  # fmt: skip


def encrypted(address: str, *, of: str) -> None:
    """Refuse an address that is not https, unless it stays on this machine."""
    parts = urlsplit(address)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme != "http" or parts.hostname not in LOOPBACK:
        raise ProviderNotUsable(
            f"{of} is '{address}'; it must begin with https:// (http:// only on this machine)."
        )


def _client_authentication(document: Mapping[str, Any]) -> str:
    """How the secret is shown: in the header, as the standard has it, unless only the body is taken."""
    taken = document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    return "client_secret_basic" if "client_secret_basic" in taken else "client_secret_post"


def _signing(keys: Mapping[str, Any]) -> list[Any]:
    """The keys that may sign; those to encrypt with are of kinds that need not be known."""
    return [key for key in keys.get("keys", []) if key.get("use", "sig") == "sig"]


def _authenticated(claims: Mapping[str, Any], question: Question) -> datetime | None:
    """When somebody proved who they are; if it was asked for anew, it must be after the question."""
    if "auth_time" not in claims:
        return None
    try:
        found = datetime.fromtimestamp(claims["auth_time"], UTC)
    except (ValueError, OverflowError, OSError, TypeError) as wrong:
        raise NotProven("The provider's auth_time is not a moment.") from wrong
    if question.anew and found < question.at - CLOCKS:
        raise NotProven(
            f"The provider took the sign-in of {found:%Y-%m-%d %H:%M} UTC for this one. For a signature you prove who "
            "you are anew: prove it again, and sign out at the provider first if it does not ask you."
        )
    return found
