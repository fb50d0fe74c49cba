"""What a monitoring plan may say, and that its false alarms add up to what it states."""

from dataclasses import replace
from datetime import date

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from demo.sources import REGISTER
from register.entry_form import EntryForm
from register.monitoring_plan import (
    DEFAULT,
    WATCHES,
    MonitoringPlan,
    expected_false_alarms,
    monitoring_plan,
)

FLEET = {"device_serial_number": 4, "finding": 1}


@given(scanners=st.integers(1, 60), findings=st.integers(1, 9))
def test_the_default_plan_gives_one_false_alarm_a_year_however_much_it_watches(
    scanners: int, findings: int
) -> None:
    """More scanners and findings make each chart quieter, not the plan louder."""
    strata = {"device_serial_number": scanners, "finding": findings}
    assert expected_false_alarms(DEFAULT, strata) == pytest.approx(1.0)


def test_what_a_rule_claims_for_itself_is_taken_off_what_the_others_share() -> None:
    """0.4 of 2 a year claimed, the rest by the number of charts: five of sensitivity, two of agreement."""
    plan = monitoring_plan(
        {
            "false_alarms_per_year": 2,
            "rules": [
                {"watch": "failure", "false_alarms_per_year": 0.4},
                {"watch": "sensitivity", "by": "device_serial_number"},
                {"watch": "sensitivity"},
                {"watch": "agreement"},
                {"watch": "new_scanner"},
            ],
        }
    )
    shares = [rule.false_alarms_per_year for rule in plan.shared_out(FLEET)]
    assert shares == pytest.approx([0.4, 1.6 * 4 / 7, 1.6 / 7, 1.6 * 2 / 7, 0.0])
    assert expected_false_alarms(plan, FLEET) == pytest.approx(2.0)


def test_what_watches_beside_the_rules_comes_first_up_to_half() -> None:
    """0.1 of 1 for drift leaves 0.9; a claim without a margin, which rings all the time, leaves the charts half; a claimed share stays."""
    plan = monitoring_plan({"rules": [{"watch": "failure", "false_alarms_per_year": 0.4}, {"watch": "sensitivity"}]})  # fmt: skip
    for beside, left in ((0.0, 0.6), (0.1, 0.5), (7.0, 0.3)):
        shared = replace(plan, beside=beside).shared_out(FLEET)
        assert [r.false_alarms_per_year for r in shared] == pytest.approx([0.4, left])


def test_a_plan_without_rules_is_the_default_one_with_its_owner_and_reference() -> None:
    """The entry of today, which names an owner and a cadence only, is watched by default."""
    plan = monitoring_plan({
        "owner": "Dr. Weber", "cadence": "monthly", "reference": {"from": "2026-01-01", "to": date(2026, 6, 30)},
    })  # fmt: skip
    assert [rule.watch for rule in plan.rules] == [rule.watch for rule in DEFAULT.rules]
    assert {rule.owner for rule in plan.rules} == {"Dr. Weber"}
    assert {rule.cadence for rule in plan.rules} == {"monthly"}
    assert plan.reference == (date(2026, 1, 1), date(2026, 6, 30))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"rules": {}}, "rules: write a list"),
        ({"rules": []}, "rules: write a list"),
        ({"rules": ["sensitivity"]}, "rules.0: watch is 'sensitivity'; use one of"),
        ({"rules": [{"watch": "accuracy"}]}, "rules.0: watch is 'accuracy'; use one of sensitivity"),
        ({"rules": [{"watch": "score", "limit": 1}]}, "rules.0: 'limit' is not known here; use"),
        ({"rules": [{"watch": "score", "by": "colour"}]}, "rules.0: by is 'colour'; use one of"),
        ({"rules": [{"watch": "score", "by": "x_a;b"}]}, "rules.0: by is 'x_a;b'"),
        ({"rules": [{"watch": "study_feed", "by": "site"}]}, "study_feed counts days and not cases"),
        ({"rules": [{"watch": "score", "detect": 0}]}, "rules.0: detect is 0; give a number above 0"),
        ({"rules": [{"watch": "score", "detect": True}]}, "rules.0: detect is True; give a number"),
        ({"rules": [{"watch": "score", "direction": "up"}]}, "rules.0: direction is 'up'; use one of lower"),
        ({"rules": [{"watch": "score", "finding": ["a"]}]}, "rules.0: finding is ['a']; write the name"),
        ({"rules": [{"watch": "score"}, {"watch": "score", "detect": 0.2}]}, "rules.1: score 0.2 either asks what"),
        ({"cadence": "fortnightly"}, "monitoring: cadence is 'fortnightly'; use one of weekly, monthly"),
        ({"rules": [{"watch": "score", "cadence": 7}]}, "rules.0: cadence is '7'; use one of weekly"),
        ({"false_alarms_per_year": -1}, "monitoring: false_alarms_per_year is -1; give a number"),
        ({"rules": [{"watch": "score", "false_alarms_per_year": 3}]}, "they claim 3 of 1 false alarms a year; raise"),
        (
            {"rules": [{"watch": "score", "false_alarms_per_year": 1}, {"watch": "failure"}]},
            "they claim 1 of 1 false alarms a year and leave nothing to the other rules",
        ),
        ({"reference": {"from": "2026-01-01"}}, "reference window: from is 2026-01-01 and to is empty; give both days"),
        ({"reference": "2026"}, "reference window: it is '2026'; give both days"),
        ({"reference": {"from": "2026-02-01", "to": "2026-01-01"}}, "reference window: it is to end on 2026-01-01 and begins on 2026-02-01; give a later last day"),
    ],
)  # fmt: skip
def test_what_no_chart_can_follow_is_refused_with_place_value_and_remedy(
    written: dict[str, object], said: str
) -> None:
    """Nothing is guessed: the sentence names where it stands, what it is, and what may stand there."""
    with pytest.raises(ValueError) as refused:  # noqa: PT011
        monitoring_plan(written)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"watch": "accuracy"}, "rules.0: watch is 'accuracy'"),
        ({"watch": "score", "finding": "gout"}, "a monitoring rule is about 'gout'; it looks for"),
    ],
)
def test_an_entry_with_such_a_plan_does_not_come_into_the_register(
    rule: dict[str, str], said: str
) -> None:
    """What is refused is refused when it is written, not when it should ring."""
    entry = yaml.safe_load((REGISTER / "ctbrain-triage.yaml").read_text(encoding="utf-8"))
    EntryForm.model_validate(entry)
    entry["deployments"][0]["monitoring"] = {"owner": "dr.north", "rules": [rule]}
    with pytest.raises(ValueError, match=said):
        EntryForm.model_validate(entry)


def test_every_watch_can_be_written_as_a_rule_by_itself() -> None:
    """The defaults of each are themselves a rule that parses."""
    for name in WATCHES:
        plan = monitoring_plan({"rules": [{"watch": name}]})
        assert isinstance(plan, MonitoringPlan)
        assert plan.rules[0].detect == WATCHES[name].detect
