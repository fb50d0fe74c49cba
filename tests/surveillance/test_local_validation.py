"""Local validation: criteria fixed beforehand, verdicts on this fleet, signed by someone else."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from backend.database import raw, unit_of_work
from dashboards.pages.validations import validations_page
from register.signature import NotSigned, Signer, digest_of, under
from surveillance.readiness import acceptance
from surveillance.validation import plan as protocols
from surveillance.validation.kept import ValidationNotPossible, plan_of, runs
from surveillance.validation.plan import PlanForm
from surveillance.validation.run import run
from surveillance.validation.sign_off import sign, signature_of
from surveillance.view import view
from tests.batches import INFERENCE, OUTCOME, REPORT, STUDY, write
from tests.surveillance.standards import register

PLAN: dict[str, Any] = {
    "key": "head-ct-2026", "deployment": "ctbrain-north-ed", "population": "Consecutive adults of January in shadow mode",
    "from": "2026-01-01", "to": "2026-01-31", "prevalence": 0.3, "minimum_positives": 30,
    "criteria": [{"metric": metric, "claim": 0.9, "margin": 0.1, "weaker_because": "A pilot, read twice meanwhile."}
                 for metric in ("sensitivity", "specificity")],
}  # fmt: skip
PANEL = {"positive": [{"evidence": "adjudication_panel"}], "negative": [{"evidence": "adjudication_panel"}],
         "matures_after_days": 30}  # fmt: skip
ANNA = Signer(key="anna", name="Anna", role="clinical_lead")
BEN = Signer(key="ben", name="Ben", role="compliance_officer")
BEFORE, AFTER = datetime(2026, 1, 3, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def fleet(registered: str, take, tmp_path: Path):
    """A shadow deployment on three scanners of which two sent cases; so many hits and misses on each."""
    scanners = [
        {"manufacturer": "SIEMENS", "model": "X", "serial": serial} for serial in ("A", "B", "C")
    ]
    register(
        registered, PANEL, tmp_path,
        {"use_mode": "shadow", "shadow": {"from": "2026-01-01"}, "live": None, "scanners": scanners},
    )  # fmt: skip

    def bring(found: dict[str, tuple[int, int, int, int]], *, verified: bool = True) -> str:
        files: dict[str, list[dict[str, str]]] = {"studies": [], "inferences": [], "outcomes": []}
        for serial, cells in found.items():
            for (call, truth), n in zip(
                (
                    ("0.9", "positive"),
                    ("0.9", "negative"),
                    ("0.1", "positive"),
                    ("0.1", "negative"),
                ),
                cells,
                strict=True,
            ):
                for _ in range(n):
                    place = len(files["studies"])
                    uid = {"study_instance_uid": f"1.{place}"}
                    files["studies"].append(
                        {**STUDY, **uid, "patient_id": f"P{place}", "device_serial_number": serial}
                    )
                    files["inferences"].append(
                        {**INFERENCE, **uid, "inference_id": f"I{place}", "score": call}
                    )
                    if verified or call == "0.9":
                        files["outcomes"].append({**OUTCOME, "outcome_id": f"O{place}", "patient_id": f"P{place}",
                                                  "value": truth, "evidence": "adjudication_panel"})  # fmt: skip
        take(write(tmp_path / "b", **files))
        return registered

    return bring


def validated(url: str, *, fixed_at: datetime = BEFORE, **change: Any) -> dict[str, Any]:
    with unit_of_work(url, by="t") as session:
        plan = protocols.fix(
            session,
            PlanForm.model_validate({**PLAN, **change}),
            author=Signer(key="anna", name="Anna", role="clinical_lead"),
            at=fixed_at,
        )
        return run(session, raw(session), plan, by="t", as_of=AFTER).content


def verdicts(content: dict[str, Any]) -> dict[tuple[str, str], str]:
    return {(v["level"], v["metric"]): v["verdict"] for v in content["verdicts"]}


def _most(content: dict[str, Any], level: str) -> int:
    return max(v["n_needed"] for v in content["verdicts"] if v["level"] == level)


def test_a_good_algorithm_on_enough_cases_is_met(fleet) -> None:
    """On the fleet as a whole, and on each scanner that sent enough."""
    content = validated(fleet({"A": (97, 3, 3, 97), "B": (97, 3, 3, 97)}))
    assert content["verdict"] == "met"
    assert content["prospective"]
    assert verdicts(content)["A", "sensitivity"] == "met"


def test_less_than_the_label_is_accepted_for_a_reason_only(fleet) -> None:
    """The label claims 0.92 less 0.05; what asks for less is refused, or says why where it is signed off."""
    url = fleet({"A": (97, 3, 3, 97)})
    trivial = {"metric": "sensitivity", "claim": 0.06, "margin": 0.01}
    with pytest.raises(ValidationNotPossible, match=r"sensitivity 0\.06 less 0\.01 accepts less than the label, which claims 0\.87"):  # fmt: skip
        validated(url, criteria=[trivial])
    validated(url, criteria=[{**trivial, "weaker_because": "A test of the line only."}])
    with unit_of_work(url, by="t") as session:
        (shown,) = validations_page(session, PLAN["deployment"], at=AFTER).validations
    assert "Sensitivity need only keep above 0.05, which is weaker than the label's 0.87: A test of the line only." in shown.statements  # fmt: skip
    as_labelled = {"metric": "sensitivity", "claim": 0.92, "margin": 0.05}
    assert validated(url, key="as-labelled", criteria=[as_labelled])["verdict"] == "met"


def test_a_scanner_of_the_fleet_that_sent_nothing_is_not_shown(fleet) -> None:
    """Its silence is not agreement: how many cases are still needed is said."""
    content = validated(fleet({"A": (97, 3, 3, 97)}))
    silent = next(
        v for v in content["verdicts"] if v["level"] == "C" and v["metric"] == "sensitivity"
    )
    assert (silent["verdict"], silent["figure"]["n"]) == ("not_shown", 0)
    assert silent["n_needed"] > 30
    assert content["statement"] == (
        "met over all cases; not shown on "
        + ", on ".join(
            f"{level}: {_most(content, level):,} more cases needed" for level in ("B", "C")
        )
    )


def test_the_page_speaks_as_the_command_does(fleet) -> None:
    """Met, not shown or breached, for the whole and each criterion; what is wanting stands in a sentence."""
    url = fleet({"A": (97, 3, 3, 97)})
    statement = validated(url)["statement"]
    with unit_of_work(url, by="t") as session:
        (shown,) = validations_page(session, PLAN["deployment"], at=AFTER).validations
    assert shown.badge is not None
    assert shown.badge.word == "Met"
    assert {c.badge.word for c in shown.criteria} == {"Met", "Not shown"}
    assert f"M{statement[1:]}." in shown.statements


def test_one_bad_scanner_breaches_the_whole(fleet) -> None:
    """However good the others are."""
    content = validated(fleet({"A": (97, 3, 3, 97), "B": (20, 3, 30, 97)}))
    assert verdicts(content)["B", "sensitivity"] == "breached"
    assert content["verdict"] == "breached"


def test_too_few_positives_show_nothing(fleet) -> None:
    """The minimum fixed beforehand holds even when the interval would do."""
    content = validated(fleet({"A": (29, 0, 0, 97)}), minimum_positives=30)
    assert verdicts(content)["", "sensitivity"] == "met"
    assert content["verdict"] == "not_shown"


def test_verification_of_positives_only_shows_nothing(fleet) -> None:
    """Not identifiable, whatever the raw figure says."""
    content = validated(fleet({"A": (97, 3, 3, 97)}, verified=False))
    whole = content["verdicts"][0]
    assert (whole["verdict"], content["verdict"]) == ("not_shown", "not_shown")
    assert "Not identifiable" in whole["reason"]


def test_criteria_fixed_afterwards_are_called_so(fleet) -> None:
    """The time stamp says whether the data had been seen."""
    assert not validated(fleet({"A": (97, 3, 3, 97)}), fixed_at=AFTER)["prospective"]


def test_cases_of_live_use_do_not_validate(fleet) -> None:
    """Only those of the mode and period of the protocol count."""
    url = fleet({"A": (97, 3, 3, 97)})
    assert validated(url, use_mode="triage")["cases"] == 0
    assert validated(url, key="later", **{"from": "2026-02-01", "to": "2026-02-28"})["cases"] == 0


def test_a_protocol_is_run_when_its_period_has_ended(fleet) -> None:
    """Not on its last day either: nobody stops at the first good week."""
    url = fleet({"A": (97, 3, 3, 97)})
    with pytest.raises(ValidationNotPossible, match="ends on 2026-12-01; run it after that day"):
        validated(url, to="2026-12-01")
    assert validated(url, key="ended", to="2026-11-30")["verdict"] == "met"


def test_runs_before_the_last_one_are_told_where_it_is_signed(fleet) -> None:
    """What did not come out at first is not hidden by what came out later."""
    url = fleet({"A": (97, 3, 3, 97)})
    validated(url)
    before = "Run 3 of this protocol; the 2 before: met, met."
    with unit_of_work(url, by="t") as session:
        (first,) = validations_page(session, PLAN["deployment"], at=AFTER).validations
        for _ in range(2):
            run(session, raw(session), plan_of(session, PLAN["key"]), by="t", as_of=AFTER)
        (shown,) = validations_page(session, PLAN["deployment"], at=AFTER).validations
        assert (before in first.statements, shown.statements[0]) == (False, before)
        sign(session, PLAN["key"], signer=BEN, meaning="accepted", reason="All met.", at=AFTER)
        accepted = acceptance(session, view(session, PLAN["deployment"])).sentence()
        assert f"was met and signed. '{PLAN['key']}': {before}" in accepted


def test_a_claim_without_a_criterion_is_told_where_it_is_signed(fleet) -> None:
    """The label claims specificity too; who signs sees that nobody asked for it."""
    url = fleet({"A": (97, 3, 3, 97)})
    told = "Specificity is claimed by the label, without a criterion here."
    sensitivity = {"metric": "sensitivity", "claim": 0.92, "margin": 0.05}
    validated(url, criteria=[sensitivity])
    validated(url, key="both")
    with unit_of_work(url, by="t") as session:
        both, one = validations_page(session, PLAN["deployment"], at=AFTER).validations
    assert (told in one.statements, told in both.statements) == (True, False)


def test_fixing_a_protocol_is_a_signature(fleet) -> None:
    """As every other decision: who, when, what it means, bound to what was fixed."""
    url = fleet({"A": (1, 0, 0, 1)})
    validated(url)
    with unit_of_work(url, by="t") as session:
        (signed,) = under(session, f"validation plan {PLAN['key']}")
        plan = plan_of(session, PLAN["key"])
        assert (signed.signer, signed.meaning, signed.signed_at) == (
            "anna",
            "fixed the protocol",
            BEFORE,
        )
        assert signed.digest == digest_of(plan.model_dump(mode="json"))


def test_a_fixed_protocol_stays_as_it_is(fleet) -> None:
    """The same key cannot be planned twice."""
    url = fleet({"A": (1, 0, 0, 1)})
    validated(url)
    with pytest.raises(ValidationNotPossible, match="cannot be changed"):
        validated(url, minimum_positives=1)


def test_only_someone_else_signs_and_no_breach_is_accepted(fleet) -> None:
    """Author and signer are two people; the reason is not empty; a run is signed once."""
    url = fleet({"A": (97, 3, 3, 97), "B": (97, 3, 3, 97)})
    validated(url)
    how: dict[str, Any] = {
        "signer": BEN, "meaning": "accepted", "reason": "All criteria met.", "at": AFTER,
    }  # fmt: skip
    with unit_of_work(url, by="t") as session:
        with pytest.raises(ValidationNotPossible, match="someone else must"):
            sign(session, PLAN["key"], **{**how, "signer": ANNA})
        with pytest.raises(NotSigned, match="needs a reason"):
            sign(session, PLAN["key"], **{**how, "reason": " "})
        signed = sign(session, PLAN["key"], **how)
        assert (signed.name, signed.role, signed.meaning) == (
            "Ben",
            "compliance_officer",
            "accepted",
        )
        assert signed.digest == digest_of(runs(session, PLAN["key"])[-1].content)
        with pytest.raises(ValidationNotPossible, match="signed already"):
            sign(session, PLAN["key"], **how)


def test_a_run_that_shows_nothing_can_only_be_rejected(fleet) -> None:
    """Accepting what was not shown is refused."""
    url = fleet({"A": (3, 0, 0, 3)})
    validated(url)
    how: dict[str, Any] = {"signer": BEN, "reason": "Too few.", "at": AFTER}
    with unit_of_work(url, by="t") as session:
        with pytest.raises(ValidationNotPossible, match="not shown"):
            sign(session, PLAN["key"], meaning="accepted", **how)
        signed = sign(session, PLAN["key"], meaning="rejected", **how)
        plan = plan_of(session, PLAN["key"])
        again = run(session, raw(session), plan, by="t", as_of=AFTER)
        assert signature_of(session, again) is None
        assert signed.record != f"validation_run {again.id}"


@pytest.mark.parametrize(
    ("change", "says"),
    [({"criteria": []}, "criteria"), ({"by": "colour"}, "strata are"), ({"to": "2025-01-01"}, "lies before"),
     ({"goal": 1}, "goal"), ({"population": "all"}, "population")],
)  # fmt: skip
def test_a_protocol_that_cannot_be_run_is_refused(
    tmp_path: Path, change: dict[str, Any], says: str
) -> None:
    """The sentence names the file and the field."""
    path = tmp_path / "plan.yaml"
    path.write_text(yaml.safe_dump({**PLAN, **change}))
    with pytest.raises(ValidationNotPossible, match=rf"plan.yaml.*{says}"):
        protocols.read(path)


def test_the_gain_of_readers_can_be_a_criterion(registered: str, take, tmp_path: Path) -> None:
    """Two readers rate each case with the algorithm in sight and without; in sight they err less."""
    register(
        registered,
        PANEL,
        tmp_path,
        {"use_mode": "shadow", "shadow": {"from": "2026-01-01"}, "live": None},
    )
    files: dict[str, list[dict[str, str]]] = {}
    for place in range(80):
        uid, ill = {"study_instance_uid": f"1.{place}"}, place % 2 == 0
        files.setdefault("studies", []).append({**STUDY, **uid, "patient_id": f"P{place}"})
        files.setdefault("inferences", []).append(
            {**INFERENCE, **uid, "inference_id": f"I{place}", "score": "0.9"}
        )
        files.setdefault("outcomes", []).append(
            {
                **OUTCOME,
                "outcome_id": f"O{place}",
                "patient_id": f"P{place}",
                "evidence": "adjudication_panel",
                "value": "positive" if ill else "negative",
            }
        )
        for reader, seen in (("R1", "true"), ("R1", "false"), ("R2", "true"), ("R2", "false")):
            noise = (place * 7 + len(reader + seen) * 5 + ord(reader[1])) % 11
            rating = (6 if ill else 3) + noise if seen == "false" else (20 if ill else 3) + noise
            files.setdefault("reports", []).append(
                {
                    **REPORT,
                    **uid,
                    "report_id": f"{place}-{reader}-{seen}",
                    "reader": reader,
                    "ai_visible": seen,
                    "reader_role": "study_reader",
                    "measurement": str(rating),
                    "measurement_unit": "{rating}",
                }
            )
    take(write(tmp_path / "b", **files))
    criteria = [{"metric": "reader_auc_gain", "claim": 0, "margin": 0.05}]
    content = validated(registered, criteria=criteria)
    whole = content["verdicts"][0]
    assert whole["reason"] is None
    assert (whole["metric"], whole["verdict"], content["verdict"]) == (
        "reader_auc_gain",
        "met",
        "met",
    )
    assert whole["figure"]["lower"] > -0.05


def test_no_gain_is_shown_without_ratings(fleet) -> None:
    """And what to import is said."""
    criteria = [{"metric": "reader_auc_gain", "claim": 0, "margin": 0.05}]
    whole = validated(fleet({"A": (97, 3, 3, 97)}), criteria=criteria)["verdicts"][0]
    assert whole["verdict"] == "not_shown"
    assert "{rating}" in whole["reason"]


def test_a_claimed_sensitivity_lies_above_nothing() -> None:
    """A gain may be none, a sensitivity of 0 is no claim."""
    with pytest.raises(ValueError, match="claim"):
        PlanForm.model_validate(
            {**PLAN, "criteria": [{"metric": "sensitivity", "claim": 0, "margin": 0.1}]}
        )
