"""Where the installation keeps its things, and the secrets that never leave it."""

import os
import secrets
from functools import lru_cache
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What the environment may say; each variable begins with `CATAMNESIS_`."""

    model_config = SettingsConfigDict(env_prefix="CATAMNESIS_")

    home: Path = Path(".catamnesis")
    database_url: SecretStr | None = None
    port: int = 8000
    address: str | None = None
    smtp_url: SecretStr | None = None
    mail_from: str | None = None
    cycle_cron: str = "0 2 * * *"
    digest_cron: str = "0 6 * * *"
    webhook_url: SecretStr | None = None
    webhook_secret: SecretStr | None = None
    transparency: bool = False
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    oidc_name: str = "single sign-on"

    @property
    def dossiers(self) -> Path:
        """Folder of the bundles, wherever a command is run from."""
        return self.home.resolve() / "dossiers"

    def page(self, path: str) -> str:
        """The address of a page, for whoever reads of it elsewhere."""
        return f"{(self.address or f'http://127.0.0.1:{self.port}').rstrip('/')}{path}"

    def secret(self, name: str) -> bytes:
        """A secret of this site, made at first use and readable by its owner only.

        The name says what it is for: `pseudonym` keys the digests of patient identifiers,
        `session` signs the cookies of the pages, `scope-decision` the decisions of the scope gate.
        """
        path = self.home.resolve() / "secrets" / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = path.with_name(f".{name}.{os.getpid()}")
            draft.touch(mode=0o600)
            draft.write_bytes(secrets.token_bytes(32))
            try:
                os.link(draft, path)
            except FileExistsError:
                pass  # another process made it first: that one counts
            finally:
                draft.unlink()
        return path.read_bytes()


@lru_cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
