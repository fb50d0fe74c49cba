"""A second factor beside the password: the codes of an authenticator app (TOTP, RFC 6238), each taken once."""

from datetime import datetime

import pyotp
from pyotp.exceptions import OTPVerificationError
from sqlmodel import Session

from backend.access import Account

ISSUER = "Catamnesis"
LEEWAY = 1
"""Codes before and after the current one that are taken too, for clocks that are up to half a minute apart."""


def set_up(session: Session, account: Account) -> str:
    """Give an account a new secret, in place of an earlier one; back comes, once, what the app has to be told."""
    account.totp_secret, account.totp_used = pyotp.random_base32(), None
    session.flush()
    return pyotp.TOTP(account.totp_secret).provisioning_uri(name=account.key, issuer_name=ISSUER)


def take_away(session: Session, account: Account) -> None:
    """Leave an account with its password alone."""
    account.totp_secret = account.totp_used = None
    session.flush()


def passes(session: Session, account: Account, code: str, *, at: datetime) -> bool:
    """Whether a code is the one of this half-minute, give or take one, and later than any that was taken before."""
    if account.totp_secret is None:
        return True
    session.refresh(account, with_for_update=True)
    try:
        found = pyotp.TOTP(account.totp_secret).verify_and_get_timecode(
            code.replace(" ", ""), for_time=at, valid_window=LEEWAY
        )
    except OTPVerificationError:
        return False
    if account.totp_used is not None and found <= account.totp_used:
        return False
    account.totp_used = found
    session.flush()
    return True
