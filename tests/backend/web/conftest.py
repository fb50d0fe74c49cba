"""A browser without a window: requests to the pages as they are served."""

from collections.abc import Callable, Iterator

import pytest
from httpx import Client

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
