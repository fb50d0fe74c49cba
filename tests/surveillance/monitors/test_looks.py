"""How often a claim or a stop rule rings for nothing because it is looked at every day."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import yaml

from backend.database import unit_of_work
from demo.sources import REGISTER
from register import catalogue
from surveillance.judged_case import JudgedCase
from surveillance.monitors.beside_the_plan import beside_the_plan
from surveillance.monitors.looks import rings_a_year
from surveillance.statistics.claims import Verdict, non_inferiority
from surveillance.view import view

FINDING = "intracranial_haemorrhage"
USUAL = {"share": 0.1, "alpha": 0.025, "per_day": 0.5, "window": None, "least": 30}


@cache
def breached(missed: int, cases: int) -> bool:
    held = non_inferiority(successes=cases - missed, trials=cases, claim=0.9, margin=0)
    return held.verdict is Verdict.BREACHED


def test_the_rate_is_that_of_the_claim_held_every_evening() -> None:
    """300 years day by day with the very test of the monitor, other random numbers: the same rate within four standard errors."""
    random = np.random.default_rng(77)
    begun = []
    for _ in range(300):
        cases = random.poisson(0.5, 365)
        n, k = cases.cumsum(), random.binomial(cases, 0.1).cumsum()
        rings = [bool(a >= 30 and breached(int(b), int(a))) for a, b in zip(n, k, strict=True)]
        begun.append(
            sum(now and not before for before, now in zip([False, *rings], rings, strict=False))
        )
    error = np.std(begun) / 300**0.5
    assert abs(np.mean(begun) - rings_a_year(limit=0.1, **USUAL)) < 4 * error


def test_a_margin_keeps_it_quiet() -> None:
    """Without one every look is a chance; five points below the claim it hardly ever rings; a limit of one cannot be passed."""
    rates = [rings_a_year(limit=limit, **USUAL) for limit in (0.1, 0.12, 0.15, 1.05)]
    assert rates == sorted(rates, reverse=True)
    assert rates[0] > 0.3
    assert rates[2] < 0.03
    assert rates[3] == 0


@pytest.fixture
def with_cases(database_url: str, tmp_path: Path) -> str:
    """400 days of the head CT deployment: a verified positive and two others a day on two scanners, a tenth of them children."""
    written = yaml.safe_load((REGISTER / "ctbrain-triage.yaml").read_text())
    plan = written["deployments"][0].setdefault("monitoring", {})
    plan["stop_rules"] = [
        {"metric": "sensitivity", "below": 0.85}, {"metric": "out_of_scope_share", "above": 0.08},
        {"metric": "specificity", "below": 0.5, "stratum": {"setting": "icu"}},
    ]  # fmt: skip
    (tmp_path / "entry.yaml").write_text(yaml.safe_dump(written))
    with unit_of_work(database_url, by="t") as session:
        catalogue.record(session, catalogue.read(tmp_path / "entry.yaml"), by="t", at=datetime(2025, 1, 1, tzinfo=UTC))  # fmt: skip
        session.add_all(
            JudgedCase(
                inference_id=f"I{n}", deployment="ctbrain-north-ed", finding=FINDING, use_mode="triage", study_instance_uid=f"1.{n}",
                day=date(2025, 1, 1) + timedelta(days=n // 3), matures_on=date(2026, 3, 1), scope="out" if n % 10 == 9 else "in",
                call="positive", truth="positive" if n % 3 == 0 else "negative", tier="registry", site="north",
                manufacturer_model_name=f"Model {n % 2}",
            )
            for n in range(1200)
        )  # fmt: skip
    return database_url


def test_claims_and_stop_rules_state_their_rate(with_cases: str) -> None:
    """Rare where a claim has a margin; sure where the share outside was beyond its limit all along; a rule of no known case says nothing."""
    with unit_of_work(with_cases, by="t") as session:
        said = {one.monitor: one.false_alarms_per_year for one in beside_the_plan(session, view(session, "ctbrain-north-ed"))}  # fmt: skip
    assert 0 < (said["performance"] or 0) < 0.1
    assert (said["stop rule"] or 0) > 0.9
