"""Where it comes apart from another algorithm that reads the same studies: a sign of change that needs no outcome."""

from typing import Any

import pandas as pd

from surveillance.judged_case import DECIDED
from surveillance.material import Material
from surveillance.performance import as_json
from surveillance.statistics.helper_divergence import helper_divergence

LATELY_DAYS = 90


def analyse(material: Material) -> dict[str, Any] | None:
    """The share of cases that it and another algorithm call differently, over the last 90 study days against all before.

    Other algorithms are those with a deployment at the same site for the same finding, a helper model in shadow among them. Of the cases
    called differently whose truth is known, `right` and `other_right` say who was right. Simulated dates have no lately.
    """
    others = material.others()
    if others.empty or material.dates_made_up:
        return None
    ran = material.ran[material.ran["call"].isin(DECIDED)].set_index("inference_id")
    others = others[others["inference_id"].isin(ran.index)]
    days = pd.to_datetime(ran["day"])
    late = days > days.max() - pd.Timedelta(days=LATELY_DAYS)
    compared = [
        _compared(str(name), part.set_index("inference_id")["call"], ran, late)
        for name, part in others.groupby("deployment")
    ]
    return {"days": LATELY_DAYS, "others": compared} if compared else None


def _compared(
    name: str, theirs: "pd.Series[str]", ran: pd.DataFrame, late: "pd.Series[bool]"
) -> dict[str, Any]:
    both, lately = ran.loc[theirs.index], late.loc[theirs.index]
    ours, other = both["call"] == "positive", theirs == "positive"
    found = helper_divergence(
        decisions=ours[lately].to_numpy(), helper_decisions=other[lately].to_numpy(),
        reference_decisions=ours[~lately].to_numpy(), reference_helper_decisions=other[~lately].to_numpy(),
    )  # fmt: skip
    known = both["truth"].isin(DECIDED) & (ours != other)
    right = int((both["call"] == both["truth"])[known].sum())
    return {
        "deployment": name,
        "lately": as_json(found.share),
        "before": as_json(found.reference_share),
        "change": as_json(found.change),
        "enough": found.enough,
        "fewest": found.minimum_n,
        "right": right,
        "other_right": int(known.sum()) - right,
    }
