"""The charts of a deployment's page, from its measurement and from tallies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

from dashboards.figures.chart import Chart
from dashboards.figures.distributions import mix, reasons, scores
from dashboards.figures.forest import Group, forest
from dashboards.figures.markings import Pin
from dashboards.figures.over_time import Point, agreement_over_time, metric_over_time
from dashboards.pages.estimated import Estimated, estimated
from dashboards.pages.judged import METRICS, Judged, claim_of, corrected_of
from dashboards.pages.shown import words
from dashboards.pages.verdict_shown import badge
from surveillance.identifiability import corrected_for
from surveillance.monitors.verdict import Verdict
from surveillance.tally_sums import (
    calls_by_month,
    out_of_scope,
    received_by_month,
    scores_by_month,
)
from surveillance.view import DeploymentView

SCANNER = "manufacturer_model_name"
SUBGROUPS = {
    "view_position": "view", "setting": "setting", "patient_sex": "sex", "age_band": "age", "use_mode": "mode",
    "version": "version",
}  # fmt: skip
UNKNOWN = "not known"
_MIXES = ((SCANNER, "scanner models"), ("view_position", "view positions"), ("setting", "settings"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Charts:
    """What the charts of a page are made of."""

    view: DeploymentView
    finding: str
    measured: Mapping[str, Any] = field(repr=False)
    metrics: Sequence[Judged]
    verdicts: Sequence[Verdict]
    pins: Sequence[Pin]
    dates_made_up: bool

    def performance(self) -> tuple[Chart, ...]:
        """Sensitivity and specificity by month against the claim."""
        months = self._strata("month")
        if not months:
            return ()
        return tuple(
            metric_over_time(
                said.metric,
                [self._point(part, said) for part in months],
                claim=said.claim,
                pins=self.pins,
                corrected=corrected_for(self.measured) if said.corrected else "",
                joined=not self.dates_made_up,
            )
            for said in self.metrics
        )

    def agreement(self) -> tuple[Chart, ...]:
        """Kappa by month, in a chart of its own."""
        points = [
            Point(month=part["level"], figure=estimated(part["agreement"]["kappa"]))
            for part in self._strata("month")
        ]
        if not any(point.figure.estimate is not None for point in points):
            return ()
        return (agreement_over_time(points, pins=self.pins, joined=not self.dates_made_up),)

    def subgroups(self) -> tuple[Chart, ...]:
        """Sensitivity by scanner, and by what else is known of the cases."""
        found = []
        scanners = [
            p for p in self._strata(SCANNER) if p["level"] != UNKNOWN and p["flow"]["in_scope"]
        ]
        if scanners:
            found.append(
                self._forest("by-scanner", "by scanner model", [(p, p["level"]) for p in scanners])
            )
        others = [
            (part, f"{name}: {words(part['level'])}")
            for by, name in SUBGROUPS.items()
            if len(parts := self._levels(by)) > 1
            for part in parts
        ]
        if others:
            found.append(self._forest("by-subgroup", "by subgroup", others))
        return tuple(found)

    def tallied(self, session: Session) -> tuple[Chart, ...]:
        """Scores, acquisition mix and reasons out of scope, from tallies."""
        found: list[Chart] = []
        binned = scores_by_month(session, self.view.key, self.finding)
        if binned:
            found.append(
                scores(
                    binned,
                    calls_by_month(session, self.view.key, self.finding),
                    threshold=self.view.entry.threshold_for(self.finding),
                )
            )
        for by, what in _MIXES:
            counted = received_by_month(session, self.view.key, self.finding, by)
            if set(counted) - {UNKNOWN}:
                found.append(mix(counted, what))
                break
        outside = out_of_scope(session, self.view.key, self.finding)
        if outside:
            found.append(reasons(outside, self.measured["flow"]["received"]))
        return tuple(found)

    def _forest(self, key: str, title: str, parts: Sequence[tuple[dict[str, Any], str]]) -> Chart:
        metric = METRICS[0]
        overall = self.metrics[0]
        return forest(
            f"{metric}-{key}",
            f"{metric.capitalize()} {title}",
            metric,
            [self._group(part, label, overall) for part, label in parts],
            overall=overall.corrected or overall.raw,
            claim=claim_of(self.view, self.finding, metric),
        )

    def _group(self, part: Mapping[str, Any], label: str, overall: Judged) -> Group:
        figure = _figure(part, overall)
        said = next(
            (
                v
                for v in self.verdicts
                if v.monitor == "performance"
                and (v.metric, v.by, v.level) == (overall.metric, part["by"], part["level"])
            ),
            None,
        )
        if said is None or said.estimate is None:
            return Group(level=label, figure=figure)
        recent = Estimated(estimate=said.estimate, lower=said.lower, upper=said.upper,
                           n=round(said.n or 0), worth=None, method=said.method, reason="")  # fmt: skip
        return Group(level=label, figure=figure, recent=recent, verdict=badge(said.answer))

    def _point(self, part: Mapping[str, Any], said: Judged) -> Point:
        raw = estimated(part["performance"][said.metric])
        flow = part["flow"]
        return Point(
            month=part["level"],
            figure=_figure(part, said),
            raw=raw if said.corrected is not None else None,
            pending=flow["pending"],
            matured=flow["matured"],
        )

    def _levels(self, by: str) -> list[dict[str, Any]]:
        return [p for p in self._strata(by) if p["level"] != UNKNOWN and p["flow"]["processed"]]

    def _strata(self, by: str) -> list[dict[str, Any]]:
        return [part for part in self.measured["strata"] if part["by"] == by]


def _figure(part: Mapping[str, Any], said: Judged) -> Estimated:
    """The corrected figure of a part where the whole is judged by it; else the raw one."""
    raw = estimated(part["performance"][said.metric])
    if said.corrected is None:
        return raw
    other = corrected_of(part, said.metric)
    if other is not None:
        return other
    reason = part["reason"] or raw.reason
    return Estimated(
        estimate=None, lower=None, upper=None, n=raw.n, worth=None, method=raw.method, reason=reason
    )
