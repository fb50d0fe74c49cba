"""The public figures: their form, that they add up, and that known truth is recovered."""

import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from backend.database import raw, unit_of_work
from register.error_rates import ErrorRates, Validated, error_rates
from surveillance.claim import figures
from surveillance.correction import correct
from surveillance.figures import NotAsked, performance_of
from surveillance.identifiability import BOTH, NEEDS_AUDIT, UNDESIGNED, VERIFIED_ONLY, how_it_stands
from surveillance.judged_case import CASE_COLUMNS, READ_COLUMNS
from surveillance.performance import measure
from surveillance.reference_correction import predictive_values

AS_OF = datetime(2026, 12, 1, tzinfo=UTC)


def _cases(rows: list[dict[str, Any]]) -> pd.DataFrame:
    blank: dict[str, Any] = dict.fromkeys(CASE_COLUMNS)
    filled = [
        {**blank, "inference_id": f"I{i}", "patient": f"P{i}", "deployment": "d", "finding": "f", "scope": "in",
         "day": pd.Timestamp("2026-01-10"), "matures_on": pd.Timestamp("2026-03-01"), "call": "negative",
         "score": 0.5, **row}
        for i, row in enumerate(rows)
    ]  # fmt: skip
    return pd.DataFrame(filled, columns=list(CASE_COLUMNS))


def _reads(rows: list[dict[str, Any]]) -> pd.DataFrame:
    blank: dict[str, Any] = dict.fromkeys(READ_COLUMNS)
    filled = [
        {**blank, "report_id": f"R{i}", "ai_visible": "unknown", "deciding": True, **row}
        for i, row in enumerate(rows)
    ]
    return pd.DataFrame(filled, columns=list(READ_COLUMNS))


def _measure(cases: pd.DataFrame, reads: pd.DataFrame | None = None, **kw: Any) -> dict[str, Any]:
    given = {"deployment": "d", "finding": "f", "first": None, "last": None, "as_of": AS_OF, **kw}
    return measure(cases, _reads([]) if reads is None else reads, **given)


def test_the_public_form_holds() -> None:
    """The keys of `catamnesis performance --json` are a contract."""
    found = _measure(_cases([{"truth": "positive", "tier": "surgery"}]), by=("month",))
    assert {
        "deployment", "finding", "from", "to", "as_of", "flow", "counts", "performance", "corrected",
        "by_tier", "agreement", "strata",
    } <= set(found)  # fmt: skip
    assert list(found["flow"]) == [
        "received", "in_scope", "out_of_scope", "undeterminable", "processed", "failed", "matured",
        "pending", "verified",
    ]  # fmt: skip
    assert list(found["counts"]) == ["tp", "fp", "fn", "tn", "indeterminate"]
    assert list(found["performance"]) == ["sensitivity", "specificity", "ppv", "npv", "auc"]
    for figure in found["performance"].values():
        assert {"estimate", "lower", "upper", "n", "method"} <= set(figure)
    assert {"counts", "kappa", "ai_visible"} <= set(found["agreement"])
    assert {"by", "level", "flow", "counts", "performance", "agreement"} <= set(found["strata"][0])
    json.dumps(found)


CASE = st.fixed_dictionaries(
    {
        "scope": st.sampled_from(["in", "in", "out", "undeterminable"]),
        "call": st.sampled_from(
            ["positive", "negative", "indeterminate", "failed", "not_processed"]
        ),
        "truth": st.sampled_from([None, "positive", "negative", "indeterminate"]),
        "matures_on": st.sampled_from([pd.Timestamp("2026-03-01"), pd.Timestamp("2027-03-01")]),
        "patient": st.sampled_from(["P1", "P2", "P3", "P4"]),
        "patient_sex": st.sampled_from(["F", "M", None]),
        "score": st.floats(0, 1),
    }
)


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(CASE, min_size=1, max_size=25))
def test_every_step_of_the_flow_adds_up(rows: list[dict[str, Any]]) -> None:
    """Received splits by scope, scope by output, output by maturity; verified splits into the cells."""
    cases = _cases([{**row, "tier": "surgery" if row["truth"] else None} for row in rows])
    found = _measure(cases, by=("patient_sex",))
    for part in (found, *found["strata"]):
        flow, counts = part["flow"], part["counts"]
        assert flow["received"] == flow["in_scope"] + flow["out_of_scope"] + flow["undeterminable"]
        assert flow["in_scope"] == flow["processed"] + flow["failed"]
        assert flow["processed"] == flow["matured"] + flow["pending"]
        assert flow["verified"] == sum(counts.values())
        assert sum(sum(t["counts"].values()) for t in part["by_tier"].values()) == flow["verified"]
        for figure in part["performance"].values():
            if figure["estimate"] is not None:
                assert 0 <= figure["lower"] <= figure["estimate"] <= figure["upper"] <= 1
    assert sum(part["flow"]["received"] for part in found["strata"]) == found["flow"]["received"]


def test_repeated_patients_widen_the_interval() -> None:
    """Ten films of one patient are not ten patients: the interval is clustered and says so."""
    one = {"truth": "positive", "call": "positive", "tier": "surgery"}
    rows = [
        {**one, "patient": f"P{i // 10}", "call": "positive" if i // 10 % 2 else "negative"}
        for i in range(60)
    ]
    clustered = _measure(_cases(rows))
    plain = _measure(_cases([{**row, "patient": f"Q{i}"} for i, row in enumerate(rows)]))
    wide, narrow = (f["performance"]["sensitivity"] for f in (clustered, plain))
    assert (clustered["clustered"], plain["clustered"]) == (True, False)
    assert wide["n"] == narrow["n"] == 60
    assert wide["upper"] - wide["lower"] > narrow["upper"] - narrow["lower"]
    assert "Rao–Scott" in wide["method"]


def test_reads_that_had_seen_the_ai_are_kept_apart() -> None:
    """Agreement is told apart by whether the reader saw the output."""
    cases = _cases([{"call": "positive"}, {"call": "positive"}])
    reads = _reads(
        [{"inference_id": "I0", "call": "positive", "ai_visible": "true"},
         {"inference_id": "I1", "call": "negative", "ai_visible": "false"}]
    )  # fmt: skip
    visible = _measure(cases, reads)["agreement"]["ai_visible"]
    assert visible["true"]["counts"]["both_positive"] == 1
    assert visible["false"]["counts"]["ai_only"] == 1


def test_reads_made_for_a_study_do_not_mix_with_the_clinical_report() -> None:
    """Study readers are listed by reader; what one hedged is indeterminate and no disagreement."""
    cases = _cases([{"call": "positive"}])
    reads = _reads(
        [{"inference_id": "I0", "call": "negative"},
         {"inference_id": "I0", "call": "indeterminate", "reader": "A", "reader_role": "study_reader",
          "deciding": False}]
    )  # fmt: skip
    found = _measure(cases, reads)["agreement"]
    assert found["counts"]["ai_only"] == 1
    assert found["study_readers"]["A"]["counts"]["indeterminate"] == 1


THRESHOLD = float(norm.ppf(0.9))
SHIFT = THRESHOLD - float(norm.ppf(0.2))
AREA = float(norm.cdf(SHIFT / np.sqrt(2)))
"""Scores of healthy and diseased cases with specificity 0.90, sensitivity 0.80 and this area."""


def _partially_verified(
    rng: np.random.Generator,
    *,
    audited: float,
    n: int = 40_000,
    right: tuple[float, float] = (1, 1),
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A year with sensitivity 0.80 and specificity 0.90 in which positives of either are verified.

    `right` says how often the reference is right of the diseased and of the healthy.
    """
    truth = rng.random(n) < 0.1
    score = rng.normal(0, 1, n) + np.where(truth, SHIFT, 0)
    call = score > THRESHOLD
    report = np.where(truth, rng.random(n) < 0.9, rng.random(n) < 0.02)
    flagged = call | report
    audit = ~flagged & (rng.random(n) < audited)
    known = (flagged & (rng.random(n) < 0.9)) | audit
    if right != (1, 1):
        truth = np.where(truth, rng.random(n) < right[0], rng.random(n) > right[1])
    cases = _cases(
        [{"call": "positive" if c else "negative",
          "truth": ("positive" if t else "negative") if k else None, "tier": "surgery" if k else None,
          "score": float(s), "verification_reason": "random_audit" if a else "clinical",
          "verification_probability": audited if a else None}
         for c, t, k, a, s in zip(call, truth, known, audit, score, strict=True)]
    )  # fmt: skip
    reads = _reads(
        [
            {"inference_id": f"I{i}", "call": "positive" if r else "negative"}
            for i, r in enumerate(report)
        ]
    )
    return cases, reads


def test_verification_of_positives_only_is_not_identifiable() -> None:
    """The usual hospital: raw sensitivity is inflated, and the correction says what is missing."""
    cases, reads = _partially_verified(np.random.default_rng(1), audited=0.0, n=8_000)
    found = _measure(cases, reads)
    assert found["performance"]["sensitivity"]["estimate"] > 0.8
    assert found["corrected"] is None
    assert found["reason"] == NEEDS_AUDIT
    for metric in found["performance"]:
        assert how_it_stands(found, metric) == "raw: not identifiable for all cases"


def test_a_random_audit_brings_the_truth_back() -> None:
    """With audited negatives the corrected intervals hold the truth that the raw ones miss."""
    cases, reads = _partially_verified(np.random.default_rng(2), audited=0.1)
    found = _measure(cases, reads)
    raw_specificity = found["performance"]["specificity"]
    assert raw_specificity["upper"] < 0.9
    assert found["performance"]["npv"]["upper"] < 0.976
    assert found["performance"]["auc"]["upper"] < 0.9
    ppv, npv = 0.08 / (0.08 + 0.09), 0.81 / (0.81 + 0.02)
    for metric, truth in (
        ("sensitivity", 0.8), ("specificity", 0.9), ("ppv", ppv), ("npv", npv), ("auc", AREA),
    ):  # fmt: skip
        corrected = found["corrected"][metric]
        assert corrected["lower"] <= truth <= corrected["upper"], metric
        assert how_it_stands(found, metric) == "corrected for partial verification"


def test_an_erring_reference_takes_its_errors_out_of_the_predictive_values_too() -> None:
    """A perfect algorithm, a reference that calls a tenth of the healthy ill: PPV and NPV hold 1, the AUC is called raw."""
    rng = np.random.default_rng(3)
    truth = rng.random(4_000) < 0.1
    said = truth | (rng.random(4_000) < 0.1)
    cases = _cases(
        [{"call": "positive" if t else "negative", "truth": "positive" if s else "negative",
          "tier": "follow_up_imaging", "score": float(t)} for t, s in zip(truth, said, strict=True)]
    )  # fmt: skip
    rates = error_rates(
        {"follow_up_imaging": {"sensitivity": 1.0, "specificity": {"right": 900, "of": 1000}, "source": "A trial"}},
        ["follow_up_imaging"],
    )  # fmt: skip
    found = _measure(cases, errors=rates)
    assert found["performance"]["npv"]["upper"] < 0.95
    for metric in ("sensitivity", "specificity", "ppv", "npv"):
        corrected = found["corrected"][metric]
        assert corrected["lower"] <= 1 <= corrected["upper"] + 1e-9, metric
        assert how_it_stands(found, metric) == "corrected for the errors of the reference"
    assert how_it_stands(found, "auc") == "raw: not corrected"


def test_predictive_values_of_two_kinds_of_evidence_are_added_up() -> None:
    """A sure kind and one that errs: the shares weigh their cases, and the interval is narrower than the worse of the two."""
    sure, erring = (
        {"tp": 45, "fp": 5, "fn": 1, "tn": 99},
        {"tp": 60, "fp": 40, "fn": 20, "tn": 180},
    )
    rate = ErrorRates(
        sensitivity=Validated(rate=1.0), specificity=Validated(rate=0.9), source="A trial"
    )
    both = predictive_values([sure, erring], [None, rate])
    alone = predictive_values([erring], [rate])["ppv"]
    assert alone.estimate == pytest.approx((0.6 - 0.1) / 0.9)
    assert both["ppv"].estimate == pytest.approx((50 * 0.9 + 100 * alone.estimate) / 150)
    assert both["ppv"].upper - both["ppv"].lower < alone.upper - alone.lower
    assert both["npv"].n == 300


def test_a_sample_nobody_designed_is_not_corrected() -> None:
    """Cases verified by a protocol without probabilities give no correction, and the reason is said."""
    rows = [
        {"truth": "positive", "tier": "adjudication_panel", "verification_reason": "protocol"},
        {},
        {},
    ]
    assert correct(_cases(rows), _reads([])).reason == UNDESIGNED
    assert UNDESIGNED.startswith("This verification was not a designed sample. ")


def test_an_unknown_stratum_is_refused(demo_database_url: str) -> None:
    """A breakdown the product does not know is told with the ones it knows."""
    with (
        unit_of_work(demo_database_url, by="t") as session,
        pytest.raises(NotAsked, match="broken down by 'colour'"),
    ):
        performance_of(
            session,
            raw(session),
            "cytology-lab",
            finding=None,
            first=None,
            last=None,
            as_of=AS_OF,
            by=("colour",),
        )


def _clustered_year(seed: int, *, erring: bool) -> dict[str, Any]:
    """60 patients of 8 studies whose answers are alike; every second verified, or all by a reference that errs."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(60):
        ill, right = rng.random() < 0.5, rng.random() < 0.5
        for _ in range(8):
            hit = rng.random() < (0.95 if right else 0.55)
            truth, call = ill, ill if hit else not ill
            if erring:
                said, known = truth if rng.random() < 0.95 else not truth, True
            else:
                said, known = truth, call or rng.random() < 0.5
            rows.append(
                {"patient": f"P{person}", "call": "positive" if call else "negative", "tier": "clinical_follow_up",
                 "truth": ("positive" if said else "negative") if known else None}
            )  # fmt: skip
    rates = {"sensitivity": 0.95, "specificity": 0.95, "source": "A trial"}
    errors = error_rates({"clinical_follow_up": rates}, ["clinical_follow_up"]) if erring else {}
    return _measure(_cases(rows), errors=errors)


@pytest.mark.parametrize("erring", [False, True])
def test_corrected_intervals_widen_for_patients_who_came_again(erring: bool) -> None:
    """They hold the truth about as often as they say, and as they would not if each study were a patient."""
    years = [_clustered_year(seed, erring=erring) for seed in range(60)]
    for metric in ("sensitivity", "specificity"):
        figures = [year["corrected"][metric] for year in years]
        held = sum(f["lower"] <= 0.75 <= f["upper"] for f in figures)
        assert held >= 52, (metric, held)
        assert all("widened for clusters" in f["method"] for f in figures)


def test_the_counts_of_a_tier_that_errs_stay_whole() -> None:
    """The correction of a tier takes nothing out of its counts."""
    rates = {"sensitivity": 0.95, "specificity": 0.95, "source": "A trial"}
    row = {"call": "positive", "truth": "positive", "tier": "registry"}
    found = _measure(_cases([row, row]), errors=error_rates({"registry": rates}, ["registry"]))
    assert found["by_tier"]["registry"]["counts"] == found["counts"]


def test_a_predictive_value_stands_where_every_case_of_its_call_was_verified() -> None:
    """Positives only: PPV is what it is, NPV is not identifiable."""
    rows = [{"call": "positive", "truth": t, "tier": "surgery"} for t in ("positive", "negative")]
    found = _measure(_cases([*rows * 20, *[{}] * 60]))
    assert found["stands"] == ["ppv"]
    assert how_it_stands(found, "ppv") == ""
    assert how_it_stands(found, "npv").startswith("raw: not identifiable")


def test_kappa_widens_for_patients_who_came_again() -> None:
    """The same pairs of fewer patients: the same kappa, wider, and worth less."""
    rows = [{"call": "positive" if n % 3 else "negative"} for n in range(80)]
    calls = ["positive" if n % 4 else "negative" for n in range(80)]
    reads = _reads([{"inference_id": f"I{n}", "call": call} for n, call in enumerate(calls)])
    alone = _measure(_cases(rows), reads)["agreement"]["kappa"]
    few = _measure(_cases([{**r, "patient": f"Q{n // 8}"} for n, r in enumerate(rows)]), reads)
    kappa = few["agreement"]["kappa"]
    assert (kappa["estimate"], kappa["n"]) == (alone["estimate"], alone["n"])
    assert kappa["upper"] - kappa["lower"] >= alone["upper"] - alone["lower"]


def test_two_faults_at_once_are_both_corrected_and_held_against_the_claim() -> None:
    """Partly verified by a reference that errs: the intervals hold the truth, which either correction alone misses."""
    right = (0.95, 0.97)
    cases, reads = _partially_verified(np.random.default_rng(5), audited=0.2, n=20_000, right=right)
    rates = {"surgery": {"sensitivity": right[0], "specificity": right[1], "source": "A trial"}}
    errors = error_rates(rates, ["surgery"])
    found, one_fault = _measure(cases, reads, errors=errors), _measure(cases, reads)["corrected"]
    ppv, npv = 0.08 / (0.08 + 0.09), 0.81 / (0.81 + 0.02)
    for metric, truth in (("sensitivity", 0.8), ("specificity", 0.9), ("ppv", ppv), ("npv", npv)):
        corrected = found["corrected"][metric]
        assert corrected["lower"] <= truth <= corrected["upper"], metric
        assert how_it_stands(found, metric) == f"corrected for {BOTH}"
    assert one_fault["sensitivity"]["upper"] < 0.8
    assert how_it_stands(found, "auc") == "raw: not corrected"
    assert "A trial" in found["corrected"]["assumption"]
    assert "Audited cases stand" in found["corrected"]["assumption"]
    assert VERIFIED_ONLY in found["by_tier"]["surgery"]["corrected_for_reference"]["assumption"]
    held = figures(cases, reads, errors, alpha=0.025).held("specificity", claim=0.95, margin=0.01)
    assert (held.verdict.value, held.test) == ("breached", "corrected interval")
