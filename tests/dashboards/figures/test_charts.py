"""The figures of the pages: the right numbers in the right place, and the same in words and in a table."""

from typing import Any

import pytest

from dashboards.figures.chart import BLUE, GREY, whole
from dashboards.figures.distributions import mix, reasons, scores
from dashboards.figures.forest import Group, forest
from dashboards.figures.markings import Pin
from dashboards.figures.over_time import Point, agreement_over_time, metric_over_time
from dashboards.pages.estimated import Estimated
from dashboards.pages.judged import Claim
from dashboards.pages.verdict_shown import badge
from surveillance.monitors.verdict import Answer
from surveillance.tally_sums import BINS, OutOfScope

CLAIM = Claim(value=0.92, margin=0.05, source="IFU, table 4")


def number(estimate: float | None, n: int = 50) -> Estimated:
    """An estimate with limits a tenth around it."""
    if estimate is None:
        return Estimated(
            estimate=None,
            lower=None,
            upper=None,
            n=0,
            worth=None,
            method="Wilson",
            reason="No cases.",
        )
    return Estimated(
        estimate=estimate, lower=estimate - 0.1, upper=estimate + 0.1, n=n, worth=None, method="Wilson", reason=""
    )  # fmt: skip


def by_month() -> list[Point]:
    """Four months: one without a case that counts, and one that still matures."""
    return [
        Point(month="2026-01", figure=number(0.9), raw=number(0.88), matured=50),
        Point(month="2026-02", figure=number(None), matured=10),
        Point(month="2026-03", figure=number(0.7), raw=number(0.71), matured=50),
        Point(month="2026-04", figure=number(0.8), raw=number(0.8), pending=7, matured=43),
    ]


def drawn(claim: Claim | None = CLAIM) -> dict[str, Any]:
    """The plot of sensitivity over those months."""
    pins = [
        Pin(number=1, day="2026-02-10", label="Outage"),
        Pin(number=2, day="2027-01-01", label="Later"),
    ]
    return metric_over_time(
        "sensitivity",
        by_month(),
        claim=claim,
        pins=pins,
        corrected="corrected for partial verification",
        joined=True,
    ).plot


def test_a_month_stands_where_its_figure_is() -> None:
    """Mature months are filled and blue with their own limits; a month without an estimate is not drawn."""
    series = drawn()["data"][0]
    assert series["x"] == ["2026-01-15", "2026-03-15"]
    assert series["y"] == [0.9, 0.7]
    assert series["error_y"]["array"] == pytest.approx([0.1, 0.1])
    assert (series["marker"]["symbol"], series["marker"]["color"]) == ("circle", BLUE)


def test_an_immature_month_is_hollow_and_grey() -> None:
    """Months whose outcomes are still coming are told apart by shape, colour and a marked field."""
    plot = drawn()
    series = plot["data"][1]
    assert series["x"] == ["2026-04-15"]
    assert (series["marker"]["symbol"], series["marker"]["color"]) == ("circle-open", GREY)
    field = next(s for s in plot["layout"]["shapes"] if s["type"] == "rect" and s.get("yref"))
    assert (field["x0"], field["x1"]) == ("2026-04-01", "2026-05-01")


def test_the_claim_is_a_line_and_its_margin_a_band() -> None:
    """The line stands at the claim and the band reaches down to the lowest value that fits it."""
    shapes = drawn()["layout"]["shapes"]
    line = next(s for s in shapes if s["type"] == "line" and s.get("yref") != "paper")
    band = next(s for s in shapes if s["type"] == "rect" and "yref" not in s)
    assert line["y0"] == line["y1"] == 0.92
    assert (band["y0"], band["y1"]) == (pytest.approx(0.87), 0.92)


def test_without_a_claim_there_is_no_line() -> None:
    """A label that claims nothing draws nothing to hold a figure against."""
    shapes = drawn(claim=None)["layout"]["shapes"]
    assert [s for s in shapes if s["type"] == "rect" and "yref" not in s] == []


def test_changes_within_the_months_are_pinned() -> None:
    """A dated change is a line with its number; one outside of the window is left out."""
    layout = drawn()["layout"]
    pinned = [s["x0"] for s in layout["shapes"] if s["type"] == "line" and s.get("yref") == "paper"]
    assert pinned == ["2026-02-10"]
    assert [a["text"] for a in layout["annotations"] if "02-10" in a["text"]] == ["<b>1</b> 02-10"]


def test_the_words_and_the_table_say_what_the_picture_says() -> None:
    """The summary names latest and lowest month; the table has every month with interval, n and maturity."""
    chart = metric_over_time(
        "sensitivity",
        by_month(),
        claim=CLAIM,
        pins=(),
        corrected="corrected for partial verification",
        joined=True,
    )
    assert "Lowest: 0.700 (0.600 to 0.800), n = 50 in 2026-03" in chart.summary
    assert "the whole interval lies below it in 2026-03" in chart.summary
    assert [row[0] for row in chart.rows] == ["2026-01", "2026-02", "2026-03", "2026-04"]
    assert chart.rows[3][-1] == "maturing: 7 of 50 pending"
    assert {len(row) for row in chart.rows} == {len(chart.heads)}


def test_simulated_dates_are_not_joined_by_a_line() -> None:
    """Where the order of the cases means nothing, nothing suggests a course."""
    chart = metric_over_time(
        "sensitivity", by_month(), claim=None, pins=(), corrected="", joined=False
    )
    assert chart.plot["data"][0]["mode"] == "markers"


def test_agreement_is_never_called_accuracy() -> None:
    """Kappa has a chart of its own, which says what it is not and holds no claim against it."""
    chart = agreement_over_time([Point(month="2026-01", figure=number(0.5))], pins=(), joined=True)
    assert "(not accuracy)" in chart.title
    assert chart.plot["layout"]["shapes"] == []


def test_a_forest_shows_the_gap_of_each_level() -> None:
    """The table states how far a level lies from all together; what was judged last has its own mark."""
    groups = [
        Group(level="A", figure=number(0.9), recent=number(0.6), verdict=badge(Answer.BREACHED)),
        Group(level="B", figure=number(0.8)),
        Group(level="C", figure=number(None)),
    ]
    chart = forest("f", "Forest", "sensitivity", groups, overall=number(0.85), claim=CLAIM)
    assert [row[4] for row in chart.rows] == ["+0.050", "−0.050", "–"]
    whole_period, recent = chart.plot["data"]
    assert whole_period["x"] == [0.9, 0.8]
    assert recent["x"] == [0.6]
    assert "below claim" in recent["name"]
    assert (
        "In the last 120 mature days A is 0.600 (0.500 to 0.700), n = 50: below claim."
        in chart.summary
    )
    assert "No verified case: C." in chart.summary


def test_a_mix_adds_up_to_the_whole_of_each_month() -> None:
    """Shares of a month add up to one, and a level that is new is named."""
    chart = mix({"Old": {"2026-01": 30, "2026-02": 20}, "New": {"2026-02": 20}}, "scanner models")
    shares = [series["y"] for series in chart.plot["data"]]
    assert [sum(month) for month in zip(*shares, strict=True)] == [1.0, 1.0]
    assert "New first appears in 2026-02." in chart.summary
    assert chart.rows == (("2026-01", 30, 30, 0), ("2026-02", 40, 20, 20))


def test_scores_are_shares_of_their_month() -> None:
    """Each column of the map adds up to one; the share called positive is that of the calls."""
    bins = [0] * BINS
    bins[0], bins[-1] = 6, 2
    chart = scores({"2026-01": bins}, {"2026-01": (8, 2)}, threshold=0.5)
    assert sum(row[0] for row in chart.plot["data"][0]["z"]) == 1.0
    assert chart.rows == (("2026-01", 8, "0.00 to 0.05", "25.0 %"),)


def test_reasons_tell_outside_from_unknown() -> None:
    """A value outside the indication and a missing attribute are counted apart."""
    chart = reasons([OutOfScope(attribute="patient_age", out=3, undeterminable=1)], received=40)
    assert chart.rows == (("patient age", 3, 1, "10.0 %"),)
    assert "4 of 40 studies received were not in scope" in chart.summary


def test_months_without_a_case_keep_their_place() -> None:
    """Time does not close up over a gap."""
    assert whole(["2025-11", "2026-02"]) == ["2025-11", "2025-12", "2026-01", "2026-02"]
