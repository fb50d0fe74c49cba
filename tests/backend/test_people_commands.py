"""Accounts and the audit trail on the command line: limits, second factor, and reads that leave a line."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from backend.access import NotForThisRole, UnknownSite, give_account, limit_to, signer
from backend.clock import now
from backend.database import unit_of_work
from backend.tokens import TokenNotGiven, give_token
from demo.sources import REGISTER
from register import catalogue
from surveillance import changing_state
from surveillance.view import UnknownDeployment
from tests.batches import INFERENCE, STUDY, write

Run = Callable[..., subprocess.CompletedProcess[str]]
HERE, ELSEWHERE = "ctbrain-north-ed", "nodule-ct-lidc"


@pytest.fixture
def registered(database_url: str) -> str:
    """Two deployments at two sites."""
    with unit_of_work(database_url, by="t") as session:
        for name in ("ctbrain-triage.yaml", "nodule-ct.yaml"):
            catalogue.record(session, catalogue.read(REGISTER / name), by="t", at=now())
    return database_url


@pytest.fixture
def run(registered: str, home: Path, catamnesis: Path) -> Run:
    """Run `catamnesis …` as a person would."""

    def running(*words: str) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "CATAMNESIS_DATABASE_URL": registered,
            "CATAMNESIS_HOME": str(home),
        }
        return subprocess.run(
            [catamnesis, *words], env=environment, capture_output=True, text=True, check=False
        )

    return running


def reads(url: str) -> list[tuple[str, int]]:
    """What was looked at, and how many rows were shown."""
    with psycopg.connect(url) as pg:
        return pg.execute(
            "SELECT subject, (after->>'rows')::int FROM audit_event WHERE event = 'read' ORDER BY id"
        ).fetchall()


def test_looking_at_single_cases_leaves_a_line(run: Run, registered: str, tmp_path: Path) -> None:
    """The queue of an audit and the quarantine say how many rows, never which; empty ones and figures say nothing."""
    assert run("evidence", "status").returncode == 0
    assert reads(registered) == []
    studies = [{**STUDY, "study_instance_uid": f"1.2.{n}", "patient_id": f"P{n}"} for n in range(4)]
    outputs = [
        {**INFERENCE, "inference_id": f"I{n}", "study_instance_uid": f"1.2.{n}", "score": "0.1"} for n in range(4)
    ]  # fmt: skip
    bad = {**INFERENCE, "inference_id": "I9", "study_instance_uid": "1.2.3", "score": "much"}
    run(
        "evidence",
        "import",
        str(write(tmp_path / "b", studies=studies, inferences=[*outputs, bad])),
    )
    run("cycle")
    drawn = run("verification", "draw", HERE, "--from", "2026-01-01", "--to", "2026-01-31", "--size", "3", "--seed", "1", "--json")  # fmt: skip
    number = str(json.loads(drawn.stdout)["audit"])
    assert len(json.loads(run("verification", "queue", number, "--json").stdout)) == 3
    assert len(json.loads(run("evidence", "status", "--json").stdout)["quarantine"]) == 1
    assert run("performance", HERE, "--json").returncode == 0
    assert reads(registered) == [(f"queue of random_audit {number}", 3), ("quarantine", 1)]
    with psycopg.connect(registered) as pg:
        told = pg.execute(
            "SELECT string_agg(after::text, '') FROM audit_event WHERE event = 'read'"
        ).fetchone()
    assert told is not None
    assert "1.2." not in told[0]


def test_a_password_is_dear_to_guess(run: Run, registered: str) -> None:
    """Hashed by Argon2id with the memory and the passes that RFC 9106 recommends where memory is short."""
    run("account", "add", "nora", "--role", "auditor")
    with psycopg.connect(registered) as pg:
        kept = pg.execute("SELECT password_hash FROM account").fetchone()
    assert kept is not None
    assert kept[0].startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_an_account_is_limited_and_widened(run: Run) -> None:
    """By `--site` when it is made, by `sites` afterwards; a site must be in the register."""
    assert (
        run("account", "add", "nora", "--role", "clinical_lead", "--site", "north").returncode == 0
    )
    assert run("account", "sites", "nora", "--site", "lidc").stdout == "nora sees lidc.\n"
    assert json.loads(run("account", "list", "--json").stdout)[0]["sites"] == ["lidc"]
    refused = run("account", "sites", "nora", "--site", "moon")
    assert (refused.returncode, "No site 'moon' in the register" in refused.stderr) == (1, True)
    assert run("account", "sites", "nora").stdout == "nora sees all sites.\n"


def test_a_second_factor_is_set_up_once_told(run: Run) -> None:
    """The address for the app is printed; the list says that there is one, never what."""
    run("account", "add", "nora", "--role", "clinical_lead")
    uri = json.loads(run("account", "totp", "nora", "--json").stdout)["uri"]
    assert uri.startswith("otpauth://totp/Catamnesis:nora?secret=")
    listed = run("account", "list", "--json").stdout
    assert json.loads(listed)[0]["second_factor"] is True
    assert "secret" not in listed
    assert "password alone" in run("account", "totp", "nora", "--remove").stdout


def test_the_trail_goes_to_a_file_and_is_checked_by_its_head(run: Run, tmp_path: Path) -> None:
    """What is printed is what the script takes; a hash that no line has is told by the database's check too."""
    said = json.loads(run("audit", "export", str(tmp_path / "trail.jsonl"), "--json").stdout)
    assert (said["whole"], said["lines"]) == (
        True,
        len((tmp_path / "trail.jsonl").read_text().splitlines()),
    )
    assert (tmp_path / "verify_audit.py").is_file()
    assert run("audit", "verify", "--head", said["last_hash"]).returncode == 0
    cut = run("audit", "verify", "--head", "0123")
    assert (cut.returncode, "were cut off" in cut.stdout) == (1, True)


@pytest.mark.parametrize("role", ["auditor", "administrator", "adjudicator"])
def test_who_decides_nothing_cannot_sign(registered: str, role: str) -> None:
    """Not on the command line either, with the right password."""
    with unit_of_work(registered, by="t") as session:
        password = give_account(session, key="olga", name="Olga", role=role, at=now()) or ""
        with pytest.raises(NotForThisRole, match=f"Olga is {role}"):
            signer(session, key="olga", password=password)


def test_a_signature_stays_at_the_sites_of_its_account(registered: str) -> None:
    """The kill switch of another site is not there; one's own is."""
    with unit_of_work(registered, by="t") as session:
        password = (
            give_account(
                session, key="nora", name="Nora", role="clinical_lead", at=now(), sites=["north"]
            )
            or ""
        )
    with unit_of_work(registered, by="nora") as session:
        person = signer(session, key="nora", password=password)
        with pytest.raises(UnknownDeployment, match=ELSEWHERE):
            changing_state.suspend(session, ELSEWHERE, signer=person, reason="x", at=now())
        changing_state.suspend(session, HERE, signer=person, reason="x", at=now())


def test_a_token_reaches_no_further_than_its_account(registered: str) -> None:
    """Without sites of its own it has those of the account."""
    with unit_of_work(registered, by="t") as session:
        give_account(session, key="pacs", name="PACS", role="integrator", at=now(), sites=["north"])
        token, _ = give_token(session, name="router", account="pacs", sites=(), days=1, at=now())
        assert token.sites == ["north"]
        with pytest.raises(TokenNotGiven, match="open nothing at lidc"):
            give_token(session, name="router", account="pacs", sites=["lidc"], days=1, at=now())
        with pytest.raises(UnknownSite, match="No site 'moon'"):
            limit_to(session, key="pacs", sites=["moon"])


PROVIDER = {
    "CATAMNESIS_OIDC_ISSUER": "https://idp.example/realms/north", "CATAMNESIS_OIDC_CLIENT_ID": "catamnesis",
    "CATAMNESIS_OIDC_CLIENT_SECRET": "s3cret",
}  # fmt: skip


def test_an_account_is_bound_and_unbound(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """To a person of the provider of the settings, which have to name one; the list tells who comes in how."""
    run("account", "add", "nora", "--role", "clinical_lead")
    unset = run("account", "bind", "nora", "--subject", "248289761001")
    assert (unset.returncode, "Set CATAMNESIS_OIDC_ISSUER" in unset.stderr) == (1, True)
    for name, value in PROVIDER.items():
        monkeypatch.setenv(name, value)
    bound = run("account", "bind", "nora", "--subject", "248289761001", "--without-password")
    assert bound.stdout == (
        "nora signs in as 248289761001 of https://idp.example/realms/north and has no password here.\n"
    )
    said = json.loads(run("account", "list", "--json").stdout)[0]
    assert (said["subject"], said["password"]) == ("248289761001", False)
    assert "s3cret" not in run("account", "list").stdout
    assert "subject 248289761001" in " ".join(run("account", "list").stdout.split())
    assert "has no way in now" in run("account", "unbind", "nora").stdout
    run("account", "renew", "nora")
    assert "signs in with the password" in run("account", "unbind", "nora").stdout


def test_half_a_provider_is_told_before_anything_is_served(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`serve` ends with the sentence and without the secret."""
    monkeypatch.setenv("CATAMNESIS_OIDC_CLIENT_SECRET", "s3cret")
    refused = run("serve", "--port", "0")
    assert refused.returncode == 1
    assert "CATAMNESIS_OIDC_ISSUER and CATAMNESIS_OIDC_CLIENT_ID are missing" in refused.stderr
    assert "s3cret" not in refused.stderr + refused.stdout


def test_an_account_is_ended_and_opened_again(run: Run) -> None:
    """At once, or on a day."""
    run("account", "add", "nora", "--role", "clinical_lead")
    assert run("account", "end", "nora").stdout == "nora opens nothing now.\n"
    assert run("account", "end", "nora", "--on", "2999-12-31").stdout == (
        "nora opens nothing after 2999-12-31.\n"
    )
    assert json.loads(run("account", "list", "--json").stdout)[0]["expires_on"] == "2999-12-31"
