"""Whom it serves worse: each subgroup against all others, and small ones steadied by the rest."""

from typing import Any

import pandas as pd

from surveillance.material import Material
from surveillance.monitors.streams import own_columns
from surveillance.performance import as_json
from surveillance.statistics.subgroups import partial_pooling, subgroup_gap

BY = ("patient_sex", "age_band", "setting", "manufacturer_model_name", "device_serial_number", "protocol_name", "view_position", "site")  # fmt: skip
METRICS = (("sensitivity", "positive"), ("specificity", "negative"))
LEVEL = 0.95
FEWEST = 30


def analyse(material: Material) -> dict[str, Any] | None:
    """Sensitivity and specificity of each level of what is known of patient, setting and equipment, against everybody else.

    Shares of verified cases, not corrected for who was verified. The intervals of the gaps hold together at 95 %
    (Bonferroni over all of them), so that many subgroups do not make one look worse. `pooled` draws a level towards the common share of its column the
    more the smaller it is (beta-binomial); a site's own `x_` columns are taken as well.
    """
    settled = material.settled
    settled = settled.join(own_columns(settled))
    own = [str(name) for name in settled if str(name).startswith("x_")]
    columns = [name for name in (*BY, *own) if settled[name].nunique() > 1]
    asked = [(by, metric, settled[settled["truth"] == truth]) for by in columns for metric, truth in METRICS]  # fmt: skip
    gaps = sum(part[by].nunique() for by, _, part in asked if part[by].nunique() > 1)
    if not gaps:
        return None
    level = 1 - (1 - LEVEL) / gaps
    return {
        "gaps": gaps,
        "level": level,
        "fewest": FEWEST,
        "groups": [row for by, metric, part in asked for row in _groups(part, by, metric, level)],
    }


def _groups(part: pd.DataFrame, by: str, metric: str, level: float) -> list[dict[str, Any]]:
    right = part["call"] == part["truth"]
    counted = right.groupby(part[by].astype("string")).agg(["sum", "count"])
    if len(counted) < 2:
        return []
    pooled = partial_pooling(
        successes=counted["sum"].to_numpy(float), trials=counted["count"].to_numpy(float)
    )
    total, trials = int(counted["sum"].sum()), int(counted["count"].sum())
    rows = []
    for place, (name, hits, n) in enumerate(counted.itertuples()):
        found = subgroup_gap(
            successes=int(hits), trials=int(n), successes_rest=total - int(hits), trials_rest=trials - int(n),
            minimum_n=FEWEST, level=level,
        )  # fmt: skip
        steadied = None
        if not pooled.reason:
            steadied = {
                "estimate": pooled.estimates[place], "lower": pooled.lower[place],
                "upper": pooled.upper[place], "n": int(n),
            }  # fmt: skip
        rows.append(
            {
                "by": by,
                "level": str(name),
                "metric": metric,
                "enough": found.enough,
                "differs": _differs(found.gap.lower, found.gap.upper) if found.enough else None,
                "subgroup": as_json(found.subgroup),
                "gap": as_json(found.gap),
                "pooled": steadied,
            }
        )
    return rows


def _differs(lower: float | None, upper: float | None) -> bool:
    return lower is not None and upper is not None and (upper < 0 or lower > 0)
