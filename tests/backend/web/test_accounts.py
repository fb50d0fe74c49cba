"""Accounts on a page: for administrators alone, a password shown once, nobody's own account."""

from datetime import UTC, datetime

import pytest
from httpx import Client, Response

from backend.access import account_of, give_account, sign_in
from backend.clock import now
from backend.database import raw, unit_of_work
from demo.sources import REGISTER
from register import catalogue
from tests.journeys.served import token_in

NEW = {"key": "ben", "name": "Dr Ben", "role": "clinical_lead", "until": ""}


@pytest.fixture
def registered(database_url: str) -> str:
    """A register with two sites, and a compliance officer's account at each."""
    with unit_of_work(database_url, by="t") as session:
        for name in ("ctbrain-triage.yaml", "nodule-ct.yaml"):
            catalogue.record(
                session,
                catalogue.read(REGISTER / name),
                by="t",
                at=datetime(2026, 1, 1, tzinfo=UTC),
            )
        for key, site in (("nora", "north"), ("lida", "lidc")):
            give_account(
                session, key=key, name=key, role="compliance_officer", sites=[site], at=now()
            )
    return database_url


def post(pages: Client, path: str, form: dict[str, object]) -> Response:
    return pages.post(path, data={"token": token_in(pages.get("/").text), **form})


def drawn(page: str) -> str:
    return page.split('role="status">')[1].split("<code>")[1].split("</code>", maxsplit=1)[0]


def test_an_account_is_given_and_its_password_shown_once(
    pages: Client, come_as, registered: str
) -> None:
    """It opens what its role may, and the trail names who gave it."""
    come_as("administrator")
    given = post(pages, "/accounts", NEW | {"site": ["north"]})
    password = drawn(given.text)
    assert password not in pages.get("/accounts").text
    with unit_of_work(registered, by="t") as session:
        account = sign_in(session, key="ben", password=password)
        assert account is not None
        assert (account.name, account.role, account.sites) == ("Dr Ben", "clinical_lead", ["north"])
        told = (
            raw(session)
            .execute("SELECT by, after::text FROM audit_event WHERE subject = 'account ben'")
            .fetchall()
        )
    assert {by for by, _ in told} == {"ada"}
    assert not any(password in (after or "") for _, after in told)


def test_limits_and_a_new_password_hold_at_once(pages: Client, come_as, registered: str) -> None:
    """Sites and last day are changed together; the old password opens nothing any more."""
    come_as("administrator")
    first = drawn(post(pages, "/accounts", NEW).text)
    form = {"site": ["north", "lidc"], "until": "2020-01-01"}
    assert post(pages, "/accounts/ben/limits", form).status_code == 303
    assert "ended" in pages.get("/accounts").text
    with unit_of_work(registered, by="t") as session:
        assert account_of(session, "ben").sites == ["north", "lidc"]
        assert sign_in(session, key="ben", password=first) is None
    post(pages, "/accounts/ben/limits", {"until": ""})
    second = drawn(post(pages, "/accounts/ben/password", {}).text)
    with unit_of_work(registered, by="t") as session:
        assert sign_in(session, key="ben", password=first) is None
        assert sign_in(session, key="ben", password=second) is not None


@pytest.mark.parametrize(
    ("path", "form", "says"),
    [
        ("", NEW | {"role": "king"}, "No role 'king'"), ("", NEW | {"key": "b en"}, "is no sign-in name"),
        ("", NEW | {"key": "nora"}, "There is an account 'nora' already"), ("", NEW | {"site": "mars"}, "No site 'mars'"),
        ("", NEW | {"until": "soon"}, "is not a day"), ("", NEW | {"until": "2020-01-01"}, "2020-01-01, lies in the past"), ("/ada/password", {}, "Nobody changes the account they are signed in with"),
        ("/ada/limits", {"site": "north"}, "Nobody changes"), ("/zoe/password", {}, "No account 'zoe'"),
        ("", NEW | {"token": "x"}, "too old"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_told(pages: Client, come_as, registered: str, path: str, form: dict[str, object], says: str) -> None:  # fmt: skip
    """On the page, and nothing is changed."""
    come_as("administrator")
    refused = post(pages, f"/accounts{path}", form)
    assert refused.status_code == 403
    assert says in refused.text.split('role="alert">')[1].split("</p>")[0].replace("&#39;", "'")
    with unit_of_work(registered, by="t") as session:
        assert sorted(key for (key,) in raw(session).execute("SELECT key FROM account")) == [
            "ada",
            "lida",
            "nora",
        ]


@pytest.mark.parametrize(
    "role", ["compliance_officer", "clinical_lead", "auditor", "integrator", "adjudicator"]
)
def test_only_an_administrator_manages_accounts(
    pages: Client, come_as, registered: str, role: str
) -> None:
    """Everyone else is refused, reading and changing."""
    come_as(role)
    assert pages.get("/accounts").status_code == 403
    assert pages.post("/accounts", data=NEW).status_code == 403
    assert "/accounts" not in pages.get("/register").text


def test_an_administrator_of_one_site_stays_there(pages: Client, come_as, registered: str) -> None:
    """Accounts of other sites are not seen, and none is given that reaches further."""
    come_as("administrator", "north")
    page = pages.get("/accounts").text
    assert "nora" in page
    assert "lida" not in page
    for sites in ([], ["lidc"], ["north", "lidc"]):
        assert post(pages, "/accounts", NEW | {"site": sites}).status_code == 403
    assert post(pages, "/accounts/lida/password", {}).status_code == 403
    assert post(pages, "/accounts", NEW | {"site": ["north"]}).status_code == 200
