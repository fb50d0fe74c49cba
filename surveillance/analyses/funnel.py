"""Which scanner, and which site, lies further from the others than its number of cases explains."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from surveillance.material import Material
from surveillance.statistics.funnel import Funnel, funnel

SITE = "site"
SCANNERS = ["manufacturer_model_name", "device_serial_number"]
METRICS = (("sensitivity", "positive"), ("specificity", "negative"))
FEWEST_UNITS = 3
"""Two units are held against each other among the subgroups; a funnel asks which of several stands apart."""
FEWEST_TO_SPREAD = 10
"""Below ten units no end is drawn in before the spread between units is taken, and one that stands apart would hide itself."""
LEVELS = (0.95, 0.998)


def analyse(material: Material) -> dict[str, Any] | None:
    """Funnels of sensitivity and specificity over sites that run the same algorithm, scanner models and single scanners.

    Shares of verified cases, not corrected for who was verified; the target is the common share. From ten units on the limits allow for the
    spread that units have among themselves (additive overdispersion, a tenth drawn in at either end); below, for chance alone. Other sites
    are not named; single scanners are left out where each model is one.
    """
    settled = material.settled
    found = [one for asked in _counts(material, settled) if (one := _funnel(*asked)) is not None]
    return {"funnels": found} if found else None


def _counts(
    material: Material, settled: pd.DataFrame
) -> Iterator[tuple[str, str, list[tuple[str, int, int]]]]:
    """What is compared, by which metric, and of each unit its name, right calls and cases."""
    elsewhere = material.elsewhere()
    for metric, truth in METRICS:
        part = settled[settled["truth"] == truth]
        right = part["call"] == part["truth"]
        others = elsewhere[elsewhere["truth"] == truth].sort_values("cases", kind="stable")
        here = (material.view.site, int(right.sum()), len(part))
        yield SITE, metric, [here, *(("", *counts) for counts in _pairs(others["right"], others["cases"]))]  # fmt: skip
        alone = part[SCANNERS].nunique().nunique() == 1
        for by in SCANNERS[:1] if alone else SCANNERS:
            counted = right.groupby(part[by].astype("string")).agg(["sum", "count"])
            pairs = _pairs(counted["sum"], counted["count"])
            yield by, metric, [(str(unit), *counts) for unit, counts in zip(counted.index, pairs, strict=True)]  # fmt: skip


def _pairs(right: "pd.Series[int]", cases: "pd.Series[int]") -> list[tuple[int, int]]:
    return [(int(hits), int(n)) for hits, n in zip(right, cases, strict=True)]


def _funnel(by: str, metric: str, counted: list[tuple[str, int, int]]) -> dict[str, Any] | None:
    units = [unit for unit in counted if unit[2]]
    if len(units) < FEWEST_UNITS:
        return None
    spread = len(units) >= FEWEST_TO_SPREAD
    found = funnel(
        successes=[hits for _, hits, _ in units],
        trials=[n for _, _, n in units],
        overdispersion="additive" if spread else "none",
        levels=LEVELS,
    )
    return {
        "by": by,
        "metric": metric,
        "target": found.target,
        "spread": found.tau if spread else None,
        "reason": found.reason,
        "units": [
            {"unit": name, "right": hits, "cases": n, "share": hits / n}
            | ({} if found.reason else _against(found, place))
            for place, (name, hits, n) in enumerate(units)
        ],
    }


def _against(found: Funnel, place: int) -> dict[str, Any]:
    return {
        "lower": [float(limits[place]) for limits in found.lower],
        "upper": [float(limits[place]) for limits in found.upper],
        "outside": int(found.outside[:, place].sum()),
    }
