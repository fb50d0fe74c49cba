"""Who got verified: what is corrected, what is bounded, and what nobody can know."""

import pytest


def test_verification_of_positives_only_is_not_identifiable(analysed) -> None:
    """The usual hospital: raw sensitivity is perfect, and the page says it cannot be known."""
    said = analysed([("+", "+", "+")] * 8 + [("+", "-", "-")] * 4 + [("-", "-", "")] * 30)[
        "verification"
    ]
    assert not said["identifiable"]
    assert "random audit" in said["reason"]
    found = {e["name"]: e["sensitivity"] for e in said["estimates"]}
    assert found["raw"]["estimate"] == 1
    assert found["Begg–Greenes"]["estimate"] is None
    assert "Not identifiable" in found["Begg–Greenes"]["reason"]
    assert found["bounds, worst case"]["smallest"] == pytest.approx(8 / 38)
    assert found["bounds, worst case"]["largest"] == 1


def test_an_audit_of_the_silent_makes_it_identifiable(analysed) -> None:
    """Ten of thirty silent cases audited, one of them a miss: three are estimated to be missed."""
    said = analysed(
        [("+", "+", "+")] * 8 + [("-", "-", "+")] + [("-", "-", "-")] * 9 + [("-", "-", "")] * 20
    )["verification"]
    assert said["identifiable"]
    found = {e["name"]: e["sensitivity"] for e in said["estimates"]}
    assert found["raw"]["estimate"] == pytest.approx(8 / 9)
    assert found["Begg–Greenes"]["estimate"] == pytest.approx(8 / 11)
    assert found["multiple imputation"]["lower"] < 8 / 11 < found["multiple imputation"]["upper"]
    mild, worst = found["bounds, mild selection"], found["bounds, worst case"]
    assert worst["smallest"] < mild["smallest"] < 8 / 11 < mild["largest"] < worst["largest"]


def test_strata_add_up_to_the_mature_cases(analysed) -> None:
    """Call and report cut the cases into parts; an indeterminate outcome is verified but settles nothing."""
    said = analysed([("+", "+", "+"), ("+", "-", "?"), ("-", "+", ""), ("-", "-", "-")])[
        "verification"
    ]
    strata = {
        (s["call"], s["report"]): (s["cases"], s["verified"], s["settled"]) for s in said["strata"]
    }
    assert strata == {
        ("positive", "positive"): (1, 1, 1),
        ("positive", "not positive"): (1, 1, 0),
        ("negative", "positive"): (1, 0, 0),
        ("negative", "not positive"): (1, 1, 1),
    }


def test_with_everyone_verified_nothing_is_to_correct(analysed) -> None:
    """Raw and corrected are the same."""
    said = analysed([("+", "+", "+"), ("-", "-", "-"), ("-", "+", "+"), ("+", "+", "-")])[
        "verification"
    ]
    assert said["complete"]
    raw, chance = (e["sensitivity"]["estimate"] for e in said["estimates"][:2])
    assert raw == chance == 0.5


def test_a_sample_chosen_by_protocol_is_neither_corrected_nor_imputed(analysed) -> None:
    """Nobody knows the chances with which a protocol chose; only bounds speak of all cases."""
    chosen = {"outcomes": {"verification_reason": "protocol"}}
    cases = [("+", "+", "+", chosen)] * 6 + [("-", "-", "-", chosen)] * 6 + [("-", "-", "")] * 20
    found = analysed(cases)
    said = found["verification"]
    assert not said["identifiable"]
    assert said["reason"].startswith("This verification was not a designed sample.")
    assert [e["name"] for e in said["estimates"]] == [
        "raw",
        "bounds, mild selection",
        "bounds, worst case",
    ]
    assert found["operating_points"]["reason"] == said["reason"]
    assert all(p["corrected"] is None for p in found["operating_points"]["points"])
