"""Patient identifiers never rest in the store: a keyed digest stands for them."""

import hashlib
import hmac
from collections.abc import Iterable

import duckdb
import pandas as pd


def pseudonym(key: bytes, issuer: str, identifier: str) -> str:
    """HMAC-SHA-256 over issuer and identifier, 32 hexadecimal digits; the key is a secret of the site."""
    message = f"{issuer}\x1f{identifier}".encode()
    return hmac.digest(key, message, hashlib.sha256).hex()[:32]


def tabulate(duck: duckdb.DuckDBPyConnection, key: bytes, pairs: Iterable[tuple[str, str]]) -> None:
    """Make the columnar table `pseudonym(issuer, identifier, digest)` for the given pairs."""
    rows = [
        (issuer, identifier, pseudonym(key, issuer, identifier)) for issuer, identifier in pairs
    ]
    frame = pd.DataFrame(rows, columns=["issuer", "identifier", "digest"], dtype="object")
    duck.register("pseudonym_rows", frame)
    duck.execute(
        "CREATE OR REPLACE TABLE pseudonym AS SELECT issuer::VARCHAR AS issuer, "
        "identifier::VARCHAR AS identifier, digest::VARCHAR AS digest FROM pseudonym_rows"
    )
    duck.unregister("pseudonym_rows")
