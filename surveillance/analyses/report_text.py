"""Reports whose call was read out of their text: how many, how often that is wrong, and agreement corrected for it."""

from typing import Any

import pandas as pd

from register.error_rates import ErrorRates, Validated
from surveillance.judged_case import DECIDED
from surveillance.material import Material
from surveillance.performance import as_json
from surveillance.reference_correction import corrected_for_reference
from surveillance.report_text.accuracy import Measured
from surveillance.statistics.accuracy import sensitivity, specificity
from surveillance.statistics.proportions import wilson


def analyse(material: Material) -> dict[str, Any] | None:
    """Agreement of the algorithm with reports that were read by rules, raw and corrected for their errors.

    Positive agreement is the share of positive reports that the algorithm called positive, negative
    agreement likewise; corrected as Staquet's for a reference of known error rates, with the
    uncertainty of their measurement. Still agreement, and not accuracy.
    """
    read = material.reported[material.reported["read_by"].notna()]
    if read.empty:
        return None
    beside = material.ran[["inference_id", "call"]].merge(
        read[["inference_id", "call", "read_by"]].rename(columns={"call": "report"}),
        on="inference_id",
    )
    return {
        "reports": len(material.reported),
        "read": len(read),
        "by_call": {str(call): int(n) for call, n in sorted(read["call"].value_counts().items())},
        "rules": [
            _by_rules(str(rules), part, material.text_errors.get(str(rules)))
            for rules, part in beside.groupby("read_by", sort=True)
        ],
    }


def _by_rules(rules: str, pairs: pd.DataFrame, errors: Measured | None) -> dict[str, Any]:
    usable = pairs[pairs["call"].isin(DECIDED) & pairs["report"].isin(DECIDED)]
    called, said = usable["call"] == "positive", usable["report"] == "positive"
    tp, fp = int((called & said).sum()), int((called & ~said).sum())
    fn, tn = int((~called & said).sum()), int((~called & ~said).sum())
    found: dict[str, Any] = {
        "rules": rules,
        "pairs": len(usable),
        "positive_agreement": as_json(sensitivity(tp=tp, fn=fn)),
        "negative_agreement": as_json(specificity(tn=tn, fp=fp)),
        "errors": None,
        "corrected": None,
    }
    if errors is None or not errors.positives or not errors.negatives:
        return found
    rates = ErrorRates(
        sensitivity=_rate(errors.positives_right, errors.positives),
        specificity=_rate(errors.negatives_right, errors.negatives),
        source=errors.source,
    )
    corrected = corrected_for_reference([{"tp": tp, "fp": fp, "fn": fn, "tn": tn}], [rates])
    found["errors"] = {
        "sensitivity": as_json(wilson(successes=errors.positives_right, trials=errors.positives)),
        "specificity": as_json(wilson(successes=errors.negatives_right, trials=errors.negatives)),
        "source": rates.source,
    }
    found["corrected"] = {
        "positive_agreement": as_json(corrected.sensitivity),
        "negative_agreement": as_json(corrected.specificity),
    }
    return found


def _rate(right: int, of: int) -> Validated:
    return Validated(rate=right / of, right=right, of=of)
