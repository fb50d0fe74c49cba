"""A browser without a window: requests to the pages as they are served."""

from collections.abc import Callable, Iterator

import pytest
from httpx import Client

from backend.access import give_account
from backend.clock import now
from backend.database import unit_of_work
from tests.journeys.served import served, token_in

Enter = Callable[..., int]


@pytest.fixture
def client(demo_database_url: str) -> Iterator[Client]:
    """Nobody is signed in; redirects are shown, not followed."""
    with served(demo_database_url) as address, Client(base_url=address, timeout=60) as found:
        yield found


@pytest.fixture
def enter(client: Client, demo_password: str) -> Enter:
    """Try to sign in; the status of the answer."""

    def attempt(password: str = demo_password, account: str = "demo") -> int:
        form = {
            "account": account,
            "password": password,
            "token": token_in(client.get("/sign-in").text),
        }
        return client.post("/sign-in", data=form).status_code

    return attempt


@pytest.fixture
def signed_in(client: Client, enter: Enter) -> Client:
    """A client whose cookie is that of account `demo`."""
    assert enter() == 303
    return client


@pytest.fixture
def pages(registered: str) -> Iterator[Client]:
    """The pages over the database a test calls `registered`; nobody is signed in, redirects are not followed."""
    with served(registered) as address, Client(base_url=address, timeout=120) as found:
        yield found


@pytest.fixture
def come_as(pages: Client, registered: str) -> Callable[..., str]:
    """Make the account `ada` of a role and sites and sign in with it; its password."""

    def coming(role: str, *sites: str) -> str:
        with unit_of_work(registered, by="t") as session:
            password = give_account(
                session, key="ada", name="Ada", role=role, sites=sites, at=now()
            )
        assert password is not None
        form = {
            "account": "ada",
            "password": password,
            "token": token_in(pages.get("/sign-in").text),
        }
        assert pages.post("/sign-in", data=form).status_code == 303
        return password

    return coming
